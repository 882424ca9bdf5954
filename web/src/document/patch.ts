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

function withKey(tree: Tree, key: string, value: unknown, before: string | null): Tree {
  if (before === null || !(before in tree)) return { ...tree, [key]: value };
  return Object.fromEntries(
    Object.entries(tree).flatMap(([name, one]) =>
      name === before
        ? [
            [key, value],
            [name, one],
          ]
        : [[name, one]],
    ),
  );
}

function withStep(tree: unknown, step: Step, depth: number): unknown {
  const key = step.path[depth];
  if (key === undefined) return step.op === "remove" ? undefined : step.value;
  const owner = isTree(tree) ? tree : {};
  if (depth < step.path.length - 1)
    return { ...owner, [key]: withStep(owner[key], step, depth + 1) };
  if (step.op === "remove") {
    const { [key]: _, ...rest } = owner;
    return rest;
  }
  if (step.op === "add") return withKey(owner, key, step.value, step.before);
  return { ...owner, [key]: step.value };
}

export const applied = <T>(document: T, patch: Patch): T =>
  patch.reduce<unknown>((tree, step) => withStep(tree, step, 0), document) as T;
