import { describe, expect, it } from "vitest";
import { adopt, shelfOf } from "./library";
import { blank, pictureOf } from "./open";
import type { BlockDocument, NetworkDocument } from "./types";

const inner: BlockDocument = { inputs: ["x"], nodes: { a: { op: "dense" } }, output: "a" };
const outer: BlockDocument = { inputs: ["x"], nodes: { b: { block: "inner" } }, output: "b" };
const other: BlockDocument = { inputs: ["x"], nodes: { c: { op: "dropout" } }, output: "c" };
const having = (name: string, blocks: Record<string, BlockDocument>): NetworkDocument => ({
  ...blank(name),
  blocks,
});

describe("library", () => {
  it("takes a block over with all that it uses", () => {
    const { picture, names } = adopt(pictureOf(blank("mine")), { outer, inner });
    expect(names).toEqual({ outer: "outer", inner: "inner" });
    expect(picture.network.blocks).toEqual({ outer, inner });
  });

  it("keeps another block of the same name, and uses an equal one as it is", () => {
    const mine = pictureOf(having("mine", { inner: other }));
    const { picture, names } = adopt(mine, { outer, inner });
    expect(names.inner).toBe("inner_1");
    expect(picture.network.blocks?.outer?.nodes.b?.block).toBe("inner_1");
    expect(adopt(picture, { inner: other }).picture.network.blocks).toEqual(picture.network.blocks);
  });

  it("never lets a block come to hold itself", () => {
    const mine = pictureOf(having("mine", { inner }));
    expect(adopt(mine, { inner }, ["inner"]).names.inner).toBe("inner_1");
  });

  it("lists the blocks of other networks, each once", () => {
    const networks = [
      having("mine", { other }),
      having("a", { outer, inner }),
      having("b", { inner }),
    ];
    const shelf = shelfOf([...networks, having("c", { other })], having("mine", { other }));
    expect(shelf.map((one) => `${one.from}.${one.name}`)).toEqual(["a.outer", "a.inner"]);
    expect(Object.keys(shelf[0]?.blocks ?? {})).toEqual(["outer", "inner"]);
  });
});
