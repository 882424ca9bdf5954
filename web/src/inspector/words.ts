/** Words: what a schema says of its field. */
import { branches } from "../document/grammar";
import type { Json } from "../document/types";

export const wordsOf = (schema: Json): string =>
  typeof schema.description === "string" ? schema.description : "";

export interface Limits {
  low: number | null;
  high: number | null;
  isWhole: boolean;
  isNumber: boolean;
}

/** Bounds of the numbers a field takes. */
export function limitsOf(schema: Json): Limits {
  const numeric = branches(schema).find((one) => one.type === "integer" || one.type === "number");
  const pick = (...keys: string[]) => {
    const key = keys.find((one) => typeof numeric?.[one] === "number");
    return key ? (numeric?.[key] as number) : null;
  };
  return {
    low: pick("minimum", "exclusiveMinimum"),
    high: pick("maximum", "exclusiveMaximum"),
    isWhole: numeric?.type === "integer",
    isNumber: numeric !== undefined,
  };
}

/** A range to begin with: around the value, inside the bounds. */
export function proposedRange(schema: Json, value: unknown): Json {
  const { low, high, isWhole, isNumber } = limitsOf(schema);
  const words = branches(schema).flatMap((one) => (Array.isArray(one.enum) ? one.enum : []));
  if (words.length) return { choice: words.slice(0, 4) };
  if (!isNumber) return { bool: true };
  const number = typeof value === "number" ? value : (low ?? 1);
  const clamp = (one: number) => Math.min(Math.max(one, low ?? one), high ?? one);
  if (isWhole) {
    const [from, to] = [
      clamp(Math.max(1, Math.floor(number / 4))),
      clamp(Math.max(number * 4, number + 1)),
    ];
    return { int: [from, to], ...(number >= 8 ? { log: true } : {}) };
  }
  if (low !== null && high !== null && high - low <= 1)
    return { float: [low, Math.min(high, 0.5) || high] };
  return {
    float: [clamp(number / 10), clamp(number * 10 || 1)],
    ...(number > 0 ? { log: true } : {}),
  };
}
