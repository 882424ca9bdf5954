/** Choices: commands on what a node may be instead; which of it is in force is a field like any other. */
import { setNode } from "./edit";
import { graphOf } from "./graph";
import { freeIn, legalOf } from "./names";
import type { ChoiceDocument, NodeDocument, Picture, Scope, Space } from "./types";

const whatOf = ({ op, block, params, repeat }: ChoiceDocument): ChoiceDocument => ({
  ...(op ? { op } : {}),
  ...(block ? { block } : {}),
  ...(params ? { params } : {}),
  ...(repeat === undefined ? {} : { repeat }),
});

function withoutWhat(node: NodeDocument): NodeDocument {
  const { op: _, block: __, params: ___, repeat: ____, choices, choose, ...rest } = node;
  return rest;
}

const nameOf = (choices: Record<string, ChoiceDocument>, what: ChoiceDocument): string =>
  freeIn(new Set(Object.keys(choices)), legalOf(what.op ?? what.block ?? "") || "choice", false);

/** Ranges under other keys; those that have none any more are left out. */
function rekeyed(space: Space, to: (key: string) => string | null): Space {
  const entries = Object.entries(space).map(([key, range]) => [to(key), range] as const);
  return Object.fromEntries(entries.filter(([key]) => key !== null) as [string, Space[string]][]);
}

/** Let a node be something else, too; what it was until now becomes its first choice. */
export function addChoice(
  picture: Picture,
  scope: Scope,
  name: string,
  what: ChoiceDocument,
): Picture {
  const node = graphOf(picture.network, scope).nodes[name];
  if (!node) return picture;
  if (node.choices) {
    const choices = { ...node.choices, [nameOf(node.choices, what)]: what };
    return setNode(picture, scope, name, { ...node, choices });
  }
  const now = whatOf(node);
  const choose = nameOf({}, now);
  const choices = { [choose]: now };
  const next = { choices: { ...choices, [nameOf(choices, what)]: what }, choose };
  const space =
    scope === null
      ? rekeyed(picture.space, (key) => {
          const [owner, field = "", more] = key.split(".");
          const isParam = owner === name && more === undefined && field !== "enabled";
          return isParam ? `${name}.${choose}.${field}` : key;
        })
      : picture.space;
  return setNode({ ...picture, space }, scope, name, { ...next, ...withoutWhat(node) });
}

/** Take a choice away with its ranges; when one is left, the node is that. */
export function dropChoice(picture: Picture, scope: Scope, name: string, choice: string): Picture {
  const node = graphOf(picture.network, scope).nodes[name];
  const { [choice]: gone, ...rest } = node?.choices ?? {};
  const [left, ...more] = Object.entries(rest);
  if (!node || !gone || !left) return picture;
  const isLast = more.length === 0;
  const space = rekeyed(picture.space, (key) => {
    if (scope !== null || key.split(".")[0] !== name) return key;
    if (key.startsWith(`${name}.${choice}.`)) return null;
    if (key === `${name}.choose`) return isLast ? null : key;
    return isLast ? key.replace(`${name}.${left[0]}.`, `${name}.`) : key;
  });
  const chosen = picture.space[`${name}.choose`]?.choice;
  const kept = Array.isArray(chosen) ? chosen.filter((one) => one !== choice) : null;
  if (kept && space[`${name}.choose`]) {
    if (kept.length > 1) space[`${name}.choose`] = { choice: kept };
    else delete space[`${name}.choose`];
  }
  const choose = node.choose === choice || !node.choose ? left[0] : node.choose;
  const next = isLast
    ? { ...left[1], ...withoutWhat(node) }
    : { ...withoutWhat(node), choices: rest, choose };
  return setNode({ ...picture, space }, scope, name, next);
}

/** Set a parameter of one choice; undefined = back to what its op says. */
export function setChoiceParam(
  picture: Picture,
  scope: Scope,
  name: string,
  [choice, param]: readonly [choice: string, param: string],
  value: unknown,
): Picture {
  const node = graphOf(picture.network, scope).nodes[name];
  const option = node?.choices?.[choice];
  if (!node || !option) return picture;
  const { [param]: _, ...others } = option.params ?? {};
  const params = value === undefined ? others : { ...option.params, [param]: value };
  const { params: __, ...bare } = option;
  const next = Object.keys(params).length ? { ...bare, params } : bare;
  return setNode(picture, scope, name, { ...node, choices: { ...node.choices, [choice]: next } });
}
