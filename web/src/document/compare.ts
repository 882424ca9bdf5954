/** Compare: what differs between two networks, node by node, renames told from removals. */
import { graphOf, scopesOf } from "./graph";
import { isSame } from "./patch";
import type { Json, NetworkDocument, NodeDocument, Scope, Space } from "./types";

export type Change = "added" | "removed" | "changed" | "renamed";

export interface NodeChange {
  scope: Scope;
  name: string;
  kind: Change;
  /** The old name of a renamed node. */
  was?: string;
  fields: FieldChange[];
}

export interface FieldChange {
  field: string;
  from: unknown;
  to: unknown;
}

export interface Comparison {
  nodes: NodeChange[];
  ranges: FieldChange[];
  isSame: boolean;
}

function flatten(node: NodeDocument): Json {
  const { params, in: ports, ...rest } = node;
  const entries = [
    ...Object.entries(rest),
    ...Object.entries(params ?? {}),
    ...Object.entries(ports ?? {}).map(([port, from]): [string, unknown] => [`in.${port}`, from]),
  ];
  return Object.fromEntries(entries);
}

/** Keys of two objects whose values differ. */
export function fieldsBetween(from: Json, to: Json): FieldChange[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return keys
    .filter((key) => !isSame(from[key], to[key]))
    .map((field) => ({ field, from: from[field], to: to[field] }));
}

const body = (node: NodeDocument): string => {
  const { in: _, ...rest } = node;
  return JSON.stringify(rest);
};

/** A node that went where one of the same body came is the same node under another name. */
function pairUp(
  gone: [string, NodeDocument][],
  come: [string, NodeDocument][],
): Map<string, string> {
  const pairs = new Map<string, string>();
  const free = [...come];
  for (const [old, node] of gone) {
    const at = free.findIndex(([, one]) => body(one) === body(node));
    if (at < 0) continue;
    pairs.set(free[at]?.[0] ?? "", old);
    free.splice(at, 1);
  }
  return pairs;
}

function compareScope(from: NetworkDocument, to: NetworkDocument, scope: Scope): NodeChange[] {
  const [before, after] = [graphOf(from, scope).nodes, graphOf(to, scope).nodes];
  const gone = Object.entries(before).filter(([name]) => !(name in after));
  const come = Object.entries(after).filter(([name]) => !(name in before));
  const renamed = pairUp(gone, come);
  const old = new Set(renamed.values());
  const changes: NodeChange[] = gone
    .filter(([name]) => !old.has(name))
    .map(([name]) => ({ scope, name, kind: "removed", fields: [] }));
  for (const [name, node] of Object.entries(after)) {
    const was = renamed.get(name);
    const earlier = before[was ?? name];
    if (!earlier) changes.push({ scope, name, kind: "added", fields: [] });
    else if (was) changes.push({ scope, name, kind: "renamed", was, fields: [] });
    else {
      const fields = fieldsBetween(flatten(earlier), flatten(node));
      if (fields.length) changes.push({ scope, name, kind: "changed", fields });
    }
  }
  return changes;
}

export function compare(
  from: { network: NetworkDocument; space: Space },
  to: { network: NetworkDocument; space: Space },
): Comparison {
  const scopes = [...new Set([...scopesOf(from.network), ...scopesOf(to.network)])];
  const nodes = scopes.flatMap((scope) => compareScope(from.network, to.network, scope));
  const outer = fieldsBetween(
    { ...from.network.outputs, ...prefixed(from.network.inputs) },
    { ...to.network.outputs, ...prefixed(to.network.inputs) },
  ).map(
    (field): NodeChange => ({ scope: null, name: field.field, kind: "changed", fields: [field] }),
  );
  const ranges = fieldsBetween(from.space, to.space);
  return {
    nodes: [...nodes, ...outer],
    ranges,
    isSame: !nodes.length && !outer.length && !ranges.length,
  };
}

const prefixed = (tree: Json): Json =>
  Object.fromEntries(Object.entries(tree).map(([key, value]) => [`input ${key}`, value]));
