/** Adding: where a new node goes, what it reads, and what makes room for it. */
import type { OpEntry, OpPort } from "../api/records";
import { accepts, type Ops, portsOf } from "../canvas/ops";
import { BAR, END, freePlace, PITCH } from "../canvas/size";
import { addNode, addOutput, insertOn, move, setNode } from "../document/edit";
import { type Graph, graphOf, isOutput, outputId, placesOf, withPlaces } from "../document/graph";
import { adopt, type Blocks } from "../document/library";
import { freeIn, takenIn } from "../document/names";
import type { Edge, Json, NodeDocument, Picture, Place, Places, Scope } from "../document/types";
import { type Desk, scopeOf, settled, shownPlaces } from "./desk";
import { typeOf } from "./paths";
import { remember } from "./recent";

/** An op, a block of this network, or one from elsewhere with its definition. */
export type What = { op: string; params?: Json } | { block: string; blocks?: Blocks };

export interface Where {
  place?: Place | null;
  from?: string | null;
  edge?: Edge | null;
  /** Only tried out: not remembered as used. */
  isTrial?: boolean;
}

export const ANSWER = "answer";

/** Values of parameters that have no default. */
function needed(entry: OpEntry | undefined): Json {
  const { properties = {}, required = [] } = (entry?.schema ?? {}) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.fromEntries(
    required.map((name) => {
      const schema = properties[name] ?? {};
      if (Array.isArray(schema.enum)) return [name, schema.enum[0]];
      if (schema.type === "boolean") return [name, false];
      if (schema.type === "array") return [name, [1]];
      if (schema.type === "string") return [name, ""];
      return [name, typeof schema.minimum === "number" ? Math.max(schema.minimum, 1) : 1];
    }),
  );
}

/** The port a new edge goes to: the first that takes the type and is free. */
export function openPort(
  ports: OpPort[],
  node: NodeDocument | undefined,
  desk: Desk,
  from: string,
): OpPort | null {
  const type = typeOf(desk, from);
  const fitting = ports.filter((port) => accepts(port.wants, type));
  const isFree = (port: OpPort) => port.many || !node?.in?.[port.name];
  return fitting.find(isFree) ?? fitting[0] ?? ports.find(isFree) ?? ports[0] ?? null;
}

/** The end of the drawing: what the first output shows, else the last input. */
export function tailOf(graph: Graph): string | null {
  return Object.values(graph.outputs).find(Boolean) ?? graph.inputs.at(-1) ?? null;
}

/** Everything at or below a line goes down, so that a new bar has room. */
function withRoom(picture: Picture, scope: Scope, below: number): Picture {
  const places = placesOf(picture, scope);
  const moved = Object.entries(places)
    .filter(([, place]) => place.y >= below)
    .map(([name, place]): [string, Place] => [name, { x: place.x, y: place.y + PITCH }]);
  return moved.length ? move(picture, scope, Object.fromEntries(moved)) : picture;
}

const centred = (places: Places, name: string, graph: Graph): number => {
  const place = places[name];
  const width = graph.inputs.includes(name) || isOutput(name) ? END.width : BAR.width;
  return (place?.x ?? 0) + width / 2;
};

