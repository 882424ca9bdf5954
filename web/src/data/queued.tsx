/** Queued: each file on its way: how far it is, what came of it, or what to decide. */
import { Button } from "@mantine/core";
import { Check, CircleAlert, Clock, Pause, Play, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useDatasets } from "../api/queries";
import { useFormat } from "../locales/format";
import { Trouble } from "../shell/trouble";
import { again, forget, goOn, type Item, isLarge, isOver, pause, stop, useUploads } from "./queue";
import { useReason } from "./rejected";

export function Queue({ onLook }: { onLook?: () => void }) {
  const { t } = useTranslation();
  const items = useUploads((uploads) => uploads.items);
  return (
    <section className="stack tight" aria-label={t("upload.queue")}>
      <div className="row apart">
        <h2 className="small">{t("upload.queue")}</h2>
        {items.some(isOver) && (
          <button type="button" className="bare link" onClick={() => forget()}>
            {t("upload.clear")}
          </button>
        )}
      </div>
      <ul className="queue">
        {items.map((item) => (
          <One key={item.id} item={item} onLook={onLook} />
        ))}
      </ul>
    </section>
  );
}

const ICONS = {
  done: Check,
  failed: CircleAlert,
  waiting: Clock,
  paused: Pause,
  skipped: X,
} as const;

/** A large file may wait in the middle of its way. */
function Halt({ item }: { item: Item }) {
  const { t } = useTranslation();
  if (!isLarge(item) || (item.state !== "sending" && item.state !== "paused")) return null;
  const isPaused = item.state === "paused";
  const Icon = isPaused ? Play : Pause;
  return (
    <button
      type="button"
      className="bare"
      data-do={isPaused ? "go-on" : "pause"}
      onClick={() => (isPaused ? goOn : pause)(item)}
    >
      <Icon size={15} aria-hidden />
      <span className="hidden">
        {t(isPaused ? "upload.goOn" : "upload.pause", { name: item.name })}
      </span>
    </button>
  );
}

function One({ item, onLook }: { item: Item; onLook: (() => void) | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const isMoving = item.state === "sending" || item.state === "importing";
  const isUnder = isMoving || item.state === "paused";
  const isAway = item.state === "sending" && item.isAway === true;
  const said = isAway ? "away" : (item.state as "sending");
  const Icon = isMoving ? null : ICONS[item.state as keyof typeof ICONS];
  return (
    <li data-state={item.state} className={item.state}>
      <div className="row tight">
        {Icon ? <Icon size={15} aria-hidden /> : <span className="dot beat" aria-hidden />}
        <bdi className="name grow">{item.name}</bdi>
        <span className="dim num">
          {t(`upload.${said}`)}
          {isUnder && ` ${format.percent(item.share, 0)}`}
        </span>
        <Halt item={item} />
        {!isOver(item) && (item.state !== "sending" || isLarge(item)) && (
          <button type="button" className="bare" onClick={() => void stop(item)}>
            <X size={15} aria-hidden />
            <span className="hidden">{t("upload.stop", { name: item.name })}</span>
          </button>
        )}
      </div>
      {isUnder && (
        <div
          className="track"
          role="progressbar"
          aria-label={item.name}
          aria-valuenow={Math.round(item.share * 100)}
          aria-valuemin={0}
          aria-valuemax={100}
        >
          <i style={{ width: `${item.share * 100}%` }} />
        </div>
      )}
      {item.state === "done" && (
        <p className="small">
          {item.known !== undefined
            ? t("upload.known", { name: item.into, part: item.known })
            : t("upload.took", {
                rows: format.count(item.rows),
                rejected: format.count(item.rejected ?? 0),
              })}{" "}
          <Link className="link" to={`/datasets/${item.into}`} onClick={onLook}>
            {t("upload.look", { name: item.into })}
          </Link>
        </p>
      )}
      {item.state === "failed" && <Failed item={item} />}
    </li>
  );
}

/** What can be done about a refusal that asks no question. */
function Ended({ item, problem }: { item: Item; problem: NonNullable<Item["problem"]> }) {
  const { t } = useTranslation();
  const isTime =
    Boolean(item.how.time) && ["column_missing", "time_kind"].includes(problem.code ?? "");
  return (
    <>
      <Trouble problem={problem} />
      <div className="row tight">
        {isTime && (
          <Button size="compact-sm" variant="default" onClick={() => again(item, { time: "" })}>
            {t("upload.timeless")}
          </Button>
        )}
        <Button size="compact-sm" variant="default" onClick={() => again(item, {})}>
          {t("upload.again")}
        </Button>
        <Button size="compact-sm" variant="subtle" onClick={() => forget(item.id)}>
          {t("upload.giveUp")}
        </Button>
      </div>
    </>
  );
}

interface Unread {
  rejected?: number;
  rows?: number;
  columns?: { column: string; kind: string; cells: number }[];
  first?: { line: number; column: string | null; reason: string; code?: string; text: string }[];
}

/** A refusal in the reader's words; too many rejects are a question, not an end. */
function Failed({ item }: { item: Item }) {
  const { t } = useTranslation();
  const format = useFormat();
  const reason = useReason();
  const isNew = !useDatasets().data?.some((one) => one.name === item.into);
  const problem = item.problem ?? {};
  if (problem.code !== "too_many_rejects") return <Ended item={item} problem={problem} />;
  const { rejected = 0, rows = 0, columns = [], first = [] } = (problem.args ?? {}) as Unread;
  return (
    <div className="ask" role="alert">
      <p>
        {t("upload.tooMany", {
          rejected: format.count(rejected),
          rows: format.count(rows),
          share: format.percent(rejected / Math.max(rows, 1)),
        })}
      </p>
      <ul className="small">
        {first.map((one) => (
          <li key={`${one.line} ${one.column}`}>
            {t("upload.atLine", { line: format.count(one.line), reason: reason(one) })}{" "}
            {one.column !== null && <bdi className="mono">{one.column}</bdi>}{" "}
            <bdi className="mono dim">{one.text}</bdi>
          </li>
        ))}
      </ul>
      <div className="row tight">
        {rejected < rows && (
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => again(item, { tolerant: true })}
          >
            {t("upload.without", { count: rejected, rows: format.count(rejected) })}
          </Button>
        )}
        {isNew
          ? columns.slice(0, 2).map(({ column }) => (
              <Button
                key={column}
                size="compact-sm"
                variant="default"
                onClick={() => again(item, { kinds: { ...item.how.kinds, [column]: "category" } })}
              >
                {t("upload.asCategory", { column })}
              </Button>
            ))
          : columns.slice(0, 1).map(({ column }) => (
              <Link
                key={column}
                className="link small"
                to={`/datasets/${item.into}?column=${encodeURIComponent(column)}`}
              >
                {t("upload.correct", { column })}
              </Link>
            ))}
        <Button size="compact-sm" variant="subtle" onClick={() => forget(item.id)}>
          {t("upload.giveUp")}
        </Button>
      </div>
    </div>
  );
}
