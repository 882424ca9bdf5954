import { describe, expect, it } from "vitest";
import type { Analysis, OpEntry } from "../api/records";
import { opsOf } from "../canvas/ops";
import { setParam } from "../document/fields";
import { graphOf, outputId } from "../document/graph";
import { blank, pictureOf } from "../document/open";
import { Refused } from "../document/types";
import { addWhat } from "./adding";
import { startAnalysis, steady } from "./analysis";
import { createDesk, type DeskStore, shownPlaces, unsentOf } from "./desk";
import { draftsOf, dropDraft, keepDrafts } from "./drafts";
import { problemsOf, typeOf } from "./paths";

const op = (kind: string, port = "x", many = false): OpEntry => ({
  kind,
  title: { en: kind },
  words: {},
  doc: "",
  group: "layers",
  ports: [{ name: port, wants: "any", many }],
  schema: { properties: { units: { type: "integer", default: 64, role: "size" } } },
});
const ops = opsOf([op("dense"), op("act"), op("add", "xs", true)]);

const open = (): DeskStore => createDesk({ name: "net", picture: pictureOf(blank("net")) });
const networkOf = (desk: DeskStore) => desk.getState().picture.network;

/** A desk with three nodes in a row, added as a person adds them. */
function chain(): DeskStore {
  const desk = open();
  desk.getState().set({ auto: { "": { table: { x: 60, y: 0 } } } });
  for (const [kind, from] of [
    ["dense", "table"],
    ["act", "dense_1"],
    ["dense", "act_1"],
  ] as const)
    addWhat(desk.getState(), ops, { op: kind }, { from });
  return desk;
}

describe("adding", () => {
  it("joins each new node to what was chosen, and the output follows the end", () => {
    const { nodes, outputs } = networkOf(chain());
    expect(nodes.act_1?.in).toEqual({ x: "dense_1" });
    expect(nodes.dense_2?.in).toEqual({ x: "act_1" });
    expect(outputs).toEqual({ answer: "dense_2" });
  });

  it("stands nodes below each other without overlap, the output last", () => {
    const places = shownPlaces(chain().getState(), null);
    const rows = ["table", "dense_1", "act_1", "dense_2", "→answer"].map(
      (name) => places[name]?.y ?? 0,
    );
    expect(rows).toEqual([...rows].sort((a, b) => a - b));
    expect(new Set(rows).size).toBe(rows.length);
  });

  it("puts a node on an edge, and is one undo step", () => {
    const desk = chain();
    const edge = { from: "act_1", to: "dense_2", port: "x", position: 0 };
    addWhat(desk.getState(), ops, { op: "act" }, { edge });
    expect(networkOf(desk).nodes.dense_2?.in).toEqual({ x: "act_2" });
    expect(networkOf(desk).nodes.act_2?.in).toEqual({ x: "act_1" });
    desk.getState().undo();
    expect(networkOf(desk).nodes.act_2).toBeUndefined();
  });

  it("lets the output follow below a node that was put down under it", () => {
    const desk = chain();
    const place = { x: 400, y: 2_000 };
    const name = addWhat(desk.getState(), ops, { op: "act" }, { from: "dense_2", place });
    const places = shownPlaces(desk.getState(), null);
    expect(places[name]).toEqual(place);
    expect(places[outputId("answer")]?.y).toBeGreaterThan(place.y);
  });

  it("lists the source for a port that takes many", () => {
    const desk = chain();
    addWhat(desk.getState(), ops, { op: "add" }, { from: "dense_2" });
    expect(networkOf(desk).nodes.add_1?.in).toEqual({ xs: ["dense_2"] });
  });
});

describe("the desk", () => {
  it("says a refusal and changes nothing", () => {
    const desk = chain();
    const before = desk.getState().picture;
    const isDone = desk.getState().act("x", () => {
      throw new Refused("circle");
    });
    expect(isDone).toBe(false);
    expect(desk.getState().picture).toBe(before);
    expect(desk.getState().said).toMatchObject({ code: "circle", isTrouble: true });
  });

  it("knows that undoing to the saved picture leaves nothing unsent", () => {
    const desk = chain();
    desk.getState().set({ saved: desk.getState().picture });
    desk.getState().act("set_param", (picture) => setParam(picture, null, "dense_1", "units", 8));
    expect(unsentOf(desk.getState())).toBeGreaterThan(0);
    desk.getState().undo();
    expect(unsentOf(desk.getState())).toBe(0);
  });
});

