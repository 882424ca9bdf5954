/** Blocks: make one of chosen nodes; edges, ranges and places kept. */
import { redirect, withPorts } from "./edit";
import { isExpression, namesIn, readExpression } from "./expression";
import {
  ancestorsOf,
  edgesOf,
  type Graph,
  graphOf,
  placesOf,
  sourcesOf,
  withGraph,
  withPlaces,
} from "./graph";
import { freeIn, takenIn } from "./names";
import {
  type BlockDocument,
  type Json,
  type NodeDocument,
  type Picture,
  type Place,
  type Places,
  Refused,
  type Scope,
} from "./types";

/** Parameters that the expressions of a node ask for. */
function asked(node: NodeDocument): string[] {
  const values = [...Object.values(node.params ?? {}), node.repeat];
  return values.filter(isExpression).flatMap((value) => {
    const term = readExpression(value.var);
    return term ? namesIn(term) : [];
  });
}

/** The one node that others read; a block has a single output. */
function exitOf(graph: Graph, chosen: Set<string>): string {
  const read = edgesOf(graph).filter((edge) => chosen.has(edge.from) && !chosen.has(edge.to));
  const exits = new Set(read.map((edge) => edge.from));
  if (exits.size > 1) throw new Refused("block_outputs", { count: exits.size });
  const ends = [...chosen].filter(
    (name) => !edgesOf(graph).some((edge) => edge.from === name && chosen.has(edge.to)),
  );
  const exit = [...exits][0] ?? ends.at(-1);
  if (!exit) throw new Refused("block_empty");
  return exit;
}

function checkLoop(graph: Graph, chosen: Set<string>): void {
  for (const name of chosen)
    for (const source of graph.nodes[name] ? sourcesOf(graph.nodes[name]) : []) {
      if (chosen.has(source)) continue;
      if ([...ancestorsOf(graph, source)].some((one) => chosen.has(one)))
        throw new Refused("block_loop", { node: source });
    }
}

/** Weights are shared within one scope only. */
function checkTies(graph: Graph, chosen: Set<string>): void {
  for (const [name, node] of Object.entries(graph.nodes))
    if (node.tied && chosen.has(name) !== chosen.has(node.tied))
      throw new Refused("block_tied", { node: name, other: node.tied });
}

/** Outer sources as inputs of the block, named after the port they arrive at. */
function inputsOf(graph: Graph, chosen: Set<string>): Map<string, string> {
  const inputs = new Map<string, string>();
  const taken = new Set([...chosen, "recipe"]);
  for (const edge of edgesOf(graph)) {
    if (!chosen.has(edge.to) || chosen.has(edge.from) || inputs.has(edge.from)) continue;
    const wish = edge.port === "xs" ? "x" : edge.port;
    const name = taken.has(wish) ? freeIn(taken, wish) : wish;
    taken.add(name);
    inputs.set(edge.from, name);
  }
  return inputs;
}

interface Ranged {
  nodes: Record<string, NodeDocument>;
  params: Json;
  /** Range keys of the inner field to the parameter that now stands for it. */
  moved: Record<string, string>;
}

/** Fields with a range become parameters of the block, as a space reaches no further. */
function withParameters(
  picture: Picture,
  inner: Record<string, NodeDocument>,
  usualOf: (node: NodeDocument, param: string) => unknown,
): Ranged {
  const found: Ranged = { nodes: { ...inner }, params: {}, moved: {} };
  for (const key of Object.keys(picture.space)) {
    const [name = "", param = "", ...more] = key.split(".");
    const node = found.nodes[name];
    if (!node || more.length || param === "enabled" || param === "choose") continue;
    const parameter = `${name}_${param}`.slice(0, 64);
    found.moved[key] = parameter;
    if (param === "repeat") {
      found.params[parameter] = node.repeat ?? 1;
      found.nodes[name] = { ...node, repeat: { var: parameter } };
    } else {
      found.params[parameter] = node.params?.[param] ?? usualOf(node, param);
      found.nodes[name] = { ...node, params: { ...node.params, [param]: { var: parameter } } };
    }
  }
  return found;
}

export interface Making {
  /** What a field is when nobody set it. */
  usualOf?: (node: NodeDocument, param: string) => unknown;
}

