/** Labels: what can be said of a prediction that waits for its truth, and by which key. */
import type { FormSchema, LoggedPrediction } from "../api/records";
import { answerOf } from "../serve/answer";

export type Waiting = LoggedPrediction & { doubt: number | null };
export type Order = "doubt" | "newest";

/** One row of feedback: a truth, or that nobody will ever know. */
export type Said = { id: string; truth: unknown } | { id: string; discard: true };

const KEYS = 9;

/** The answers that may be true, the one that was given first where there are too many for the keys. */
export function labelsOf(schema: FormSchema, item: Waiting | undefined): unknown[] {
  const classes = schema.classes ?? [];
  const given = item && answerOf(item.answer);
  if (classes.length <= KEYS || given === undefined) return [...classes];
  const shares = item?.answer.probabilities ?? {};
  const byShare = [...classes].sort((a, b) => (shares[String(b)] ?? 0) - (shares[String(a)] ?? 0));
  return byShare.slice(0, KEYS);
}

/** What a key means: a place among the labels, accepting, putting aside, leaving for later, going back. */
export type Deed =
  | { kind: "label"; place: number }
  | { kind: "accept" | "discard" | "later" | "back" };

export function deedOf(key: string, labels: number): Deed | null {
  if (/^[1-9]$/.test(key))
    return Number(key) <= labels ? { kind: "label", place: Number(key) - 1 } : null;
  if (key === "a" || key === "A") return { kind: "accept" };
  if (key === "x" || key === "X" || key === "0") return { kind: "discard" };
  if (key === "ArrowRight" || key === "ArrowDown") return { kind: "later" };
  return key === "ArrowLeft" || key === "ArrowUp" || key === "Backspace" ? { kind: "back" } : null;
}

/** The prediction's own answer as its truth. */
export const accepted = ({ id, answer }: Waiting): Said => ({ id, truth: answerOf(answer) });
