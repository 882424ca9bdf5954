/** Trial: one of a search from all sides: how it ended and why, its curves, its values, what happens inside. */
import { ActionIcon, Button } from "@mantine/core";
import { ChevronLeft, ChevronRight, CircleAlert, Pin, PinOff, X } from "lucide-react";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Experiment, NetworkDocument, Trial } from "../api/records";
import { useFormat } from "../locales/format";
import { useMetricName } from "../locales/metric";
import { Card, Facts } from "../shell/page";
import { State } from "../shell/state";
import { Loading } from "../shell/trouble";
import { Retry, useReasons } from "./ends";
import { InsideTrial } from "./heat";

const OwnCurves = lazy(() => import("./own"));

const RECIPE = "recipe.";

/** The network with the values of a trial in their places. */
export function withValues(
  document: NetworkDocument,
  values: Record<string, unknown>,
): NetworkDocument {
  const nodes = { ...document.nodes };
  for (const [key, value] of Object.entries(values)) {
    if (key.startsWith(RECIPE)) continue;
    const [name = "", field = ""] = key.split(/\.(.*)/);
    const node = nodes[name];
    if (!node) continue;
    if (field === "repeat") nodes[name] = { ...node, repeat: Number(value) };
    else if (field === "op") nodes[name] = { ...node, choose: String(value) };
    else if (field === "enabled") nodes[name] = { ...node, enabled: Boolean(value) };
    else nodes[name] = { ...node, params: { ...node.params, [field]: value } };
  }
  return { ...document, nodes };
}

const isBadEnd = (trial: Trial): boolean =>
  !["finished", "stopped_early", "pruned", "running", "waiting"].includes(trial.state);

function End({ experiment, trial }: { experiment: Experiment; trial: Trial }) {
  const { t } = useTranslation();
  const reasons = useReasons()(trial);
  if (reasons.length === 0 && !trial.tail) return null;
  const isBad = isBadEnd(trial);
  return (
    <Card title={t("trial.end")} actions={<Retry experiment={experiment} trial={trial} />}>
      <div className="stack tight">
        {reasons.map((one) => (
          <p key={one} className={isBad ? "row tight bad-text" : "row tight"}>
            {isBad && <CircleAlert size={16} aria-hidden />}
            {one}
          </p>
        ))}
        {trial.tail && (
          <details open={isBad}>
            <summary className="small">{t("trial.log")}</summary>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
            <pre className="code tail" tabIndex={0}>
              {trial.tail}
            </pre>
          </details>
        )}
      </div>
    </Card>
  );
}

function About({ trial, plan }: { trial: Trial; plan: Experiment["plan"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const metricName = useMetricName();
  const metrics = Object.entries(trial.metrics ?? {});
  const facts: [string, React.ReactNode][] = [
    [t("col.state"), <State key="state" state={trial.state} />],
    ...metrics.map(([name, value]): [string, React.ReactNode] => [
      metricName(name),
      name === plan.metric ? (
        <strong key={name}>{format.metric(value)}</strong>
      ) : (
        format.metric(value)
      ),
    ]),
    [
      t("col.epochs"),
      trial.best_epoch
        ? t("trial.epochs", { count: trial.epochs, best: trial.best_epoch })
        : format.count(trial.epochs),
    ],
    [t("col.time"), format.duration(trial.seconds || null)],
    [t("noun.cohort"), trial.cohort],
    [
      t("trial.kept"),
      Object.keys(trial.files ?? {})
        .map((name) => t(`trial.file.${name as "weights"}`))
        .join(", ") || "–",
    ],
    ...Object.entries(trial.values).map(([name, value]): [string, React.ReactNode] => [
      name,
      <span key={name} className="mono">
        {format.value(value)}
      </span>,
    ]),
  ];
  return <Facts items={facts} />;
}

interface TrialViewProps {
  experiment: Experiment;
  trials: Trial[];
  number: number;
  pinned: number[];
  onPin: (number: number) => void;
  /** The address of another trial, or (null) of the board. */
  to: (number: number | null) => string;
}

export function TrialView({ experiment, trials, number, pinned, onPin, to }: TrialViewProps) {
  const { t } = useTranslation();
  const place = trials.findIndex((one) => one.number === number);
  const trial = trials[place];
  const base = experiment.plan.network ?? experiment.spec.network;
  const document = useMemo(
    () => base && withValues(base, trial?.values ?? {}),
    [base, trial?.values],
  );
  if (!trial) return <p className="dim">{t("trial.none", { number })}</p>;
  const isPinned = pinned.includes(number);
  const step = (way: -1 | 1, label: string, Icon: typeof ChevronLeft) => {
    const other = trials[place + way];
    return (
      other && (
        <ActionIcon component={Link} to={to(other.number)} variant="default" aria-label={label}>
          <Icon size={16} />
        </ActionIcon>
      )
    );
  };
  return (
    <div className="stack" style={{ gap: 20 }} data-trial={number}>
      <div className="row apart">
        <h2 className="row tight">
          {t("trial.name", { number })}
          <State state={trial.state} />
        </h2>
        <div className="row tight">
          <Button
            variant="default"
            size="compact-sm"
            aria-pressed={isPinned}
            leftSection={isPinned ? <PinOff size={14} /> : <Pin size={14} />}
            onClick={() => onPin(number)}
          >
            {t(isPinned ? "trial.unpin" : "trial.pin")}
          </Button>
          {step(-1, t("trial.before"), ChevronLeft)}
          {step(1, t("trial.after"), ChevronRight)}
          <ActionIcon
            component={Link}
            to={to(null)}
            variant="default"
            aria-label={t("trial.close")}
          >
            <X size={16} />
          </ActionIcon>
        </div>
      </div>
      {isBadEnd(trial) && <End experiment={experiment} trial={trial} />}
      <div className="grid">
        <Card title={t("experiment.curves")} className="w7">
          <Suspense fallback={<Loading />}>
            <OwnCurves trial={trial} plan={experiment.plan} />
          </Suspense>
        </Card>
        <Card title={t("trial.about")} className="w5">
          <About trial={trial} plan={experiment.plan} />
        </Card>
      </div>
      {document && (
        <InsideTrial key={number} name={experiment.name} trial={number} document={document} />
      )}
      {!isBadEnd(trial) && <End experiment={experiment} trial={trial} />}
    </div>
  );
}