const typed = (size: number) => ({
  state: "ok" as const,
  type: { axes: [{ name: "features", size }], dtype: "float32" },
  parameters: 0,
  macs: 0,
  activation_bytes: 0,
});

describe("analysis", () => {
  it("keeps the objects of bars without news", () => {
    const before: Analysis = { nodes: { a: typed(1), b: typed(2) }, totals: {}, problems: [] };
    const after = steady(before, { nodes: { a: typed(1), b: typed(3) }, totals: {}, problems: [] });
    expect(after.nodes.a).toBe(before.nodes.a);
    expect(after.nodes.b).not.toBe(before.nodes.b);
  });

  it("drops an answer that a newer question has overtaken", async () => {
    const desk = chain();
    const answers: ((analysis: Analysis) => void)[] = [];
    const stop = startAnalysis(desk, () => new Promise((resolve) => answers.push(resolve)));
    desk.getState().act("set_param", (picture) => setParam(picture, null, "dense_1", "units", 8));
    await expect.poll(() => answers.length).toBe(2);
    answers[1]?.({ nodes: { dense_1: typed(8) }, totals: {}, problems: [] });
    answers[0]?.({ nodes: { dense_1: typed(64) }, totals: {}, problems: [] });
    await expect.poll(() => desk.getState().checked).toBe("checked");
    expect(typeOf(desk.getState(), "dense_1")?.axes[0]?.size).toBe(8);
    stop();
  });

  it("finds types and problems inside a block that repeats", () => {
    const block = { inputs: ["x"], nodes: { d: { op: "dense", in: { x: "x" } } }, output: "d" };
    const network = {
      ...blank("net"),
      nodes: {
        stem: { op: "dense", in: { x: "table" } },
        res: { block: "b", repeat: 2, in: { x: "stem" } },
      },
      blocks: { b: block },
    };
    const desk = createDesk({ name: "net", picture: pictureOf(network) });
    desk.getState().enter("res");
    const problems = [{ code: "cycle", node: "d", block: "b" }];
    const analysis = { nodes: { stem: typed(5), "res.0.d": typed(7) }, totals: {}, problems };
    desk.getState().set({ analysis });
    expect(graphOf(network, "b").inputs).toEqual(["x"]);
    expect(typeOf(desk.getState(), "d")?.axes[0]?.size).toBe(7);
    expect(typeOf(desk.getState(), "x")?.axes[0]?.size).toBe(5);
    expect(problemsOf(desk.getState(), "d")).toHaveLength(1);
    expect(problemsOf({ ...desk.getState(), way: [] }, "d")).toHaveLength(0);
  });
});

/** The browser's storage, in memory. */
class Store implements Storage {
  [name: string]: unknown;
  get length() {
    return Object.keys(this).length;
  }
  getItem(key: string): string | null {
    return (this[key] as string | undefined) ?? null;
  }
  setItem(key: string, value: string): void {
    this[key] = value;
  }
  removeItem(key: string): void {
    delete this[key];
  }
  clear(): void {}
  key(): string | null {
    return null;
  }
}

describe("drafts", () => {
  it("keep every change with its history until the server has it", () => {
    const store = new Store();
    const heard: (() => void)[] = [];
    Object.assign(globalThis, {
      addEventListener: (_: string, go: () => void) => heard.push(go),
      removeEventListener: () => {},
    });
    const desk = chain();
    const stop = keepDrafts(desk, "tab1", store);
    desk.getState().act("set_param", (picture) => setParam(picture, null, "dense_1", "units", 8));
    heard[0]?.();
    const [draft] = draftsOf("net", store);
    expect(draft?.picture.network.nodes.dense_1?.params).toEqual({ units: 8 });
    expect(draft?.history.past.length).toBeGreaterThan(1);
    store.setItem("danlu.draft.net.broken", "{");
    expect(draftsOf("net", store)).toHaveLength(1);
    dropDraft("net", "tab1", store);
    expect(draftsOf("net", store)).toHaveLength(0);
    stop();
  });
});
