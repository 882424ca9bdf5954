/** Format: numbers, sizes and times in the reader's language. */
import { useTranslation } from "react-i18next";

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 30],
  ["month", 12],
  ["year", Number.POSITIVE_INFINITY],
];

const SPANS: [string, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export interface Format {
  /** Whole numbers with thousands marks. */
  count: (value: number | null | undefined) => string;
  /** A metric: four significant digits. */
  metric: (value: number | null | undefined) => string;
  percent: (share: number | null | undefined, digits?: number) => string;
  /** 12345 -> 12.3K (万 in Chinese). */
  short: (value: number | null | undefined) => string;
  /** Seconds as the unit that reads best: 42 s, 12 min, 24 hr. */
  duration: (seconds: number | null | undefined) => string;
  ago: (at: number | null | undefined) => string;
  time: (at: number | null | undefined) => string;
  /** Moments of an axis whose marks are `step` seconds apart; the day stands where it begins. */
  moments: (all: number[], step: number) => string[];
  /** Any JSON value as one short text. */
  value: (value: unknown) => string;
}

const NONE = "–";

function relative(language: string, at: number): string {
  const seconds = at - Date.now() / 1000;
  if (Math.abs(seconds) > 30 * 86_400) {
    return new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(at * 1000);
  }
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  let left = seconds;
  for (const [unit, size] of STEPS) {
    if (Math.abs(left) < size) return format.format(Math.trunc(left), unit);
    left /= size;
  }
  return NONE;
}

const DAY_S = 86_400;

function moments(language: string, all: number[], step: number): string[] {
  const day = new Intl.DateTimeFormat(language, { month: "short", day: "numeric" });
  const seconds = step < 60 ? { second: "2-digit" as const } : {};
  const hour = new Intl.DateTimeFormat(language, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...seconds,
  });
  const days = all.map((at) => day.format(at * 1000));
  if (step >= DAY_S) return days;
  return all.map((at, place) => {
    const time = hour.format(at * 1000);
    return days[place] === days[place - 1] ? time : `${time}\n${days[place]}`;
  });
}

const numbers = new Map<string, Intl.NumberFormat>();

/** A number's format, made once: making one takes longer than a whole row of a table. */
function numberFormat(language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${language} ${JSON.stringify(options)}`;
  const known = numbers.get(key) ?? new Intl.NumberFormat(language, options);
  numbers.set(key, known);
  return known;
}

function shown(language: string, value: unknown): string {
  if (value === null || value === undefined || value === "") return NONE;
  if (typeof value === "number")
    return numberFormat(language, { maximumSignificantDigits: 5 }).format(value);
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

export function formatOf(language: string): Format {
  const number = (options: Intl.NumberFormatOptions) => {
    const format = numberFormat(language, options);
    return (value: number | null | undefined) =>
      value === null || value === undefined || Number.isNaN(value) ? NONE : format.format(value);
  };
  const timeOf = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  return {
    count: number({ maximumFractionDigits: 0 }),
    metric: number({ minimumSignificantDigits: 4, maximumSignificantDigits: 4 }),
    percent: (share, digits = 1) =>
      number({ style: "percent", maximumFractionDigits: digits })(share),
    short: number({ notation: "compact", maximumFractionDigits: 1 }),
    duration: (seconds) => {
      if (seconds === null || seconds === undefined) return NONE;
      const [unit, size] = SPANS.find(([, least]) => Math.abs(seconds) >= 2 * least) ?? [
        "second",
        1,
      ];
      return number({ style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 })(
        seconds / size,
      );
    },
    ago: (at) => (at ? relative(language, at) : NONE),
    time: (at) => (at ? timeOf.format(at * 1000) : NONE),
    moments: (all, step) => moments(language, all, step),
    value: (value) => shown(language, value),
  };
}

const formats = new Map<string, Format>();

export function useFormat(): Format {
  const { language } = useTranslation().i18n;
  const known = formats.get(language) ?? formatOf(language);
  formats.set(language, known);
  return known;
}
