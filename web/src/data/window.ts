/** Window: which of very many rows are in sight; browsers draw nothing taller than some thirty million pixels. */

const TALLEST = 12_000_000;
const BEYOND = 6;

export interface Window {
  /** Rows drawn: from `first` up to, not with, `last`. */
  first: number;
  last: number;
  /** Of the whole, and where the first drawn row stands. */
  height: number;
  offset: number;
}

/** Beyond what can be drawn, the place of the scroll bar says which row, not how many pixels. */
export function windowOf(top: number, total: number, seen: number, row: number): Window {
  const full = total * row;
  const height = Math.min(full, TALLEST);
  const room = Math.max(height - seen, 1);
  const at = full === height ? top / row : (Math.min(top / room, 1) * (full - seen)) / row;
  const first = Math.max(0, Math.min(Math.floor(at) - BEYOND, total - 1));
  const last = Math.min(total, Math.ceil(at + seen / row) + BEYOND);
  return { first: Math.max(first, 0), last, height, offset: Math.max(0, top - (at - first) * row) };
}
