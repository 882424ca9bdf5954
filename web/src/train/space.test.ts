import { describe, expect, it } from "vitest";
import { freeName, nameOf, rangeText } from "./space";

describe("ranges and names", () => {
  it("writes a log range", () => {
    expect(rangeText({ int: [16, 256], log: true })).toBe("16..256 log");
  });

  it("writes a stepped range", () => {
    expect(rangeText({ int: [64, 256], step: 32 })).toBe("64..256 step 32");
  });

  it("writes choices and switches in braces", () => {
    expect([rangeText({ choice: ["relu", "gelu"] }), rangeText({ bool: true })]).toEqual([
      "{relu, gelu}",
      "{on, off}",
    ]);
  });

  it("takes the next free number", () => {
    expect(freeName("Delay", ["delay", "delay_2"])).toBe("delay_3");
  });

  it("makes a legal name of anything", () => {
    expect(nameOf("2013 Flights (NYC).csv")).toBe("flights_nyc_csv");
  });
});
