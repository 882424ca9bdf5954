/** Matrix: cells of a confusion in the order of the classes; rows in an order, and what two models have wrong apart. */
import type { Case, Cell } from "./mistakes";

/** Classes that a matrix can show side by side; more are told as a list of their cells. */
export const MOST_SHOWN = 12;

/** Rows of one true class by answered class, in the order of the classes. */
export function matrixOf(classes: string[], cells: Cell[]): number[][] {
  const place = new Map(classes.map((name, index) => [name, index]));
  const rows = classes.map(() => classes.map(() => 0));
  for (const cell of cells) {
    const line = rows[place.get(cell.truth) ?? -1];
    if (line) line[place.get(cell.said) ?? 0] = cell.rows;
  }
  return rows;
}

/** Rows of another model's cases that this one has right, and the other way round. */
export function differing(mine: Case[], theirs: Case[]): { onlyMine: Case[]; onlyTheirs: Case[] } {
  const rows = (cases: Case[]) => new Set(cases.map((one) => one.row));
  const [a, b] = [rows(mine), rows(theirs)];
  return {
    onlyMine: mine.filter((one) => !b.has(one.row)),
    onlyTheirs: theirs.filter((one) => !a.has(one.row)),
  };
}

export const ORDERS = ["loss", "confidence", "doubt"] as const;
/** By what it cost, by how sure it was, or by how little: the rows worth a label. */
export type Order = (typeof ORDERS)[number];
export const orderOf = (text: string | null): Order => ORDERS.find((one) => one === text) ?? "loss";

/** Rows in another order than the costliest first. */
export function casesBy(cases: Case[], order: Order): Case[] {
  const sure = (one: Case) => one.confidence ?? 0;
  if (order === "loss") return cases;
  const sign = order === "confidence" ? -1 : 1;
  return [...cases].sort((a, b) => sign * (sure(a) - sure(b)));
}
