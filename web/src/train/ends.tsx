/** Ends: what the search found out, and how trials ended badly with the change that helps. */
import { Button } from "@mantine/core";
import { CircleAlert, RotateCcw, Trophy } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Experiment, Finding, Json, Trial } from "../api/records";
import { useFormat } from "../locales/format";
import { useMetricName } from "../locales/metric";
import { Card } from "../shell/page";
import { State } from "../shell/state";
import { adviceOf, badEnds, textOf } from "./again";

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

/** Why a trial ended and what was tried before, in the reader's language where the code is known. */
export function useReasons(): (trial: Trial) => string[] {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const say = (key: string, found: Json, otherwise: string): string => {
    const args = Object.entries((found.args as Json) ?? {}).map(([name, value]) => [
      name,
      typeof value === "number"
        ? format.value(value)
        : name === "why"
          ? t(`ends.because.${value}` as "ends.because.hung")
          : value,
    ]);
    return i18n.exists(key) ? String(t(key as "do.clear", Object.fromEntries(args))) : otherwise;
  };
  return (trial) => [
    ...(trial.cause || trial.reason?.code
      ? [say(`ends.reason.${trial.reason?.code}`, trial.reason ?? {}, trial.cause ?? "")]
      : []),
    ...(trial.retries ?? []).map((one) => say(`ends.retry.${one.code}`, one, String(one.code))),
  ];
}

/** Start the same search again with the one change that helps. */
export function Retry({ experiment, trial }: { experiment: Experiment; trial: Trial | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const advice = adviceOf(trial);
  if (!advice) return null;
  const again = `/experiments?start=${experiment.spec.data}&again=${experiment.name}`;
  return (
    <Button
      component={Link}
      to={`${again}&change=${textOf(advice)}`}
      size="compact-sm"
      variant="light"
      leftSection={<RotateCcw size={14} />}
      className="wraps"
    >
      {t("ends.retryWith", {
        field: advice.field,
        from: format.value(advice.from),
        to: format.value(advice.to),
      })}
    </Button>
  );
}

export function Ends({ experiment, trials }: { experiment: Experiment; trials: Trial[] }) {
  const { t, i18n } = useTranslation();
  const reasonsOf = useReasons();
  const ends = badEnds(trials);
  if (ends.length === 0) return null;
  return (
    <Card title={t("ends.title")}>
      <ul className="stack">
        {ends.map(({ state, trials: ended }) => {
          const first = ended.find((one) => adviceOf(one)) ?? ended[0];
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
                <Retry experiment={experiment} trial={first} />
              </div>
              {first && (
                <p className="small">
                  <Link className="link" to={`?trial=${first.number}`}>
                    {t("trial.name", { number: first.number })}
                  </Link>
                  <span className="dim"> · {reasonsOf(first).join(" · ")}</span>
                </p>
              )}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
