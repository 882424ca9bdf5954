/** Bins: histograms as they were made, set side by side over the looks; nothing is binned again. */
import type { Histogram } from "../api/records";

/** Half-octaves below 1 that a float32 can be; places of bins begin above it. */
const LIMIT = 300;

/** Between which values a bin lies: half an octave, by sign; place 0 is zero itself. */
export function edgesOf(place: number): [number, number] {
  if (place === 0) return [0, 0];
  const k = Math.abs(place) - LIMIT - 1;
  const [left, right] = [2 ** ((k - 2) / 2), 2 ** ((k - 1) / 2)];
  return place > 0 ? [left, right] : [-right, -left];
}

export interface Column {
  epoch: number;
  step: number;
  histogram: Histogram;
}

export interface Field {
  columns: Column[];
  /** Places from the largest value down: rows of the picture. */
  rows: number[];
  /** Share of the values by column and row, 0..1. */
  shares: number[][];
  top: number;
}

/** The bins of all looks as one field: a column a look, a row a bin that holds anything in any look. */
export function fieldOf(columns: Column[]): Field {
  const places = new Set<number>();
  for (const { histogram } of columns)
    for (const place of Object.keys(histogram.bins)) places.add(Number(place));
  const rows = rowsOf([...places]);
  const shares = columns.map(({ histogram }) =>
    rows.map((place) => (histogram.bins[String(place)] ?? 0) / Math.max(histogram.sampled, 1)),
  );
  return { columns, rows, shares, top: Math.max(...shares.flat(), 0) };
}

/** Every bin between the outermost ones of each sign, so that a row is always as far from the next. */
function rowsOf(places: number[]): number[] {
  const side = (sign: 1 | -1) => {
    const sizes = places.filter((place) => place * sign > 0).map(Math.abs);
    if (sizes.length === 0) return [];
    const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
    return Array.from({ length: high - low + 1 }, (_, at) => sign * (high - at));
  };
  return [...side(1), ...(places.includes(0) ? [0] : []), ...side(-1).reverse()];
}
