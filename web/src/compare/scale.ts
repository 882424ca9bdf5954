/** Scale: where a value lies on an axis, from 0 at its low end to 1 at its high end, and back. */
import type { Field, Run, Value } from "./runs";
import type { Brush } from "./view";

export interface Scale {
  isLog: boolean;
  /** Of a word axis: its words from low to high. */
  words: string[] | null;
  low: number;
  high: number;
  at: (value: Value) => number | null;
  /** The value at a place; of a word axis, the place of the word. */
  from: (share: number) => number;
  ticks: { at: number; value: number | string }[];
}

const TICKS = 5;

/** Round numbers from low to high, about as many as asked for. */
export function ticksOf(low: number, high: number, about = TICKS): number[] {
  if (!(high > low)) return [low];
  const raw = (high - low) / about;
  const base = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((one) => one * base >= raw) ?? 10) * base;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** Powers of ten between low and high; with few of them, also their halves and fifths. */
export function logTicksOf(low: number, high: number): number[] {
  const found: number[] = [];
  const decades = Math.log10(high / low);
  const parts = decades < 1.3 ? [1, 2, 3, 5, 7] : decades < 3 ? [1, 3] : [1];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const part of parts) {
      const value = Number((part * 10 ** power).toPrecision(3));
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) found.push(value);
    }
  }
  return found;
}

function wordScale(words: string[]): Scale {
  const step = 1 / Math.max(1, words.length);
  const place = (index: number) => (index + 0.5) * step;
  const known = new Map(words.map((word, index) => [word, place(index)]));
  return {
    isLog: false,
    words,
    low: 0,
    high: 1,
    at: (value) => (value === null ? null : (known.get(String(value)) ?? null)),
    from: (share) => share,
    ticks: words.map((word, index) => ({ at: place(index), value: word })),
  };
}

/** From the lowest to the highest trial, and on to baselines that are near: one far off would flatten all else. */
export function domainOf(field: Field, runs: Run[]): [number, number] {
  const numbers = (kind: Run["kind"]) =>
    runs
      .filter((run) => run.kind === kind)
      .map(field.read)
      .filter((value): value is number => typeof value === "number");
  const trials = numbers("trial");
  let low = trials.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  let high = trials.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const room = high - low;
  for (const value of numbers("baseline")) {
    if (trials.length > 0 && (value < low - room || value > high + room)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 1];
}

/** The scale of a field over these runs; by factors only if every value allows it. */
export function scaleOf(field: Field, runs: Run[], wantsLog: boolean): Scale {
  const values = runs.map(field.read).filter((value) => value !== null);
  if (field.type === "word")
    return wordScale([...new Set(values.map(String))].sort((a, b) => a.localeCompare(b)));
  let [low, high] = domainOf(field, runs);
  if (low === high) {
    const room = Math.abs(low) * 0.05 || 0.5;
    [low, high] = [low - room, high + room];
  }
  const isLog = wantsLog && low > 0;
  const [start, end] = isLog ? [Math.log(low), Math.log(high)] : [low, high];
  const at = (value: Value) =>
    typeof value === "number" ? ((isLog ? Math.log(value) : value) - start) / (end - start) : null;
  const from = (share: number) => {
    const place = start + share * (end - start);
    return isLog ? Math.exp(place) : place;
  };
  const few = [...new Set(values as number[])];
  const told = few.length <= TICKS ? few : isLog ? logTicksOf(low, high) : ticksOf(low, high);
  const ticks = told.map((value) => ({
    at: at(value) ?? 0,
    value,
  }));
  return { isLog, words: null, low, high, at, from, ticks };
}

const EDGE = 0.004;

/** The brush between two places of an axis; null when it would leave nothing out. */
export function brushBetween(scale: Scale, a: number, b: number): Brush | null {
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  if (low <= EDGE && high >= 1 - EDGE) return null;
  if (scale.words) {
    const words = scale.ticks
      .filter((tick) => tick.at >= low && tick.at <= high)
      .map((tick) => String(tick.value));
    return words.length === scale.words.length ? null : words;
  }
  // At the very end nothing is cut off that lies a rounding beyond it.
  return [
    low <= EDGE ? scale.low : Number(scale.from(low).toPrecision(4)),
    high >= 1 - EDGE ? scale.high : Number(scale.from(high).toPrecision(4)),
  ];
}

/** Where a brush lies on an axis. */
export function placeOf(scale: Scale, brush: Brush): [number, number] | null {
  if (scale.words) {
    const half = 0.5 / scale.words.length;
    const places = brush.map((word) => scale.at(String(word))).filter((at) => at !== null);
    if (places.length === 0) return null;
    return [Math.min(...places) - half, Math.max(...places) + half];
  }
  const [low, high] = [Number(brush[0]), Number(brush[1])];
  if (!(low <= scale.high && high >= scale.low)) return null;
  return [
    low <= scale.low ? 0 : (scale.at(low) ?? 0),
    high >= scale.high ? 1 : (scale.at(high) ?? 1),
  ];
}
