/** Rename: one step through network, space and layout, so that no old name is left in any of them. */
import { redirect } from "./edit";
import { graphOf, isOutput, outputId, outputOf, placesOf, withGraph, withPlaces } from "./graph";
import { isLegal, takenIn } from "./names";
import { type Picture, Refused, type Scope } from "./types";

const rekeyed = <T>(tree: Record<string, T>, from: string, to: string): Record<string, T> =>
  from in tree
    ? Object.fromEntries(Object.entries(tree).map(([key, one]) => [key === from ? to : key, one]))
    : tree;

/** Ranges of a node stand under its new name; inside a block no range stands. */
function withRanges(picture: Picture, from: string, to: string): Picture {
  if (!Object.keys(picture.space).some((key) => key.startsWith(`${from}.`))) return picture;
  const space = Object.fromEntries(
    Object.entries(picture.space).map(([key, range]) => [
      key.startsWith(`${from}.`) ? to + key.slice(from.length) : key,
      range,
    ]),
  );
  return { ...picture, space };
}

function renameOutput(picture: Picture, scope: Scope, from: string, to: string): Picture {
  const graph = graphOf(picture.network, scope);
  if (to in graph.outputs) throw new Refused("name_taken", { name: to });
  const renamed = withGraph(picture, scope, graph.nodes, rekeyed(graph.outputs, from, to));
  const places = rekeyed(placesOf(renamed, scope), outputId(from), outputId(to));
  return withPlaces(renamed, scope, places);
}

/** Give a node, input or output another name. */
export function rename(picture: Picture, scope: Scope, from: string, to: string): Picture {
  if (from === to) return picture;
  if (!isLegal(to)) throw new Refused("name_illegal", { name: to });
  if (isOutput(from))
    return scope === null ? renameOutput(picture, scope, outputOf(from), to) : picture;
  const graph = graphOf(picture.network, scope);
  if (takenIn(graph).has(to)) throw new Refused("name_taken", { name: to });
  const moved = redirect({ ...graph, nodes: rekeyed(graph.nodes, from, to) }, from, to);
  let next = withGraph(picture, scope, moved.nodes, moved.outputs);
  if (graph.inputs.includes(from)) next = withInput(next, scope, from, to);
  const places = placesOf(next, scope);
  if (from in places) next = withPlaces(next, scope, rekeyed(places, from, to));
  return scope === null ? withRanges(next, from, to) : next;
}

function withInput(picture: Picture, scope: Scope, from: string, to: string): Picture {
  const { network } = picture;
  if (scope === null)
    return { ...picture, network: { ...network, inputs: rekeyed(network.inputs, from, to) } };
  const block = network.blocks?.[scope];
  if (!block) return picture;
  const inputs = block.inputs.map((name) => (name === from ? to : name));
  const blocks = { ...network.blocks, [scope]: { ...block, inputs } };
  return readBy({ ...picture, network: { ...network, blocks } }, scope, from, to);
}

/** Nodes that use the block have its inputs as ports: these are renamed too. */
function readBy(picture: Picture, block: string, from: string, to: string): Picture {
  let next = picture;
  for (const scope of [null, ...Object.keys(picture.network.blocks ?? {})]) {
    const { nodes } = graphOf(next.network, scope);
    if (!Object.values(nodes).some((node) => node.block === block)) continue;
    const ported = Object.fromEntries(
      Object.entries(nodes).map(([name, node]) => [
        name,
        node.block === block && node.in ? { ...node, in: rekeyed(node.in, from, to) } : node,
      ]),
    );
    next = withGraph(next, scope, ported);
  }
  return next;
}

/** Give a block another name, wherever it is used. */
export function renameBlock(picture: Picture, from: string, to: string): Picture {
  if (from === to) return picture;
  if (!isLegal(to)) throw new Refused("name_illegal", { name: to });
  if (to in (picture.network.blocks ?? {})) throw new Refused("name_taken", { name: to });
  const blocks = rekeyed(picture.network.blocks ?? {}, from, to);
  let next: Picture = {
    ...picture,
    network: { ...picture.network, blocks },
    layout: { ...picture.layout, blocks: rekeyed(picture.layout.blocks, from, to) },
  };
  for (const scope of [null, ...Object.keys(blocks)]) {
    const { nodes } = graphOf(next.network, scope);
    if (!Object.values(nodes).some((node) => node.block === from)) continue;
    const named = Object.fromEntries(
      Object.entries(nodes).map(([name, node]) => [
        name,
        node.block === from ? { ...node, block: to } : node,
      ]),
    );
    next = withGraph(next, scope, named);
  }
  return next;
}
