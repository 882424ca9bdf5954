import { describe, expect, it } from "vitest";
import { makeBlock, moveInput } from "./blocks";
import { clipFrom, copy, duplicate, paste } from "./clipboard";
import {
  addInput,
  addNode,
  addOutput,
  connect,
  detach,
  disconnect,
  insertOn,
  move,
  remove,
  removeAndJoin,
} from "./edit";
import { makeParameter, setBlockParam, setParam, setRange, setTrait } from "./fields";
import { edgesOf, graphOf, outputId, placesOf, scopesOf } from "./graph";
import { DEED, EMPTY, type History, record, redo, undo } from "./history";
import { freeIn, takenIn } from "./names";
import { blank, pictureOf } from "./open";
import { applied, difference } from "./patch";
import { rename, renameBlock } from "./rename";
import { type NodeDocument, type Picture, Refused } from "./types";
import { unpackBlock } from "./unpack";

/** A sequence of numbers in [0, 1) that a seed fixes. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const OPS = ["dense", "activation", "dropout", "add"];

function pick<T>(random: () => number, items: readonly T[]): T | undefined {
  return items[Math.floor(random() * items.length)];
}

/** One random command on a random scope; what a command refuses leaves the picture as it is. */
function anyCommand(picture: Picture, random: () => number): Picture {
  const scope = pick(random, scopesOf(picture.network)) ?? null;
  const graph = graphOf(picture.network, scope);
  const names = Object.keys(graph.nodes);
  const edge = pick(random, edgesOf(graph));
  const source = pick(random, [...graph.inputs, ...names]);
  const op = pick(random, OPS) ?? "dense";
  const free = freeIn(takenIn(graph), op);
  const place = { x: Math.floor(random() * 500), y: Math.floor(random() * 500) };
  const some = names.filter(() => random() < 0.4);
  const one = pick(random, names);
  if (!one || !source) return addNode(picture, scope, free, { op }, place);
  const other = pick(random, names) ?? one;
  const node: NodeDocument =
    op === "add"
      ? { op, in: { xs: [source] } }
      : { op, params: { units: Math.floor(random() * 99) }, in: { x: source } };
  const commands: (() => Picture)[] = [
    () => addNode(picture, scope, free, node, place),
    () => addNode(picture, scope, free, node),
    () =>
      edge ? insertOn(picture, scope, edge, free, node, { in: "x", many: false }, place) : picture,
    () => connect(picture, scope, source, one, "x"),
    () => connect(picture, scope, source, one, "xs", true),
    () => connect(picture, scope, source, outputId("answer"), ""),
    () => (edge ? disconnect(picture, scope, edge) : picture),
    () => remove(picture, scope, some.slice(0, 3)),
    () => removeAndJoin(picture, scope, [one]),
    () => detach(picture, scope, one),
    () => rename(picture, scope, one, freeIn(takenIn(graph), "renamed")),
    () => rename(picture, scope, graph.inputs[0] ?? "table", freeIn(takenIn(graph), "given")),
    () =>
      setParam(picture, scope, one, "units", random() < 0.3 ? undefined : Math.floor(random() * 9)),
    () => setTrait(picture, scope, one, "enabled", random() < 0.5),
    () => setTrait(picture, scope, one, "repeat", 1 + Math.floor(random() * 3)),
    () => setTrait(picture, scope, one, "tied", other),
    () => (scope === null ? setRange(picture, `${one}.units`, { int: [1, 9] }) : picture),
    () => setRange(picture, `${one}.units`, null),
    () => duplicate(picture, scope, some.slice(0, 2)).picture,
    () => paste(picture, null, copy(picture, scope, some)).picture,
    () => move(picture, scope, { [one]: place }),
    () => addInput(picture, scope, freeIn(takenIn(graph), "image"), place),
    () => addOutput(picture, scope, "second", one),
    () => makeBlock(picture, scope, some).picture,
    () => unpackBlock(picture, scope, one).picture,
    () => (scope ? makeParameter(picture, scope, one, "units", 8).picture : picture),
    () => (scope ? setBlockParam(picture, scope, "channels", 3) : picture),
    () =>
      scope
        ? renameBlock(picture, scope, `${scope}_b`.slice(-20).replace(/^[^a-z]+/, "k"))
        : picture,
  ];
  try {
    return pick(random, commands)?.() ?? picture;
  } catch (error) {
    if (error instanceof Refused) return picture;
    throw error;
  }
}