/** Put nodes into a block of their own; the node that uses it stands in their place. */
export function makeBlock(
  picture: Picture,
  scope: Scope,
  names: string[],
  wish = "block",
  { usualOf = () => null }: Making = {},
): { picture: Picture; node: string; block: string } {
  const graph = graphOf(picture.network, scope);
  const chosen = new Set(names.filter((name) => name in graph.nodes));
  checkLoop(graph, chosen);
  checkTies(graph, chosen);
  const exit = exitOf(graph, chosen);
  const inputs = inputsOf(graph, chosen);
  const block = freeIn(new Set(Object.keys(picture.network.blocks ?? {})), wish, wish === "block");
  let inner: Record<string, NodeDocument> = Object.fromEntries(
    Object.entries(graph.nodes).filter(([name]) => chosen.has(name)),
  );
  const outer = new Set(Object.values(inner).flatMap(asked));
  const ranged: Ranged =
    scope === null
      ? withParameters(picture, inner, usualOf)
      : { nodes: inner, params: {}, moved: {} };
  inner = ranged.nodes;
  let body: Graph = { inputs: [], nodes: inner, outputs: {}, params: {} };
  for (const [source, port] of inputs) body = redirect(body, source, port);
  const passed = Object.fromEntries([...outer].map((name) => [name, { var: name }]));
  const params = {
    ...Object.fromEntries([...outer].map((name) => [name, graph.params[name] ?? null])),
    ...ranged.params,
  };
  const made: BlockDocument = {
    ...(Object.keys(params).length ? { params } : {}),
    inputs: [...inputs.values()],
    nodes: body.nodes,
    output: exit,
  };
  const left = new Set([...takenIn(graph)].filter((name) => !chosen.has(name)));
  const node = freeIn(left, wish);
  const user = withPorts(
    { block, ...(Object.keys(passed).length ? { params: passed } : {}) },
    Object.fromEntries([...inputs].map(([source, port]) => [port, source])),
  );
  const next = stepInto(picture, scope, { graph, chosen, exit, node, user, block, made });
  return { picture: withMovedRanges(next, picture, chosen, node, ranged.moved), node, block };
}

interface Step {
  graph: Graph;
  chosen: Set<string>;
  exit: string;
  node: string;
  user: NodeDocument;
  block: string;
  made: BlockDocument;
}

function stepInto(picture: Picture, scope: Scope, step: Step): Picture {
  const { graph, chosen, exit, node, user, block, made } = step;
  const nodes = Object.fromEntries(
    Object.entries(graph.nodes).flatMap(([name, one]): [string, NodeDocument][] =>
      name === exit ? [[node, user]] : chosen.has(name) ? [] : [[name, one]],
    ),
  );
  const moved = redirect({ ...graph, nodes }, exit, node);
  const set = withGraph(picture, scope, moved.nodes, moved.outputs);
  const blocks = { ...set.network.blocks, [block]: made };
  const blocked = { ...set, network: { ...set.network, blocks } };
  const places = placesOf(picture, scope);
  const [inside, outside] = [{} as Places, {} as Places];
  for (const [name, place] of Object.entries(places))
    (chosen.has(name) ? inside : outside)[name] = place;
  const at = cornerOf(inside, exit);
  if (!at) return withPlaces(blocked, scope, outside);
  const inner = shifted(inside, { x: -at.x, y: -at.y });
  const rest = closedUp(outside, at.y, at.y + at.height);
  return withPlaces(
    withPlaces(blocked, scope, { ...rest, [node]: { x: at.x, y: at.y } }),
    block,
    inner,
  );
}

const shifted = (places: Places, by: Place): Places =>
  Object.fromEntries(
    Object.entries(places).map(([name, place]) => [name, { x: place.x + by.x, y: place.y + by.y }]),
  );

/** Where a block goes that stands for these: at their upper edge, in line with what leaves them. */
function cornerOf(places: Places, exit: string): (Place & { height: number }) | null {
  const all = Object.values(places);
  const last = places[exit];
  if (!last) return null;
  const top = Math.min(...all.map((place) => place.y));
  return { x: last.x, y: top, height: Math.max(...all.map((place) => place.y)) - top };
}

/** What stood below comes up, unless something stands beside. */
function closedUp(places: Places, top: number, bottom: number): Places {
  const isBeside = Object.values(places).some((place) => place.y > top && place.y <= bottom);
  if (isBeside) return places;
  return Object.fromEntries(
    Object.entries(places).map(([name, place]) => [
      name,
      place.y > bottom ? { x: place.x, y: place.y - (bottom - top) } : place,
    ]),
  );
}

function withMovedRanges(
  next: Picture,
  before: Picture,
  chosen: Set<string>,
  node: string,
  moved: Record<string, string>,
): Picture {
  const isTouched = (key: string) => chosen.has(key.split(".")[0] ?? "");
  if (!Object.keys(before.space).some(isTouched)) return next;
  const space = Object.fromEntries(
    Object.entries(before.space).flatMap(([key, range]) =>
      !isTouched(key) ? [[key, range]] : moved[key] ? [[`${node}.${moved[key]}`, range]] : [],
    ),
  );
  return { ...next, space };
}

/** Let the inputs of a block stand in another order; edges go by name, so nothing else changes. */
export function moveInput(picture: Picture, block: string, name: string, to: number): Picture {
  const { blocks } = picture.network;
  const found = blocks?.[block];
  if (!found?.inputs.includes(name)) return picture;
  const rest = found.inputs.filter((one) => one !== name);
  const inputs = [...rest.slice(0, Math.max(to, 0)), name, ...rest.slice(Math.max(to, 0))];
  return {
    ...picture,
    network: { ...picture.network, blocks: { ...blocks, [block]: { ...found, inputs } } },
  };
}
