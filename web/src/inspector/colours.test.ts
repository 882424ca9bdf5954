import { describe, expect, it } from "vitest";
import { coloured } from "./colours";

const map = (low: number | null, high: number | null, shades: number[]) => ({
  height: 1,
  width: shades.length,
  low,
  high,
  shades,
});

describe("colours", () => {
  it("puts three maps on the scale they share", () => {
    const found = coloured([map(0, 1, [0, 255]), map(0, 0.5, [0, 255]), map(0, 0, [0, 0])]);
    expect([...(found ?? [])]).toEqual([0, 0, 0, 255, 255, 128, 0, 255]);
  });

  it("makes no picture of anything else", () => {
    const grey = map(0, 1, [0, 255]);
    expect(coloured([grey, grey])).toBeNull();
    expect(coloured([grey, grey, map(0, 1, [0])])).toBeNull();
    expect(coloured([grey, grey, map(null, null, [0, 0])])).toBeNull();
  });
});