/** Names that stand somewhere and lead nowhere. */
function stale(picture: Picture): string[] {
  const found: string[] = [];
  for (const scope of scopesOf(picture.network)) {
    const graph = graphOf(picture.network, scope);
    const known = takenIn(graph);
    for (const edge of edgesOf(graph))
      if (!known.has(edge.from)) found.push(`edge from ${edge.from}`);
    for (const [name, node] of Object.entries(graph.nodes)) {
      if (node.tied && !known.has(node.tied)) found.push(`${name} tied to ${node.tied}`);
      if (node.block && !picture.network.blocks?.[node.block]) found.push(`block ${node.block}`);
    }
    for (const name of Object.keys(placesOf(picture, scope)))
      if (!name.startsWith("→") && !known.has(name)) found.push(`place of ${name}`);
  }
  for (const key of Object.keys(picture.space)) {
    const name = key.split(".")[0] ?? "";
    if (!picture.network.nodes[name]) found.push(`range of ${name}`);
  }
  return found;
}

const start = () => {
  const network = blank("random");
  return pictureOf({ ...network, nodes: { stem: { op: "dense", in: { x: "table" } } } });
};

describe("commands over random documents", () => {
  it.each(
    Array.from({ length: 60 }, (_, seed) => seed + 1),
  )("seed %i: undo of each is identity", (seed) => {
    const random = chance(seed * 7919);
    let picture = start();
    let history: History = EMPTY;
    const texts = [JSON.stringify(picture)];
    for (let step = 0; step < 60; step++) {
      const next = anyCommand(picture, random);
      const kept = record(history, picture, next, { label: "any", at: step * 10_000 });
      if (kept !== history) {
        texts.push(JSON.stringify(next));
        const entry = kept.past.at(-1);
        expect(JSON.stringify(applied(picture, entry?.patch ?? []))).toBe(JSON.stringify(next));
      }
      history = kept;
      picture = next;
      expect(stale(picture)).toEqual([]);
    }
    const last = JSON.stringify(picture);
    for (let at = texts.length - 2; at >= 0; at--) {
      const turn = undo(history, picture);
      picture = turn?.picture ?? picture;
      history = turn?.history ?? history;
      expect(JSON.stringify(picture)).toBe(texts[at]);
    }
    for (let turn = redo(history, picture); turn; turn = redo(history, picture)) {
      picture = turn.picture;
      history = turn.history;
    }
    expect(JSON.stringify(picture)).toBe(last);
  });
});

const scoped = (nodes: Record<string, NodeDocument>, extra = {}): Picture =>
  pictureOf({ ...blank("net"), nodes, outputs: { answer: "head" }, ...extra });

const chain = () =>
  scoped({
    stem: { op: "dense", params: { units: 8 }, in: { x: "table" } },
    act: { op: "activation", in: { x: "stem" } },
    head: { op: "dense", params: { units: "target" }, in: { x: "act" } },
  });

