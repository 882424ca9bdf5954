import { describe, expect, it } from "vitest";
import type { FormSchema } from "../api/records";
import { accepted, deedOf, labelsOf, type Waiting } from "./labels";

const schemaOf = (classes: FormSchema["classes"]): FormSchema =>
  ({ target: "y", task: "classification", classes, columns: [] }) as FormSchema;
const item = (label: string, probabilities: Record<string, number>): Waiting =>
  ({ id: "1", answer: { label, probabilities }, doubt: 0.5 }) as unknown as Waiting;

describe("labels", () => {
  it("keeps the order of few classes, so that a key always means the same", () => {
    expect(labelsOf(schemaOf(["b", "a"]), item("a", { a: 0.9, b: 0.1 }))).toEqual(["b", "a"]);
  });

  it("offers the likeliest nine of many", () => {
    const classes = Array.from({ length: 20 }, (_, n) => `c${n}`);
    const found = labelsOf(schemaOf(classes), item("c13", { c13: 0.8, c7: 0.2 }));
    expect(found).toHaveLength(9);
    expect(found.slice(0, 2)).toEqual(["c13", "c7"]);
  });

  it("reads keys, and none for a label that is not there", () => {
    expect(deedOf("2", 3)).toEqual({ kind: "label", place: 1 });
    expect(deedOf("4", 3)).toBeNull();
    expect(deedOf("x", 3)).toEqual({ kind: "discard" });
    expect(deedOf("q", 3)).toBeNull();
  });

  it("accepts with the answer's own type", () => {
    const yes = { id: "1", answer: { label: true }, doubt: 0 } as unknown as Waiting;
    expect(accepted(yes)).toEqual({ id: "1", truth: true });
  });
});
