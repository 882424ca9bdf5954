/** Graph: one scope of a network, be it the network or a block, seen the same way. */
import type {
  BlockDocument,
  Edge,
  NetworkDocument,
  NodeDocument,
  Picture,
  Places,
  Scope,
} from "./types";

export interface Graph {
  inputs: string[];
  nodes: Record<string, NodeDocument>;
  /** Output to the node it shows. */
  outputs: Record<string, string>;
  /** Parameters that expressions may use: those of the block. */
  params: Record<string, unknown>;
}

/** The one output of a block has no name of its own. */
export const BLOCK_OUTPUT = "output";
/** On the canvas an output is a node whose name no node can have. */
export const outputId = (output: string): string => `→${output}`;
export const isOutput = (id: string): boolean => id.startsWith("→");
export const outputOf = (id: string): string => id.slice(1);

const EMPTY_BLOCK: BlockDocument = { inputs: [], nodes: {}, output: "" };

export const blockOf = (network: NetworkDocument, name: string): BlockDocument =>
  network.blocks?.[name] ?? EMPTY_BLOCK;

export function graphOf(network: NetworkDocument, scope: Scope): Graph {
  if (scope === null) {
    const { nodes, outputs } = network;
    return { inputs: Object.keys(network.inputs), nodes, outputs, params: {} };
  }
  const block = blockOf(network, scope);
  return {
    inputs: block.inputs,
    nodes: block.nodes,
    outputs: { [BLOCK_OUTPUT]: block.output },
    params: block.params ?? {},
  };
}

/** The picture with other nodes, and other outputs if given, in one scope. */
export function withGraph(
  picture: Picture,
  scope: Scope,
  nodes: Record<string, NodeDocument>,
  outputs?: Record<string, string>,
): Picture {
  const { network } = picture;
  if (scope === null)
    return { ...picture, network: { ...network, nodes, outputs: outputs ?? network.outputs } };
  const block = blockOf(network, scope);
  const output = outputs ? (outputs[BLOCK_OUTPUT] ?? "") : block.output;
  return {
    ...picture,
    network: { ...network, blocks: { ...network.blocks, [scope]: { ...block, nodes, output } } },
  };
}

/** Always the same object: who looks for a change by identity must not see one. */
const NOWHERE: Places = {};

export const placesOf = (picture: Picture, scope: Scope): Places =>
  (scope === null ? picture.layout.main : picture.layout.blocks[scope]) ?? NOWHERE;

export function withPlaces(picture: Picture, scope: Scope, places: Places): Picture {
  const { layout } = picture;
  return scope === null
    ? { ...picture, layout: { ...layout, main: places } }
    : { ...picture, layout: { ...layout, blocks: { ...layout.blocks, [scope]: places } } };
}

const listed = (given: string | string[]): string[] => (Array.isArray(given) ? given : [given]);

export function edgesInto(name: string, node: NodeDocument): Edge[] {
  return Object.entries(node.in ?? {}).flatMap(([port, given]) =>
    listed(given).map((from, position) => ({ from, to: name, port, position })),
  );
}

/** Every edge, those to outputs included. */
export function edgesOf(graph: Graph): Edge[] {
  const inner = Object.entries(graph.nodes).flatMap(([name, node]) => edgesInto(name, node));
  const outer = Object.entries(graph.outputs)
    .filter(([, from]) => from)
    .map(([output, from]) => ({ from, to: outputId(output), port: "", position: 0 }));
  return [...inner, ...outer];
}

export const edgeId = (edge: Edge): string => `${edge.to}:${edge.port}:${edge.position}`;

export const sourcesOf = (node: NodeDocument): string[] => Object.values(node.in ?? {}).flat();

/** Names that a node reads from, however far up. */
export function ancestorsOf(graph: Graph, name: string): Set<string> {
  const found = new Set<string>();
  const waiting = [name];
  while (waiting.length) {
    const node = graph.nodes[waiting.pop() as string];
    for (const source of node ? sourcesOf(node) : []) {
      if (found.has(source)) continue;
      found.add(source);
      waiting.push(source);
    }
  }
  return found;
}

/** Whether an edge would close a circle. */
export const closesCircle = (graph: Graph, from: string, to: string): boolean =>
  from === to || ancestorsOf(graph, from).has(to);

/** All scopes: the network, then its blocks. */
export const scopesOf = (network: NetworkDocument): Scope[] => [
  null,
  ...Object.keys(network.blocks ?? {}),
];

/** A block as a network of its own, to be drawn. */
export const asNetwork = (
  name: string,
  { inputs, nodes, output }: BlockDocument,
): NetworkDocument => ({
  name,
  inputs: Object.fromEntries(inputs.map((input) => [input, {}])),
  nodes,
  outputs: output ? { [BLOCK_OUTPUT]: output } : {},
});
