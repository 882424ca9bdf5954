/** Unpack: put the nodes of a block in the place of the node that uses it; edges, ranges and places kept. */
import { redirect, remove, withPorts } from "./edit";
import { isExpression, readExpression, worth, written } from "./expression";
import { blockOf, graphOf, placesOf, scopesOf, withGraph, withPlaces } from "./graph";
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

const MOST_COPIES = 64;
/** From one bar to the next below it. */
const ROW = 60;

/** A value with the block's parameters put in: a number if it comes to one, else an expression. */
function substituted(value: unknown, given: Json): unknown {
  if (!isExpression(value)) return value;
  const term = readExpression(value.var);
  if (!term) return value;
  if ("name" in term) return term.name in given ? given[term.name] : value;
  const number = worth(term, given);
  if (number !== null) return number;
  const names = Object.fromEntries(
    Object.entries(given).flatMap(([name, one]) =>
      isExpression(one) ? [[name, one.var]] : typeof one === "number" ? [[name, String(one)]] : [],
    ),
  );
  return { var: written(term, names) };
}

function withValues(node: NodeDocument, given: Json): NodeDocument {
  const next = { ...node };
  if (node.params)
    next.params = Object.fromEntries(
      Object.entries(node.params).map(([key, value]) => [key, substituted(value, given)]),
    );
  if (node.repeat !== undefined)
    next.repeat = substituted(node.repeat, given) as number | { var: string };
  return next;
}

/** Put the nodes of a block in the place of the node that uses it; a repeat is written out. */
export function unpackBlock(
  picture: Picture,
  scope: Scope,
  name: string,
): { picture: Picture; names: string[] } {
  const graph = graphOf(picture.network, scope);
  const node = graph.nodes[name];
  if (Object.values(graph.nodes).some((one) => one.tied === name))
    throw new Refused("block_tied", { node: name, other: name });
  if (!node?.block) throw new Refused("no_block", { node: name });
  const copies = typeof node.repeat === "object" ? 0 : (node.repeat ?? 1);
  if (copies < 1 || copies > MOST_COPIES)
    throw new Refused("too_many_copies", { most: MOST_COPIES });
  const block = blockOf(picture.network, node.block);
  const given = { ...block.params, ...node.params };
  const taken = takenIn(graph);
  const added: Record<string, NodeDocument> = {};
  const uses: Record<string, string[]> = {};
  const places: Places = {};
  const here = placesOf(picture, scope)[name];
  const inside = Object.values(picture.layout.blocks[node.block] ?? {}).map((place) => place.y);
  const height = inside.length ? Math.max(...inside) + ROW : ROW;
  let previous: string | undefined;
  let first: Record<string, string> = {};
  for (let copy = 0; copy < copies; copy++) {
    const names: Record<string, string> = {};
    for (const inner of Object.keys(block.nodes)) {
      names[inner] = freeIn(taken, inner, false);
      taken.add(names[inner]);
    }
    if (copy === 0) first = names;
    for (const [inner, one] of Object.entries(block.nodes)) {
      const at = names[inner] as string;
      const bound = boundTo(
        withValues(one, given),
        node,
        block,
        names,
        copy > 0 ? previous : undefined,
      );
      const tied = node.shared && copy > 0 && one.op ? { tied: first[inner] as string } : {};
      added[at] = { ...bound, ...tied };
      for (const [param, value] of Object.entries(one.params ?? {}))
        if (isExpression(value)) uses[value.var] = [...(uses[value.var] ?? []), `${at}.${param}`];
      const place = picture.layout.blocks[node.block]?.[inner];
      if (here && place) places[at] = { x: here.x + place.x, y: here.y + place.y + copy * height };
    }
    previous = names[block.output] ?? previous;
  }
  const exit = previous ?? (Object.values(node.in ?? {}).flat()[0] as string | undefined);
  const nodes = Object.fromEntries(
    Object.entries(graph.nodes).flatMap(([key, one]) =>
      key === name ? [[key, one], ...Object.entries(added)] : [[key, one]],
    ),
  ) as Record<string, NodeDocument>;
  const joined = exit ? redirect({ ...graph, nodes }, name, exit) : { ...graph, nodes };
  let next = withGraph(picture, scope, joined.nodes, joined.outputs);
  next = withSpread(next, scope, name, uses);
  next = remove(next, scope, [name]);
  if (here && Object.keys(places).length) {
    const below = height * copies - ROW;
    const moved = Object.entries(placesOf(next, scope)).map(([key, place]): [string, Place] => [
      key,
      place.y > here.y ? { x: place.x, y: place.y + below } : place,
    ]);
    next = withPlaces(next, scope, { ...Object.fromEntries(moved), ...places });
  }
  return { picture: withoutBlock(next, node.block), names: Object.keys(added) };
}

/** Edges to the block's inputs become edges to what the node read. */
function boundTo(
  one: NodeDocument,
  node: NodeDocument,
  block: BlockDocument,
  names: Record<string, string>,
  previous: string | undefined,
): NodeDocument {
  const ports: NonNullable<NodeDocument["in"]> = {};
  for (const [port, sources] of Object.entries(one.in ?? {})) {
    const found = [sources].flat().flatMap((source) => {
      if (source in names) return [names[source] as string];
      if (previous && source === block.inputs[0]) return [previous];
      return [node.in?.[source] ?? []].flat();
    });
    if (found.length) ports[port] = Array.isArray(sources) ? found : (found[0] as string);
  }
  const bound = withPorts(one, ports);
  return one.tied ? { ...bound, tied: names[one.tied] ?? one.tied } : bound;
}

/** A range over a parameter goes to every field that was this parameter. */
function withSpread(
  picture: Picture,
  scope: Scope,
  name: string,
  uses: Record<string, string[]>,
): Picture {
  if (scope !== null) return picture;
  const space = { ...picture.space };
  for (const [param, keys] of Object.entries(uses)) {
    const range = picture.space[`${name}.${param}`];
    if (range) for (const key of keys) space[key] = range;
  }
  return { ...picture, space };
}

/** Drop a block that nobody uses any more, with its places. */
export function withoutBlock(picture: Picture, block: string): Picture {
  const isUsed = scopesOf(picture.network).some((scope) =>
    Object.values(graphOf(picture.network, scope).nodes).some(
      (node) =>
        node.block === block ||
        Object.values(node.choices ?? {}).some((one) => one.block === block),
    ),
  );
  const found = picture.network.blocks?.[block];
  if (isUsed || !found) return picture;
  const { [block]: _, ...blocks } = picture.network.blocks ?? {};
  const { [block]: __, ...layout } = picture.layout.blocks;
  const { blocks: ___, ...network } = picture.network;
  return {
    ...picture,
    network: Object.keys(blocks).length
      ? { ...picture.network, blocks }
      : (network as Picture["network"]),
    layout: { ...picture.layout, blocks: layout },
  };
}
