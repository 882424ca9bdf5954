/** Grammar: what a person types into a field: a value, a range, a choice, a switch or an expression. */
import { readExpression } from "./expression";
import type { Json, Range } from "./types";

export type Typed =
  | { value: unknown }
  | { range: Range }
  | { var: string }
  | { error: string; args?: Json };

type Schema = Json;

const RANGE = /^(\S+?)\s*\.\.\s*([^\s:]+)((?:[\s:]+(?:log|step[\s:]+\S+))*)$/;
const SWITCH: Record<string, boolean> = {
  on: true,
  off: false,
  true: true,
  false: false,
  开: true,
  关: false,
};
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const WHOLE = /^[-+]?\d+$/;

class Unreadable extends Error {}

/** Options of a schema: itself, or the branches of its union. */
export const branches = (schema: Schema): Schema[] =>
  Array.isArray(schema.anyOf) ? (schema.anyOf as Schema[]) : [schema];

const typesOf = (schema: Schema): Set<unknown> => new Set(branches(schema).map((one) => one.type));

export function parse(text: string, schema: Schema = {}): Typed {
  const plain = text.normalize("NFKC").replaceAll("。", ".").replaceAll("、", ",").trim();
  try {
    if (plain.startsWith("$") || plain.startsWith("=")) return expression(plain.slice(1));
    const found = plain.startsWith("{") ? choice(plain) : rangeOrLiteral(plain, schema);
    return checked(found, schema);
  } catch (error) {
    if (error instanceof Unreadable) return { error: error.message || "unreadable" };
    throw error;
  }
}

function expression(text: string): Typed {
  if (!readExpression(text)) throw new Unreadable("expression");
  return { var: text.trim() };
}

function choice(text: string): Typed {
  if (!text.endsWith("}")) throw new Unreadable();
  const options = text
    .slice(1, -1)
    .split(/[,;]/)
    .map((part) => part.trim())
    .filter(Boolean)
    .map(literal);
  const isSwitch = options.length === 2 && options.includes(true) && options.includes(false);
  if (isSwitch) return { range: { bool: true } };
  if (!options.length || new Set(options).size < options.length) throw new Unreadable("choice");
  return { range: { choice: options } };
}

function rangeOrLiteral(text: string, schema: Schema): Typed {
  const match = RANGE.exec(text);
  if (!match) {
    if (text.includes("..") || !text) throw new Unreadable();
    return { value: literal(text.replaceAll(",", ".")) };
  }
  const [low = "", high = ""] = [match[1], match[2]].map((one) => (one ?? "").replaceAll(",", "."));
  const words = (match[3] ?? "").split(/[\s:]+/).filter(Boolean);
  const step = words.includes("step")
    ? words[words.indexOf("step") + 1]?.replaceAll(",", ".")
    : undefined;
  return { range: rangeOf(low, high, step, words.includes("log"), schema) };
}

function rangeOf(
  low: string,
  high: string,
  step: string | undefined,
  log: boolean,
  schema: Schema,
): Range {
  const ends = [low, high, ...(step ? [step] : [])];
  const types = typesOf(schema);
  const isWhole =
    !types.has("number") && (types.has("integer") || ends.every((one) => WHOLE.test(one)));
  const numbers = ends.map((one) => {
    if (!NUMBER.test(one) || (isWhole && !Number.isInteger(Number(one)))) throw new Unreadable();
    return Number(one);
  });
  const [from = 0, to = 0, by] = numbers;
  if (from > to) throw new Unreadable("order");
  if (log && from <= 0) throw new Unreadable("log");
  if (by !== undefined && (log || by <= 0 || (!isWhole && by > to - from)))
    throw new Unreadable("step");
  if (!isWhole && by !== undefined) return { choice: grid(from, to, by) };
  const tail = {
    ...(log ? { log: true } : {}),
    ...(by !== undefined && by !== 1 ? { step: by } : {}),
  };
  return isWhole ? { int: [from, to], ...tail } : { float: [from, to], ...tail };
}

const grid = (from: number, to: number, by: number): number[] =>
  Array.from({ length: Math.floor((to - from) / by + 1e-9) + 1 }, (_, i) =>
    Number((from + i * by).toFixed(12)),
  );

