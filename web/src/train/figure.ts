/** Figure: what was measured of a node as a reader says it: three digits, shares and milliseconds. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Measure } from "./watch";

const NONE = "–";

export function figureOf(language: string): (measure: Measure, value: number | null) => string {
  const format = (options: Intl.NumberFormatOptions) =>
    new Intl.NumberFormat(language, { maximumSignificantDigits: 3, ...options });
  const plain = format({});
  const tiny = format({ notation: "scientific" });
  const share = format({ style: "percent" });
  const time = format({ style: "unit", unit: "millisecond" });
  return (measure, value) => {
    if (value === null) return NONE;
    if (measure === "dead") return share.format(value);
    if (measure === "seconds") return time.format(value * 1000);
    const size = Math.abs(value);
    return (size !== 0 && (size < 1e-3 || size >= 1e5) ? tiny : plain).format(value);
  };
}

export function useFigure() {
  const { i18n } = useTranslation();
  return useMemo(() => figureOf(i18n.language), [i18n.language]);
}
