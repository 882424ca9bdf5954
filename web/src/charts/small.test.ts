import { describe, expect, it } from "vitest";
import { sparkPoints } from "./small";

describe("sparkline", () => {
  it("puts the highest value at the top and the last at the right", () => {
    expect(sparkPoints([0, 1], 10, 10)).toBe("0.0,8.5 10.0,1.5");
  });

  it("skips gaps and numbers that are none", () => {
    expect(sparkPoints([1, null, Number.NaN, 1], 9, 10).split(" ")).toHaveLength(2);
  });

  it("draws nothing of nothing", () => {
    expect(sparkPoints([], 10, 10)).toBe("");
  });
});
