/** Deeds: what the actions of the designer do; each takes what it needs from the desk. */
import type { ReactFlowInstance } from "@xyflow/react";
import { mainParam, type Ops, portsOf, shapeOf } from "../canvas/ops";
import { freeAside } from "../canvas/size";
import { openPort } from "../desk/adding";
import { type Desk, type DeskStore, scopeOf, settled, shownPlaces } from "../desk/desk";
import { problemsOf, typeOf } from "../desk/paths";
import { setUi, toggleDrawer } from "../desk/ui";
import { makeBlock } from "../document/blocks";
import { clipFrom, copy, duplicate, paste } from "../document/clipboard";
import {
  addInput,
  addOutput,
  connect,
  disconnect,
  move,
  remove,
  removeAndJoin,
} from "../document/edit";
import { setTrait } from "../document/fields";
import { applyFix } from "../document/fixes";
import { edgeId, edgesOf, graphOf, isOutput, outputOf } from "../document/graph";
import { freeIn, takenIn } from "../document/names";
import { MOST_DRAWN } from "../document/open";
import type { Edge, NodeDocument, Places } from "../document/types";
import { unpackBlock } from "../document/unpack";
import { type Direction, firstOf, stepFrom } from "./walk";

export interface ActionContext {
  store: DeskStore;
  ops: Ops;
  flow: ReactFlowInstance | null;
  save: () => void;
  train: () => void;
  /** Take a text that is no copied nodes: perhaps a document. */
  take: (text: string) => void;
}

export const nodesOf = (desk: Desk): string[] => {
  const { nodes } = graphOf(desk.picture.network, scopeOf(desk));
  return desk.selected.filter((name) => name in nodes);
};
export const hasNodes = (desk: Desk) => nodesOf(desk).length > 0;
export const hasAny = (desk: Desk) => desk.selected.length > 0 || desk.edge !== null;
export const oneNode = (desk: Desk): [string, NodeDocument] | null => {
  const name = desk.selected.length === 1 ? (desk.selected[0] ?? "") : "";
  const node = graphOf(desk.picture.network, scopeOf(desk)).nodes[name];
  return node ? [name, node] : null;
};

export function deleteChosen({ store }: ActionContext): void {
  const desk = store.getState();
  const scope = scopeOf(desk);
  if (desk.edge) {
    const edge = edgesOf(graphOf(desk.picture.network, scope)).find(
      (one) => edgeId(one) === desk.edge,
    );
    if (edge)
      desk.act("disconnect", (p) => disconnect(p, scope, edge), {
        args: { from: edge.from, to: edge.to },
      });
    return;
  }
  const names = [...desk.selected];
  desk.act("delete", (p) => remove(settled(desk, scope, p), scope, names), {
    select: [],
    args: { count: names.length },
  });
}

export function deleteAndJoin({ store }: ActionContext): void {
  const desk = store.getState();
  const scope = scopeOf(desk);
  const names = nodesOf(desk);
  desk.act("delete_join", (p) => removeAndJoin(settled(desk, scope, p), scope, names), {
    select: [],
    args: { count: names.length },
  });
}

/** Copied text, for browsers that do not let the page read the clipboard. */
let copied = "";

export function copyChosen({ store }: ActionContext): void {
  const desk = store.getState();
  const names = nodesOf(desk);
  copied = JSON.stringify(
    copy({ ...desk.picture, layout: desk.picture.layout }, scopeOf(desk), names),
  );
  void navigator.clipboard?.writeText(copied).catch(() => {});
  desk.say("copied", { count: names.length });
}

export async function pasteHere(context: ActionContext, keepInputs: boolean): Promise<void> {
  const text = (await navigator.clipboard?.readText().catch(() => "")) || copied;
  if (!pasteText(context.store, text, keepInputs) && text.trim()) context.take(text);
}

/** Paste copied nodes; false when the text is something else. */
export function pasteText(store: DeskStore, text: string, keepInputs = false): boolean {
  const clip = clipFrom(text);
  if (!clip) return false;
  const desk = store.getState();
  const scope = scopeOf(desk);
  const count = Object.keys(clip.nodes).length;
  if (count + Object.keys(graphOf(desk.picture.network, scope).nodes).length > MOST_DRAWN) {
    desk.say("paste_large", { count, most: MOST_DRAWN }, true);
    return true;
  }
  let names: string[] = [];
  desk.act(
    "paste",
    (picture) => {
      const pasted = paste(settled(desk, scope, picture), scope, clip, {
        keepInputs,
        aside: freeAside,
      });
      names = pasted.names;
      return pasted.picture;
    },
    { args: { count } },
  );
  store.getState().select(names);
  return true;
}

export function duplicateChosen({ store }: ActionContext): void {
  const desk = store.getState();
  const scope = scopeOf(desk);
  let names: string[] = [];
  desk.act("duplicate", (picture) => {
    const done = duplicate(settled(desk, scope, picture), scope, nodesOf(desk), freeAside);
    names = done.names;
    return done.picture;
  });
  store.getState().select(names);
}

