import { describe, expect, it } from "vitest";
import type { Glance, NetworkDocument, NodeSeen, Seen } from "../api/records";
import { barOf, foldOf, levelsOf, nodesOf, placeOf, scaleOf, together } from "./watch";

const node = (values: Partial<NodeSeen>): NodeSeen => ({
  gradient_norm: null,
  ratio: null,
  mean: null,
  deviation: null,
  dead: null,
  seconds: null,
  bad: 0,
  bad_gradients: 0,
  ...values,
});
const look = (step: number, nodes: Record<string, NodeSeen>): Glance => ({
  epoch: 1,
  step,
  gradient_norm: 1,
  nodes,
});
const first = look(0, {
  stem: node({ gradient_norm: 1, seconds: 0.1 }),
  "res.0.conv": node({ gradient_norm: 3, ratio: 0.001, seconds: 0.2, dead: 0.5, mean: 1 }),
  "res.1.conv": node({ gradient_norm: 4, ratio: 0.01, seconds: 0.3, dead: 0.25, mean: 2 }),
});
const document: NetworkDocument = {
  name: "net",
  inputs: { x: {} },
  nodes: { stem: { op: "dense" }, res: { block: "residual", repeat: 2 } },
  blocks: { residual: { inputs: ["x"], nodes: { conv: { op: "conv2d" } }, output: "conv" } },
  outputs: { y: "res" },
};

describe("watch", () => {
  it("finds the bar of a flat node in a scope", () => {
    expect([
      barOf("res.0.conv", ""),
      barOf("res.0.conv", "res.0"),
      barOf("res.1.conv", "res.0"),
      barOf("rest.x", "res"),
    ]).toEqual(["res", "conv", null, null]);
  });

  it("folds a repeated block onto its bar: norms and times add up, the worst share shows", () => {
    const res = foldOf(first, "").get("res");
    expect(res).toMatchObject({ gradient_norm: 5, ratio: 0.01, dead: 0.5, mean: 2 });
    expect(res?.seconds).toBeCloseTo(0.5);
    expect(nodesOf(first, "", "res")).toEqual(["res.0.conv", "res.1.conv"]);
  });

  it("says nothing of what no node has", () => {
    expect(together([node({}), node({})])).toEqual(node({}));
  });

  it("puts gradients on factors and dead units on their share", () => {
    const scale = scaleOf([first], "", "gradient_norm");
    expect([scale?.low, scale?.high, scale?.shareOf(1), scale?.shareOf(5)]).toEqual([1, 5, 0, 1]);
    expect(scaleOf([first], "", "dead")?.shareOf(0.5)).toBe(0.5);
    expect(scaleOf([look(0, { a: node({}) })], "", "ratio")).toBeNull();
  });

  it("stands at the step where the numbers ended until another is chosen", () => {
    const seen: Seen = {
      trial: 0,
      watched: true,
      total: 3,
      looks: [first, look(5, {}), look(9, {})],
      broken: { step: 5, node: "stem" },
    };
    expect([placeOf(seen, null), placeOf(seen, 0), placeOf(seen, 7)]).toEqual([1, 0, 2]);
    expect(placeOf({ ...seen, broken: null }, null)).toBe(2);
  });

  it("goes into a block and one of its repeats", () => {
    const [top, inner] = levelsOf(document, ["res.1"], first);
    expect(top?.scope).toBe("");
    expect(inner).toMatchObject({ bar: "res", scope: "res.1", repeats: ["0", "1"] });
    expect(Object.keys(inner?.document.nodes ?? {})).toEqual(["conv"]);
    expect(levelsOf(document, ["stem"], first)).toHaveLength(1);
  });
});
