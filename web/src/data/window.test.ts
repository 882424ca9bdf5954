import { describe, expect, it } from "vitest";
import { windowOf } from "./window";

describe("a window on rows", () => {
  it("starts with the first and ends with the last", () => {
    expect(windowOf(0, 1000, 340, 34)).toMatchObject({ first: 0, last: 16, offset: 0 });
    expect(windowOf(1000 * 34 - 340, 1000, 340, 34).last).toBe(1000);
  });
  it("holds all of a few", () => {
    expect(windowOf(0, 3, 340, 34)).toMatchObject({ first: 0, last: 3, height: 102 });
  });
  it("reaches the last of a hundred million", () => {
    const total = 100_000_000;
    const { height } = windowOf(0, total, 500, 34);
    const end = windowOf(height - 500, total, 500, 34);
    expect(end.last).toBe(total);
    expect(end.offset + (end.last - end.first) * 34).toBeCloseTo(height, 0);
  });
});
