/** Fields: commands on what a node is set to, and on the ranges over it. */

import { setNode } from "./edit";
import { graphOf } from "./graph";
import { freeIn } from "./names";
import type { Json, NodeDocument, Picture, Range, Scope } from "./types";

const change = (
  picture: Picture,
  scope: Scope,
  name: string,
  how: (node: NodeDocument) => NodeDocument,
): Picture => {
  const node = graphOf(picture.network, scope).nodes[name];
  return node ? setNode(picture, scope, name, how(node)) : picture;
};

/** Object with one key set, or without it when the value is undefined. */
const withEntry = <T extends object>(owner: T, key: string, value: unknown): T => {
  const { [key]: _, ...rest } = owner as Record<string, unknown>;
  if (value === undefined) return rest as T;
  return { ...owner, [key]: value };
};

/** Set a parameter; undefined = back to what the op says. */
export const setParam = (
  picture: Picture,
  scope: Scope,
  name: string,
  param: string,
  value: unknown,
) =>
  change(picture, scope, name, (node) => {
    const params = withEntry(node.params ?? {}, param, value);
    return withEntry(node, "params", Object.keys(params).length ? params : undefined);
  });

export type Trait = "enabled" | "frozen" | "shared" | "repeat" | "tied" | "choose";
const USUAL: Partial<Record<Trait, unknown>> = {
  enabled: true,
  frozen: false,
  shared: false,
  repeat: 1,
};

/** Set a property of the node itself; what is as usual is not written. */
export const setTrait = (
  picture: Picture,
  scope: Scope,
  name: string,
  trait: Trait,
  value: unknown,
) =>
  change(picture, scope, name, (node) =>
    withEntry(node, trait, value === USUAL[trait] || value === "" ? undefined : value),
  );

/** Make a node something else; parameters both know are kept, and so are all edges. */
export const setOp = (picture: Picture, scope: Scope, name: string, op: string, known: string[]) =>
  change(picture, scope, name, (node) => {
    const { block: _, op: __, params, ...rest } = node;
    const kept = Object.entries(params ?? {}).filter(([key]) => known.includes(key));
    return { op, ...(kept.length ? { params: Object.fromEntries(kept) } : {}), ...rest };
  });

/** Put a range over a field, or take it away. */
export const setRange = (picture: Picture, key: string, range: Range | null): Picture => ({
  ...picture,
  space: withEntry(picture.space, key, range ?? undefined),
});

/** What an input reads: column names or kinds; empty = all that can be used. */
export const setInput = (picture: Picture, name: string, selector: Json): Picture => ({
  ...picture,
  network: { ...picture.network, inputs: { ...picture.network.inputs, [name]: selector } },
});

/** Set the value a parameter of a block has unless a node says otherwise. */
export function setBlockParam(
  picture: Picture,
  block: string,
  param: string,
  value: unknown,
): Picture {
  const { network } = picture;
  const found = network.blocks?.[block];
  if (!found) return picture;
  const params = withEntry(found.params ?? {}, param, value);
  return {
    ...picture,
    network: { ...network, blocks: { ...network.blocks, [block]: { ...found, params } } },
  };
}

/** Let a parameter of the block stand for a field inside it, so that the field can have a range. */
export function makeParameter(
  picture: Picture,
  block: string,
  name: string,
  param: string,
  usual: unknown,
): { picture: Picture; parameter: string } {
  const graph = graphOf(picture.network, block);
  const node = graph.nodes[name];
  const isRepeat = param === "repeat";
  const value = (isRepeat ? node?.repeat : node?.params?.[param]) ?? usual;
  const wish = param in graph.params || isRepeat ? `${name}_${param}` : param;
  const parameter = wish in graph.params ? freeIn(new Set(Object.keys(graph.params)), wish) : wish;
  const made = setBlockParam(picture, block, parameter, value);
  const stands = { var: parameter };
  const next = isRepeat
    ? setTrait(made, block, name, "repeat", stands)
    : setParam(made, block, name, param, stands);
  return { picture: next, parameter };
}
