/** Watch: what was seen inside a trial, folded onto the bars of a drawing and put on one scale. */
import type { Glance, NetworkDocument, NodeDocument, NodeSeen, Seen } from "../api/records";

export const MEASURES = ["gradient_norm", "ratio", "mean", "deviation", "dead", "seconds"] as const;
export type Measure = (typeof MEASURES)[number];

/** Measures that go by factors; the others by differences. */
const BY_FACTORS = new Set<Measure>(["gradient_norm", "ratio", "deviation", "seconds"]);
/** A factor of a million is as far as colours tell anything. */
const FURTHEST = 1e6;

/** Bar of a flat node ("res.0.conv") in a scope ("", "res.0"); null if it is not in there. */
export function barOf(node: string, scope: string): string | null {
  if (scope && !node.startsWith(`${scope}.`)) return null;
  return (scope ? node.slice(scope.length + 1) : node).split(".")[0] ?? null;
}

/** Flat nodes that a bar stands for, in the order they compute. */
export const nodesOf = (glance: Glance | undefined, scope: string, bar: string): string[] =>
  Object.keys(glance?.nodes ?? {}).filter((node) => barOf(node, scope) === bar);

const known = (values: (number | null | undefined)[]): number[] =>
  values.filter((value): value is number => typeof value === "number");
const most = (values: number[]): number | null => (values.length ? Math.max(...values) : null);

/** Several nodes as one: norms and times add up, the worst ratio and share, what the last one gives. */
export function together(seen: NodeSeen[]): NodeSeen {
  const of = (measure: Measure) => known(seen.map((one) => one[measure]));
  const norms = of("gradient_norm");
  const seconds = of("seconds");
  return {
    gradient_norm: norms.length ? Math.hypot(...norms) : null,
    ratio: most(of("ratio")),
    mean: of("mean").at(-1) ?? null,
    deviation: of("deviation").at(-1) ?? null,
    dead: most(of("dead")),
    seconds: seconds.length ? seconds.reduce((sum, one) => sum + one, 0) : null,
    bad: seen.reduce((sum, one) => sum + one.bad, 0),
    bad_gradients: seen.reduce((sum, one) => sum + one.bad_gradients, 0),
  };
}

/** A look by the bars of a scope. */
export function foldOf(glance: Glance, scope: string): Map<string, NodeSeen> {
  const groups = new Map<string, NodeSeen[]>();
  for (const [node, seen] of Object.entries(glance.nodes)) {
    const bar = barOf(node, scope);
    if (bar === null) continue;
    const there = groups.get(bar);
    if (there) there.push(seen);
    else groups.set(bar, [seen]);
  }
  return new Map([...groups].map(([bar, seen]) => [bar, together(seen)]));
}

export interface Scale {
  low: number;
  high: number;
  /** 0 = coldest, 1 = hottest. */
  shareOf: (value: number) => number;
}

/** One scale for all looks and bars of a scope, so that steps can be compared; null without a value. */
export function scaleOf(looks: Glance[], scope: string, measure: Measure): Scale | null {
  const all = looks.flatMap((look) =>
    known([...foldOf(look, scope).values()].map((seen) => seen[measure])),
  );
  if (all.length === 0) return null;
  if (measure === "dead") return { low: 0, high: 1, shareOf: (value) => value };
  const sizes = all.map(Math.abs);
  const high = Math.max(...sizes);
  if (!BY_FACTORS.has(measure))
    return { low: 0, high, shareOf: (value) => (high ? Math.abs(value) / high : 0) };
  const positive = sizes.filter((size) => size > 0);
  if (positive.length === 0) return { low: 0, high: 0, shareOf: () => 0 };
  const low = Math.max(Math.min(...positive), high / FURTHEST);
  const span = Math.log(high / low);
  const shareOf = (value: number) =>
    value > 0 ? Math.min(1, Math.max(0, span ? Math.log(value / low) / span : 1)) : 0;
  return { low, high, shareOf };
}

/** Place of the look that is shown: the chosen one; else the newest, or the one where the numbers ended. */
export function placeOf(seen: Seen, chosen: number | null): number {
  const last = seen.looks.length - 1;
  const broken = seen.looks.findIndex((look) => look.step === seen.broken?.step);
  if (chosen === null) return broken >= 0 ? broken : last;
  const at = seen.looks.findIndex((look) => look.step >= chosen);
  return at < 0 ? last : at;
}

const memberOf = (node: NodeDocument | undefined): string | undefined =>
  node?.choices?.[node.choose ?? ""]?.block ?? node?.block;

export interface Level {
  /** The bar that was opened; "" for the network. */
  bar: string;
  scope: string;
  document: NetworkDocument;
  /** Numbers of its repeats, where it is repeated. */
  repeats: string[];
}

/** From the network down to what is open: `opened` names bars with their repeat, "res.0", "conv". */
export function levelsOf(document: NetworkDocument, opened: string[], glance?: Glance): Level[] {
  const levels: Level[] = [{ bar: "", scope: "", document, repeats: [] }];
  for (const step of opened) {
    const above = levels.at(-1) as Level;
    const [bar = "", repeat] = step.split(".");
    const block = document.blocks?.[memberOf(above.document.nodes[bar]) ?? ""];
    if (!block) break;
    const path = above.scope ? `${above.scope}.${bar}` : bar;
    const repeats = repeatsOf(path, glance);
    levels.push({
      bar,
      scope: repeats.length ? `${path}.${repeat ?? repeats[0]}` : path,
      repeats,
      document: {
        name: bar,
        // A document leaves out what is usual: one input, called x.
        inputs: Object.fromEntries((block.inputs ?? ["x"]).map((name) => [name, {}])),
        nodes: block.nodes,
        outputs: { [block.output]: block.output },
        blocks: document.blocks ?? {},
      },
    });
  }
  return levels;
}

/** Numbers of the repeats of a bar: "res.0.conv", "res.1.conv" → 0, 1; none where it is not repeated. */
export function repeatsOf(path: string, glance?: Glance): string[] {
  const found = new Set<string>();
  for (const node of Object.keys(glance?.nodes ?? {})) {
    const next = barOf(node, path);
    if (next !== null && /^\d+$/.test(next)) found.add(next);
  }
  return [...found];
}

/** Whether a bar can be opened: it stands for a block. */
export const isBlock = (document: NetworkDocument, bar: string): boolean =>
  memberOf(document.nodes[bar]) !== undefined;
