/** Ends: what the search found out, how trials ended badly with the change that helps, and who trained together. */
import { Button } from "@mantine/core";
import { CircleAlert, RotateCcw, Trophy } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Experiment, Finding, Trial } from "../api/records";
import { useFormat } from "../locales/format";
import { useMetricName } from "../locales/metric";
import { Long, type LongColumn } from "../shell/long";
import { Card, Stat } from "../shell/page";
import { State } from "../shell/state";
import { badEnds, type Cohort, cohortsOf } from "./again";

/** A baseline or trial by the name the server gives it. */
export function useRowName(): (name: string) => string {
  const { t, i18n } = useTranslation();
  return (name) => {
    const [, number] = /^trial (\d+)$/.exec(name) ?? [];
    if (number !== undefined) return t("trial.name", { number });
    const key = `baseline.${name.replaceAll(" ", "_")}`;
    return i18n.exists(key) ? t(key as "baseline.usual") : name;
  };
}

/** Who answers in the model, and what to be wary of; nothing before the search has ended. */
export function Findings({ experiment }: { experiment: Experiment }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const metricName = useMetricName();
  const nameOf = useRowName();
  const { result, plan } = experiment;
  const warnings = result.warnings ?? plan.leaks?.warnings ?? [];
  const wordsOf = ({ code, args = {} }: Finding) => {
    const shown = Object.fromEntries(
      Object.entries(args).map(([name, value]) => [
        name,
        name === "metric"
          ? metricName(String(value))
          : name === "share"
            ? format.percent(Number(value))
            : format.value(value),
      ]),
    );
    const key = `leak.${code}`;
    return i18n.exists(key)
      ? t(key as "leak.leak_column", shown as Record<"column" | "metric" | "value", string>)
      : code;
  };
  const { verdict } = result;
  if (!verdict && warnings.length === 0) return null;
  return (
    <div className="stack tight">
      {warnings.map((warning, index) => (
        <div className="trouble warn" role="note" key={`${warning.code} ${index}`}>
          <CircleAlert size={18} aria-hidden />
          <div>{wordsOf(warning)}</div>
        </div>
      ))}
      {verdict && (
        <p className="row tight">
          <Trophy size={16} color="var(--accent)" aria-hidden />
          {t(`found.${verdict.winner}`, {
            names: verdict.names.map(nameOf).join(" + "),
            metric: metricName(plan.metric),
            value: format.metric(verdict.metric),
          })}
          {verdict.winner === "baselines" && verdict.network && (
            <span className="dim">
              {t("found.behind", {
                name: nameOf(verdict.network.name),
                value: format.metric(verdict.network.metric),
              })}
            </span>
          )}
        </p>
      )}
    </div>
  );
}

export function Ends({ experiment, trials }: { experiment: Experiment; trials: Trial[] }) {
  const { t, i18n } = useTranslation();
  const ends = badEnds(trials);
  if (ends.length === 0) return null;
  const again = `/experiments?start=${experiment.spec.data}&again=${experiment.name}`;
  return (
    <Card title={t("ends.title")}>
      <ul className="stack">
        {ends.map(({ state, trials: ended, change }) => {
          const [first] = ended;
          const key = `ends.help.${state}`;
          return (
            <li key={state} className="stack tight">
              <div className="row apart">
                <div className="row tight">
                  <State state={state} />
                  <span className="num">{t("ends.count", { count: ended.length })}</span>
                  {i18n.exists(key) && (
                    <span className="dim">{t(key as "ends.help.diverged")}</span>
                  )}
                </div>
                {change && (
                  <Button
                    component={Link}
                    to={`${again}&change=${change}`}
                    size="compact-sm"
                    variant="light"
                    leftSection={<RotateCcw size={14} />}
                  >
                    {t(`ends.${change}`)}
                  </Button>
                )}
              </div>
              {first && (first.cause || first.tail) && (
                <details>
                  <summary className="small">
                    {t("trial.name", { number: first.number })}
                    {first.cause && <span className="dim"> · {first.cause}</span>}
                  </summary>
                  {first.tail && <pre className="code tail">{first.tail}</pre>}
                </details>
              )}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

export function Cohorts({ experiment, trials }: { experiment: Experiment; trials: Trial[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const cohorts = cohortsOf(trials);
  const { slots, threads } = experiment.plan;
  if (cohorts.length === 0) return null;
  const largest = Math.max(...cohorts.map((one) => one.trials.length));
  const isApart = cohorts.some((one) => one.shared.length > 0);
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
