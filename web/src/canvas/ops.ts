/** Ops: what palette, bars and forms need of the catalogue, in the reader's language. */
import type { OpEntry, OpPort, TensorType } from "../api/records";
import { isExpression } from "../document/expression";
import { valueText } from "../document/grammar";
import type { BlockDocument, Json, NodeDocument } from "../document/types";

export type Ops = Map<string, OpEntry>;

/** Groups in the order data flows; others follow by name. */
const ORDER = [
  "columns",
  "layers",
  "norms",
  "joins",
  "shape",
  "image",
  "sequence",
  "attention",
  "graph",
];

export const opsOf = (entries: OpEntry[] | undefined): Ops =>
  new Map((entries ?? []).map((entry) => [entry.kind, entry]));

export function groupsOf(ops: Ops): [group: string, entries: OpEntry[]][] {
  const found = new Map<string, OpEntry[]>();
  for (const entry of ops.values())
    found.set(entry.group, [...(found.get(entry.group) ?? []), entry]);
  const rank = (group: string) => (ORDER.includes(group) ? ORDER.indexOf(group) : ORDER.length);
  return [...found].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}

/** Title in a language; English, then the kind itself, where there is none. */
export const titleOf = (entry: OpEntry | undefined, language: string, kind = ""): string =>
  entry?.title[language] ?? entry?.title.en ?? kind;

/** Ports of a node: those of its op, or the inputs of its block. */
export function portsOf(
  node: NodeDocument | undefined,
  ops: Ops,
  blocks: Record<string, BlockDocument> | undefined,
): OpPort[] {
  if (!node) return [];
  const { op, block } = node.choices?.[node.choose ?? ""] ?? node;
  const inputs = block ? blocks?.[block]?.inputs : undefined;
  const known = inputs ? inputs.map((name) => ({ name, wants: "any" })) : ops.get(op ?? "")?.ports;
  const written = Object.keys(node.in ?? {}).filter(
    (name) => !known?.some((port) => port.name === name),
  );
  const loose = written.map((name) => ({
    name,
    wants: "any",
    many: Array.isArray(node.in?.[name]),
  }));
  return [...(known ?? []), ...loose];
}

export const propertiesOf = (entry: OpEntry | undefined): Record<string, Json> =>
  entry?.schema.properties ?? {};

/** The parameter a node is first asked about: the first that is a size, else the first. */
export function mainParam(entry: OpEntry | undefined): string | null {
  const all = Object.entries(propertiesOf(entry));
  return (all.find(([, schema]) => schema.role === "size") ?? all[0])?.[0] ?? null;
}

const BARE = new Set([
  "units",
  "kind",
  "channels",
  "function",
  "filters",
  "size",
  "to",
  "shape",
  "heads",
]);

/** The values that tell a node apart, shortest form: `64`, `relu`, `p 0.1`; usual ones are left out. */
export function brief(node: NodeDocument, entry: OpEntry | undefined, most = 3): string {
  const chosen = node.choices?.[node.choose ?? ""];
  const params = (chosen ?? node).params ?? {};
  const schemas = propertiesOf(entry);
  const main = mainParam(entry);
  const keys = [...new Set([...(main ? [main] : []), ...Object.keys(params)])];
  return keys
    .map((key) => [key, params[key] ?? schemas[key]?.default] as const)
    .filter(
      ([key, value]) =>
        value !== undefined &&
        value !== null &&
        (key === main || params[key] !== schemas[key]?.default),
    )
    .filter(([, value]) => typeof value !== "object" || isExpression(value) || Array.isArray(value))
    .slice(0, most)
    .map(([key, value]) =>
      typeof value !== "boolean" && (BARE.has(key) || key === main)
        ? valueText(value)
        : `${key} ${valueText(value)}`,
    )
    .join(", ");
}

/** Sizes of a type: `64`, `8×28×28`. */
export const shapeOf = (type: TensorType | null | undefined): string =>
  type ? type.axes.map((axis) => axis.size ?? "?").join("×") || "1" : "";

/** A type in full: `channels 8 × height 28 × width 28, float32`. */
export const typeText = (type: TensorType): string =>
  `${type.axes.map((axis) => `${axis.name} ${axis.size ?? "?"}`).join(" × ") || "1"} · ${type.dtype}`;

const AXES: Record<string, string> = {
  vector: "features",
  table: "features",
  categories: "features",
  sequence: "length,features",
  image: "channels,height,width",
  tokens: "length",
};

/** Whether a port may take a type, as far as axes tell; what is not known is not refused. */
export function accepts(wants: string, type: TensorType | null | undefined): boolean {
  if (!type) return true;
  const axes = type.axes.map((axis) => axis.name).join(",");
  if (wants === "features") return axes.endsWith("features");
  const wanted = AXES[wants];
  if (!wanted) return wants !== "any" || type.dtype !== "int64";
  if (wants === "table" && !type.fields?.length) return false;
  if (wants === "categories" && !type.fields?.some((field) => field.cardinality)) return false;
  return axes === wanted && (wants === "tokens") === (type.dtype === "int64");
}

const plain = (text: string): string => text.normalize("NFKC").toLowerCase().replaceAll("_", " ");

/** How well a word answers a query: 0 = not at all; a beginning beats a middle, letters in order come last. */
function worthOf(word: string, query: string): number {
  const text = plain(word);
  if (text === query) return 100;
  if (text.startsWith(query)) return 80;
  if (text.split(/[\s-]/).some((part) => part.startsWith(query))) return 70;
  if (text.includes(query)) return 50;
  let at = -1;
  for (const letter of query) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return 0;
  }
  return query.length > 2 ? 20 : 0;
}

/** How well an op answers, by its title first, then by its other words in any language. */
export function scoreOf(entry: OpEntry, query: string): number {
  const wanted = plain(query.trim());
  if (!wanted) return 1;
  const names = [entry.kind, ...Object.values(entry.title)];
  const kinds = Object.values(propertiesOf(entry)).flatMap((schema) =>
    Array.isArray(schema.enum) ? schema.enum.map(String) : [],
  );
  const words = [...Object.values(entry.words).flat(), ...kinds];
  const best = Math.max(0, ...names.map((word) => worthOf(word, wanted)));
  const other = Math.max(0, ...words.map((word) => worthOf(word, wanted) - 15));
  return Math.max(best, other > 5 ? other : 0);
}

/** Values that a query names: `gelu` asks for an activation of this kind. */
export function presetOf(entry: OpEntry | undefined, query: string): Json {
  const wanted = plain(query.trim());
  for (const [name, schema] of Object.entries(propertiesOf(entry))) {
    const words = Array.isArray(schema.enum) ? schema.enum.map(String) : [];
    const word = words.find((one) => plain(one) === wanted);
    if (word !== undefined && word !== schema.default) return { [name]: word };
  }
  return {};
}

/** Ops that answer a query, best first. */
export function found(entries: Iterable<OpEntry>, query: string): OpEntry[] {
  return [...entries]
    .map((entry): [OpEntry, number] => [entry, scoreOf(entry, query)])
    .filter(([, score]) => score > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([entry]) => entry);
}
