import { describe, expect, it } from "vitest";
import { blank } from "./open";
import { inOrder, rowsOf } from "./outline";
import type { NetworkDocument } from "./types";

const network: NetworkDocument = {
  ...blank("nested"),
  nodes: {
    head: { op: "dense", in: { x: "res" } },
    res: { block: "pair", in: { x: "stem" } },
    stem: { op: "dense", in: { x: "table" } },
  },
  blocks: {
    pair: { inputs: ["x"], nodes: { inner: { block: "leaf", in: { x: "x" } } }, output: "inner" },
    leaf: { inputs: ["x"], nodes: { act: { op: "activation", in: { x: "x" } } }, output: "act" },
  },
  outputs: { answer: "head" },
};
const paths = (open: string[], query = "") =>
  rowsOf(network, new Set(open), query).map((row) => row.path);

describe("outline", () => {
  it("lists what is computed first, first, and blocks shut", () => {
    expect(paths([])).toEqual(["table", "stem", "res", "head", "→answer"]);
  });

  it("shows what is in a block where it stands, block in block", () => {
    const shown = paths(["res", "res/inner"]);
    expect(shown).toContain("res/inner/act");
    expect(shown.indexOf("res/inner/act")).toBeLessThan(shown.indexOf("head"));
  });

  it("finds names in blocks that are shut, and how to get there", () => {
    const [row] = rowsOf(network, new Set(), "act");
    expect(row?.path).toBe("res/inner/act");
    expect(row?.way.map((step) => step.block)).toEqual(["pair", "leaf"]);
  });

  it("orders a long chain written backwards, and ends where nodes read in a circle", () => {
    const names = Array.from({ length: 20_000 }, (_, i) => `n${i}`);
    const chain = names.map((name, i) => [name, i ? { in: { x: `n${i - 1}` } } : {}]);
    expect(inOrder(Object.fromEntries(chain.reverse()))).toEqual(names);
    expect(inOrder({ a: { in: { x: "b" } }, b: { in: { x: "a" } } }).sort()).toEqual(["a", "b"]);
  });
});
