import { describe, expect, it } from "vitest";
import { formatOf } from "./format";

describe("moments of an axis", () => {
  const noon = new Date(2026, 10, 22, 12, 0, 0).getTime() / 1000;

  it("tells the day where it begins, and only there", () => {
    const steps = [noon, noon + 6 * 3600, noon + 12 * 3600, noon + 18 * 3600];
    expect(formatOf("en").moments(steps, 6 * 3600)).toEqual([
      "12:00\nNov 22",
      "18:00",
      "00:00\nNov 23",
      "06:00",
    ]);
    expect(formatOf("zh").moments(steps, 6 * 3600)[2]).toBe("00:00\n11月23日");
  });

  it("tells seconds only where marks are that near, and days alone where they are far", () => {
    expect(formatOf("en").moments([noon, noon + 15], 15)).toEqual(["12:00:00\nNov 22", "12:00:15"]);
    expect(formatOf("zh").moments([noon, noon + 86_400], 86_400)).toEqual(["11月22日", "11月23日"]);
  });
});
