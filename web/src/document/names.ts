/** Names: unique, human, and the identity of what they name. */
import type { Graph } from "./graph";

const LEGAL = /^[a-z][a-z0-9_]{0,63}$/;
/** First word of the training recipe's keys in a space. */
export const RECIPE = "recipe";

export const isLegal = (name: string): boolean => LEGAL.test(name) && name !== RECIPE;

/** Names of a scope that nothing new may take. */
export const takenIn = (graph: Graph): Set<string> =>
  new Set([...graph.inputs, ...Object.keys(graph.nodes), RECIPE]);

/** `conv_7` without its number; the number comes anew. */
const stemOf = (name: string): string => name.replace(/_\d+$/, "");

/** The next free `dense_1`, `dense_2`...; a name without a number is kept if it is free. */
export function freeIn(taken: Set<string>, wish: string, isNumbered = true): string {
  if (!isNumbered && isLegal(wish) && !taken.has(wish)) return wish;
  const stem = stemOf(wish).slice(0, 58) || "node";
  let number = 1;
  while (taken.has(`${stem}_${number}`)) number += 1;
  return `${stem}_${number}`;
}

/** A legal name as near as can be to what was typed. */
export function legalOf(text: string): string {
  const plain = text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 64);
  return isLegal(plain) ? plain : "";
}
