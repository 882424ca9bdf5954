/**
 * Compare: what differs between two networks, node by node, renames told from removals.
 *
 * The server compares in the same way (`danlu.network.difference`); one list of examples holds both.
 */
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

/** What is not there has no `from` or no `to`. */
export interface FieldChange {
  field: string;
  from?: unknown;
  to?: unknown;
}

export interface Comparison {
  nodes: NodeChange[];
  ranges: FieldChange[];
  isSame: boolean;
}

type Nodes = Record<string, NodeDocument>;
type Names = ReadonlyMap<string, string>;
const NO_NAMES: Names = new Map();

/** Fields of a node that say nothing when they say this. */
const USUAL: Json = { choices: {}, repeat: 1, shared: false, enabled: true, frozen: false };

/** What a block reads unless it says. */
const READS_X = { inputs: ["x"] };

/** A node without the fields that say nothing. */
const said = (node: NodeDocument): Json =>
  Object.fromEntries(
    Object.entries(node).filter(
      ([key, value]) => value !== undefined && !(key in USUAL && isSame(USUAL[key], value)),
    ),
  );

const now = (names: Names, name: string): string => names.get(name) ?? name;

/** The fields of a node side by side, edges under their new names. */
function flatten(node: NodeDocument, names: Names): Json {
  const { params, in: ports, ...rest } = said(node) as NodeDocument & Json;
  const own = "tied" in rest ? { ...rest, tied: now(names, String(rest.tied)) } : rest;
  const edges = Object.entries(ports ?? {}).map(([port, from]): [string, unknown] => [
    `in.${port}`,
    Array.isArray(from) ? from.map((one) => now(names, one)) : now(names, from),
  ]);
  return { ...own, ...params, ...Object.fromEntries(edges) };
}

/** Keys of two objects whose values differ. */
export function fieldsBetween(from: Json, to: Json): FieldChange[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return keys
    .filter((key) => !isSame(from[key], to[key]))
    .map((field) => ({
      field,
      ...(field in from ? { from: from[field] } : {}),
      ...(field in to ? { to: to[field] } : {}),
    }));
}

const body = (node: NodeDocument): string => {
  const { in: _, params, ...rest } = said(node) as NodeDocument & Json;
  return JSON.stringify([params ?? {}, Object.entries(rest).sort()]);
};
const place = (node: NodeDocument): string =>
  JSON.stringify([node.op ?? null, node.block ?? null, node.in ?? {}]);

/** New names with the old ones: the same body first, then the same op, fed alike. */
function pairUp(old: Nodes, made: Nodes): Map<string, string> {
  const gone = Object.keys(old).filter((name) => !(name in made));
  const come = Object.keys(made).filter((name) => !(name in old));
  const pairs = new Map<string, string>();
  for (const rule of [body, place]) {
    const taken = new Set(pairs.values());
    for (const there of gone.filter((name) => !taken.has(name))) {
      const sign = rule(old[there] as NodeDocument);
      const here = come.find(
        (name) => !pairs.has(name) && rule(made[name] as NodeDocument) === sign,
      );
      if (here !== undefined) pairs.set(here, there);
    }
  }
  return pairs;
}

const nodesOf = (network: NetworkDocument, scope: Scope): Nodes =>
  (scope === null ? network.nodes : network.blocks?.[scope]?.nodes) ?? {};

const changed = (scope: Scope, name: string, kind: Change, fields: FieldChange[] = []) =>
  ({ scope, name, kind, fields }) satisfies NodeChange;

function compareScope(from: NetworkDocument, to: NetworkDocument, scope: Scope): NodeChange[] {
  const [before, after] = [nodesOf(from, scope), nodesOf(to, scope)];
  const was = pairUp(before, after);
  const names: Names = new Map([...was].map(([here, there]) => [there, here]));
  const changes: NodeChange[] = Object.keys(before)
    .filter((name) => !(name in after) && !names.has(name))
    .map((name) => changed(scope, name, "removed"));
  for (const [name, node] of Object.entries(after)) {
    const old = was.get(name);
    const earlier = before[old ?? name];
    if (!earlier) {
      changes.push(changed(scope, name, "added"));
      continue;
    }
    const fields = fieldsBetween(flatten(earlier, names), flatten(node, NO_NAMES));
    if (old !== undefined) changes.push({ ...changed(scope, name, "renamed", fields), was: old });
    else if (fields.length) changes.push(changed(scope, name, "changed", fields));
  }
  return [...changes, ...compareBlock(from, to, scope, names)];
}

/** What changed of a block beside its nodes; of one that came or went, that it did. */
function compareBlock(
  from: NetworkDocument,
  to: NetworkDocument,
  scope: Scope,
  names: Names,
): NodeChange[] {
  if (scope === null) return [];
  const [before, after] = [from.blocks?.[scope], to.blocks?.[scope]];
  if (!before || !after) return [changed(null, scope, after ? "added" : "removed")];
  const fields = fieldsBetween(
    { ...READS_X, ...before, output: now(names, before.output) },
    { ...READS_X, ...after },
  );
  const own = fields.filter((one) => one.field !== "nodes");
  return own.length ? [changed(null, scope, "changed", own)] : [];
}

const endsOf = (network: NetworkDocument, names: Names): Json => ({
  ...Object.fromEntries(
    Object.entries(network.outputs).map(([key, node]) => [key, now(names, node)]),
  ),
  ...Object.fromEntries(
    Object.entries(network.inputs).map(([key, value]) => [`input ${key}`, value]),
  ),
});

/** A space with its keys under the new names of their nodes. */
const renamed = (space: Space, names: Names): Space =>
  Object.fromEntries(
    Object.entries(space).map(([key, range]) => {
      const [node = "", ...rest] = key.split(".");
      return [[now(names, node), ...rest].join("."), range];
    }),
  );

export function compare(
  from: { network: NetworkDocument; space: Space },
  to: { network: NetworkDocument; space: Space },
): Comparison {
  const blocks = [from, to].flatMap(({ network }) => Object.keys(network.blocks ?? {}));
  const scopes: Scope[] = [null, ...new Set(blocks)];
  const inner = scopes.flatMap((scope) => compareScope(from.network, to.network, scope));
  const names: Names = new Map(
    inner.flatMap((one) =>
      one.was !== undefined && one.scope === null ? [[one.was, one.name] as const] : [],
    ),
  );
  const outer = fieldsBetween(endsOf(from.network, names), endsOf(to.network, NO_NAMES)).map(
    (field) => changed(null, field.field, "changed", [field]),
  );
  const nodes = [...inner, ...outer];
  const ranges = fieldsBetween(renamed(from.space, names), to.space);
  return { nodes, ranges, isSame: !nodes.length && !ranges.length };
}
