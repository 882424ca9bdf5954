/** Flow: the scope one is in as nodes and edges for the canvas; what did not change stays the same object. */
import { Position } from "@xyflow/react";
import { useMemo, useRef } from "react";
import { scopeKey, scopeOf, useDesk } from "../desk/desk";
import {
  edgeId,
  edgesOf,
  type Graph,
  graphOf,
  isOutput,
  outputId,
  placesOf,
} from "../document/graph";
import { isSame } from "../document/patch";
import type { Edge, Place, Places } from "../document/types";
import type { BarNode } from "./bar";
import { useCatalogue } from "./catalogue";
import { portsOf } from "./ops";
import { type Box, type Ends, routesOf } from "./route";
import { isEnd, portAt, sizeOf } from "./size";
import type { WireEdge } from "./wire";

/** The last value for as long as a new one says the same. */
function useSteady<T>(value: T): T {
  const kept = useRef(value);
  if (kept.current !== value && !isSame(kept.current, value)) kept.current = value;
  return kept.current;
}

export function useGraph(): Graph {
  const network = useDesk((desk) => desk.picture.network);
  const scope = useDesk(scopeOf);
  return useMemo(() => graphOf(network, scope), [network, scope]);
}

export function usePlaces(): Places {
  const scope = useDesk(scopeOf);
  const written = useDesk((desk) => placesOf(desk.picture, scope));
  const auto = useDesk((desk) => desk.auto[scopeKey(scope)]);
  return useMemo(() => ({ ...auto, ...written }), [auto, written]);
}

export const namesIn = (graph: Graph): string[] => [
  ...graph.inputs,
  ...Object.keys(graph.nodes),
  ...Object.keys(graph.outputs).map(outputId),
];

/** Names in the scope, steady while only fields change. */
export function useNames(): string[] {
  const graph = useGraph();
  return useSteady(useMemo(() => namesIn(graph), [graph]));
}

export const useEdges = (): Edge[] => {
  const graph = useGraph();
  return useSteady(useMemo(() => edgesOf(graph), [graph]));
};

/** Nodes as they should stand; those without a place yet are left out. */
export function useWanted(): BarNode[] {
  const names = useNames();
  const places = usePlaces();
  const inputs = useSteady(useGraph().inputs);
  const ports = usePorts();
  const selected = useDesk((desk) => desk.selected);
  const before = useRef(new Map<string, BarNode>());
  return useMemo(() => {
    const kept = new Map<string, BarNode>();
    const chosen = new Set(selected);
    for (const name of names) {
      const place = places[name];
      if (!place) continue;
      const isSelected = chosen.has(name);
      const old = before.current.get(name);
      const end = isEnd(name, inputs);
      const stays =
        old &&
        old.position.x === place.x &&
        old.position.y === place.y &&
        Boolean(old.selected) === isSelected &&
        old.data.isEnd === end &&
        old.data.ports === (ports[name] ?? NONE);
      kept.set(
        name,
        stays ? old : made(name, place, isSelected, { isEnd: end, ports: ports[name] ?? NONE }),
      );
    }
    before.current = kept;
    return [...kept.values()];
  }, [names, places, inputs, ports, selected]);
}

const NONE: string[] = [];
const KNOB = 9;

/** A bar as the canvas takes it; it is told where the ports are, so that none is drawn to be measured. */
function made(name: string, place: Place, selected: boolean, data: BarNode["data"]): BarNode {
  const size = sizeOf(data.isEnd);
  const isOut = isOutput(name);
  const knob = { width: KNOB, height: KNOB };
  const above = data.isEnd ? (isOut ? [""] : []) : data.ports;
  const targets = above.map((id, i) => ({
    ...knob,
    id,
    type: "target" as const,
    position: Position.Top,
    x: portAt(i, above.length, size.width) - KNOB / 2,
    y: -KNOB / 2,
  }));
  const source = {
    ...knob,
    type: "source" as const,
    position: Position.Bottom,
    x: (size.width - KNOB) / 2,
    y: size.height - KNOB / 2,
  };
  return {
    id: name,
    type: data.isEnd ? "end" : "bar",
    position: place,
    selected,
    data,
    ...size,
    measured: size,
    handles: isOut ? targets : [...targets, source],
  };
}

/** Names of the ports of every node; a list that says the same stays the same object. */
function usePorts(): Record<string, string[]> {
  const graph = useGraph();
  const ops = useCatalogue();
  const blocks = useDesk((desk) => desk.picture.network.blocks);
  const before = useRef<Record<string, string[]>>({});
  return useMemo(() => {
    let isNew = Object.keys(before.current).length !== Object.keys(graph.nodes).length;
    const found: Record<string, string[]> = {};
    for (const [name, node] of Object.entries(graph.nodes)) {
      const now = portsOf(node, ops, blocks).map((port) => port.name);
      const old = before.current[name];
      const stays = old && isSame(old, now);
      found[name] = stays ? old : now;
      isNew ||= !stays;
    }
    if (isNew) before.current = found;
    return before.current;
  }, [graph, ops, blocks]);
}

/** Ways of all edges, by places that stand in the document or were given. */
export function useRoutes(): Map<string, Place[]> {
  const graph = useGraph();
  const edges = useEdges();
  const places = usePlaces();
  const ways = useDesk((desk) => desk.ways);
  const scope = useDesk(scopeOf);
  const inputs = useSteady(graph.inputs);
  const ports = usePorts();
  return useMemo(() => {
    const boxes: Box[] = Object.entries(places).map(([name, place]) => ({
      name,
      ...place,
      ...sizeOf(isEnd(name, inputs)),
    }));
    const known = new Map(boxes.map((box) => [box.name, box]));
    const ends = edges.flatMap((edge): Ends[] => {
      const [from, to] = [known.get(edge.from), known.get(edge.to)];
      if (!from || !to) return [];
      const all = ports[edge.to] ?? [""];
      const x = to.x + portAt(Math.max(all.indexOf(edge.port), 0), all.length, to.width);
      const start = { x: from.x + from.width / 2, y: from.y + from.height };
      return [{ id: edgeId(edge), from: edge.from, to: edge.to, start, end: { x, y: to.y } }];
    });
    const hints = new Map<string, number>();
    for (const one of ends) {
      const way = ways[`${scopeKey(scope)}|${one.id}`];
      const middle = way?.points[Math.floor((way.points.length - 1) / 2)];
      const isValid = way && isSame(way.a, places[one.from]) && isSame(way.b, places[one.to]);
      if (isValid && middle && way.points.length > 3) hints.set(one.id, Math.round(middle.x));
    }
    return routesOf(ends, boxes, hints);
  }, [edges, places, inputs, ports, ways, scope]);
}

export function useWires(routes: Map<string, Place[]>): WireEdge[] {
  const edges = useEdges();
  const chosen = useDesk((desk) => desk.edge);
  const before = useRef(new Map<string, WireEdge>());
  return useMemo(() => {
    const kept = new Map<string, WireEdge>();
    for (const edge of edges) {
      const id = edgeId(edge);
      const points = routes.get(id);
      const old = before.current.get(id);
      const stays =
        old &&
        old.source === edge.from &&
        Boolean(old.selected) === (chosen === id) &&
        isSame(old.data?.points, points);
      const wire: WireEdge = {
        id,
        type: "wire",
        source: edge.from,
        target: edge.to,
        targetHandle: edge.port,
        selected: chosen === id,
        data: { points },
      };
      kept.set(id, stays ? old : wire);
    }
    before.current = kept;
    return [...kept.values()];
  }, [edges, routes, chosen]);
}
