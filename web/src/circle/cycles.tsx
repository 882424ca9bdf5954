/** Cycles: every turn of the loop with its verdict in numbers; and the audit trail beside it. */
import { History, RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Audit, Cycle, Verdict } from "../api/records";
import { type Format, useFormat } from "../locales/format";
import { reasonOf } from "../registry/gate";
import { Empty } from "../shell/page";
import { State } from "../shell/state";
import { Table } from "../shell/table";
import { useTriggerWords } from "./triggers";

/** `0.6410 → 0.6492 (+0.0082, 0.0011 … 0.0153, 4,310 rows)`. */
export function verdictNumbers(verdict: Verdict, format: Format, rows: string): string {
  if (typeof verdict.champion !== "number" || typeof verdict.challenger !== "number") return "";
  const difference = verdict.difference ?? verdict.challenger - verdict.champion;
  const sign = difference >= 0 ? "+" : "−";
  const interval =
    typeof verdict.low === "number" && typeof verdict.high === "number"
      ? `, ${format.value(verdict.low)} … ${format.value(verdict.high)}`
      : "";
  return `${format.metric(verdict.champion)} → ${format.metric(verdict.challenger)} (${sign}${format.value(Math.abs(difference))}${interval}${rows ? `, ${rows}` : ""})`;
}

/** Each group of rows that was looked at, those that got worse first. */
function Slices({ verdict }: { verdict: Verdict }) {
  const { t } = useTranslation();
  const format = useFormat();
  const slices = [...(verdict.slices ?? [])].sort(
    (a, b) => Number(b.worse ?? false) - Number(a.worse ?? false),
  );
  const worse = slices.filter((one) => one.worse).length;
  return (
    <details open={worse > 0} className="small">
      <summary>{t("loop.slices", { count: slices.length, worse })}</summary>
      <ul className="slices">
        {slices.map((one) => (
          <li key={one.name}>
            <span>{one.name}</span>
            <span className="num dim">
              {verdictNumbers(one, format, t("loop.rowsOf", { rows: format.count(one.rows) }))}
            </span>
            {one.worse && <span className="pill bad">{t("loop.worse")}</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}

function VerdictCell({ cycle }: { cycle: Cycle }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { verdict } = cycle;
  if (!verdict || Object.keys(verdict).length === 0) return <State state="running" />;
  const rows = verdict.rows ? t("loop.rowsOf", { rows: format.count(verdict.rows) }) : "";
  const numbers = verdictNumbers(verdict, format, rows);
  const { key, args } = reasonOf(verdict);
  // A reason in the server's own words repeats the numbers: it is said only where there are none.
  const reason = i18n.exists(`reason.${key}`)
    ? t(`reason.${key}` as "reason.better", args)
    : numbers
      ? ""
      : verdict.reason;
  return (
    <div>
      <div className="row tight" title={i18n.language === "en" ? verdict.reason : undefined}>
        <State state={verdict.promoted ? "promoted" : "kept"} />
        <span className="num">{numbers}</span>
      </div>
      {reason && <div className="dim small">{reason}</div>}
      {(verdict.slices?.length ?? 0) > 0 && <Slices verdict={verdict} />}
    </div>
  );
}

export function CycleTable({ cycles }: { cycles: Cycle[] }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  if (cycles.length === 0) {
    return (
      <Empty icon={RefreshCw} title={t("loop.noCycles")}>
        {t("loop.noCyclesText")}
      </Empty>
    );
  }
  const why = ({ cause, why: words }: Cycle) => {
    const key = `why.${cause?.code}`;
    return cause && i18n.exists(key) ? t(key as "why.manual", cause.args ?? {}) : (words ?? "");
  };
  const model = (ref: string | null | undefined) =>
    ref ? (
      <Link className="name" to={`/models/${ref}`}>
        {ref}
      </Link>
    ) : (
      "–"
    );
  return (
    <Table
      label={t("loop.cycles")}
      items={[...cycles].reverse()}
      rowKey={(cycle) => `${cycle.at}`}
      columns={[
        {
          key: "at",
          head: t("col.when"),
          cell: (cycle) => <span title={format.time(cycle.at)}>{format.ago(cycle.at)}</span>,
        },
        { key: "why", head: t("col.why"), cell: why },
        {
          key: "data",
          head: t("col.data"),
          right: true,
          cell: (cycle) => (cycle.data ? `v${cycle.data}` : "–"),
        },
        {
          key: "experiment",
          head: t("noun.experiment"),
          cell: (cycle) =>
            cycle.experiment ? (
              <Link className="name" to={`/experiments/${cycle.experiment}`}>
                {cycle.experiment}
              </Link>
            ) : (
              "–"
            ),
        },
        { key: "champion", head: t("noun.champion"), cell: (cycle) => model(cycle.champion) },
        { key: "challenger", head: t("noun.challenger"), cell: (cycle) => model(cycle.challenger) },
        {
          key: "verdict",
          head: t("col.verdict"),
          wrap: true,
          cell: (cycle) => <VerdictCell cycle={cycle} />,
        },
      ]}
    />
  );
}

export function AuditTrail({ items }: { items: Audit[] }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const words = useTriggerWords();
  if (items.length === 0) {
    return (
      <Empty icon={History} title={t("loop.noAudit")}>
        {t("loop.noAuditText")}
      </Empty>
    );
  }
  const triggers = (detail: Audit["detail"]) =>
    [detail.trigger, ...((detail.more as unknown[] | undefined) ?? [])]
      .filter(Boolean)
      .map((trigger) => words(trigger as Record<string, unknown>))
      .join(", ");
  const verdict = ({ verdict: found }: Audit["detail"]) =>
    found ? verdictNumbers(found as Verdict, format, "") : "";
  const action = (name: string) =>
    i18n.exists(`action.${name}`) ? t(`action.${name}` as "action.promote") : name;
  return (
    <ol className="stack tight">
      {[...items]
        .sort((a, b) => b.seq - a.seq)
        .slice(0, 60)
        .map((item) => (
          <li
            key={item.seq}
            className="row apart"
            style={{ flexWrap: "nowrap", alignItems: "baseline" }}
          >
            <span>
              <strong style={{ fontWeight: 560 }}>{action(item.action)}</strong>{" "}
              <span className="dim">
                {item.subject.split("/").at(-1)} · {item.actor}
                {typeof item.detail.model === "string" ? ` · ${item.detail.model}` : ""}
                {typeof item.detail.challenger === "string" ? ` · ${item.detail.challenger}` : ""}
              </span>
              <span className="dim small num" style={{ display: "block" }}>
                {verdict(item.detail) || triggers(item.detail)}
              </span>
            </span>
            <time
              className="dim small"
              style={{ whiteSpace: "nowrap" }}
              title={format.time(item.at)}
            >
              {format.ago(item.at)}
            </time>
          </li>
        ))}
    </ol>
  );
}
