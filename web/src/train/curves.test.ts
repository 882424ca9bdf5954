import { describe, expect, it } from "vitest";
import type { Trial } from "../api/records";
import { bestTrial, linesOf, measuresOf, variedFields } from "./curves";

const trial = (number: number, aucs: number[], values = {}): Trial => ({
  project: "default",
  files: {},
  experiment: "demand",
  number,
  batch: 0,
  cohort: "",
  values,
  state: "finished",
  cause: "",
  reason: {},
  advice: {},
  retries: [],
  metric: aucs.length ? Math.max(...aucs) : null,
  metrics: {},
  best_epoch: null,
  epochs: aucs.length,
  seconds: 0,
  tail: "",
  curve: aucs.map((auc, epoch) => ({ epoch, loss: 1 - auc, auc })),
});
const plan = { metric: "auc", maximise: true };

describe("curves", () => {
  it("shows the main metric first", () => {
    expect(measuresOf([trial(0, [0.5])], plan)).toEqual(["auc", "loss"]);
  });

  it("finds the best where more is better", () => {
    expect(bestTrial([trial(0, [0.5]), trial(1, [0.7])], "auc", plan)?.number).toBe(1);
  });

  it("finds the best where less is better", () => {
    expect(bestTrial([trial(0, [0.5]), trial(1, [0.7])], "loss", plan)?.number).toBe(1);
  });

  it("has no best before the first epoch", () => {
    expect(bestTrial([trial(0, [])], "auc", plan)).toBeUndefined();
  });

  it("draws the best last, so on top", () => {
    const { series } = linesOf(
      [trial(0, [0.9]), trial(1, [0.7])],
      "auc",
      plan,
      (t) => `${t.number}`,
    );
    expect(series.at(-1)).toMatchObject({ key: "0", tone: "accent" });
  });

  it("leaves gaps where a trial has ended", () => {
    const { x, series } = linesOf(
      [trial(0, [0.5, 0.6]), trial(1, [0.4])],
      "auc",
      plan,
      (t) => `${t.number}`,
    );
    expect(x).toEqual([0, 1]);
    expect(series[0]?.values).toEqual([0.4, null]);
  });

  it("names only fields that differ", () => {
    expect(variedFields([trial(0, [], { lr: 1, p: 0 }), trial(1, [], { lr: 2, p: 0 })])).toEqual([
      "lr",
    ]);
  });
});
