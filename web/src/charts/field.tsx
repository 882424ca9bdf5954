/** Field: a histogram over the looks, a column each; darker = more values. Drawn as it was binned. */
import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../locales/format";
import { Table } from "../shell/table";
import { useFigure } from "../train/figure";
import { type Column, edgesOf, type Field, fieldOf } from "./bins";
import { TableSwitch } from "./switch";
import { useTones } from "./tones";

const HEIGHT = 240;
const LEFT = 64;
const FOOT = 22;
const WIDEST = 42;
const TICKS = 6;

/** Rows that get a label: evenly spread, and zero where there is one. */
function tickRows(rows: number[]): number[] {
  const every = Math.max(1, Math.ceil(rows.length / TICKS));
  const zero = rows.indexOf(0);
  const spread = rows.map((_, at) => at).filter((at) => at % every === 0);
  return zero < 0
    ? spread
    : [...spread.filter((at) => Math.abs(at - zero) >= every / 2), zero].sort((a, b) => a - b);
}

function paint(field: Field, canvas: HTMLCanvasElement, width: number, ink: string): void {
  const scale = devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = HEIGHT * scale;
  const brush = canvas.getContext("2d");
  if (!brush || field.rows.length === 0) return;
  brush.scale(scale, scale);
  const wide = Math.min(WIDEST, width / field.columns.length);
  const tall = HEIGHT / field.rows.length;
  brush.fillStyle = ink;
  field.shares.forEach((column, x) => {
    column.forEach((share, y) => {
      if (share === 0) return;
      // By its root, so that a tail of a thousandth is still seen.
      brush.globalAlpha = 0.08 + 0.92 * Math.sqrt(share / field.top);
      brush.fillRect(x * wide, y * tall, Math.max(wide - 0.5, 0.5), Math.max(tall, 0.5));
    });
  });
}

function Picture({ field, label }: { field: Field; label: string }) {
  const format = useFormat();
  const figure = useFigure();
  const tones = useTones();
  const scheme = useComputedColorScheme("light");
  const { ref, width } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const inner = Math.max(0, width - LEFT);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    if (canvas.current && inner > 10) paint(field, canvas.current, inner, tones.calm);
  }, [field, inner, tones, scheme]);
  const { rows, columns } = field;
  const tall = HEIGHT / Math.max(rows.length, 1);
  const wide = Math.min(WIDEST, inner / Math.max(columns.length, 1));
  const [first, last] = [columns[0], columns.at(-1)];
  return (
    <div ref={ref} className="bins" style={{ height: HEIGHT + FOOT }} role="img" aria-label={label}>
      {tickRows(rows).map((at) => (
        <span key={at} className="tick y" style={{ top: at * tall + tall / 2, width: LEFT - 8 }}>
          {figure("mean", edgesOf(rows[at] ?? 0)[(rows[at] ?? 0) < 0 ? 0 : 1])}
        </span>
      ))}
      <canvas ref={canvas} style={{ left: LEFT, width: inner, height: HEIGHT }} />
      {first && (
        <span className="tick x" style={{ left: LEFT, top: HEIGHT + 4 }}>
          {format.count(first.step)}
        </span>
      )}
      {last && last !== first && wide * columns.length > 90 && (
        <span
          className="tick x"
          style={{
            left: LEFT + wide * columns.length,
            top: HEIGHT + 4,
            transform: "translateX(-100%)",
          }}
        >
          {format.count(last.step)}
        </span>
      )}
    </div>
  );
}

export function BinsOverTime({ columns, label }: { columns: Column[]; label: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isTable, setTable] = useState(false);
  const field = fieldOf(columns);
  return (
    <figure>
      <div className="row apart" style={{ minHeight: 30 }}>
        <span className="dim small">{t("heat.binsHint")}</span>
        <TableSwitch isTable={isTable} onSwitch={setTable} picture={t("heat.picture")} />
      </div>
      {isTable ? (
        <div style={{ maxHeight: HEIGHT + FOOT, overflow: "auto" }}>
          <Table
            label={label}
            items={columns}
            rowKey={(one) => one.step}
            columns={[
              { key: "step", head: t("heat.step"), cell: (one) => format.count(one.step) },
              ...(["low", "high", "mean", "deviation"] as const).map((name) => ({
                key: name,
                head: t(`heat.figure.${name}`),
                right: true,
                cell: (one: Column) => format.value(one.histogram[name]),
              })),
              ...(["size", "zeros", "missing", "infinite"] as const).map((name) => ({
                key: name,
                head: t(`heat.figure.${name}`),
                right: true,
                cell: (one: Column) => format.count(one.histogram[name]),
              })),
            ]}
          />
        </div>
      ) : (
        <Picture field={field} label={label} />
      )}
    </figure>
  );
}
