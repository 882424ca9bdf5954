/** Curves: trials as lines over epochs; the best stands out, the rest is context. */
import type { CurvePoint, Plan, Trial } from "../api/records";
import type { Series } from "../charts/curve";
import { linesOf as onOneAxis } from "../compare/thin";

/** Names of what a curve may show: the main metric first, then losses, then the other metrics. */
export function measuresOf(trials: { curve: CurvePoint[] }[], plan: Plan): string[] {
  const found = new Set(trials.flatMap((trial) => Object.keys(trial.curve.at(-1) ?? {})));
  for (const name of ["epoch", "lr", "learning_rate", "seconds"]) found.delete(name);
  const first = [plan.metric, "valid_loss", "loss"].filter((name): name is string =>
    Boolean(name && found.has(name)),
  );
  return [...new Set([...first, ...[...found].sort()])];
}

const SMALLER = /loss|rmse|mae|mse|error/;

/** Whether more of a measure is better. */
export const isBetterHigh = (measure: string, plan: Plan): boolean =>
  measure === plan.metric && plan.maximise !== undefined ? plan.maximise : !SMALLER.test(measure);

function extreme(values: Iterable<unknown>, isHigh: boolean): number | null {
  let best: number | null = null;
  for (const value of values) {
    if (typeof value !== "number") continue;
    if (best === null || (isHigh ? value > best : value < best)) best = value;
  }
  return best;
}

/** The best value a trial has reached by a measure; null before its first epoch. */
export function bestOf(
  trial: Trial,
  measure: string,
  plan: Plan,
  line?: Iterable<unknown>,
): number | null {
  if (measure === plan.metric && typeof trial.metric === "number") return trial.metric;
  const values = line ?? trial.curve.map((point) => point[measure]);
  return extreme(values, isBetterHigh(measure, plan));
}

/** The trial that is best so far by what it has reached of `measure`; `lines` are their curves. */
export function bestTrial(
  trials: Trial[],
  measure: string,
  plan: Plan,
  lines?: Iterable<unknown>[],
): Trial | undefined {
  const isHigh = isBetterHigh(measure, plan);
  let best: { trial: Trial; value: number } | undefined;
  for (const [at, trial] of trials.entries()) {
    const value = bestOf(trial, measure, plan, lines?.[at]);
    if (value !== null && (!best || (isHigh ? value > best.value : value < best.value)))
      best = { trial, value };
  }
  return best?.trial;
}

/**
 * One line a trial over all epochs any trial has seen; the best is drawn last, on top.
 *
 * Long curves are thinned so that their spikes stay.
 */
export function linesOf(
  trials: Trial[],
  measure: string,
  plan: Plan,
  nameOf: (trial: Trial) => string,
  pins: number[] = [],
): { x: number[]; series: Series[]; best: Series[]; pinned: Series[] } {
  const { x, ys } = onOneAxis(
    trials.map((trial) => trial.curve),
    measure,
  );
  // Thinning keeps the extremes: the best of a line is the best of its curve.
  const best = bestTrial(trials, measure, plan, ys);
  const isPinned = (trial: Trial) => pins.includes(trial.number);
  const rankOf = (trial: Trial) => (trial === best ? 2 : isPinned(trial) ? 1 : 0);
  const ordered = trials
    .map((trial, at) => ({ trial, values: ys[at] ?? [] }))
    .sort((a, b) => rankOf(a.trial) - rankOf(b.trial));
  const series = ordered.map(({ trial, values }): Series => {
    const context = trial.state === "running" ? "calm" : "faint";
    const tone = trial === best ? "accent" : isPinned(trial) ? "good" : context;
    return { key: String(trial.number), label: nameOf(trial), tone, values };
  });
  const pinned = series.filter((one) => pins.includes(Number(one.key)) && one.tone === "good");
  return { x, series, best: series.slice(-1), pinned };
}

/** Fields whose value is not the same in all trials: the only ones worth a column. */
export function variedFields(trials: Trial[]): string[] {
  const values = new Map<string, Set<string>>();
  for (const trial of trials) {
    for (const [name, value] of Object.entries(trial.values))
      values.set(name, (values.get(name) ?? new Set()).add(JSON.stringify(value)));
  }
  return [...values].filter(([, seen]) => seen.size > 1).map(([name]) => name);
}
