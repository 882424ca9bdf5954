import { describe, expect, it } from "vitest";
import type { Experiment, Trial } from "../api/records";
import { againOf, badEnds, cohortsOf, secondsLeft } from "./again";

const experiment = {
  name: "first",
  spec: { data: "wine", target: "kind", seed: 0, recipe: { epochs: 3 }, space: {}, network: null },
  plan: {
    recipe: { batch_size: 64, learning_rate: 0.002 },
    space: { "recipe.learning_rate": { float: [0.001, 0.1], log: true } },
  },
  result: {},
} as unknown as Experiment;
const trial = (number: number, state: string, cohort: string, values = {}) =>
  ({ number, state, cohort, values, seconds: 2 }) as unknown as Trial;

describe("again", () => {
  it("asks for the same and leaves out what was not said", () => {
    expect(againOf(experiment)).toEqual({ seed: 0, recipe: { epochs: 3 } });
  });

  it("halves the batch after too little memory", () => {
    expect(againOf(experiment, "batch").recipe).toEqual({ epochs: 3, batch_size: 32 });
  });

  it("lowers the range of the learning rate tenfold after a divergence", () => {
    expect(againOf(experiment, "rate").space).toEqual({
      "recipe.learning_rate": { float: [0.0001, 0.01], log: true },
    });
  });

  it("lowers the learning rate itself where it is not searched", () => {
    const fixed = { ...experiment, plan: { ...experiment.plan, space: {} } };
    expect(againOf(fixed, "rate").recipe).toEqual({ epochs: 3, learning_rate: 0.0002 });
  });

  it("names bad ends, the most frequent first", () => {
    const found = badEnds([
      trial(0, "finished", "a"),
      trial(1, "crashed", "a"),
      trial(2, "diverged", "a"),
      trial(3, "diverged", "a"),
    ]);
    expect(found.map((end) => [end.state, end.trials.length, end.change])).toEqual([
      ["diverged", 2, "rate"],
      ["crashed", 1, null],
    ]);
  });

  it("tells how long it will take only when it can", () => {
    expect([secondsLeft(0, 8, 10), secondsLeft(2, 8, 10), secondsLeft(8, 8, 10)]).toEqual([
      null,
      30,
      null,
    ]);
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
