/** Layers: place a network top-down, each node below everything it reads; skips get lanes beside the nodes. */
import type { NetworkDocument } from "../api/records";

export interface Placed {
  name: string;
  x: number;
  y: number;
  kind: "input" | "node" | "output";
}

export interface Routed {
  from: string;
  to: string;
  points: [number, number][];
}

export interface Layout {
  nodes: Placed[];
  edges: Routed[];
  width: number;
  height: number;
}

export const BAR = { width: 300, height: 44, pitch: 72, gap: 28, lane: 22 };

interface Slot {
  id: string;
  isLane: boolean;
  parents: Slot[];
  children: Slot[];
  rank: number;
  x: number;
}

/** Edges of the document as pairs; an output is a node named `→name`. */
export function edgesOf(document: NetworkDocument): [string, string][] {
  const pairs: [string, string][] = [];
  for (const [name, node] of Object.entries(document.nodes)) {
    for (const source of Object.values(node.in ?? {}).flat()) pairs.push([source, name]);
  }
  for (const [name, source] of Object.entries(document.outputs)) pairs.push([source, `→${name}`]);
  return pairs;
}

/** Rank = longest way from an input; iterative, so that a cycle or a long chain cannot hang it. */
export function ranksOf(names: string[], edges: [string, string][]): Map<string, number> {
  const ranks = new Map(names.map((name) => [name, 0]));
  for (let round = 0; round < names.length; round++) {
    let hasMoved = false;
    for (const [from, to] of edges) {
      const rank = (ranks.get(from) ?? 0) + 1;
      if (rank > (ranks.get(to) ?? 0) && rank <= names.length) {
        ranks.set(to, rank);
        hasMoved = true;
      }
    }
    if (!hasMoved) break;
  }
  return ranks;
}

function link(from: Slot, to: Slot): void {
  from.children.push(to);
  to.parents.push(from);
}

/** Slots rank by rank; an edge over several ranks passes through lanes. */
function slotsOf(
  names: string[],
  edges: [string, string][],
): { layers: Slot[][]; slots: Map<string, Slot>; ways: Map<string, Slot[]> } {
  const ranks = ranksOf(names, edges);
  const layers: Slot[][] = [];
  const slots = new Map<string, Slot>();
  const ways = new Map<string, Slot[]>();
  const add = (id: string, rank: number, isLane: boolean): Slot => {
    const slot: Slot = { id, isLane, parents: [], children: [], rank, x: 0 };
    layers[rank] ??= [];
    layers[rank].push(slot);
    return slot;
  };
  for (const name of names) slots.set(name, add(name, ranks.get(name) ?? 0, false));
  for (const [from, to] of edges) {
    const start = slots.get(from);
    const end = slots.get(to);
    if (!start || !end || end.rank <= start.rank) continue;
    const way = [start];
    for (let rank = start.rank + 1; rank < end.rank; rank++)
      way.push(add(`${from}>${to}@${rank}`, rank, true));
    way.push(end);
    for (let i = 1; i < way.length; i++) link(way[i - 1] as Slot, way[i] as Slot);
    ways.set(`${from}>${to}`, way);
  }
  return { layers, slots, ways };
}

const middle = (slots: Slot[]): number | null => {
  const solid = slots.some((slot) => !slot.isLane) ? slots.filter((slot) => !slot.isLane) : slots;
  return solid.length ? solid.reduce((sum, slot) => sum + slot.x, 0) / solid.length : null;
};

/** Nodes first, as near to where they want to be as their neighbours allow; lanes then go right of them. */
function spread(layer: Slot[]): void {
  const solid = layer.filter((slot) => !slot.isLane).sort((a, b) => a.x - b.x);
  const pitch = BAR.width + BAR.gap;
  const mean = solid.reduce((sum, slot) => sum + slot.x, 0) / Math.max(solid.length, 1);
  for (let i = 1; i < solid.length; i++) {
    const [left, right] = [solid[i - 1] as Slot, solid[i] as Slot];
    right.x = Math.max(right.x, left.x + pitch);
  }
  const drift = solid.reduce((sum, slot) => sum + slot.x, 0) / Math.max(solid.length, 1) - mean;
  for (const slot of solid) slot.x -= drift;
  let edge = Math.max(...solid.map((slot) => slot.x + BAR.width / 2), -BAR.width / 2);
  for (const lane of layer.filter((slot) => slot.isLane).sort((a, b) => a.x - b.x)) {
    edge += BAR.lane;
    lane.x = edge;
  }
}

export function layout(document: NetworkDocument): Layout {
  const inputs = Object.keys(document.inputs);
  const outputs = Object.keys(document.outputs).map((name) => `→${name}`);
  const names = [...inputs, ...Object.keys(document.nodes), ...outputs];
  const edges = edgesOf(document).filter(
    ([from, to]) => names.includes(from) && names.includes(to),
  );
  const { layers, slots, ways } = slotsOf(names, edges);
  for (const layer of layers)
    for (const [i, slot] of layer.entries()) slot.x = i * (BAR.width + BAR.gap);
  for (let sweep = 0; sweep < 6; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const layer of isDown ? layers : [...layers].reverse()) {
      for (const slot of layer) slot.x = middle(isDown ? slot.parents : slot.children) ?? slot.x;
      spread(layer);
    }
  }
  const all = [...slots.values()];
  const everything = layers.flat();
  const left = Math.min(...all.map((slot) => slot.x - BAR.width / 2), 0);
  const right = Math.max(...everything.map((slot) => slot.x + (slot.isLane ? 8 : BAR.width / 2)));
  const at = (slot: Slot): [number, number] => [
    slot.x - left,
    slot.rank * BAR.pitch + BAR.height / 2,
  ];
  return {
    nodes: all.map((slot) => ({
      name: slot.id,
      x: slot.x - left,
      y: slot.rank * BAR.pitch,
      kind: inputs.includes(slot.id) ? "input" : slot.id.startsWith("→") ? "output" : "node",
    })),
    edges: [...ways.entries()].map(([, way]) => ({
      from: (way[0] as Slot).id,
      to: (way.at(-1) as Slot).id,
      points: way.map(at),
    })),
    width: right - left,
    height: (layers.length - 1) * BAR.pitch + BAR.height,
  };
}

/** A smooth way from the foot of the first bar through the lanes to the head of the last. */
export function wayOf(points: [number, number][]): string {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return "";
  const half = BAR.height / 2;
  const stops: [number, number][] = [[first[0], first[1] + half]];
  for (const [x, y] of points.slice(1, -1)) stops.push([x, y - half], [x, y + half]);
  stops.push([last[0], last[1] - half]);
  let way = `M${stops[0]?.join(" ")}`;
  for (let i = 1; i < stops.length; i++) {
    const [from, to] = [stops[i - 1] as [number, number], stops[i] as [number, number]];
    const bend = (to[1] - from[1]) * 0.55;
    way +=
      from[0] === to[0]
        ? `L${to[0]} ${to[1]}`
        : `C${from[0]} ${from[1] + bend} ${to[0]} ${to[1] - bend} ${to[0]} ${to[1]}`;
  }
  return way;
}
