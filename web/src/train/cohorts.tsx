/** Cohorts: which trials trained together, and why the planner would have it so. */
import { useTranslation } from "react-i18next";
import type { Choice, Experiment, Trial } from "../api/records";
import { useFormat } from "../locales/format";
import { Long, type LongColumn } from "../shell/long";
import { Card, Stat } from "../shell/page";
import { type Cohort, cohortsOf } from "./again";

/** Why trials train together, and what measuring made of it. */
function useWhy(): (choice: Choice | undefined) => string {
  const { t } = useTranslation();
  const format = useFormat();
  const of = (choice: Choice): string[] => {
    const { why, padding = 1, parts = 1, trials = 1, together, timings } = choice;
    const fused = timings?.fused_s;
    const alone = timings?.alone_s;
    const measured = {
      fused: format.value(Number(((fused ?? 0) * 1000).toPrecision(3))),
      alone: format.value(Number(((alone ?? 0) * 1000).toPrecision(3))),
    };
    return [
      ...(why ? [t(`cohort.because.${why}`, { padding: format.value(padding) })] : []),
      ...(parts > 1 ? [t("cohort.parts", { count: parts })] : []),
      ...(together !== undefined && together < trials
        ? [t("cohort.together", { count: together })]
        : []),
      ...(fused && alone ? [t("cohort.measured", measured)] : []),
    ];
  };
  return (choice) => (choice ? of(choice).join("; ") : "–");
}

export function Cohorts({ experiment, trials }: { experiment: Experiment; trials: Trial[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const whyOf = useWhy();
  const cohorts = cohortsOf(trials);
  const { device, slots, threads } = experiment.plan;
  if (cohorts.length === 0) return null;
  const largest = Math.max(...cohorts.map((one) => one.trials.length));
  const isApart = cohorts.some((one) => one.shared.length > 0);
  const choices = experiment.plan.cohorts ?? {};
  const shared: LongColumn<Cohort> = {
    key: "shared",
    head: t("cohort.shared"),
    cell: (one) => (
      <span className="mono">
        {one.shared.map(([name, value]) => `${name} = ${format.value(value)}`).join(", ") || "–"}
      </span>
    ),
  };
  return (
    <Card title={t("cohort.title")}>
      <div className="stack tight">
        <div className="stats">
          <Stat label={t("cohort.count")} value={format.count(cohorts.length)} />
          <Stat label={t("cohort.largest")} value={format.count(largest)} />
          {slots !== undefined && (
            <Stat
              label={t("cohort.beside")}
              value={format.count(slots)}
              hint={t("cohort.threads", { count: threads ?? 1 })}
            />
          )}
          {device && (
            <Stat
              label={t("cohort.device")}
              value={device.title}
              hint={t(`cohort.precision.${device.precision}`)}
            />
          )}
        </div>
        <p className="dim small">{t(isApart ? "cohort.why" : "cohort.whyOne")}</p>
        <Long<Cohort>
          label={t("cohort.title")}
          height={250}
          items={cohorts}
          rowKey={(one) => one.name}
          columns={[
            { key: "name", head: t("noun.cohort"), cell: (one) => one.name },
            {
              key: "trials",
              head: t("col.trials"),
              right: true,
              cell: (one) => one.trials.length,
            },
            { key: "why", head: t("col.why"), cell: (one) => whyOf(choices[one.name]) },
            ...(isApart ? [shared] : []),
            {
              key: "seconds",
              head: t("col.time"),
              right: true,
              cell: (one) => format.duration(one.seconds),
            },
          ]}
        />
      </div>
    </Card>
  );
}