function literal(text: string): unknown {
  const low = text.toLowerCase();
  if (low in SWITCH) return SWITCH[low];
  return NUMBER.test(text) ? Number(text) : text;
}

/** All values a range begins or ends with, or chooses from. */
export function endsOf(range: Range): unknown[] {
  const bounds = range.int ?? range.float ?? range.choice;
  return Array.isArray(bounds) ? bounds : [true, false];
}

function checked(found: Typed, schema: Schema): Typed {
  const values = "range" in found ? endsOf(found.range) : "value" in found ? [found.value] : [];
  for (const value of values) {
    const why = whyNot(value, schema);
    if (why) return why;
  }
  return found;
}

type Why = { error: string; args: Json } | null;

/** Why a field does not take a value; null if it does. */
export function whyNot(value: unknown, schema: Schema): Why {
  const reasons = branches(schema).map((one) => whyNotOne(value, one));
  return reasons.some((why) => why === null) ? null : (reasons[0] ?? null);
}

function whyNotOne(value: unknown, schema: Schema): Why {
  if ("const" in schema && value !== schema.const)
    return { error: "other", args: { words: String(schema.const) } };
  if (Array.isArray(schema.enum) && !schema.enum.includes(value))
    return { error: "other", args: { words: schema.enum.join(", ") } };
  const fits: Record<string, boolean> = {
    integer: Number.isInteger(value),
    number: typeof value === "number",
    string: typeof value === "string",
    boolean: typeof value === "boolean",
    array: Array.isArray(value),
  };
  const wanted = String(schema.type ?? "");
  if (fits[wanted] === false) return { error: wanted, args: {} };
  return typeof value === "number" ? beyond(value, schema) : null;
}

const BOUNDS: [key: string, holds: (value: number, bound: number) => boolean][] = [
  ["minimum", (value, bound) => value >= bound],
  ["maximum", (value, bound) => value <= bound],
  ["exclusiveMinimum", (value, bound) => value > bound],
  ["exclusiveMaximum", (value, bound) => value < bound],
];

function beyond(value: number, schema: Schema): Why {
  for (const [key, holds] of BOUNDS) {
    const bound = schema[key];
    if (typeof bound === "number" && !holds(value, bound)) return { error: key, args: { bound } };
  }
  return null;
}

/** A value as it would be typed. */
export function valueText(value: unknown): string {
  if (value === true) return "on";
  if (value === false) return "off";
  if (typeof value === "object" && value !== null && "var" in value) return `=${value.var}`;
  return typeof value === "object" ? JSON.stringify(value) : String(value ?? "");
}

/** The value of a range that is closest to one outside it. */
export function nearestIn(range: Range, value: unknown): unknown {
  if (Array.isArray(range.choice)) {
    if (range.choice.includes(value)) return value;
    const numbers = range.choice.filter((one): one is number => typeof one === "number");
    if (numbers.length && typeof value === "number")
      return numbers.reduce((best, one) =>
        Math.abs(one - value) < Math.abs(best - value) ? one : best,
      );
    return range.choice[0];
  }
  if (range.bool) return Boolean(value);
  const [low = 0, high = 0] = (range.int ?? range.float ?? []) as number[];
  if (typeof value !== "number") return low;
  const inside = Math.min(Math.max(value, low), high);
  if (range.float) return inside;
  const step = typeof range.step === "number" ? range.step : 1;
  return (
    low + step * Math.min(Math.floor((inside - low) / step + 0.5), Math.floor((high - low) / step))
  );
}

export interface SpaceSize {
  fields: number;
  /** Product of all that can be counted. */
  combinations: number;
  /** Fields without steps between their values. */
  continuous: number;
}

export function sizeOf(space: Record<string, Range>): SpaceSize {
  const size: SpaceSize = { fields: 0, combinations: 1, continuous: 0 };
  for (const range of Object.values(space)) {
    size.fields += 1;
    if (Array.isArray(range.choice)) size.combinations *= range.choice.length;
    else if (range.bool) size.combinations *= 2;
    else if (Array.isArray(range.int)) {
      const [low = 0, high = 0] = range.int as number[];
      size.combinations *= Math.floor((high - low) / Number(range.step ?? 1)) + 1;
    } else size.continuous += 1;
  }
  return size;
}
