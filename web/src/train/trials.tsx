/** Trials: every assignment of values, how it went and how it ended; and the leaderboard with baselines in it. */
import { ActionIcon } from "@mantine/core";
import { Pin, PinOff, Trophy } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { LeaderboardRow, Plan, Trial } from "../api/records";
import { Spark } from "../charts/small";
import { METRIC, plain } from "../compare/runs";
import { useFormat } from "../locales/format";
import { useMetricName } from "../locales/metric";
import { Long, type LongColumn } from "../shell/long";
import { Empty } from "../shell/page";
import { State } from "../shell/state";
import { Table } from "../shell/table";
import { bestOf, bestTrial, variedFields } from "./curves";

/** Trials by a column, gaps last; `-` before its name turns it round. */
export function sortedTrials(trials: Trial[], sort: string): Trial[] {
  const name = sort.replace(/^-/, "");
  const sign = sort.startsWith("-") ? -1 : 1;
  const read = (trial: Trial) =>
    name.startsWith("value ")
      ? plain(trial.values[name.slice(6)])
      : ({
          number: trial.number,
          metric: trial.metric,
          epochs: trial.epochs,
          seconds: trial.seconds,
        }[name] ?? null);
  return [...trials].sort((a, b) => {
    const [left, right] = [read(a), read(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    if (typeof left === "number" && typeof right === "number") return sign * (left - right);
    return sign * String(left).localeCompare(String(right));
  });
}

interface TrialTableProps {
  trials: Trial[];
  plan: Plan;
  /** They stay on top, whatever the order. */
  pinned: number[];
  onPin: (number: number) => void;
  to: (number: number) => string;
}

export function TrialTable({ trials, plan, pinned, onPin, to }: TrialTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const metricName = useMetricName();
  const measure = plan.metric ?? "valid_loss";
  const best = bestTrial(trials, measure, plan);
  const [sort, setSort] = useState("number");
  const varied = useMemo(() => variedFields(trials), [trials]);
  const ordered = useMemo(() => {
    const sorted = sortedTrials(trials, sort);
    const isPinned = (trial: Trial) => pinned.includes(trial.number);
    return [...sorted.filter(isPinned), ...sorted.filter((trial) => !isPinned(trial))];
  }, [trials, sort, pinned]);
  const columns: LongColumn<Trial>[] = [
    {
      key: "number",
      head: t("noun.trial"),
      sort: "number",
      cell: (trial) => (
        <span className="row tight" style={{ flexWrap: "nowrap" }}>
          <ActionIcon
            size={24}
            variant="subtle"
            color={pinned.includes(trial.number) ? "" : "gray"}
            aria-pressed={pinned.includes(trial.number)}
            aria-label={t("trial.pinOf", { number: trial.number })}
            onClick={() => onPin(trial.number)}
          >
            {pinned.includes(trial.number) ? <PinOff size={13} /> : <Pin size={13} />}
          </ActionIcon>
          <Link className="name num" to={to(trial.number)}>
            {t("trial.name", { number: trial.number })}
          </Link>
        </span>
      ),
    },
    {
      key: "state",
      head: t("col.state"),
      cell: (trial) => (
        <span title={trial.cause || undefined}>
          <State state={trial.state} />
        </span>
      ),
    },
    {
      key: "metric",
      head: plan.metric ? metricName(plan.metric) : t("col.metric"),
      sort: METRIC,
      right: true,
      cell: (trial) => <strong>{format.metric(bestOf(trial, measure, plan))}</strong>,
    },
    {
      key: "curve",
      head: t("col.curve"),
      cell: (trial) => (
        <Spark
          values={trial.curve.map((point) => point[measure] ?? point.valid_loss ?? point.loss)}
          label={t("trial.curve", { number: trial.number })}
        />
      ),
    },
    {
      key: "epochs",
      head: t("col.epochs"),
      sort: "epochs",
      right: true,
      cell: (trial) => trial.epochs,
    },
    {
      key: "seconds",
      head: t("col.time"),
      sort: "seconds",
      right: true,
      cell: (trial) => format.duration(trial.seconds),
    },
    ...varied.map((name) => ({
      key: `value ${name}`,
      head: name,
      sort: `value ${name}`,
      right: true,
      cell: (trial: Trial) => <span className="mono">{format.value(trial.values[name])}</span>,
    })),
  ];
  return (
    <Long
      label={t("experiment.trials")}
      items={ordered}
      columns={columns}
      sort={sort}
      onSort={setSort}
      rowKey={(trial) => trial.number}
      rowClass={(trial) => (trial === best ? "best" : "")}
    />
  );
}

export function Leaderboard({ rows, plan }: { rows: LeaderboardRow[]; plan: Plan }) {
  const metricName = useMetricName();
  const { t, i18n } = useTranslation();
  const format = useFormat();
  if (rows.length === 0) {
    return (
      <Empty icon={Trophy} title={t("experiment.noBoard")}>
        {t("experiment.noBoardText")}
      </Empty>
    );
  }
  const nameOf = (row: LeaderboardRow) => {
    if (row.kind === "trial" && typeof row.number === "number")
      return t("trial.name", { number: row.number });
    return i18n.exists(`baseline.${row.name.replaceAll(" ", "_")}`)
      ? t(`baseline.${row.name.replaceAll(" ", "_")}` as "baseline.usual")
      : row.name;
  };
  const other = [...new Set(rows.flatMap((row) => Object.keys(row.metrics ?? {})))]
    .filter((name) => name !== plan.metric)
    .slice(0, 2);
  return (
    <Table
      label={t("experiment.board")}
      items={rows.slice(0, 12)}
      rowKey={(row, index) => `${row.kind} ${row.name} ${index}`}
      rowClass={(row) => (row === rows[0] ? "best" : row.kind === "baseline" ? "muted" : "")}
      columns={[
        {
          key: "name",
          head: t("col.name"),
          cell: (row) => (
            <span className="row tight" style={{ flexWrap: "nowrap" }}>
              {nameOf(row)}
              {row.kind === "baseline" && <span className="pill">{t("experiment.baseline")}</span>}
            </span>
          ),
        },
        {
          key: "metric",
          head: plan.metric ? metricName(plan.metric) : t("col.metric"),
          right: true,
          cell: (row) => <strong>{format.metric(row.metric)}</strong>,
        },
        ...other.map((name) => ({
          key: name,
          head: metricName(name),
          right: true,
          cell: (row: LeaderboardRow) => format.metric(row.metrics?.[name]),
        })),
      ]}
    />
  );
}
