import { describe, expect, it } from "vitest";
import { addChoice, dropChoice, setChoiceParam } from "./choices";
import { blank, pictureOf } from "./open";
import { reach, reachOf } from "./reach";
import type { NetworkDocument, Picture } from "./types";

const network: NetworkDocument = {
  ...blank("net"),
  inputs: { x: {} },
  nodes: {
    mid: { op: "dense", params: { units: 8 }, in: { x: "x" } },
    outer: { block: "big", in: { x: "mid" } },
  },
  blocks: {
    big: { inputs: ["x"], nodes: { in_1: { block: "small", in: { x: "x" } } }, output: "in_1" },
    small: {
      inputs: ["x"],
      nodes: {
        deep: { op: "dense", params: { units: 4 }, in: { x: "x" } },
        twice: { op: "dense", params: { units: { var: "w * 2" } }, in: { x: "deep" } },
      },
      output: "twice",
      params: { w: 3 },
    },
  },
  outputs: { answer: "outer" },
};
const picture: Picture = {
  ...pictureOf(network),
  space: { "mid.units": { int: [1, 9] }, "mid.enabled": { bool: true } },
};
const TRAIL = [
  { node: "outer", block: "big" },
  { node: "in_1", block: "small" },
];

describe("choices", () => {
  it("what a node was becomes its first choice, with its ranges", () => {
    const next = addChoice(picture, null, "mid", { op: "dropout" });
    expect(next.network.nodes.mid).toEqual({
      choices: { dense: { op: "dense", params: { units: 8 } }, dropout: { op: "dropout" } },
      choose: "dense",
      in: { x: "x" },
    });
    expect(Object.keys(next.space)).toEqual(["mid.dense.units", "mid.enabled"]);
  });

  it("when one is left, the node is that again", () => {
    const two = addChoice(picture, null, "mid", { op: "dropout" });
    const back = dropChoice(two, null, "mid", "dropout");
    expect(back.network.nodes.mid).toEqual(picture.network.nodes.mid);
    expect(back.space).toEqual(picture.space);
  });

  it("a choice that goes takes its ranges along, and leaves the range over the choice", () => {
    let three = addChoice(picture, null, "mid", { op: "dropout" });
    three = addChoice(three, null, "mid", { op: "activation" });
    three = { ...three, space: { "mid.choose": { choice: ["dense", "dropout"] } } };
    expect(dropChoice(three, null, "mid", "dense").space).toEqual({});
    expect(dropChoice(three, null, "mid", "dense").network.nodes.mid?.choose).toBe("dropout");
  });

  it("each has parameters of its own", () => {
    const two = addChoice(picture, null, "mid", { op: "dropout" });
    const set = setChoiceParam(two, null, "mid", ["dropout", "p"], 0.3);
    expect(set.network.nodes.mid?.choices?.dropout).toEqual({ op: "dropout", params: { p: 0.3 } });
    expect(setChoiceParam(set, null, "mid", ["dropout", "p"], undefined)).toEqual(two);
  });
});

describe("ranges inside blocks", () => {
  it("make a parameter on every level, and are found again by the same field", () => {
    const field = { node: "deep", param: "units" };
    expect(reachOf(network, TRAIL, field)).toBeNull();
    const next = reach(picture, TRAIL, field, { int: [2, 6] }, 64);
    expect(next.space["outer.units"]).toEqual({ int: [2, 6] });
    expect(next.network.blocks?.small?.params).toEqual({ w: 3, units: 4 });
    expect(next.network.blocks?.big?.params).toEqual({ units: 4 });
    expect(next.network.blocks?.big?.nodes.in_1?.params).toEqual({ units: { var: "units" } });
    expect(reachOf(next.network, TRAIL, field)).toBe("outer.units");
  });

  it("let how often a node repeats be a parameter, too", () => {
    const next = reach(picture, TRAIL, { node: "deep", param: "repeat" }, { int: [1, 3] }, 1);
    expect(next.network.blocks?.small?.nodes.deep?.repeat).toEqual({ var: "deep_repeat" });
    expect(next.space["outer.deep_repeat"]).toEqual({ int: [1, 3] });
  });

  it("are refused where a field is worked out", () => {
    const field = { node: "twice", param: "units" };
    expect(() => reach(picture, TRAIL, field, { int: [2, 6] }, 64)).toThrow("range_worked_out");
  });
});
