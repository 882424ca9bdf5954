import { expect, test } from "vitest";
import { isWhole, splitIn, splitText } from "./split";

test("a split survives its address, without what its method has no use for", () => {
  const asked = {
    method: "group",
    valid: 0.2,
    test: 0.1,
    gap: 3,
    key: "用户 🦆",
    seed: 7,
  } as const;
  expect(splitIn(splitText(asked))).toEqual({
    method: "group",
    valid: 0.2,
    test: 0.1,
    key: "用户 🦆",
    seed: 7,
  });
});

test("what is no split is as if it were not there", () => {
  for (const text of [null, "", "{", "[]", '{"method":"magic"}', '"time"'])
    expect(splitIn(text)).toBeNull();
});

test("groups want a column, and something must be left to learn from", () => {
  expect(isWhole({ method: "group", valid: 0.1, test: 0.1 })).toBe(false);
  expect(isWhole({ method: "random", valid: 0.5, test: 0.5 })).toBe(false);
  expect(isWhole({ method: "time", valid: 0.1, test: 0.1 })).toBe(true);
});
