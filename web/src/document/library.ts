/** Library: blocks from elsewhere, ready-made or of other networks of the project, taken into this one. */
import { freeIn } from "./names";
import type { BlockDocument, NetworkDocument, NodeDocument, Picture } from "./types";

export type Blocks = Record<string, BlockDocument>;

const usedBy = (node: NodeDocument): string[] =>
  [node.block, ...Object.values(node.choices ?? {}).map((one) => one.block)].filter(
    (name): name is string => name !== undefined,
  );

/** Blocks these nodes use, and those that they use in turn. */
export function blocksFor(known: Blocks, nodes: Record<string, NodeDocument>): Blocks {
  const found: Blocks = {};
  const waiting = Object.values(nodes);
  while (waiting.length) {
    const node = waiting.pop() as NodeDocument;
    for (const name of usedBy(node)) {
      const block = known[name];
      if (!block || found[name]) continue;
      found[name] = block;
      waiting.push(...Object.values(block.nodes));
    }
  }
  return found;
}

export function withBlockName(node: NodeDocument, names: Record<string, string>): NodeDocument {
  const to = node.block && names[node.block];
  const named = to ? { ...node, block: to } : node;
  if (!node.choices) return named;
  const choices = Object.entries(node.choices).map(([name, one]) => {
    const other = one.block && names[one.block];
    return [name, other ? { ...one, block: other } : one];
  });
  return { ...named, choices: Object.fromEntries(choices) };
}

/**
 * Take blocks over under names that are free here; an equal one is used as it is.
 *
 * `inside` are those one is in: none of them may come to hold itself.
 */
export function adopt(
  picture: Picture,
  blocks: Blocks,
  inside: readonly string[] = [],
): { picture: Picture; names: Record<string, string> } {
  const here = { ...picture.network.blocks };
  const names: Record<string, string> = {};
  if (!Object.keys(blocks).length) return { picture, names };
  const taken = new Set(Object.keys(here));
  for (const [name, block] of Object.entries(blocks)) {
    const isHere = JSON.stringify(here[name]) === JSON.stringify(block) && !inside.includes(name);
    names[name] = taken.has(name) && !isHere ? freeIn(taken, name) : name;
    taken.add(names[name]);
  }
  for (const [name, block] of Object.entries(blocks)) {
    const nodes = Object.fromEntries(
      Object.entries(block.nodes).map(([inner, node]) => [inner, withBlockName(node, names)]),
    );
    here[names[name] ?? name] ??= { ...block, nodes };
  }
  return { picture: { ...picture, network: { ...picture.network, blocks: here } }, names };
}

export interface Shelved {
  /** The block one would use. */
  name: string;
  /** The network it is in. */
  from: string;
  /** With all that it uses. */
  blocks: Blocks;
}

/** Blocks of other networks, each definition once; those this network has are left out. */
export function shelfOf(networks: readonly NetworkDocument[], own: NetworkDocument): Shelved[] {
  const seen = new Set(Object.values(own.blocks ?? {}).map((block) => JSON.stringify(block)));
  const found: Shelved[] = [];
  for (const network of networks) {
    if (network.name === own.name) continue;
    const blocks = Object.entries(network.blocks ?? {}).map(
      ([name, block]): [string, BlockDocument] => [
        name,
        { ...block, inputs: block.inputs ?? ["x"] },
      ],
    );
    const known = Object.fromEntries(blocks);
    for (const [name, block] of blocks) {
      const text = JSON.stringify(block);
      if (seen.has(text)) continue;
      seen.add(text);
      const all = blocksFor(known, { user: { block: name } });
      found.push({ name, from: network.name, blocks: all });
    }
  }
  return found;
}