export function blockChosen({ store, ops }: ActionContext): void {
  const desk = store.getState();
  const scope = scopeOf(desk);
  const usualOf = (node: NodeDocument, param: string) =>
    ops.get(node.op ?? "")?.schema.properties?.[param]?.default ?? null;
  let node = "";
  desk.act("make_block", (picture) => {
    const made = makeBlock(settled(desk, scope, picture), scope, nodesOf(desk), "block", {
      usualOf,
    });
    node = made.node;
    return made.picture;
  });
  if (node) store.getState().select([node]);
}

export function unpackChosen({ store }: ActionContext): void {
  const desk = store.getState();
  const scope = scopeOf(desk);
  const one = oneNode(desk);
  if (!one) return;
  let names: string[] = [];
  desk.act("unpack_block", (picture) => {
    const done = unpackBlock(settled(desk, scope, picture), scope, one[0]);
    names = done.names;
    return done.picture;
  });
  store.getState().select(names);
}

/** Join two selected bars: the one that stands higher is read; with one, what reads it is asked for. */
export function connectTwo({ store, ops }: ActionContext): void {
  const desk = store.getState();
  if (desk.selected.length === 1) {
    setUi({ joining: desk.selected[0] ?? null });
    return;
  }
  const scope = scopeOf(desk);
  const places = shownPlaces(desk, scope);
  const [from = "", to = ""] = [...desk.selected].sort(
    (a, b) => (places[a]?.y ?? 0) - (places[b]?.y ?? 0),
  );
  const node = graphOf(desk.picture.network, scope).nodes[to];
  const port = openPort(portsOf(node, ops, desk.picture.network.blocks), node, desk, from);
  desk.act("connect", (p) => connect(p, scope, from, to, port?.name ?? "", port?.many), {
    args: { from, to },
  });
}

export function nudge({ store }: ActionContext, dx: number, dy: number): void {
  const desk = store.getState();
  const scope = scopeOf(desk);
  const places = shownPlaces(desk, scope);
  const moved: Places = {};
  for (const name of desk.selected) {
    const place = places[name];
    if (place) moved[name] = { x: place.x + dx, y: place.y + dy };
  }
  desk.act("move", (p) => move(settled(desk, scope, p), scope, moved), {
    burst: `nudge ${desk.selected.join()}`,
  });
}

/** Walk on, and keep what is selected. */
export function walkMore(context: ActionContext, direction: Direction): void {
  const { store } = context;
  const before = store.getState().selected;
  walkTo(context, direction);
  const [to = ""] = store.getState().selected.slice(-1);
  store.getState().select([...before.filter((name) => name !== to), to]);
}

export function walkTo(context: ActionContext, direction: Direction): void {
  const desk = context.store.getState();
  const edges = edgesOf(graphOf(desk.picture.network, scopeOf(desk)));
  const wire = edges.find((one) => edgeId(one) === desk.edge);
  if (wire && (direction === "left" || direction === "right")) {
    const beside = edges.filter((one) => one.from === wire.from || one.to === wire.to);
    const by = direction === "right" ? 1 : beside.length - 1;
    const next = beside[(beside.indexOf(wire) + by) % beside.length];
    if (next) chooseWire(context.store, next);
    return;
  }
  const from = desk.selected.at(-1);
  const along = wire && (direction === "up" ? wire.from : wire.to);
  const to = along ?? (from ? stepFrom(desk, from, direction) : firstOf(desk));
  if (!to) {
    desk.say("way_ends");
    return;
  }
  desk.select([to]);
  tell(context, to);
  show(context, to);
}

/** Say at which bar one is: its name, what it is, what it gives. */
function tell({ store }: ActionContext, name: string): void {
  const desk = store.getState();
  const node = graphOf(desk.picture.network, scopeOf(desk)).nodes[name];
  const problems = problemsOf(desk, name).length;
  desk.say(problems ? "at_bad" : "at", {
    name: isOutput(name) ? outputOf(name) : name,
    op: node?.op ?? node?.block ?? "",
    shape: shapeOf(typeOf(desk, name)),
    problems,
  });
}

/** Select a wire of the selected node, and with each press the next one. */
export function nextWire({ store }: ActionContext): void {
  const desk = store.getState();
  const edges = edgesOf(graphOf(desk.picture.network, scopeOf(desk)));
  const now = edges.find((one) => edgeId(one) === desk.edge);
  const [chosen = now?.from] = desk.selected;
  const near = edges.filter((one) => one.from === chosen);
  const all = near.length ? near : edges.filter((one) => one.to === chosen);
  const next = all[((now ? all.indexOf(now) : -1) + 1) % all.length] ?? edges[0];
  if (next) chooseWire(store, next);
}

function chooseWire(store: DeskStore, edge: Edge): void {
  store.getState().select([], edgeId(edge));
  store
    .getState()
    .say("wire", { from: edge.from, to: isOutput(edge.to) ? outputOf(edge.to) : edge.to });
}

