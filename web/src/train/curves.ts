/** Curves: trials as lines over epochs; the best stands out, the rest is context. */
import type { CurvePoint, Plan, Trial } from "../api/records";
import type { Series } from "../charts/curve";

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

/** The trial that is best so far by the main metric, or by the last value of `measure`. */
export function bestTrial(trials: Trial[], measure: string, plan: Plan): Trial | undefined {
  const isHigh = isBetterHigh(measure, plan);
  const bestOf = (trial: Trial): number | null => {
    if (measure === plan.metric && typeof trial.metric === "number") return trial.metric;
    const values = trial.curve
      .map((point) => point[measure])
      .filter((value): value is number => typeof value === "number");
    if (values.length === 0) return null;
    return isHigh ? Math.max(...values) : Math.min(...values);
  };
  let best: { trial: Trial; value: number } | undefined;
  for (const trial of trials) {
    const value = bestOf(trial);
    if (value !== null && (!best || (isHigh ? value > best.value : value < best.value)))
      best = { trial, value };
  }
  return best?.trial;
}

const epochOf = (point: CurvePoint, index: number): number => point.epoch ?? index;

/** One line a trial over all epochs any trial has seen; the best is drawn last, on top. */
export function linesOf(
  trials: Trial[],
  measure: string,
  plan: Plan,
  nameOf: (trial: Trial) => string,
): { x: number[]; series: Series[]; best: Series[] } {
  const x = [...new Set(trials.flatMap((trial) => trial.curve.map(epochOf)))].sort((a, b) => a - b);
  const best = bestTrial(trials, measure, plan);
  const ordered = [...trials].sort((a, b) => Number(a === best) - Number(b === best));
  const series = ordered.map((trial): Series => {
    const at = new Map(
      trial.curve.map((point, index) => [epochOf(point, index), point[measure] ?? null]),
    );
    const tone = trial === best ? "accent" : trial.state === "running" ? "calm" : "faint";
    return {
      key: String(trial.number),
      label: nameOf(trial),
      tone,
      values: x.map((epoch) => at.get(epoch) ?? null),
    };
  });
  return { x, series, best: series.slice(-1) };
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
