/** Again: the same search once more, as it was or with the change that its bad ends ask for. */
import type { Experiment, Json, Trial } from "../api/records";

/** "batch": half the rows of a step; "rate": a tenth of the learning rate. */
export type Change = "batch" | "rate";

const CHANGES: Record<string, Change> = { out_of_memory: "batch", diverged: "rate" };

/** What to change after an end like this; nothing where a change would not help. */
export const changeOf = (state: string): Change | null => CHANGES[state] ?? null;

const RATE = "recipe.learning_rate";

function tenth(range: Json): Json {
  const scaled = (value: unknown) =>
    typeof value === "number" ? Number((value / 10).toPrecision(6)) : value;
  const { float, choice } = range;
  if (Array.isArray(float)) return { ...range, float: float.map(scaled) };
  if (Array.isArray(choice)) return { ...range, choice: choice.map(scaled) };
  return range;
}

/** What a search was asked for, without its name and whatever it leads to; ready to be asked again. */
export function againOf(experiment: Experiment, change: Change | null = null): Json {
  const { spec, plan } = experiment;
  const { network, split, sampler, pruner, members, folds, baselines, seed } =
    spec as unknown as Json;
  const kept = { network, split, sampler, pruner, members, folds, baselines, seed };
  const recipe: Json = { ...spec.recipe };
  const space: Record<string, Json> = { ...spec.space };
  if (change === "batch") {
    const rows = Number(recipe.batch_size ?? plan.recipe?.batch_size ?? 256);
    recipe.batch_size = Math.max(1, Math.floor(rows / 2));
  }
  if (change === "rate") {
    const range = space[RATE] ?? plan.space?.[RATE];
    if (range) space[RATE] = tenth(range);
    else
      recipe.learning_rate =
        Number(recipe.learning_rate ?? plan.recipe?.learning_rate ?? 0.002) / 10;
  }
  const asked: Json = { ...kept, recipe, space };
  for (const [name, value] of Object.entries(asked)) {
    const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
    if (value === null || value === undefined || isEmpty) delete asked[name];
  }
  return asked;
}

export interface End {
  state: string;
  trials: Trial[];
  change: Change | null;
}

const GOOD = new Set(["waiting", "running", "finished", "stopped_early", "pruned"]);

/** Bad ends by name, the most frequent first. */
export function badEnds(trials: Trial[]): End[] {
  const found = new Map<string, Trial[]>();
  for (const trial of trials) {
    if (GOOD.has(trial.state)) continue;
    found.set(trial.state, [...(found.get(trial.state) ?? []), trial]);
  }
  return [...found]
    .map(([state, ended]) => ({ state, trials: ended, change: changeOf(state) }))
    .sort((a, b) => b.trials.length - a.trials.length);
}

/** Seconds left at the pace so far; nothing before the first trial has ended. */
export function secondsLeft(ended: number, whole: number, spent: number): number | null {
  return ended > 0 && ended < whole ? (spent / ended) * (whole - ended) : null;
}

export interface Cohort {
  name: string;
  trials: Trial[];
  /** Values that all its trials share and other cohorts do not. */
  shared: [field: string, value: unknown][];
  seconds: number;
}

/** Trials that trained together, and what set them apart from the others. */
export function cohortsOf(trials: Trial[]): Cohort[] {
  const groups = new Map<string, Trial[]>();
  for (const trial of trials) {
    if (trial.cohort) groups.set(trial.cohort, [...(groups.get(trial.cohort) ?? []), trial]);
  }
  const fields = [...new Set(trials.flatMap((trial) => Object.keys(trial.values)))];
  const text = (trial: Trial, field: string) => JSON.stringify(trial.values[field]);
  const isFixed = (members: Trial[], field: string) =>
    new Set(members.map((trial) => text(trial, field))).size === 1;
  // A cohort of one shares everything with itself: it tells nothing.
  const large = [...groups.values()].filter((members) => members.length > 1);
  const apart = fields.filter(
    (field) =>
      large.length > 0 &&
      large.every((members) => isFixed(members, field)) &&
      !isFixed(trials, field),
  );
  return [...groups].map(([name, members]) => ({
    name,
    trials: members,
    shared: apart.map((field) => [field, members[0]?.values[field]]),
    seconds: members.reduce((sum, trial) => sum + trial.seconds, 0),
  }));
}