/** Bring a bar into view if it is out of it. */
export function show({ store, flow }: Pick<ActionContext, "store" | "flow">, name: string): void {
  const desk = store.getState();
  const place = shownPlaces(desk, scopeOf(desk))[name];
  if (!place || !flow) return;
  const frame = document.querySelector(".canvas")?.getBoundingClientRect();
  const at = flow.flowToScreenPosition({ x: place.x + 100, y: place.y + 18 });
  const isSeen =
    frame &&
    at.x > frame.left + 20 &&
    at.x < frame.right - 20 &&
    at.y > frame.top + 10 &&
    at.y < frame.bottom - 10;
  if (!isSeen)
    void flow.setCenter(place.x + 160, place.y + 18, { zoom: Math.max(flow.getZoom(), 0.6) });
}

export function openFinder({ store, flow }: ActionContext): void {
  const desk = store.getState();
  const frame = document.querySelector(".canvas")?.getBoundingClientRect();
  const chosen = desk.selected.length === 1 ? (desk.selected[0] ?? "") : "";
  const from = isOutput(chosen) ? "" : chosen;
  const place = shownPlaces(desk, scopeOf(desk))[from];
  const near = place && flow ? flow.flowToScreenPosition({ x: place.x, y: place.y + 44 }) : null;
  const at = near ?? {
    x: (frame?.left ?? 0) + (frame?.width ?? 600) / 2 - 170,
    y: (frame?.top ?? 0) + 80,
  };
  const edge = edgesOf(graphOf(desk.picture.network, scopeOf(desk))).find(
    (one) => edgeId(one) === desk.edge,
  );
  setUi({ finding: { at, place: null, from: from || null, edge: edge ?? null } });
}

export function mend({ store }: ActionContext): void {
  const desk = store.getState();
  const name = desk.selected[0] ?? desk.analysis?.problems[0]?.node ?? "";
  const problem = problemsOf(desk, name).find((one) => one.fixes?.length);
  const fix = problem?.fixes?.[0];
  if (fix)
    desk.act("fix", (p) => applyFix(p, fix, problem?.block ?? null), {
      args: { title: fix.title },
    });
  else toggleDrawer("problems");
}

export function toggle({ store }: ActionContext, trait: "enabled" | "frozen"): void {
  const desk = store.getState();
  const scope = scopeOf(desk);
  const names = nodesOf(desk);
  const { nodes } = graphOf(desk.picture.network, scope);
  const usual = trait === "enabled";
  const next = names.every((name) => (nodes[name]?.[trait] ?? usual) === usual) ? !usual : usual;
  desk.act(
    trait === "enabled" ? (next ? "switch_on" : "switch_off") : next ? "freeze" : "thaw",
    (p) => names.reduce((picture, name) => setTrait(picture, scope, name, trait, next), p),
  );
}

export function openFields({ store, ops }: ActionContext): void {
  const desk = store.getState();
  const one = oneNode(desk);
  if (one?.[1].block) {
    desk.enter(one[0]);
    return;
  }
  const main = one ? mainParam(ops.get(one[1].op ?? "")) : null;
  desk.set({ field: `${main ?? ""}!${Date.now()}` });
}

/** Another input, above everything. */
export function moreInput({ store }: ActionContext): void {
  const desk = store.getState();
  const scope = scopeOf(desk);
  const name = freeIn(takenIn(graphOf(desk.picture.network, scope)), "input");
  const all = Object.values(shownPlaces(desk, scope));
  const at = {
    x: Math.max(0, ...all.map((place) => place.x)) + 240,
    y: Math.min(0, ...all.map((place) => place.y)),
  };
  desk.act("add", (p) => addInput(settled(desk, scope, p), scope, name, at), {
    select: [name],
    args: { name },
  });
}

/** Show the selected node as an output of its own. */
export function moreOutput({ store }: ActionContext): void {
  const desk = store.getState();
  const { outputs } = graphOf(desk.picture.network, null);
  const name = freeIn(new Set(Object.keys(outputs)), "output");
  const [from = ""] = nodesOf(desk);
  desk.act("add", (p) => addOutput(settled(desk, null, p), null, name, from), { args: { name } });
}

/** Open the range form of the node's main field. */
export function openRange(context: ActionContext): void {
  const one = oneNode(context.store.getState());
  const main = one ? mainParam(context.ops.get(one[1].op ?? "")) : null;
  if (main) document.querySelector<HTMLElement>(`[data-field="${main}"] .range-open`)?.click();
}

export const selectAll = ({ store }: ActionContext) => {
  const desk = store.getState();
  const graph = graphOf(desk.picture.network, scopeOf(desk));
  desk.select(Object.keys(graph.nodes));
};

export const leaveOff = ({ store }: ActionContext) => {
  const desk = store.getState();
  if (desk.selected.length || desk.edge) desk.select([]);
  else desk.leave(desk.way.length - 1);
};

export const lookAt = ({ flow, store }: ActionContext, all: boolean) => {
  const { selected } = store.getState();
  const some = !all && selected.length ? { nodes: selected.map((id) => ({ id })) } : {};
  void flow?.fitView({ padding: 0.15, maxZoom: 1, ...some });
};