/** Add a node and select it; the answer is its name. */
export function addWhat(desk: Desk, ops: Ops, what: What, where: Where = {}): string {
  const scope = scopeOf(desk);
  const graph = graphOf(desk.picture.network, scope);
  const entry = "op" in what ? ops.get(what.op) : undefined;
  const stem = "op" in what ? what.op : what.block;
  const name = freeIn(takenIn(graph), stem);
  const params = { ...needed(entry), ...("op" in what ? what.params : {}) };
  const inside = desk.way.map((step) => step.block);
  const taken = ("blocks" in what && what.blocks) || {};
  const { picture: known, names } = adopt(desk.picture, taken, inside);
  const node: NodeDocument = {
    ...("op" in what ? { op: what.op } : { block: names[what.block] ?? what.block }),
    ...(Object.keys(params).length ? { params } : {}),
  };
  const ports = portsOf(node, ops, known.network.blocks);
  const places = shownPlaces(desk, scope);
  desk.act(
    "add",
    (picture) => {
      const ready = settled(desk, scope, adopt(picture, taken, inside).picture);
      if (where.edge) return onEdge(desk, ready, scope, name, node, ports, where.edge);
      const from = where.from ?? null;
      if (!from) {
        const place = freePlace(places, where.place ?? { x: 0, y: 0 });
        const added = addNode(ready, scope, name, node, place);
        const isFirst = !Object.keys(graph.nodes).length && graph.inputs.length === 1;
        return isFirst ? joined(desk, added, scope, name, ports, graph.inputs[0] as string) : added;
      }
      const below = {
        x: centred(places, from, graph) - BAR.width / 2,
        y: (places[from]?.y ?? 0) + PITCH,
      };
      const ends = Object.entries(graph.outputs).filter(([, source]) => source === from);
      const first = ends[0] && placesOf(ready, scope)[outputId(ends[0][0])];
      const isTight = !where.place && first && first.y < below.y + PITCH - 4;
      const roomy = isTight ? withRoom(ready, scope, first.y) : ready;
      const place = where.place ?? freePlace(placesOf(roomy, scope), below);
      return joined(desk, addNode(roomy, scope, name, node, place), scope, name, ports, from);
    },
    { select: [name], args: { name } },
  );
  if ("op" in what && !where.isTrial) remember(what.op);
  return name;
}

/** Let the new node read `from`; the output that showed `from` shows the new node. */
function joined(
  desk: Desk,
  picture: Picture,
  scope: Scope,
  name: string,
  ports: OpPort[],
  from: string,
): Picture {
  const graph = graphOf(picture.network, scope);
  const node = graph.nodes[name] ?? {};
  const port = openPort(ports, node, desk, from);
  let next = port
    ? setNode(picture, scope, name, { ...node, in: { [port.name]: port.many ? [from] : from } })
    : picture;
  const outputs = Object.entries(graph.outputs);
  const shown = outputs.filter(([, source]) => source === from || !source);
  for (const [output] of shown)
    next = withEndUnder(addOutput(next, scope, output, name), scope, output, name);
  return outputs.length
    ? next
    : withEndUnder(addOutput(next, scope, ANSWER, name), scope, ANSWER, name);
}

/** An output stands below the node it shows: one that does not, or has no place yet, goes there. */
function withEndUnder(picture: Picture, scope: Scope, output: string, name: string): Picture {
  const places = placesOf(picture, scope);
  const [node, end] = [places[name], places[outputId(output)]];
  if (!node || (end && end.y >= node.y + PITCH)) return picture;
  const { [outputId(output)]: _, ...others } = places;
  const under = freePlace(others, { x: node.x + BAR.width / 2 - END.width / 2, y: node.y + PITCH });
  return withPlaces(picture, scope, { ...others, [outputId(output)]: under });
}

function onEdge(
  desk: Desk,
  picture: Picture,
  scope: Scope,
  name: string,
  node: NodeDocument,
  ports: OpPort[],
  edge: Edge,
): Picture {
  const places = placesOf(picture, scope);
  const graph = graphOf(picture.network, scope);
  const [above, below] = [places[edge.from], places[edge.to]];
  const port = openPort(ports, undefined, desk, edge.from);
  if (!port) return picture;
  const isTight = above && below && below.y - above.y < PITCH * 2 - 4;
  const roomy = isTight ? withRoom(picture, scope, below.y) : picture;
  const middle = (centred(places, edge.from, graph) + centred(places, edge.to, graph)) / 2;
  const y = above ? (isTight ? above.y + PITCH : ((below?.y ?? above.y) + above.y) / 2) : 0;
  const place = { x: Math.round(middle - BAR.width / 2), y: Math.round(y) };
  return insertOn(
    roomy,
    scope,
    edge,
    name,
    node,
    { in: port.name, many: Boolean(port.many) },
    place,
  );
}
