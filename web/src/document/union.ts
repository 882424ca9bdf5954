/** Union: two networks as one drawing, with what came, went, changed or was renamed. */
import type { Change, NodeChange } from "./compare";
import { type Graph, graphOf, outputId, sourcesOf } from "./graph";
import type { NetworkDocument, NodeDocument, Scope } from "./types";

export type Mark = Change | "same";

export interface Union {
  /** To be laid out: everything of both, outputs as nodes. */
  document: NetworkDocument;
  marks: Map<string, Mark>;
  /** `from>to` of edges that are only on one side. */
  edges: Map<string, "added" | "removed">;
}

export const edgeKey = (from: string, to: string): string => `${from}>${to}`;

/** Edges of a scope as pairs, under the names of now. */
function pairsOf(graph: Graph, now: (name: string) => string): [string, string][] {
  const inner = Object.entries(graph.nodes).flatMap(([name, node]) =>
    sourcesOf(node).map((source): [string, string] => [now(source), now(name)]),
  );
  const outer = Object.entries(graph.outputs)
    .filter(([, source]) => source)
    .map(([output, source]): [string, string] => [now(source), outputId(output)]);
  return [...inner, ...outer];
}

export function unionOf(
  from: NetworkDocument,
  to: NetworkDocument,
  changes: NodeChange[],
  scope: Scope,
): Union {
  const own = changes.filter((one) => one.scope === scope);
  const names = new Map(own.flatMap((one) => (one.was ? [[one.was, one.name] as const] : [])));
  const now = (name: string): string => names.get(name) ?? name;
  const [before, after] = [graphOf(from, scope), graphOf(to, scope)];
  const [old, made] = [pairsOf(before, now), pairsOf(after, (name) => name)];
  const oldKeys = new Set(old.map((pair) => edgeKey(...pair)));
  const madeKeys = new Set(made.map((pair) => edgeKey(...pair)));
  const edges: Union["edges"] = new Map();
  for (const key of oldKeys) if (!madeKeys.has(key)) edges.set(key, "removed");
  for (const key of madeKeys) if (!oldKeys.has(key)) edges.set(key, "added");

  const nodes: Record<string, NodeDocument> = {};
  const marks = new Map<string, Mark>();
  const all = [...made, ...old];
  const put = (name: string, node: NodeDocument) => {
    const sources = [...new Set(all.filter(([, end]) => end === name).map(([source]) => source))];
    nodes[name] = { ...node, in: { x: sources } };
    marks.set(name, own.find((one) => one.name === name)?.kind ?? "same");
  };
  for (const [name, node] of Object.entries(after.nodes)) put(name, node);
  for (const [name, node] of Object.entries(before.nodes)) if (!nodes[now(name)]) put(name, node);
  for (const output of new Set([...Object.keys(after.outputs), ...Object.keys(before.outputs)])) {
    put(outputId(output), {});
    marks.set(outputId(output), sideOf(output in before.outputs, output in after.outputs));
  }
  const inputs = [...new Set([...after.inputs, ...before.inputs])];
  for (const input of inputs)
    marks.set(
      input,
      own.some((one) => one.name === `input ${input}` && one.fields.length)
        ? inputMark(before.inputs.includes(input), after.inputs.includes(input))
        : "same",
    );
  const document = {
    name: to.name,
    inputs: Object.fromEntries(inputs.map((input) => [input, {}])),
    nodes,
    outputs: {},
  };
  return { document, marks, edges };
}

const sideOf = (wasThere: boolean, isThere: boolean): Mark =>
  wasThere && isThere ? "same" : isThere ? "added" : "removed";
const inputMark = (wasThere: boolean, isThere: boolean): Mark =>
  wasThere && isThere ? "changed" : sideOf(wasThere, isThere);
