import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { rangeText } from "../train/space";
import { readExpression, worth, written } from "./expression";
import { nearestIn, parse, sizeOf, valueText } from "./grammar";

interface Row {
  typed: string;
  schema: Record<string, unknown>;
  value?: unknown;
  range?: Record<string, unknown>;
}
const table = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../tests/unit/grammar.json"), "utf8"),
) as Row[];

describe("grammar", () => {
  it.each(table)("reads $typed as the Python reader does", ({ typed, schema, value, range }) => {
    expect(parse(typed, schema)).toEqual(range ? { range } : { value });
  });

  it.each(table.filter((row) => row.range))("reads back what it writes: $typed", ({
    schema,
    range,
  }) => {
    expect(parse(rangeText(range ?? {}), schema)).toEqual({ range });
  });

  it("reads back values", () => {
    for (const value of [64, 0.0003, true, false, "same"])
      expect(parse(valueText(value))).toEqual({ value });
  });

  it("refuses what no field can be", () => {
    const whole = { type: "integer", minimum: 1, maximum: 64 };
    expect(parse("1..", whole)).toEqual({ error: "unreadable" });
    expect(parse("9..3", whole)).toEqual({ error: "order" });
    expect(parse("0..8 log", whole)).toEqual({ error: "log" });
    expect(parse("128", whole)).toEqual({ error: "maximum", args: { bound: 64 } });
    expect(parse("1.5", whole)).toEqual({ error: "integer", args: {} });
    expect(parse("{a, a}")).toEqual({ error: "choice" });
    expect(parse("=a +")).toEqual({ error: "expression" });
  });

  it("takes any branch of a union", () => {
    const units = {
      anyOf: [
        { type: "integer", minimum: 1 },
        { const: "target", type: "string" },
      ],
    };
    expect(parse("target", units)).toEqual({ value: "target" });
    expect(parse("64", units)).toEqual({ value: 64 });
    expect(parse("0", units)).toEqual({ error: "minimum", args: { bound: 1 } });
  });

  it("reads expressions, and works them out", () => {
    expect(parse("= channels * 2")).toEqual({ var: "channels * 2" });
    expect(parse("$channels")).toEqual({ var: "channels" });
    const term = readExpression("(channels + 1) * 3 // 2");
    if (!term) throw new Error("unread");
    expect(worth(term, { channels: 5 })).toBe(9);
    expect(written(term, { channels: "a - 1" })).toBe("(((a - 1) + 1) * 3) // 2");
    for (const text of ["", "2 +", "a b", "a.b", "f(x)", "a / b"])
      expect(readExpression(text)).toBeNull();
  });

  it("counts a space and finds the nearest value", () => {
    const space = {
      "a.units": { int: [1, 8] },
      "b.kind": { choice: ["x", "y"] },
      "c.enabled": { bool: true },
      "d.p": { float: [0, 1] },
    };
    expect(sizeOf(space)).toEqual({ fields: 4, combinations: 32, continuous: 1 });
    expect(nearestIn({ int: [8, 64], step: 8 }, 21)).toBe(24);
    expect(nearestIn({ choice: [16, 32] }, 30)).toBe(32);
    expect(nearestIn({ float: [0, 0.5] }, 0.7)).toBe(0.5);
  });
});
