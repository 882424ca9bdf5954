/** Work: what a job is about, and where that is looked at. */
import type { Job } from "../api/records";

export const subjectOf = (job: Job): string =>
  String(job.args.name ?? job.args.dataset ?? job.args.loop ?? job.args.experiment ?? "");

const PLACES: Record<Job["kind"], string> = {
  import: "datasets",
  experiment: "experiments",
  retrain: "loops",
  backtest: "loops",
};

export const placeOf = (job: Job): string =>
  `/${PLACES[job.kind]}/${subjectOf(job)}${job.kind === "backtest" ? "?show=backtest" : ""}`;