describe("single commands", () => {
  it("renames through edges, outputs, ranges and places", () => {
    let picture = setRange(chain(), "act.kind", { choice: ["relu", "gelu"] });
    picture = move(picture, null, { act: { x: 1, y: 2 } });
    const renamed = rename(picture, null, "act", "curve");
    expect(renamed.network.nodes.head?.in).toEqual({ x: "curve" });
    expect(Object.keys(renamed.network.nodes)).toEqual(["stem", "curve", "head"]);
    expect(renamed.space).toEqual({ "curve.kind": { choice: ["relu", "gelu"] } });
    expect(renamed.layout.main).toEqual({ curve: { x: 1, y: 2 } });
    expect(rename(chain(), null, "head", "top").network.outputs).toEqual({ answer: "top" });
  });

  it("refuses names that are taken or illegal, and circles", () => {
    expect(() => rename(chain(), null, "act", "stem")).toThrow(Refused);
    expect(() => rename(chain(), null, "act", "Stem!")).toThrow(Refused);
    expect(() => rename(chain(), null, "act", "recipe")).toThrow(Refused);
    expect(() => connect(chain(), null, "head" as string, "stem", "x")).toThrow(Refused);
  });

  it("deletes and reconnects", () => {
    const left = removeAndJoin(chain(), null, ["act"]);
    expect(left.network.nodes.head?.in).toEqual({ x: "stem" });
    expect(remove(chain(), null, ["act"]).network.nodes.head?.in).toBeUndefined();
  });

  it("inserts on an edge, and on one of several into the same port", () => {
    const picture = scoped({
      a: { op: "dense", in: { x: "table" } },
      head: { op: "add", in: { xs: ["a", "a", "table"] } },
    });
    const edge = edgesOf(graphOf(picture.network, null)).find(
      (one) => one.position === 1 && one.to === "head",
    );
    if (!edge) throw new Error("no edge");
    const ports = { in: "x", many: false };
    const next = insertOn(picture, null, edge, "drop", { op: "dropout" }, ports);
    expect(next.network.nodes.head?.in).toEqual({ xs: ["a", "drop", "table"] });
    expect(next.network.nodes.drop?.in).toEqual({ x: "a" });
  });

  it("makes a block of nodes with ranges, and takes it apart again", () => {
    const picture = setRange(chain(), "stem.units", { int: [4, 16] });
    const made = makeBlock(picture, null, ["stem", "act"], "body");
    expect(made.picture.network.nodes).toEqual({
      body_1: { block: "body", in: { x: "table" } },
      head: { op: "dense", params: { units: "target" }, in: { x: "body_1" } },
    });
    expect(made.picture.network.blocks?.body).toEqual({
      params: { stem_units: 8 },
      inputs: ["x"],
      nodes: {
        stem: { op: "dense", params: { units: { var: "stem_units" } }, in: { x: "x" } },
        act: { op: "activation", in: { x: "stem" } },
      },
      output: "act",
    });
    expect(made.picture.space).toEqual({ "body_1.stem_units": { int: [4, 16] } });
    const apart = unpackBlock(made.picture, null, "body_1").picture;
    expect(apart.network.nodes).toEqual(picture.network.nodes);
    expect(apart.network.blocks).toBeUndefined();
    expect(apart.space).toEqual(picture.space);
  });

  it("writes a repeat out as copies behind each other", () => {
    const made = makeBlock(chain(), null, ["stem", "act"], "body").picture;
    const apart = unpackBlock(setTrait(made, null, "body_1", "repeat", 3), null, "body_1");
    expect(apart.names).toEqual(["stem", "act", "stem_1", "act_1", "stem_2", "act_2"]);
    expect(apart.picture.network.nodes.stem_2?.in).toEqual({ x: "act_1" });
    expect(apart.picture.network.nodes.head?.in).toEqual({ x: "act_2" });
  });

  it("refuses a block with two outputs or one that would read itself", () => {
    const picture = scoped({
      a: { op: "dense", in: { x: "table" } },
      b: { op: "dense", in: { x: "a" } },
      head: { op: "add", in: { xs: ["a", "b"] } },
    });
    expect(() => makeBlock(picture, null, ["a", "b"])).toThrow("block_outputs");
    expect(() => makeBlock(picture, null, ["a", "head"])).toThrow("block_loop");
  });

  it("lets the inputs of a block change places, edges going by name", () => {
    const block = { inputs: ["x", "y", "z"], nodes: { a: { op: "add" } }, output: "a" };
    const picture = pictureOf({ ...blank("ported"), blocks: { block } });
    const orderAfter = (name: string, to: number) =>
      moveInput(picture, "block", name, to).network.blocks?.block?.inputs.join("");
    expect([orderAfter("z", 0), orderAfter("x", 1), orderAfter("x", 9)]).toEqual([
      "zxy",
      "yxz",
      "yzx",
    ]);
    expect(moveInput(picture, "block", "none", 0)).toBe(picture);
  });

  it("copies between networks as text, blocks and ranges included", () => {
    const made = makeBlock(
      setRange(chain(), "stem.units", { int: [4, 16] }),
      null,
      ["stem", "act"],
      "body",
    );
    const clip = clipFrom(JSON.stringify(copy(made.picture, null, ["body_1"])));
    if (!clip) throw new Error("not a clip");
    const other = pictureOf(blank("other", "image"));
    const pasted = paste(other, null, clip);
    expect(Object.keys(pasted.picture.network.blocks ?? {})).toEqual(["body"]);
    expect(pasted.picture.network.nodes.body_1).toEqual({ block: "body" });
    expect(pasted.picture.space).toEqual({ "body_1.stem_units": { int: [4, 16] } });
    expect(clipFrom("rubbish")).toBeNull();
    expect(clipFrom('{"format": "danlu.network"}')).toBeNull();
  });

  it("keeps the inputs of a duplicate", () => {
    const { picture, names } = duplicate(chain(), null, ["act"]);
    expect(picture.network.nodes[names[0] ?? ""]).toEqual({ op: "activation", in: { x: "stem" } });
  });

  it("renames the input of a block together with the ports of its users", () => {
    const made = makeBlock(chain(), null, ["stem", "act"], "body").picture;
    const renamed = rename(made, "body", "x", "table_in");
    expect(renamed.network.nodes.body_1?.in).toEqual({ table_in: "table" });
    expect(renamed.network.blocks?.body?.nodes.stem?.in).toEqual({ x: "table_in" });
  });
});

