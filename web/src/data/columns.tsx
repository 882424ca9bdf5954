/** Columns: the profile of a version: kinds to correct, what is missing, how values are spread, what moved. */
import { Button, TextInput } from "@mantine/core";
import { ChevronDown, ChevronRight, Search } from "lucide-react";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import type { Column, ColumnProfile, Version } from "../api/records";
import { Histogram } from "../charts/small";
import { type Format, useFormat } from "../locales/format";
import type { Drift } from "./asks";
import { Correct } from "./correct";
import { Detail, Shift } from "./detail";

/** Kinds a person may choose; as files in `danlu/data/kinds`. */
export const KINDS = ["number", "category", "boolean", "datetime", "image", "id", "text"] as const;
/** Columns drawn at once: two thousand would be slow to draw and slower to read. */
const SHOWN = 100;

/** `12 … 97`, or the three commonest values. */
export function spread(profile: ColumnProfile | undefined, format: Format): string {
  if (!profile) return "";
  const { quantiles, top } = profile;
  const [low, high] = [quantiles?.["0"], quantiles?.["1"]];
  const shown = (value: unknown) =>
    format
      .value(value)
      .replace(/T00:00:00$/, "")
      .replace("T", " ");
  if (low !== undefined && high !== undefined) return `${shown(low)} … ${shown(high)}`;
  return (top ?? [])
    .slice(0, 3)
    .map(([value]) => format.value(value))
    .join(", ");
}

function TopValues({ top, rows }: { top: [unknown, number][]; rows: number }) {
  const format = useFormat();
  return (
    <div className="tops">
      {top.slice(0, 3).map(([value, count]) => (
        <div key={String(value)}>
          <bdi className="name">{format.value(value)}</bdi>
          <span className="track calm">
            <i style={{ width: `${(count / Math.max(rows, 1)) * 100}%` }} />
          </span>
          <span className="dim num">{format.percent(count / Math.max(rows, 1), 0)}</span>
        </div>
      ))}
    </div>
  );
}

function Kind({
  column,
  chosen,
  onChoose,
}: {
  column: Column;
  chosen: string;
  onChoose: (kind: string) => void;
}) {
  const { t } = useTranslation();
  return (
    <select
      className={`kind ${chosen === column.kind ? "" : "changed"}`}
      aria-label={t("data.kindOf", { name: column.name })}
      value={chosen}
      onChange={(event) => onChoose(event.currentTarget.value)}
    >
      {KINDS.map((kind) => (
        <option key={kind} value={kind}>
          {t(`kind.${kind}`)}
        </option>
      ))}
    </select>
  );
}

interface ColumnsProps {
  version: Version;
  /** Only the newest version can be corrected. */
  isNewest: boolean;
  drift: Drift | null | undefined;
}

export function ColumnTable({ version, isNewest, drift }: ColumnsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [search, setSearch] = useSearchParams();
  const [wish, setWish] = useState<Record<string, string>>({});
  const [find, setFind] = useState("");
  const [most, setMost] = useState(SHOWN);
  const columns = version.schema_.columns;
  const found = columns.filter((one) => one.name.toLowerCase().includes(find.toLowerCase()));
  const open = search.get("column");
  // The time always moves: that is what a version after another means.
  const apart = drift?.columns.filter((one) => one.column !== version.schema_.time);
  const moved = new Map(apart?.map((one) => [one.column, one]));
  const toggle = (name: string) => {
    const next = new URLSearchParams(search);
    if (open === name) next.delete("column");
    else next.set("column", name);
    setSearch(next, { replace: true });
  };
  const choose = (column: Column, kind: string) => {
    const { [column.name]: _, ...others } = wish;
    setWish(kind === column.kind ? others : { ...others, [column.name]: kind });
  };
  const heads = 6 + (drift ? 1 : 0);
  return (
    <>
      {(columns.length > 12 || find) && (
        <div className="bar row">
          <TextInput
            size="xs"
            aria-label={t("data.findColumn")}
            placeholder={t("data.findColumn")}
            leftSection={<Search size={14} />}
            value={find}
            onChange={(event) => setFind(event.currentTarget.value)}
          />
          <span className="dim small">
            {t("data.columnsShown", {
              shown: format.count(found.length),
              of: format.count(columns.length),
            })}
          </span>
        </div>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: no fieldset, and no landmark beside that of the card */}
      <div
        className="scroll"
        role="group"
        aria-label={t("data.profile")}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        <table className="list columns">
          <thead>
            <tr>
              <th scope="col">{t("col.column")}</th>
              <th scope="col">{t("col.kind")}</th>
              <th scope="col" className="right">
                {t("col.missing")}
              </th>
              <th scope="col" className="right">
                {t("col.distinct")}
              </th>
              <th scope="col">{t("col.spread")}</th>
              <th scope="col">{t("col.range")}</th>
              {drift && <th scope="col">{t("drift.since", { against: drift.against })}</th>}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, most).map((column) => {
              const profile = version.profile.columns?.[column.name];
              const shift = moved.get(column.name);
              const missing = profile?.missing ?? 0;
              const isOpen = open === column.name;
              return (
                <Fragment key={column.name}>
                  <tr className={isOpen ? "open" : ""}>
                    <td>
                      <button
                        type="button"
                        className="bare row tight"
                        aria-expanded={isOpen}
                        onClick={() => toggle(column.name)}
                      >
                        {isOpen ? (
                          <ChevronDown size={15} aria-hidden />
                        ) : (
                          <ChevronRight size={15} aria-hidden />
                        )}
                        <bdi className="columnName">{column.name}</bdi>
                        {version.schema_.time === column.name && (
                          <span className="pill accent">{t("data.time")}</span>
                        )}
                      </button>
                    </td>
                    <td>
                      {isNewest ? (
                        <Kind
                          column={column}
                          chosen={wish[column.name] ?? column.kind}
                          onChoose={(kind) => choose(column, kind)}
                        />
                      ) : (
                        <span className="pill">{t(`kind.${column.kind}` as "kind.number")}</span>
                      )}
                    </td>
                    <td className="right">
                      {missing ? (
                        <span style={{ color: "var(--warn)" }}>
                          {format.percent(missing / Math.max(version.rows, 1))}
                        </span>
                      ) : (
                        <span className="dim">0</span>
                      )}
                    </td>
                    <td className="right">{format.count(profile?.distinct)}</td>
                    <td>
                      {profile?.histogram ? (
                        <Histogram
                          counts={profile.histogram.counts}
                          label={t("data.histogram", { name: column.name })}
                        />
                      ) : (profile?.top?.[0]?.[1] ?? 0) > 1 && profile?.top ? (
                        <TopValues top={profile.top} rows={version.rows} />
                      ) : null}
                    </td>
                    <td>
                      <bdi className="num dim range">{spread(profile, format)}</bdi>
                    </td>
                    {drift && <td>{shift && <Shift psi={shift.psi} />}</td>}
                  </tr>
                  {isOpen && profile && (
                    <tr className="open">
                      <td colSpan={heads + 1}>
                        <Detail
                          column={column}
                          profile={profile}
                          rows={version.rows}
                          moved={shift}
                          drift={drift}
                        />
                      </td>
                    </tr>
                  )}
                </Fragment>
              );
            })}
          </tbody>
        </table>
      </div>
      {found.length > most && (
        <div className="bar">
          <Button size="compact-sm" variant="default" onClick={() => setMost(most + SHOWN)}>
            {t("data.more", { count: Math.min(SHOWN, found.length - most) })}
          </Button>
        </div>
      )}
      <Correct version={version} wish={wish} onDone={() => setWish({})} />
    </>
  );
}
