import { describe, expect, it } from "vitest";
import { casesBy, differing, matrixOf, orderOf } from "./matrix";
import type { Case } from "./mistakes";
import { placeOf, spanOf } from "./span";

const wrong = (row: number): Case => ({
  row,
  truth: "a",
  said: "b",
  loss: 1,
  values: {},
  nearest: null,
});

describe("mistakes", () => {
  it("lays cells out in the order of the classes", () => {
    const cells = [
      { truth: "b", said: "a", rows: 3 },
      { truth: "a", said: "a", rows: 9 },
    ];
    expect(matrixOf(["a", "b"], cells)).toEqual([
      [9, 0],
      [3, 0],
    ]);
  });

  it("tells which rows only one of two models has wrong", () => {
    const { onlyMine, onlyTheirs } = differing([wrong(1), wrong(2)], [wrong(2), wrong(5)]);
    expect(onlyMine.map((one) => one.row)).toEqual([1]);
    expect(onlyTheirs.map((one) => one.row)).toEqual([5]);
  });

  it("gives a single value room on its axis", () => {
    const span = spanOf([4, 4]);
    expect(placeOf(4, span, 100)).toBeCloseTo(50);
  });
});

describe("order of the worst rows", () => {
  it("is by cost, by how sure the answer was, or by how little", () => {
    const cases = [0.7, 0.99, 0.5].map((confidence, row) => ({ ...wrong(row), confidence }));
    const rows = (text: string | null) => casesBy(cases, orderOf(text)).map((one) => one.row);
    expect([rows(null), rows("confidence"), rows("doubt"), rows("rubbish")]).toEqual([
      [0, 1, 2],
      [1, 0, 2],
      [2, 0, 1],
      [0, 1, 2],
    ]);
  });
});
