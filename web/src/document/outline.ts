/** Outline: the whole network as rows of a tree: nodes in the order they are computed, blocks with what is in them. */
import { graphOf, outputId, sourcesOf } from "./graph";
import type { NetworkDocument, NodeDocument, Scope } from "./types";

/** A step into a block, by the node that uses it. */
export interface Step {
  node: string;
  block: string;
}

export interface Row {
  /** Unique: the nodes one goes through, and the name: `res/conv_1`. */
  path: string;
  name: string;
  way: Step[];
  /** Whether its block is shown; null where there is none. */
  isOpen: boolean | null;
}

/** Rows of more would be no outline. */
const MOST_ROWS = 6_000;

/** Nodes so that each comes after what it reads, as far as that goes. */
export function inOrder(nodes: Record<string, NodeDocument>): string[] {
  const done = new Set<string>();
  const begun = new Set<string>();
  for (const first of Object.keys(nodes)) {
    const waiting = [first];
    while (waiting.length) {
      const name = waiting.at(-1) as string;
      const node = nodes[name];
      const missing =
        node && !begun.has(name)
          ? sourcesOf(node).filter((one) => one in nodes && !begun.has(one))
          : [];
      begun.add(name);
      if (missing.length) waiting.push(...missing.reverse());
      else {
        waiting.pop();
        if (node) done.add(name);
      }
    }
  }
  return [...done];
}

const pathOf = (way: readonly Step[], name: string): string =>
  [...way.map((step) => step.node), name].join("/");

/** All rows that are to be seen; with a query those it names, wherever they are. */
export function rowsOf(network: NetworkDocument, open: ReadonlySet<string>, query = ""): Row[] {
  const wanted = query.trim().toLowerCase();
  const rows: Row[] = [];
  const add = (scope: Scope, way: Step[]) => {
    const graph = graphOf(network, scope);
    const names = [
      ...graph.inputs,
      ...inOrder(graph.nodes),
      ...Object.keys(graph.outputs).map(outputId),
    ];
    for (const name of names) {
      if (rows.length >= MOST_ROWS) return;
      const path = pathOf(way, name);
      const block = graph.nodes[name]?.block;
      const isBlock = block !== undefined && network.blocks?.[block] !== undefined;
      const isCircle = way.some((step) => step.block === block);
      const isOpen = isBlock && !isCircle ? open.has(path) || Boolean(wanted) : null;
      if (!wanted || name.toLowerCase().includes(wanted)) rows.push({ path, name, way, isOpen });
      if (isOpen && block) add(block, [...way, { node: name, block }]);
    }
  };
  add(null, []);
  return rows;
}
