/** Fixes: JSON Patch (RFC 6902) from the server, carried out on the network document. */

import { withoutRanges } from "./edit";
import { rename } from "./rename";
import { type Json, type NetworkDocument, type Picture, Refused } from "./types";

export interface JsonPatchStep {
  op?: string;
  path?: string;
  from?: string;
  value?: unknown;
}

const keysOf = (path: string): string[] =>
  path
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));

const missing = (path: string) => new Refused("patch_misfit", { path });

function valueAt(tree: unknown, keys: string[], path: string): unknown {
  let found = tree;
  for (const key of keys) {
    if (typeof found !== "object" || found === null || !(key in found)) throw missing(path);
    found = (found as Json)[key];
  }
  return found;
}

type How = (owner: Json | unknown[], key: string) => Json | unknown[];

function changed(tree: unknown, keys: string[], path: string, how: How): unknown {
  const [key, ...rest] = keys;
  if (key === undefined || typeof tree !== "object" || tree === null) throw missing(path);
  const owner = tree as Json | unknown[];
  if (rest.length === 0) return how(owner, key);
  const next = changed(valueAt(owner, [key], path), rest, path, how);
  if (!Array.isArray(owner)) return { ...owner, [key]: next };
  return owner.map((one, i) => (String(i) === key ? next : one));
}

const adds =
  (value: unknown): How =>
  (owner, key) => {
    if (!Array.isArray(owner)) return { ...owner, [key]: value };
    const at = key === "-" ? owner.length : Number(key);
    return [...owner.slice(0, at), value, ...owner.slice(at)];
  };

const puts =
  (value: unknown): How =>
  (owner, key) =>
    Array.isArray(owner)
      ? owner.map((one, i) => (String(i) === key ? value : one))
      : { ...owner, [key]: value };

const drops: How = (owner, key) => {
  if (Array.isArray(owner)) return owner.filter((_, i) => String(i) !== key);
  const { [key]: _, ...rest } = owner;
  return rest;
};

function patched(tree: unknown, step: JsonPatchStep): unknown {
  const path = step.path ?? "";
  const keys = keysOf(path);
  switch (step.op) {
    case "add":
      return changed(tree, keys, path, adds(step.value));
    case "replace":
      valueAt(tree, keys, path);
      return changed(tree, keys, path, puts(step.value));
    case "remove":
      valueAt(tree, keys, path);
      return changed(tree, keys, path, drops);
    case "move":
    case "copy": {
      const from = keysOf(step.from ?? "");
      const value = valueAt(tree, from, path);
      const left = step.op === "move" ? changed(tree, from, path, drops) : tree;
      return changed(left, keys, path, adds(value));
    }
    default:
      throw missing(path);
  }
}

export interface Fix {
  code?: string;
  args?: Json;
  title: string;
  patch: JsonPatchStep[];
}

/** Carry out a fix; one that renames takes ranges and places along. */
export function applyFix(picture: Picture, fix: Fix, block: string | null = null): Picture {
  const { node, to } = fix.args ?? {};
  if (fix.code === "rename" && typeof node === "string" && typeof to === "string" && !block) {
    const isPlain = !(node in picture.network.inputs) || !(node in picture.network.nodes);
    if (isPlain) return rename(picture, null, node, to);
  }
  const network = fix.patch.reduce<unknown>(patched, picture.network) as NetworkDocument;
  const gone = Object.keys(picture.network.nodes).filter((name) => !(name in network.nodes));
  return gone.length
    ? withoutRanges({ ...picture, network }, new Set(gone))
    : { ...picture, network };
}
