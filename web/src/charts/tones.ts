/** Tones: the page's colours as plain values, for what is drawn on a canvas or leaves the page as a picture. */
import { useComputedColorScheme } from "@mantine/core";
import { useMemo } from "react";

/** Hues that are told apart on either ground, also by those who see fewer colours; the ninth line is dashed. */
const HUES = {
  light: ["#b5402a", "#35648f", "#2a7250", "#8a5a0b", "#7a3f8f", "#0f7480", "#a83a6f", "#5a6b1f"],
  dark: ["#ec8a73", "#84b4de", "#6fc79b", "#e2b25c", "#c79ae0", "#5fc4cf", "#ee8fbb", "#b7c96a"],
} as const;

export interface Tones {
  accent: string;
  calm: string;
  good: string;
  ink: string;
  dim: string;
  line: string;
  faint: string;
  card: string;
  hues: readonly string[];
}

export function useTones(): Tones {
  const scheme = useComputedColorScheme("light");
  return useMemo(() => {
    const style = getComputedStyle(document.documentElement);
    const read = (name: string) => style.getPropertyValue(name).trim();
    return {
      accent: read("--accent"),
      calm: read("--calm"),
      good: read("--good"),
      ink: read("--ink"),
      dim: read("--dim"),
      line: read("--line"),
      faint: read("--line-strong"),
      card: read("--card"),
      hues: HUES[scheme],
    };
  }, [scheme]);
}

const partsOf = (hex: string): number[] =>
  [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

/** A colour between two, given as #rrggbb: share 0 is the first, 1 the second. */
export function mix(first: string, second: string, share: number): string {
  const [a, b] = [partsOf(first), partsOf(second)];
  return `#${a
    .map((part, index) => Math.round(part + ((b[index] ?? part) - part) * share))
    .map((part) => part.toString(16).padStart(2, "0"))
    .join("")}`;
}
