/** Insert: a loose bar that is put down on an edge becomes part of it. */
import { openPort } from "../desk/adding";
import { type Desk, scopeOf, settled } from "../desk/desk";
import { connect, move, setNode } from "../document/edit";
import { edgesOf, graphOf } from "../document/graph";
import type { Edge, Places } from "../document/types";
import { type Ops, portsOf } from "./ops";

/** Whether a node stands alone, so that putting it down on an edge can only mean one thing. */
export function isLoose(desk: Desk, name: string): boolean {
  const graph = graphOf(desk.picture.network, scopeOf(desk));
  return name in graph.nodes && !edgesOf(graph).some((one) => one.from === name || one.to === name);
}

/** Put `name` between the ends of an edge; false if it has edges of its own. */
export function insertDropped(
  desk: Desk,
  ops: Ops,
  name: string,
  edge: Edge,
  places: Places,
): boolean {
  const scope = scopeOf(desk);
  const graph = graphOf(desk.picture.network, scope);
  const node = graph.nodes[name];
  const port =
    node && openPort(portsOf(node, ops, desk.picture.network.blocks), node, desk, edge.from);
  if (!node || !port || !isLoose(desk, name)) return false;
  return desk.act(
    "insert",
    (picture) => {
      const moved = move(settled(desk, scope, picture), scope, places);
      const read = connect(moved, scope, edge.from, name, port.name, port.many);
      const reader = graphOf(read.network, scope).nodes[edge.to];
      const given = reader?.in?.[edge.port];
      if (!reader || given === undefined) return connect(read, scope, name, edge.to, "");
      const value = Array.isArray(given)
        ? given.map((one, position) => (position === edge.position ? name : one))
        : name;
      return setNode(read, scope, edge.to, { ...reader, in: { ...reader.in, [edge.port]: value } });
    },
    { args: { name } },
  );
}
