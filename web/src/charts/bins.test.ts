import { describe, expect, it } from "vitest";
import type { Histogram } from "../api/records";
import { edgesOf, fieldOf } from "./bins";

const histogram = (bins: Record<string, number>): Histogram => ({
  low: 0,
  high: 0,
  size: 4,
  zeros: 0,
  missing: 0,
  infinite: 0,
  sampled: 4,
  bins,
});

describe("bins", () => {
  it("has the edges that the source binned by", () => {
    expect(edgesOf(306)[0]).toBeCloseTo(2 ** 1.5);
    expect(edgesOf(306)[1]).toBe(4);
    expect(edgesOf(-306)[0]).toBe(-4);
    expect(edgesOf(0)).toEqual([0, 0]);
  });

  it("sets looks side by side, the largest value on top, gaps kept", () => {
    const field = fieldOf([
      { epoch: 1, step: 3, histogram: histogram({ "306": 1, "0": 1, "-300": 2 }) },
      { epoch: 2, step: 9, histogram: histogram({ "304": 4 }) },
    ]);
    expect(field.rows).toEqual([306, 305, 304, 0, -300]);
    expect(field.shares).toEqual([
      [0.25, 0, 0, 0.25, 0.5],
      [0, 0, 1, 0, 0],
    ]);
    expect(field.top).toBe(1);
  });

  it("has no rows where nothing was finite", () => {
    expect(fieldOf([{ epoch: 1, step: 1, histogram: histogram({}) }]).rows).toEqual([]);
  });
});
