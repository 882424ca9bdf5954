/** Numbers: where a search stands: how far, how good, how long, and what waits for what. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useJobs } from "../api/queries";
import type { Experiment, Trial } from "../api/records";
import { useFormat } from "../locales/format";
import { useMetricName } from "../locales/metric";
import { Card, Stat } from "../shell/page";
import { State } from "../shell/state";
import { progressOf, secondsLeft } from "./again";
import { bestOf, bestTrial } from "./curves";

const ORDER = ["running", "waiting", "finished", "stopped_early", "pruned"];

/** Jobs that are worked on before this one. */
function useAhead(name: string): number {
  const jobs = useJobs().data ?? [];
  const own = jobs.find((job) => job.kind === "experiment" && job.args.name === name);
  if (own?.state !== "queued") return 0;
  return jobs.filter(
    (job) => ["queued", "leased", "running"].includes(job.state) && job.created_at < own.created_at,
  ).length;
}

/** Trials by state: what runs, what waits, how the rest ended. */
function Queue({ experiment, trials }: { experiment: Experiment; trials: Trial[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const ahead = useAhead(experiment.name);
  const counts = new Map<string, number>();
  for (const { state } of trials) counts.set(state, (counts.get(state) ?? 0) + 1);
  const rankOf = (state: string) => (ORDER.includes(state) ? ORDER.indexOf(state) : ORDER.length);
  const shown = [...counts].sort(([a], [b]) => rankOf(a) - rankOf(b));
  const cohorts = new Set(
    trials.filter((trial) => trial.state === "running").map((trial) => trial.cohort),
  );
  const asked = (experiment.spec.trials ?? trials.length) - trials.length;
  return (
    <div className="row tight" style={{ flexWrap: "wrap" }}>
      {shown.map(([state, count]) => (
        <span key={state} className="row tight num">
          <State state={state} />
          {format.count(count)}
        </span>
      ))}
      {asked > 0 && experiment.state === "running" && (
        <span className="dim small">{t("experiment.notAsked", { count: asked })}</span>
      )}
      {cohorts.size > 0 && (
        <span className="dim small">{t("experiment.cohortsNow", { count: cohorts.size })}</span>
      )}
      {ahead > 0 && (
        <Link className="link small" to="/jobs">
          {t("experiment.ahead", { count: ahead })}
        </Link>
      )}
    </div>
  );
}

export function Numbers({ experiment, trials }: { experiment: Experiment; trials: Trial[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const metricName = useMetricName();
  const { plan, spec, result } = experiment;
  const ended = trials.filter((trial) => !["waiting", "running"].includes(trial.state)).length;
  const measure = plan.metric ?? "valid_loss";
  const best = bestTrial(trials, measure, plan);
  const test = Object.entries(result.test ?? {});
  const whole = spec.trials ?? trials.length;
  const epochs = spec.epochs ?? Number(plan.recipe?.epochs ?? 1);
  const share = progressOf(trials, whole, epochs);
  const spent = (experiment.finished_at ?? Date.now() / 1000) - experiment.created_at;
  const left = experiment.state === "running" ? secondsLeft(share, spent) : null;
  return (
    <Card>
      <div className="stack">
        <div className="stats">
          <Stat
            label={t("experiment.trials")}
            value={`${format.count(ended)} / ${format.count(whole)}`}
            hint={
              <div className="track" style={{ width: 120, marginTop: 6 }}>
                <i style={{ width: `${share * 100}%` }} />
              </div>
            }
          />
          <Stat
            label={t("experiment.bestOf", { metric: metricName(plan.metric) })}
            value={format.metric(best && bestOf(best, measure, plan))}
            hint={
              best && (
                <Link className="link" to={`?trial=${best.number}`}>
                  {t("trial.name", { number: best.number })}
                </Link>
              )
            }
          />
          {test.slice(0, 3).map(([name, value]) => (
            <Stat
              key={name}
              label={t("experiment.testOf", { metric: metricName(name) })}
              value={format.metric(value)}
            />
          ))}
          {result.model && (
            <Stat
              label={t("noun.model")}
              value={
                <Link className="link" to={`/models/${result.model}`}>
                  {result.model}
                </Link>
              }
            />
          )}
          <Stat
            label={t("col.time")}
            value={format.duration(spent)}
            hint={
              experiment.finished_at
                ? format.ago(experiment.finished_at)
                : left !== null && t("experiment.left", { time: format.duration(left) })
            }
          />
        </div>
        <Queue experiment={experiment} trials={trials} />
      </div>
    </Card>
  );
}
