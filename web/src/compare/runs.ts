/** Runs: trials and baselines of one or more experiments as rows of one table, and the fields worth a column. */
import type { CurvePoint, Experiment, Json, Plan, Trial } from "../api/records";

export interface Run {
  /** `first:3` or `first:linear`: the same in every link. */
  key: string;
  experiment: string;
  kind: "trial" | "baseline";
  number: number | null;
  name: string;
  state: string;
  values: Json;
  metric: number | null;
  measures: Record<string, number>;
  curve: CurvePoint[];
  /** Somebody took it out; it is there only when asked for. */
  isOut: boolean;
}

export type Value = number | string | null;

export interface Field {
  name: string;
  /** "value": what was tried; "measure": what came of it. */
  kind: "value" | "measure";
  type: "number" | "word";
  /** Whether the space goes through it by factors. */
  isLog: boolean;
  read: (run: Run) => Value;
}

const FAILED = new Set(["failed", "diverged", "out_of_memory", "data_error", "crashed", "lost"]);
export const isFailed = (run: { state: string }): boolean => FAILED.has(run.state);

const finite = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value);

const numbersOf = (found: Json): Record<string, number> =>
  Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, number] => finite(entry[1])),
  );

function runOf(experiment: Experiment, trial: Trial): Run {
  const cost = experiment.plan.costs?.[String(trial.number)];
  return {
    key: `${experiment.name}:${trial.number}`,
    experiment: experiment.name,
    kind: "trial",
    number: trial.number,
    name: String(trial.number),
    state: trial.state,
    values: trial.values,
    metric: trial.metric ?? null,
    measures: numbersOf({
      ...trial.metrics,
      epochs: trial.epochs,
      seconds: trial.seconds,
      macs: cost,
    }),
    curve: trial.curve,
    isOut: typeof trial.discarded_at === "number",
  };
}

/** All runs of an experiment: its trials, then its baselines. */
export function runsOf(experiment: Experiment, trials: Trial[]): Run[] {
  const baselines = (experiment.plan.baselines ?? []).map(
    (row): Run => ({
      key: `${experiment.name}:${row.name}`,
      experiment: experiment.name,
      kind: "baseline",
      number: null,
      name: row.name,
      state: row.state ?? "finished",
      values: {},
      metric: row.metric ?? null,
      measures: numbersOf({ ...row.metrics, seconds: row.seconds }),
      curve: [],
      isOut: false,
    }),
  );
  return [...trials.map((trial) => runOf(experiment, trial)), ...baselines];
}

/** A value as an axis or a cell can show it: a number, or a word. */
export function plain(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (finite(value)) return value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

const distinct = (values: Value[]): Value[] => [...new Set(values.filter((one) => one !== null))];

function fieldOf(name: string, runs: Run[], plans: Plan[]): Field | null {
  const read = (run: Run) => plain(run.values[name]);
  const found = distinct(runs.filter((run) => run.kind === "trial").map(read));
  if (found.length < 2) return null;
  return {
    name,
    kind: "value",
    type: found.every((one) => typeof one === "number") ? "number" : "word",
    isLog: plans.some((plan) => Boolean(plan.space?.[name]?.log)),
    read,
  };
}

function measureOf(name: string, runs: Run[]): Field | null {
  const read = (run: Run) => run.measures[name] ?? null;
  if (distinct(runs.map(read)).length < 2) return null;
  return { name, kind: "measure", type: "number", isLog: false, read };
}

export const METRIC = "metric";

/** What differs between the runs, and nothing else: tried values first, then the metric, then other measures. */
export function fieldsOf(runs: Run[], plans: Plan[]): Field[] {
  const tried = new Set(runs.flatMap((run) => Object.keys(run.values)));
  const measured = new Set(runs.flatMap((run) => Object.keys(run.measures)));
  for (const plan of plans) if (plan.metric) measured.delete(plan.metric);
  const metric: Field = {
    name: METRIC,
    kind: "measure",
    type: "number",
    isLog: false,
    read: (run) => run.metric,
  };
  const known = [
    ...[...tried].map((name) => fieldOf(name, runs, plans)),
    metric,
    ...[...measured].map((name) => measureOf(name, runs)),
  ];
  return known.filter((field): field is Field => field !== null);
}

/** Runs by the main metric, best first; those without one come last. */
export function ranked(runs: Run[], maximise: boolean): Run[] {
  const sign = maximise ? -1 : 1;
  return [...runs].sort((a, b) => {
    if (a.metric === null || b.metric === null)
      return Number(a.metric === null) - Number(b.metric === null);
    return sign * (a.metric - b.metric);
  });
}

/** Why figures of these experiments must not be set side by side: what they differ in. */
export function differencesOf(
  experiments: Experiment[],
): ("data" | "target" | "metric" | "split")[] {
  const told = {
    data: (one: Experiment) => `${one.spec.data}@${one.plan.version ?? one.spec.version}`,
    target: (one: Experiment) => one.spec.target,
    metric: (one: Experiment) => one.plan.metric,
    split: (one: Experiment) => JSON.stringify(one.plan.split),
  } as const;
  const names = ["data", "target", "metric", "split"] as const;
  return names.filter((name) => new Set(experiments.map(told[name])).size > 1);
}
