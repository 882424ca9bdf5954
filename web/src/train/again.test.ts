import { describe, expect, it } from "vitest";
import type { Experiment, Trial } from "../api/records";
import {
  adviceIn,
  againOf,
  badEnds,
  cohortsOf,
  estimateOf,
  progressOf,
  secondsLeft,
  textOf,
} from "./again";

const experiment = {
  name: "first",
  spec: { data: "wine", target: "kind", seed: 0, recipe: { epochs: 3 }, space: {}, network: null },
  plan: {
    recipe: { batch_size: 64, learning_rate: 0.002 },
    space: { "recipe.learning_rate": { float: [0.001, 0.1], log: true } },
  },
  result: {},
} as unknown as Experiment;
const half = { field: "recipe.batch_size", from: 64, to: 32 };
const tenth = { field: "recipe.learning_rate", from: 0.02, to: 0.002 };
const trial = (number: number, state: string, cohort: string, values = {}) =>
  ({ number, state, cohort, values, seconds: 2 }) as unknown as Trial;

describe("again", () => {
  it("asks for the same and leaves out what was not said", () => {
    expect(againOf(experiment)).toEqual({ seed: 0, recipe: { epochs: 3 } });
  });

  it("halves the batch after too little memory", () => {
    expect(againOf(experiment, half).recipe).toEqual({ epochs: 3, batch_size: 32 });
  });

  it("lowers the range of the learning rate tenfold after a divergence", () => {
    expect(againOf(experiment, tenth).space).toEqual({
      "recipe.learning_rate": { float: [0.0001, 0.01], log: true },
    });
  });

  it("lowers the learning rate itself where it is not searched", () => {
    const fixed = { ...experiment, plan: { ...experiment.plan, space: {} } };
    expect(againOf(fixed, tenth).recipe).toEqual({ epochs: 3, learning_rate: 0.002 });
  });

  it("keeps an advice through an address", () => {
    expect(adviceIn(textOf(half))).toEqual(half);
    expect([adviceIn(null), adviceIn("batch"), adviceIn("name:1:2")]).toEqual([null, null, null]);
  });

  it("halves a searched batch in whole rows", () => {
    const searched = {
      ...experiment,
      plan: { space: { "recipe.batch_size": { choice: [33, 64] } } },
    } as unknown as Experiment;
    expect(againOf(searched, half).space).toEqual({ "recipe.batch_size": { choice: [16, 32] } });
  });

  it("names bad ends, the most frequent first", () => {
    const found = badEnds([
      trial(0, "finished", "a"),
      trial(1, "crashed", "a"),
      trial(2, "diverged", "a"),
      { ...trial(3, "diverged", "a"), advice: tenth },
    ]);
    expect(found.map((end) => [end.state, end.trials.length, end.advice])).toEqual([
      ["diverged", 2, tenth],
      ["crashed", 1, null],
    ]);
  });

  it("tells how long it will take only when it can", () => {
    expect([secondsLeft(0, 10), secondsLeft(0.25, 10), secondsLeft(1, 10)]).toEqual([
      null,
      30,
      null,
    ]);
  });

  it("counts trials under way by their epochs", () => {
    const running = { ...trial(1, "running", "a"), epochs: 5 } as Trial;
    expect(progressOf([{ ...trial(0, "finished", "a") } as Trial, running], 4, 10)).toBe(1.5 / 4);
  });

  it("estimates by the newest search on the same data", () => {
    const past = {
      ...experiment,
      spec: { ...experiment.spec, epochs: 10 },
      result: { cost: { trials: 8 }, timings: { prepare: 1, search: 12, finish: 2 } },
      created_at: 0,
      finished_at: 16,
    } as unknown as Experiment;
    expect(estimateOf({ data: "wine", trials: 4, epochs: 5 }, [past])).toBe(1 + 12 / 4 + 2);
    expect(estimateOf({ data: "other" }, [past])).toBeNull();
  });

  it("finds what sets cohorts apart", () => {
    const found = cohortsOf([
      trial(0, "finished", "0.1", { units: 16, p: 0.1 }),
      trial(1, "finished", "0.1", { units: 16, p: 0.2 }),
      trial(2, "finished", "0.2", { units: 32, p: 0.3 }),
    ]);
    expect(found.map((one) => [one.name, one.trials.length, one.shared])).toEqual([
      ["0.1", 2, [["units", 16]]],
      ["0.2", 1, [["units", 32]]],
    ]);
  });
});
