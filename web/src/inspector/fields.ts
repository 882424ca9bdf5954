/** Fields: what may be set on a node, and by which schema; a block's parameter has that of the field it stands for. */
import { type Ops, propertiesOf } from "../canvas/ops";
import { isExpression } from "../document/expression";
import { blockOf } from "../document/graph";
import type { Json, NetworkDocument, NodeDocument } from "../document/types";

const DEEPEST = 16;

/** A schema told by a value alone. */
function guessed(value: unknown): Json {
  if (typeof value === "boolean") return { type: "boolean", default: value };
  if (typeof value === "number")
    return { type: Number.isInteger(value) ? "integer" : "number", default: value };
  return typeof value === "string" ? { type: "string", default: value } : { default: value };
}

/** Schema of a block's parameter: that of the first field that is this parameter and nothing more. */
export function parameterSchema(
  network: NetworkDocument,
  block: string,
  name: string,
  ops: Ops,
  depth = 0,
): Json {
  const found = blockOf(network, block);
  const value = found.params?.[name];
  for (const node of Object.values(found.nodes)) {
    for (const [param, written] of Object.entries(node.params ?? {})) {
      if (!isExpression(written) || written.var.trim() !== name) continue;
      if (node.block && depth < DEEPEST)
        return { ...parameterSchema(network, node.block, param, ops, depth + 1), default: value };
      const schema = propertiesOf(ops.get(node.op ?? ""))[param];
      if (schema) return { ...schema, default: value };
    }
    if (isExpression(node.repeat) && node.repeat.var.trim() === name)
      return { type: "integer", minimum: 1, role: "size", default: value };
  }
  return { ...guessed(value), role: "size" };
}

/** Parameters of a node with their schemas: those of its op, or of its block. */
export function fieldsOf(
  node: NodeDocument,
  ops: Ops,
  network: NetworkDocument,
): [name: string, schema: Json][] {
  const { block } = node;
  if (block)
    return Object.keys(blockOf(network, block).params ?? {}).map((name) => [
      name,
      parameterSchema(network, block, name, ops),
    ]);
  const known = Object.entries(propertiesOf(ops.get(node.op ?? "")));
  const loose = Object.entries(node.params ?? {}).filter(
    ([name]) => !known.some(([one]) => one === name),
  );
  return [...known, ...loose.map(([name, value]): [string, Json] => [name, guessed(value)])];
}
