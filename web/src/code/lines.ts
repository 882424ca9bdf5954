/** Lines: text with the node that each line writes, as the server tells, and the way to a block. */
import type { Line } from "../document/open";
import type { NetworkDocument } from "../document/types";

type Told = Record<string, Record<string, [number, number][]>>;

/** `told`: scope ("" or a block) to node to first and last lines, counted from 1. */
export function linesFrom(text: string, told: Told): Line[] {
  const lines = text
    .replace(/\n$/, "")
    .split("\n")
    .map((line): Line => ({ text: line, node: null }));
  for (const [scope, nodes] of Object.entries(told))
    for (const [name, ranges] of Object.entries(nodes))
      for (const [first, last] of ranges)
        for (const line of lines.slice(first - 1, last)) line.node = `${scope}/${name}`;
  return lines;
}

interface Step {
  node: string;
  block: string;
}

/** The nodes one enters to come into a block, the shortest way; null if nothing uses it. */
export function wayTo(network: NetworkDocument, block: string): Step[] | null {
  const waiting: { nodes: NetworkDocument["nodes"]; way: Step[] }[] = [
    { nodes: network.nodes, way: [] },
  ];
  const seen = new Set<string>();
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    for (const [node, { block: used }] of Object.entries(next.nodes)) {
      if (!used || seen.has(used)) continue;
      seen.add(used);
      const way = [...next.way, { node, block: used }];
      if (used === block) return way;
      waiting.push({ nodes: network.blocks?.[used]?.nodes ?? {}, way });
    }
  }
  return null;
}
