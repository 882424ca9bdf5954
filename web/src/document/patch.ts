/**
 * Patch: the difference of two documents, and the way back.
 *
 * Unchanged parts are shared between the two, so that a difference is found in the time of the
 * change. A step knows its neighbour: what comes back stands where it stood.
 */

export type Step =
  | { op: "remove"; path: string[] }
  | { op: "replace"; path: string[]; value: unknown }
  | { op: "add"; path: string[]; value: unknown; before: string | null };
export type Patch = Step[];

type Tree = { [key: string]: unknown };

const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isSame = (a: unknown, b: unknown): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b);

/** Whether the keys both have stand in one order. */
function keepsOrder(from: Tree, to: Tree): boolean {
  const left = Object.keys(from).filter((key) => key in to);
  const right = Object.keys(to).filter((key) => key in from);
  return left.every((key, i) => key === right[i]);
}

/** Steps that make `to` of `from`; array elements are replaced with their array. */
export function difference(from: unknown, to: unknown, path: string[] = []): Patch {
  if (from === to) return [];
  if (!isTree(from) || !isTree(to) || !keepsOrder(from, to))
    return isSame(from, to) ? [] : [{ op: "replace", path, value: to }];
  const steps: Patch = Object.keys(from)
    .filter((key) => !(key in to))
    .map((key) => ({ op: "remove", path: [...path, key] }));
  const keys = Object.keys(to);
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = keys[i] as string;
    if (key in from) steps.push(...difference(from[key], to[key], [...path, key]));
    else
      steps.push({ op: "add", path: [...path, key], value: to[key], before: keys[i + 1] ?? null });
  }
  return steps;
}

type Add = Extract<Step, { op: "add" }>;

/** Puts new keys where they belong, all in one pass over the tree. */
function insert(tree: Tree, adds: readonly Add[]): void {
  const ahead = new Map<string, string[]>();
  const values = new Map(Object.entries(tree));
  const late: string[] = [];
  for (const { path, value, before } of adds) {
    const key = path.at(-1) as string;
    const there = before === null || !values.has(before) ? late : ahead.get(before);
    if (there) there.push(key);
    else ahead.set(before as string, [key]);
    values.set(key, value);
  }
  const waiting = [...late.reverse(), ...Object.keys(tree).reverse()];
  for (const key of Object.keys(tree)) delete tree[key];
  while (waiting.length) {
    const key = waiting.pop() as string;
    const first = ahead.get(key);
    ahead.delete(key);
    if (first) waiting.push(key, ...first.reverse());
    else tree[key] = values.get(key);
  }
}

/** Adds that follow each other in one tree, each of a key that it does not have. */
function addsFrom(patch: Patch, at: number, tree: Tree): Add[] {
  const found: Add[] = [];
  const seen = new Set<string>();
  const ownerOf = (step: Step | undefined) => step?.path.slice(0, -1).join("/");
  const owner = ownerOf(patch[at]);
  for (let i = at; i < patch.length; i++) {
    const step = patch[i] as Step;
    const key = step.path.at(-1) as string;
    if (step.op !== "add" || seen.has(key) || key in tree || ownerOf(step) !== owner) break;
    seen.add(key);
    found.push(step);
  }
  return found;
}

const ROOT = "document";

/** The document after these steps; each tree on the way is copied once, however many steps touch it. */
export function applied<T>(document: T, patch: Patch): T {
  const whole: Tree = { [ROOT]: document };
  const own = new Set<unknown>([whole]);
  const mine = (owner: Tree, key: string): Tree => {
    const found = owner[key];
    if (own.has(found)) return found as Tree;
    const made: Tree = isTree(found) ? { ...found } : {};
    own.add(made);
    owner[key] = made;
    return made;
  };
  for (let at = 0; at < patch.length; at++) {
    const step = patch[at] as Step;
    const path = [ROOT, ...step.path];
    const key = path.pop() as string;
    const tree = path.reduce(mine, whole);
    if (step.op === "remove") delete tree[key];
    else if (step.op === "replace" || key in tree) tree[key] = step.value;
    else {
      const adds = addsFrom(patch, at, tree);
      insert(tree, adds);
      at += adds.length - 1;
    }
  }
  return whole[ROOT] as T;
}
