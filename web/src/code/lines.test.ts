import { describe, expect, it } from "vitest";
import { faultOf, futureOf, tamed } from "../document/open";
import type { NetworkDocument } from "../document/types";
import { linesFrom, wayTo } from "./lines";

const inner = (block?: string) => ({
  inputs: ["x"],
  nodes: { one: block ? { block, in: { x: "x" } } : { op: "dense", in: { x: "x" } } },
  output: "one",
});
const network: NetworkDocument = {
  name: "net",
  inputs: { t: {} },
  nodes: { a: { op: "dense", in: { x: "t" } }, b: { block: "outer", in: { x: "a" } } },
  blocks: { outer: inner("deep"), deep: inner(), idle: inner() },
  outputs: { y: "b" },
};

describe("lines", () => {
  it("know the node they write", () => {
    const lines = linesFrom("head\na:\n  op: dense\nb: 1\n", {
      "": { a: [[2, 3]] },
      outer: { one: [[4, 4]] },
    });
    expect(lines.map((line) => line.node)).toEqual([null, "/a", "/a", "outer/one"]);
  });

  it("lead into blocks inside blocks, and nowhere if nothing uses the block", () => {
    expect(wayTo(network, "deep")).toEqual([
      { node: "b", block: "outer" },
      { node: "one", block: "deep" },
    ]);
    expect(wayTo(network, "idle")).toBeNull();
  });
});

describe("a document from the future", () => {
  it("is no fault, and is shown as far as it is understood", () => {
    const later = {
      ...network,
      version: 7,
      nodes: { a: { op: "braid", in: { x: { of: ["t"] }, y: "t" }, params: 3 }, b: 4 },
    } as unknown as NetworkDocument;
    expect(faultOf({ ...network, version: 7 })).toBeNull();
    expect(futureOf(later)).toBe(7);
    expect(tamed(later).nodes).toEqual({ a: { op: "braid", in: { y: "t" } } });
    expect(faultOf({ ...network, version: "soon" })?.code).toBe("other_version");
  });
});
