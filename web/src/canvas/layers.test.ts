import { describe, expect, it } from "vitest";
import type { NetworkDocument } from "../api/records";
import { BAR, layout, ranksOf, wayOf } from "./layers";

const residual: NetworkDocument = {
  name: "residual",
  inputs: { table: {} },
  nodes: {
    columns_1: { op: "columns", in: { x: "table" } },
    dense_1: { op: "dense", in: { x: "columns_1" } },
    drop_1: { op: "dropout", in: { x: "dense_1" } },
    add_1: { op: "add", in: { xs: ["drop_1", "columns_1"] } },
    head: { op: "dense", in: { x: "add_1" } },
  },
  outputs: { answer: "head" },
};

describe("layers", () => {
  it("puts every node below what it reads", () => {
    const at = new Map(layout(residual).nodes.map((node) => [node.name, node.y]));
    expect(at.get("add_1")).toBeGreaterThan(at.get("drop_1") ?? 0);
    expect(at.get("→answer")).toBe((at.get("head") ?? 0) + BAR.pitch);
  });

  it("keeps a chain straight", () => {
    const xs = new Set(layout(residual).nodes.map((node) => Math.round(node.x)));
    expect(xs.size).toBe(1);
  });

  it("leads a skip beside the nodes it skips, never through them", () => {
    const drawn = layout(residual);
    const skip = drawn.edges.find((edge) => edge.from === "columns_1" && edge.to === "add_1");
    const bar = drawn.nodes.find((node) => node.name === "dense_1");
    expect(skip?.points).toHaveLength(4);
    expect(skip?.points[1]?.[0]).toBeGreaterThan((bar?.x ?? 0) + BAR.width / 2);
  });

  it("never lets two bars overlap", () => {
    const wide: NetworkDocument = {
      ...residual,
      inputs: { a: {}, b: {}, c: {} },
      nodes: { j: { op: "concat", in: { xs: ["a", "b", "c"] } } },
      outputs: {},
    };
    const xs = layout(wide)
      .nodes.filter((node) => node.kind === "input")
      .map((node) => node.x)
      .sort((a, b) => a - b);
    expect((xs[1] ?? 0) - (xs[0] ?? 0)).toBeGreaterThanOrEqual(BAR.width);
  });

  it("ends on a cycle", () => {
    expect(
      ranksOf(
        ["a", "b"],
        [
          ["a", "b"],
          ["b", "a"],
        ],
      ).size,
    ).toBe(2);
  });

  it("draws a document whose edges lead nowhere", () => {
    expect(
      layout({ ...residual, nodes: { x: { op: "dense", in: { x: "gone" } } }, outputs: {} }).edges,
    ).toEqual([]);
  });

  it("starts at the foot and ends at the head of a bar", () => {
    expect(
      wayOf([
        [0, 22],
        [0, 94],
      ]),
    ).toBe("M0 44L0 72");
  });
});
