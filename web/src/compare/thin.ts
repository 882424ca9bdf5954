/** Thin: long curves as few points, the lowest and the highest of each stretch, so that spikes survive. */
import type { CurvePoint } from "../api/records";

export interface Lines {
  x: number[];
  /** One a curve, as long as x. */
  ys: (number | null)[][];
}

const read = (point: CurvePoint | undefined, measure: string): number | null => {
  const value = point?.[measure];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
};
const epochAt = (curve: CurvePoint[], index: number): number => curve[index]?.epoch ?? index + 1;

function whole(curves: CurvePoint[][], measure: string): Lines {
  const epochs = new Set<number>();
  for (const curve of curves) {
    for (let index = 0; index < curve.length; index += 1) epochs.add(epochAt(curve, index));
  }
  const x = [...epochs].sort((a, b) => a - b);
  const place = new Map(x.map((epoch, index) => [epoch, index]));
  const ys = curves.map((curve) => {
    const line: (number | null)[] = new Array(x.length).fill(null);
    curve.forEach((point, index) => {
      line[place.get(epochAt(curve, index)) ?? 0] = read(point, measure);
    });
    return line;
  });
  return { x, ys };
}

/** Least and most of each stretch, the one that came first before the other. */
function thinned(curve: CurvePoint[], measure: string, from: number, width: number, count: number) {
  const low = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  const lowAt = new Int32Array(count);
  const highAt = new Int32Array(count);
  for (let index = 0; index < curve.length; index += 1) {
    const value = read(curve[index], measure);
    if (value === null) continue;
    const at = Math.min(count - 1, Math.floor((epochAt(curve, index) - from) / width));
    if (value < (low[at] as number)) {
      low[at] = value;
      lowAt[at] = index;
    }
    if (value > (high[at] as number)) {
      high[at] = value;
      highAt[at] = index;
    }
  }
  const line: (number | null)[] = new Array(2 * count).fill(null);
  for (let at = 0; at < count; at += 1) {
    if (low[at] === Number.POSITIVE_INFINITY) continue;
    const isFalling = (highAt[at] as number) < (lowAt[at] as number);
    line[2 * at] = (isFalling ? high[at] : low[at]) as number;
    line[2 * at + 1] = (isFalling ? low[at] : high[at]) as number;
  }
  return line;
}

/** Set curves on one axis; those with more than `most` epochs are thinned to about that many points. */
export function linesOf(curves: CurvePoint[][], measure: string, most = 2000): Lines {
  const longest = Math.max(0, ...curves.map((curve) => curve.length));
  if (longest <= most) return whole(curves, measure);
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const curve of curves) {
    if (curve.length === 0) continue;
    from = Math.min(from, epochAt(curve, 0));
    to = Math.max(to, epochAt(curve, curve.length - 1));
  }
  const count = most >> 1;
  const width = (to - from) / count || 1;
  const x = Array.from({ length: 2 * count }, (_, index) => from + (index + 0.5) * (width / 2));
  return { x, ys: curves.map((curve) => thinned(curve, measure, from, width, count)) };
}

/** Least, middle and most of the curves at each place; nothing where none has a value. */
export function spreadOf(
  ys: (number | null)[][],
): Record<"least" | "middle" | "most", (number | null)[]> {
  const found = { least: [], middle: [], most: [] } as Record<string, (number | null)[]>;
  for (let at = 0; at < (ys[0]?.length ?? 0); at += 1) {
    const values = ys
      .map((line) => line[at])
      .filter((one): one is number => typeof one === "number")
      .sort((a, b) => a - b);
    const half = values.length >> 1;
    const middle =
      values.length % 2 ? values[half] : ((values[half - 1] ?? 0) + (values[half] ?? 0)) / 2;
    found.least?.push(values[0] ?? null);
    found.middle?.push(values.length ? (middle ?? null) : null);
    found.most?.push(values.at(-1) ?? null);
  }
  return found as ReturnType<typeof spreadOf>;
}

/** A running mean that forgets at the rate of `weight`, 0 = as it is. */
export function smooth(values: (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) return values;
  let [sum, share] = [0, 0];
  return values.map((value) => {
    if (value === null) return null;
    sum = weight * sum + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return sum / share;
  });
}
