/** Versions: every state of a dataset, what came with it, and the way to open or compare it. */
import { ArrowRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { useFormat } from "../locales/format";
import { Table } from "../shell/table";
import type { Changed, Line } from "./asks";

const SHOWN = 4;

/** What differs from the version before, as a row of short marks. */
export function News({ changed }: { changed: Changed }) {
  const { t } = useTranslation();
  const format = useFormat();
  const kinds = Object.entries(changed.kinds);
  const [was, is] = changed.time as [string | null, string | null] | [];
  const set = changed.labels as { rows?: number; column?: string; by?: string; note?: string };
  const more = changed.parts.length + kinds.length - 2 * SHOWN;
  const kindOf = (kind: string) => t(`kind.${kind}` as "kind.number");
  return (
    <span className="tags">
      {changed.parts.slice(0, SHOWN).map((part) => (
        <span className="tag good" key={part}>
          <span aria-hidden>+</span>
          <span className="hidden">{t("versions.came")}</span>
          <bdi>{part}</bdi>
        </span>
      ))}
      {changed.gone.slice(0, SHOWN).map((part) => (
        <span className="tag" key={part}>
          <span aria-hidden>−</span>
          <span className="hidden">{t("versions.gone")}</span>
          <bdi>{part}</bdi>
        </span>
      ))}
      {kinds.slice(0, SHOWN).map(([column, [before, now]]) => (
        <span className="tag" key={column}>
          <bdi>{column}</bdi>
          <span className="dim">{kindOf(before)}</span>
          <ArrowRight size={12} aria-hidden />
          {kindOf(now)}
        </span>
      ))}
      {is !== undefined && (
        <span className="tag">
          {t("upload.time")}
          <bdi className="dim">{was ?? "–"}</bdi>
          <ArrowRight size={12} aria-hidden />
          <bdi>{is ?? "–"}</bdi>
        </span>
      )}
      {set.rows && (
        <span className="tag" title={set.note}>
          {t("labels.news", { count: set.rows, column: set.column, by: set.by })}
        </span>
      )}
      {changed.rows !== 0 && (
        <span className="dim small num">
          {t("versions.rows", {
            rows: `${changed.rows > 0 ? "+" : "−"}${format.count(Math.abs(changed.rows))}`,
          })}
        </span>
      )}
      {more > 0 && <span className="dim small">{t("versions.more", { count: more })}</span>}
    </span>
  );
}

export function Versions({ lines, shown }: { lines: Line[]; shown: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [search] = useSearchParams();
  const to = (news: Record<string, string | number>) => {
    const next = new URLSearchParams(search);
    next.delete("against");
    for (const [key, value] of Object.entries(news)) next.set(key, String(value));
    return `?${next}`;
  };
  return (
    <Table<Line>
      label={t("data.versions")}
      items={lines}
      rowKey={(line) => line.version}
      rowClass={(line) => (line.version === shown ? "best" : "")}
      columns={[
        {
          key: "version",
          head: t("col.version"),
          cell: (line) => (
            <Link className="name" to={to({ version: line.version, show: "profile" })}>
              {`v${line.version}`}
            </Link>
          ),
        },
        {
          key: "news",
          head: t("versions.changed"),
          wrap: true,
          cell: (line) => <News changed={line.changed} />,
        },
        { key: "rows", head: t("col.rows"), right: true, cell: (line) => format.count(line.rows) },
        {
          key: "rejected",
          head: t("col.rejected"),
          right: true,
          cell: (line) => format.count(line.rejected),
        },
        {
          key: "at",
          head: t("col.created"),
          cell: (line) => (
            <span title={format.time(line.created_at)}>{format.ago(line.created_at)}</span>
          ),
        },
        {
          key: "compare",
          head: t("col.actions"),
          isBare: true,
          right: true,
          cell: (line) =>
            line.version !== shown && (
              <Link
                className="link"
                to={to({
                  version: Math.max(shown, line.version),
                  against: Math.min(shown, line.version),
                  show: "profile",
                })}
              >
                {t("versions.compare", { version: shown })}
              </Link>
            ),
        },
      ]}
    />
  );
}