describe("patches", () => {
  it("put back what was removed where it stood", () => {
    const [from, to] = [
      { a: 1, b: { c: 2, d: 3 }, e: 4 },
      { a: 1, e: 4 },
    ];
    const back = applied(to, difference(to, from));
    expect(JSON.stringify(back)).toBe(JSON.stringify(from));
  });

  it("join one deed into one entry, however long it takes", () => {
    const first = start();
    const second = move(first, null, { stem: { x: 1, y: 1 } });
    const third = move(second, null, { stem: { x: 2, y: 2 } });
    const made = (at: number, burst: string) => ({ label: "detach", burst, at });
    const once = record(EMPTY, first, second, made(0, `${DEED}1`));
    const joined = record(once, second, third, made(60_000, `${DEED}1`));
    expect(joined.past).toHaveLength(1);
    expect(undo(joined, third)?.picture).toEqual(first);
    expect(record(once, second, third, made(1, `${DEED}2`)).past).toHaveLength(2);
  });

  it("carry thousands of nodes away and back, each where it stood", () => {
    const names = Array.from({ length: 5_000 }, (_, i) => `n${i}`);
    const nodes = Object.fromEntries(names.map((name) => [name, { op: "dense" }]));
    const main = Object.fromEntries(names.map((name, i) => [name, { x: 0, y: i }]));
    const before = pictureOf({ ...blank("many"), nodes }, {}, { main, blocks: {} });
    const after = remove(
      move(before, null, { n4999: { x: 9, y: 9 } }),
      null,
      names.filter((_, i) => i % 5),
    );
    const back = applied(after, difference(after, before));
    expect(JSON.stringify(back)).toBe(JSON.stringify(before));
    expect(back.network.nodes.n0).toBe(before.network.nodes.n0);
  });

  it("join a burst of typing into one entry", () => {
    const one = chain();
    const two = setParam(one, null, "stem", "units", 1);
    const three = setParam(two, null, "stem", "units", 16);
    let history = record(EMPTY, one, two, { label: "set", burst: "stem.units", at: 0 });
    history = record(history, two, three, { label: "set", burst: "stem.units", at: 300 });
    expect(history.past).toHaveLength(1);
    expect(undo(history, three)?.picture).toEqual(one);
  });
});
