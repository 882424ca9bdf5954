/** Trials: what an event says of a search, applied to what the page knows of it; only the rest is asked for. */
import type { CurvePoint, LiveEvent, Trial } from "../api/records";

export interface Changes {
  /** Curve points of trials under way, in order. */
  points: Map<number, CurvePoint[]>;
  /** Trials that changed in more than their curve. */
  trials: Set<number>;
  /** Trials that were looked into. */
  looks: Set<number>;
  /** The search itself may have changed. */
  isMoved: boolean;
  /** No difference says it: everything about the search is asked for anew. */
  isWhole: boolean;
}

export const none = (): Changes => ({
  points: new Map(),
  trials: new Set(),
  looks: new Set(),
  isMoved: false,
  isWhole: false,
});

type Said = { trial: number } & CurvePoint;

/** Asked for one by one above this, all of them are the smaller question. */
export const MOST = 300;
/** Note what one event of a search changes. */
export function note(changes: Changes, { kind, body }: LiveEvent): void {
  if (kind !== "epochs") {
    const { trial, trials = typeof trial === "number" ? [trial] : null } = body;
    changes.isMoved = true;
    // What names no trials may have changed any.
    if (!Array.isArray(trials)) changes.isWhole = true;
    else for (const number of trials as number[]) changes.trials.add(number);
    return;
  }
  for (const { trial, ...point } of (body.points as Said[] | undefined) ?? []) {
    const before = changes.points.get(trial);
    if (before) before.push(point);
    else changes.points.set(trial, [point]);
  }
  for (const { trial } of (body.looks as { trial: number }[] | undefined) ?? [])
    changes.looks.add(trial);
}

const isOpen = (trial: Trial): boolean => trial.state === "waiting" || trial.state === "running";

/** A trial with points added as the server adds them: one epoch said twice replaces itself. */
function grown(trial: Trial, points: CurvePoint[]): Trial {
  if (!isOpen(trial)) return trial;
  let curve = trial.curve;
  for (const point of points) {
    const at = point.epoch ?? curve.length + 1;
    const isNext = (curve.at(-1)?.epoch ?? 0) < at;
    curve = [...(isNext ? curve : curve.filter((one) => (one.epoch ?? 0) < at)), point];
  }
  return { ...trial, state: "running", curve, epochs: curve.at(-1)?.epoch ?? curve.length };
}

/** The trials with their new points; those that are as they were stay the same objects. */
export const withPoints = (trials: Trial[], points: Changes["points"]): Trial[] =>
  trials.map((trial) => {
    const own = points.get(trial.number);
    return own ? grown(trial, own) : trial;
  });

/** The trials with some of them as the server has them now, in the order of their numbers. */
export function withTrials(trials: Trial[], fresh: Trial[]): Trial[] {
  const known = new Map(trials.map((trial) => [trial.number, trial]));
  for (const trial of fresh) known.set(trial.number, trial);
  return [...known.values()].sort((a, b) => a.number - b.number);
}
