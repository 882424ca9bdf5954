/** Paths: what the analysis says of a node of the scope one is in. */
import type { NetworkProblem, NodeAnalysis, TensorType } from "../api/records";
import { graphOf } from "../document/graph";
import type { Desk, Entered } from "./desk";
import { scopeOf } from "./desk";

/** Beginning of the flat paths of a block that was entered: `res.`, or `res.0.` when it repeats. */
export function prefixOf(desk: Pick<Desk, "picture" | "way">): string {
  let prefix = "";
  let scope: string | null = null;
  for (const step of desk.way as Entered[]) {
    const repeat = graphOf(desk.picture.network, scope).nodes[step.node]?.repeat;
    const isMany = repeat !== undefined && repeat !== 1;
    prefix += `${step.node}.${isMany ? "0." : ""}`;
    scope = step.block;
  }
  return prefix;
}

type Seen = Pick<Desk, "picture" | "way" | "analysis">;

export function reportOf(desk: Seen, name: string): NodeAnalysis | undefined {
  const nodes = desk.analysis?.nodes;
  const path = prefixOf(desk) + name;
  return nodes?.[path] ?? nodes?.[`${path}.0`];
}

/** Type of a node; of an input of a block, that of what the block is given. */
export function typeOf(desk: Seen, name: string): TensorType | null {
  const report = reportOf(desk, name);
  if (report) return report.type;
  const step = desk.way.at(-1);
  if (!step) return desk.analysis?.inputs?.[name]?.type ?? null;
  const outer = { ...desk, way: desk.way.slice(0, -1) };
  const reader = graphOf(desk.picture.network, scopeOf(outer)).nodes[step.node];
  const source = [reader?.in?.[name] ?? []].flat()[0];
  return source ? typeOf(outer, source) : null;
}

/** Problems of one node in the scope one is in. */
export function problemsOf(desk: Seen, name: string): NetworkProblem[] {
  const scope = scopeOf(desk);
  const found = desk.analysis?.problems ?? [];
  return found.filter((one) => one.node === name && (one.block ?? null) === scope);
}

/** Multiply-adds of every node of the scope; of a block, those of all that is in it. */
export function macsIn(desk: Seen): Map<string, number> {
  const prefix = prefixOf(desk);
  const [own, inner] = [new Map<string, number>(), new Map<string, number>()];
  for (const [path, report] of Object.entries(desk.analysis?.nodes ?? {})) {
    if (!path.startsWith(prefix)) continue;
    const [name = "", ...more] = path.slice(prefix.length).split(".");
    const known = more.length ? inner : own;
    known.set(name, (known.get(name) ?? 0) + (report.macs ?? 0));
  }
  return new Map([...inner, ...own]);
}
