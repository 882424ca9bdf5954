/** Span: what an axis reaches over, and where a value lies on it. */

export interface Span {
  low: number;
  high: number;
}

/** A span that holds all values, with a little room; one value alone gets room around it. */
export function spanOf(values: number[]): Span {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = (high - low || Math.abs(high) || 1) * 0.04;
  return { low: low - room, high: high + room };
}

/** Where a value lies on an axis of that many pixels. */
export const placeOf = (value: number, { low, high }: Span, pixels: number): number =>
  ((value - low) / (high - low)) * pixels;
