/** Theme: cinnabar on warm greys; one place for colours that charts and components share. */
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const cinnabar: MantineColorsTuple = [
  "#fdf1ee",
  "#f8dfd9",
  "#f0bdb1",
  "#e89a88",
  "#e07c65",
  "#d9654b",
  "#cb4f35",
  "#b5402a",
  "#9c3422",
  "#7f2819",
];

// Mantine draws dark surfaces from this scale: 0 is text, 7 the page.
const dark: MantineColorsTuple = [
  "#ece8e3",
  "#c9c3bb",
  "#a8a199",
  "#7d766e",
  "#3a3633",
  "#2e2b28",
  "#211f1d",
  "#191716",
  "#121110",
  "#0c0b0b",
];

const gray: MantineColorsTuple = [
  "#faf9f7",
  "#f4f2ef",
  "#e9e6e1",
  "#dedad4",
  "#cbc6bf",
  "#a8a29a",
  "#6d675f",
  "#524d47",
  "#38342f",
  "#211f1c",
];

/** Long lists scroll themselves: a frame inside that scrolls could not be reached by keyboard. */
const scrolling = {
  defaultProps: { withScrollArea: false },
  styles: { options: { maxHeight: 220, overflowY: "auto" as const } },
};

export const theme = createTheme({
  components: {
    Select: scrolling,
    MultiSelect: scrolling,
    TagsInput: scrolling,
    Autocomplete: scrolling,
  },
  primaryColor: "cinnabar",
  primaryShade: { light: 7, dark: 7 },
  colors: { cinnabar, dark, gray },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily:
    'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: "600" },
});
