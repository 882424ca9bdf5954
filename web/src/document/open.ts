/** Open: pictures from what is stored or typed, and back to text. */
import type { Json, LayoutDocument, NetworkDocument, NodeDocument, Picture, Space } from "./types";

const FORMAT = "danlu.network";
/** What is written; older ones are read, and brought up to date by the server. */
export const VERSION = 2;

/** More nodes than one can draw with: such a network is only looked at. */
export const MOST_DRAWN = 1_000;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function layoutFrom(given: unknown): LayoutDocument {
  const found = isObject(given) ? given : {};
  return {
    ...found,
    main: (isObject(found.main) ? found.main : {}) as LayoutDocument["main"],
    blocks: (isObject(found.blocks) ? found.blocks : {}) as LayoutDocument["blocks"],
  };
}

/** What is written at its default may be left out of a document: a block reads `x` unless it says. */
function whole(network: NetworkDocument): NetworkDocument {
  const blocks = Object.entries(network.blocks ?? {});
  if (blocks.every(([, block]) => block.inputs)) return network;
  const filled = blocks.map(([name, block]) => [name, { ...block, inputs: block.inputs ?? ["x"] }]);
  return { ...network, blocks: Object.fromEntries(filled) };
}

export const pictureOf = (
  network: NetworkDocument,
  space: Space = {},
  layout: unknown = {},
): Picture => ({
  network: whole(network),
  space,
  layout: layoutFrom(layout),
});

/** A network with an input, an output, and nothing between. */
export const blank = (name: string, input = "table"): NetworkDocument => ({
  format: FORMAT,
  version: VERSION,
  name,
  inputs: { [input]: {} },
  nodes: {},
  outputs: {},
});

/** Why a value is no network this page can show; null if it is one, also one of a later version. */
export function faultOf(value: unknown): { code: string; args: Json } | null {
  if (!isObject(value)) return { code: "not_an_object", args: {} };
  if ("format" in value && value.format !== FORMAT)
    return { code: "other_format", args: { format: String(value.format).slice(0, 40) } };
  const { version = VERSION } = value;
  if (typeof version !== "number" || version < 1 || !Number.isInteger(version))
    return { code: "other_version", args: { version: String(version).slice(0, 20) } };
  for (const key of ["inputs", "nodes", "outputs"])
    if (!isObject(value[key])) return { code: "part_missing", args: { part: key } };
  if (Object.values(value.nodes as Json).some((node) => !isObject(node)))
    return { code: "part_missing", args: { part: "nodes" } };
  const blocks = "blocks" in value ? value.blocks : {};
  const areBlocks =
    isObject(blocks) &&
    Object.values(blocks).every(
      (one) => isObject(one) && isObject(one.nodes) && Array.isArray(one.inputs ?? []),
    );
  return areBlocks ? null : { code: "part_missing", args: { part: "blocks" } };
}

/** The version of a document that only a later Danlu can read; null for one of ours. */
export const futureOf = (network: NetworkDocument): number | null =>
  (network.version ?? VERSION) > VERSION ? (network.version ?? null) : null;

const isEdges = (value: unknown): value is string | string[] =>
  typeof value === "string" ||
  (Array.isArray(value) && value.every((one) => typeof one === "string"));

function tamedNode(node: Json): NodeDocument {
  const { params, in: ports, ...rest } = node;
  const edges = Object.entries(isObject(ports) ? ports : {}).filter(([, from]) => isEdges(from));
  const given = isObject(params) ? { params } : {};
  return { ...rest, ...given, in: Object.fromEntries(edges) } as NodeDocument;
}

const tamedNodes = (nodes: unknown): Record<string, NodeDocument> =>
  Object.fromEntries(
    Object.entries(isObject(nodes) ? nodes : {})
      .filter(([, node]) => isObject(node))
      .map(([name, node]) => [name, tamedNode(node as Json)]),
  );

/** A document of a later version as far as this page can show it: only ever looked at. */
export function tamed(network: NetworkDocument): NetworkDocument {
  const blocks = Object.entries(isObject(network.blocks) ? network.blocks : {}).map(
    ([name, block]) => {
      const { inputs, nodes, output } = (isObject(block) ? block : {}) as Json;
      const named = Array.isArray(inputs) ? inputs.map(String) : [];
      return [name, { inputs: named, nodes: tamedNodes(nodes), output: String(output ?? "") }];
    },
  );
  const outputs = Object.entries(network.outputs).filter(([, from]) => typeof from === "string");
  return {
    ...network,
    inputs: Object.fromEntries(Object.keys(network.inputs).map((name) => [name, {}])),
    nodes: tamedNodes(network.nodes),
    blocks: Object.fromEntries(blocks),
    outputs: Object.fromEntries(outputs),
  };
}

const spread = (value: unknown): string =>
  isObject(value)
    ? `{${Object.entries(value)
        .map(([key, one]) => `${JSON.stringify(key)}: ${spread(one)}`)
        .join(", ")}}`
    : Array.isArray(value)
      ? `[${value.map(spread).join(", ")}]`
      : JSON.stringify(value);

export interface Line {
  text: string;
  /** The node that the line writes, as "scope/name". */
  node: string | null;
}

/** The document as JSON, one node per line, each line with the node it writes. */
export function jsonLines(network: NetworkDocument): Line[] {
  const entries = Object.entries(network);
  const lines: Line[] = [{ text: "{", node: null }];
  const nodes = (all: Json, scope: string, pad: string) => {
    const each = Object.entries(all);
    each.forEach(([name, node], i) => {
      const comma = i < each.length - 1 ? "," : "";
      lines.push({
        text: `${pad}${JSON.stringify(name)}: ${spread(node)}${comma}`,
        node: `${scope}/${name}`,
      });
    });
  };
  const block = (name: string, one: Json, comma: string) => {
    lines.push({ text: `    ${JSON.stringify(name)}: {`, node: null });
    const parts = Object.entries(one);
    parts.forEach(([key, value], i) => {
      const end = i < parts.length - 1 ? "," : "";
      if (key !== "nodes") {
        lines.push({ text: `      ${JSON.stringify(key)}: ${spread(value)}${end}`, node: null });
        return;
      }
      lines.push({ text: `      "nodes": {`, node: null });
      nodes(value as Json, name, "        ");
      lines.push({ text: `      }${end}`, node: null });
    });
    lines.push({ text: `    }${comma}`, node: null });
  };
  entries.forEach(([key, value], i) => {
    const comma = i < entries.length - 1 ? "," : "";
    if ((key !== "nodes" && key !== "blocks") || !isObject(value) || !Object.keys(value).length) {
      lines.push({ text: `  ${JSON.stringify(key)}: ${spread(value)}${comma}`, node: null });
      return;
    }
    lines.push({ text: `  ${JSON.stringify(key)}: {`, node: null });
    if (key === "nodes") nodes(value, "", "    ");
    else {
      const blocks = Object.entries(value);
      blocks.forEach(([name, one], j) => {
        block(name, one as Json, j < blocks.length - 1 ? "," : "");
      });
    }
    lines.push({ text: `  }${comma}`, node: null });
  });
  lines.push({ text: "}", node: null });
  return lines;
}
