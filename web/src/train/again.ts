/** Again: the same search once more, as it was or with the change that its bad ends ask for. */
import type { Experiment, Json, Trial } from "../api/records";

/** A change that helps, as the server proposes it for a trial. */
export interface Advice {
  field: string;
  from: number;
  to: number;
}

const PREFIX = "recipe.";

/** What helps a trial that ended badly; null where no change is known to. */
export function adviceOf(trial: Trial | undefined): Advice | null {
  const { field, from, to } = trial?.advice ?? {};
  return typeof field === "string" && typeof from === "number" && typeof to === "number"
    ? { field, from, to }
    : null;
}

/** An advice as part of an address, and back. */
export const textOf = ({ field, from, to }: Advice): string => `${field}:${from}:${to}`;
export function adviceIn(text: string | null): Advice | null {
  const [field = "", from, to] = text?.split(":") ?? [];
  const [before, after] = [Number(from), Number(to)];
  const isWhole = field.startsWith(PREFIX) && before > 0 && after > 0;
  return isWhole ? { field, from: before, to: after } : null;
}

/** A range as much lower (or higher) as the value it is advised for. */
function scaled(range: Json, { from, to }: Advice): Json {
  const isWhole = "int" in range;
  const move = (value: unknown) => {
    if (typeof value !== "number") return value;
    const moved = (value * to) / from;
    return isWhole || (Number.isInteger(value) && Number.isInteger(to))
      ? Math.max(1, Math.floor(moved))
      : Number(moved.toPrecision(6));
  };
  const parts = ["int", "float", "choice"].flatMap((kind) =>
    Array.isArray(range[kind]) ? [[kind, (range[kind] as unknown[]).map(move)]] : [],
  );
  return { ...range, ...Object.fromEntries(parts) };
}

/** What a search was asked for, without its name and whatever it leads to; ready to be asked again. */
export function againOf(experiment: Experiment, advice: Advice | null = null): Json {
  const { spec, plan } = experiment;
  const { network, split, sampler, pruner, members, folds, baselines, seed, watch } = spec;
  const kept = { network, split, sampler, pruner, members, folds, baselines, seed, watch };
  const recipe: Json = { ...spec.recipe };
  const space: Record<string, Json> = { ...spec.space };
  if (advice) {
    const range = space[advice.field] ?? plan.space?.[advice.field];
    if (range) space[advice.field] = scaled(range, advice);
    else recipe[advice.field.slice(PREFIX.length)] = advice.to;
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
  advice: Advice | null;
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
    .map(([state, ended]) => ({
      state,
      trials: ended,
      advice: ended.map(adviceOf).find((one) => one !== null) ?? null,
    }))
    .sort((a, b) => b.trials.length - a.trials.length);
}

/** Share of the work that is done: trials that ended count whole, others by their epochs. */
export function progressOf(trials: Trial[], whole: number, epochs: number | undefined): number {
  const done = trials.reduce((sum, trial) => {
    const isOpen = trial.state === "waiting" || trial.state === "running";
    return sum + (isOpen ? Math.min(0.98, trial.epochs / (epochs || 1)) : 1);
  }, 0);
  return whole > 0 ? Math.min(1, done / whole) : 0;
}

/** Seconds left at the pace so far; nothing before it can be told. */
export const secondsLeft = (progress: number, spent: number): number | null =>
  progress > 0.01 && progress < 1 ? (spent * (1 - progress)) / progress : null;

/** Seconds a search will take, by the newest one that ended on the same data; null without one. */
export function estimateOf(
  asked: Pick<Experiment["spec"], "data" | "trials" | "epochs">,
  others: Experiment[],
  epochs?: unknown,
): number | null {
  const like = others
    .filter((one) => one.spec.data === asked.data && one.result.cost && one.finished_at)
    .sort((a, b) => (b.finished_at ?? 0) - (a.finished_at ?? 0))[0];
  if (!like?.result.cost || !like.finished_at) return null;
  const theirs = Number(like.spec.epochs ?? like.plan.recipe?.epochs ?? 1);
  const ours = Number(asked.epochs ?? epochs ?? theirs);
  const whole = like.finished_at - like.created_at;
  const search = like.result.timings?.search ?? whole;
  // Preparing and packing take as long for few trials as for many.
  const fixed = Math.max(
    0,
    Object.values(like.result.timings ?? {}).reduce((a, b) => a + b, -search),
  );
  const trials = (asked.trials ?? 24) / Math.max(like.result.cost.trials, 1);
  return fixed + (search * trials * ours) / Math.max(theirs, 1);
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
