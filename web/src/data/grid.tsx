/** Grid: the rows themselves, however many: only the cells in sight are drawn, only their pages asked for. */
import { Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQueries } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import type { Column, Version } from "../api/records";
import { type Format, useFormat } from "../locales/format";
import { TroubleOf } from "../shell/trouble";
import { isPicture, Value } from "../shell/value";
import { PAGE, pageOf } from "./asks";
import { windowOf } from "./window";

/** A row is taller where it shows pictures. */
const [LINE, PICTURES] = [34, 64];
const HEIGHT = 560;
const HEAD = 36;
const NUMBER = 104;
const LEAST = 148;

/** A cell as a person reads it: numbers in full. */
function shown(value: unknown, column: Column, format: Format, exact: Intl.NumberFormat): string {
  if (typeof value === "number") return exact.format(value);
  if (column.kind === "datetime" && typeof value === "string")
    return value.replace("T", " ").replace(/ 00:00:00$/, "");
  return typeof value === "boolean" ? String(value) : format.value(value);
}

export function Grid({ name, version }: { name: string; version: Version }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const exact = useMemo(
    () => new Intl.NumberFormat(i18n.language, { maximumSignificantDigits: 15 }),
    [i18n.language],
  );
  const [search, setSearch] = useSearchParams();
  const [text, setText] = useState(search.get("find") ?? "");
  const [holds] = useDebouncedValue(text.trim(), 300);
  const inside = version.schema_.columns.find((one) => one.name === search.get("in"))?.name ?? null;
  const put = (key: "find" | "in", value: string | null) => {
    const next = new URLSearchParams(search);
    if (value) next.set(key, value);
    else next.delete(key);
    setSearch(next, { replace: true });
    box.current?.scrollTo({ top: 0 });
  };
  const [at, setAt] = useState({ top: 0, left: 0, width: 1000 });
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const width = box.current?.clientWidth;
    if (width) setAt((old) => ({ ...old, width }));
  }, []);
  const columns = version.schema_.columns;
  const ROW = columns.some((column) => column.kind === "image") ? PICTURES : LINE;
  const [counted, setCounted] = useState<{ asked: string; count: number } | null>(null);
  const asked = `${inside ?? ""} ${holds}`;
  const total = holds ? (counted?.asked === asked ? counted.count : PAGE) : version.rows;
  const seen = windowOf(at.top, total, HEIGHT - HEAD, ROW);
  const pages = [
    ...new Set([Math.floor(seen.first / PAGE), Math.floor(Math.max(seen.last - 1, 0) / PAGE)]),
  ];
  const found = useQueries({
    queries: pages.map((page) => pageOf(name, version.version, page, holds, inside)),
  });
  const count = found[0]?.data?.count;
  if (holds && typeof count === "number" && (counted?.asked !== asked || counted.count !== count))
    setCounted({ asked, count });
  const rowAt = (row: number) => {
    const page = found[pages.indexOf(Math.floor(row / PAGE))];
    return page?.data?.items[row % PAGE];
  };
  const wide = Math.max(LEAST, Math.floor((at.width - NUMBER) / Math.max(columns.length, 1)));
  const first = Math.max(0, Math.floor((at.left - NUMBER) / wide) - 1);
  const some = columns.slice(first, first + Math.ceil(at.width / wide) + 3);
  const rows = Array.from(
    { length: Math.max(0, seen.last - seen.first) },
    (_, i) => seen.first + i,
  );
  const error = found.find((one) => one.error)?.error;
  const isEmpty = Boolean(holds) && counted?.asked === asked && counted.count === 0;
  return (
    <>
      <div className="bar row apart">
        <div className="row tight">
          <TextInput
            size="xs"
            aria-label={t("data.find")}
            placeholder={t("data.find")}
            leftSection={<Search size={14} />}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
              put("find", event.currentTarget.value);
            }}
          />
          <Select
            size="xs"
            w={190}
            aria-label={t("data.findIn")}
            placeholder={t("data.anyColumn")}
            data={columns.map((one) => one.name)}
            value={inside}
            onChange={(column) => put("in", column)}
            searchable
            clearable
            clearButtonProps={{ "aria-label": t("do.clear") }}
            limit={200}
          />
        </div>
        <span className="dim small num" aria-live="polite">
          {holds
            ? t("data.holding", { count: total, rows: format.count(total) })
            : t("data.rowsFrom", {
                from: format.count(Math.min(seen.first + 1, total)),
                to: format.count(seen.last),
                of: format.count(total),
              })}
        </span>
      </div>
      <TroubleOf error={error} />
      {/* biome-ignore lint/a11y/useSemanticElements: a table of absolutely placed rows cannot be a table element */}
      <div
        ref={box}
        className="grid-rows"
        role="table"
        aria-label={t("data.rows")}
        aria-rowcount={total + 1}
        aria-colcount={columns.length + 1}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        style={{ maxHeight: HEIGHT }}
        data-state={found.some((one) => one.isPending) ? "loading" : "rows"}
        onScroll={({ currentTarget: to }) =>
          setAt({ top: to.scrollTop, left: to.scrollLeft, width: to.clientWidth })
        }
      >
        <div style={{ height: seen.height + HEAD, width: NUMBER + columns.length * wide }}>
          {/* biome-ignore lint/a11y/useSemanticElements: as above */}
          {/* biome-ignore lint/a11y/useFocusableInteractive: the table scrolls, its rows do not act */}
          <div className="grid-head" role="row" aria-rowindex={1}>
            <Cell
              role="columnheader"
              place={0}
              left={0}
              width={NUMBER}
              text={t("col.row")}
              isNumber
            />
            {some.map((column, i) => (
              <Cell
                key={column.name}
                role="columnheader"
                place={first + i + 1}
                left={NUMBER + (first + i) * wide}
                width={wide}
                text={column.name}
                isNumber={column.kind === "number"}
              />
            ))}
          </div>
          {rows.map((row) => {
            const values = rowAt(row);
            return (
              // biome-ignore lint/a11y/useSemanticElements: as above
              // biome-ignore lint/a11y/useFocusableInteractive: as above
              <div
                key={row}
                className="grid-row"
                role="row"
                aria-rowindex={row + 2}
                style={{ top: HEAD + seen.offset + (row - seen.first) * ROW, height: ROW }}
              >
                <Cell
                  role="cell"
                  place={0}
                  left={0}
                  width={NUMBER}
                  text={format.count(row + 1)}
                  isNumber
                  isDim
                />
                {some.map((column, i) => {
                  const value = values?.[column.name];
                  const isMissing = value === null || value === undefined;
                  return (
                    <Cell
                      key={column.name}
                      role="cell"
                      place={first + i + 1}
                      left={NUMBER + (first + i) * wide}
                      width={wide}
                      text={
                        !values
                          ? ""
                          : isMissing
                            ? t("data.missing")
                            : isPicture(value)
                              ? value
                              : shown(value, column, format, exact)
                      }
                      isNumber={column.kind === "number"}
                      isDim={isMissing}
                    />
                  );
                })}
              </div>
            );
          })}
        </div>
      </div>
      {isEmpty && <p className="bar dim">{t("data.noneHold", { text: holds })}</p>}
    </>
  );
}

interface CellProps {
  role: "cell" | "columnheader";
  place: number;
  left: number;
  width: number;
  text: string;
  isNumber?: boolean;
  isDim?: boolean;
}

function Cell({ role, place, left, width, text, isNumber, isDim }: CellProps) {
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both roles it is given have a column
    <div
      role={role}
      aria-colindex={place + 1}
      className={`${isNumber ? "right" : ""} ${isDim ? "dim" : ""}`}
      style={{ left, width }}
      title={text.length > 18 && !isPicture(text) ? text : undefined}
    >
      {isPicture(text) ? <Value value={text} /> : <bdi>{text}</bdi>}
    </div>
  );
}
