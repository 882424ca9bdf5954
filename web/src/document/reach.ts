/** Reach: ranges over fields inside blocks; a space reaches them through parameters, one per level. */
import { isExpression } from "./expression";
import { makeParameter, setRange } from "./fields";
import { graphOf } from "./graph";
import { isLegal } from "./names";
import { type NetworkDocument, type Picture, type Range, Refused } from "./types";

/** By which nodes one came, from the network inwards. */
export type Trail = readonly { node: string; block: string }[];

interface Field {
  node: string;
  param: string;
}

const written = (network: NetworkDocument, scope: string, { node, param }: Field): unknown => {
  const found = graphOf(network, scope).nodes[node];
  return param === "repeat" ? found?.repeat : found?.params?.[param];
};

/** Key of the range over a field, as seen where the trail ends; null if no parameter leads there. */
export function reachOf(network: NetworkDocument, trail: Trail, field: Field): string | null {
  let { node, param } = field;
  for (const step of [...trail].reverse()) {
    const value = written(network, step.block, { node, param });
    if (!isExpression(value) || !isLegal(value.var.trim())) return null;
    [node, param] = [step.node, value.var.trim()];
  }
  return `${node}.${param}`;
}

/** Put a range on a field inside blocks: parameters are made where none leads there yet. */
export function reach(
  picture: Picture,
  trail: Trail,
  field: Field,
  range: Range,
  usual: unknown,
): Picture {
  let next = picture;
  let { node, param } = field;
  let otherwise = usual;
  for (const step of [...trail].reverse()) {
    const value = written(next.network, step.block, { node, param });
    if (isExpression(value) && !isLegal(value.var.trim()))
      throw new Refused("range_worked_out", { field: param, text: value.var });
    if (isExpression(value)) param = value.var.trim();
    else {
      const made = makeParameter(next, step.block, node, param, otherwise);
      next = made.picture;
      param = made.parameter;
    }
    node = step.node;
    otherwise = graphOf(next.network, step.block).params[param];
  }
  return setRange(next, `${node}.${param}`, range);
}
