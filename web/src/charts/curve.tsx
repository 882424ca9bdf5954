/** Curve: lines over one axis by uPlot; keeps zoom through updates, and is a table on request. */
import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type Format, useFormat } from "../locales/format";
import { Table } from "../shell/table";
import { TableSwitch } from "./switch";

export interface Series {
  key: string;
  label: string;
  tone: "accent" | "calm" | "dim" | "faint" | "good";
  dashed?: boolean;
  /** A colour of its own; every ninth line of a picture is dashed too. */
  hue?: string;
  values: (number | null)[];
}

interface CurveProps {
  label: string;
  x: number[];
  xLabel: string;
  series: Series[];
  height?: number;
  /** x are Unix seconds. */
  time?: boolean;
  /** y goes by factors. */
  isLog?: boolean;
}

const WIDTHS = { accent: 2.2, calm: 2, good: 2, dim: 1.6, faint: 1 };

function colours(): Record<Series["tone"] | "line" | "ink", string> {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    accent: read("--accent"),
    calm: read("--calm"),
    good: read("--good"),
    dim: read("--dim"),
    faint: read("--line-strong"),
    line: read("--line"),
    ink: read("--dim"),
  };
}

/** One point alone gets room around it; uPlot's own axis over it would span years. */
function spanOf(plot: uPlot, min: number, max: number): [number, number] {
  const [only, second] = plot.data[0];
  if (only === undefined || second !== undefined) return [min, max];
  const room = plot.scales.x?.time ? 43_200 : 1;
  return [only - room, only + room];
}

function options(props: CurveProps, width: number, format: Format): uPlot.Options {
  const tone = colours();
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis = {
    stroke: tone.ink,
    font,
    grid: { stroke: tone.line, width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: props.height ?? 260,
    legend: { show: false },
    padding: [12, 12, 0, 0],
    cursor: { points: { size: 6 }, y: false, drag: { x: true, y: false } },
    scales: {
      x: { time: props.time ?? false, range: spanOf },
      ...(props.isLog ? { y: { distr: 3 as const } } : {}),
    },
    axes: [
      {
        ...axis,
        gap: 6,
        size: 34,
        grid: { show: false },
        ...(props.time
          ? {
              space: 72,
              values: (_plot, splits, _axis, _space, step) => format.moments(splits, step),
            }
          : { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500] }),
      },
      {
        ...axis,
        size: 58,
        values: (_, splits) => splits.map((at) => (at === null ? "" : format.value(at))),
      },
    ],
    series: [
      {},
      ...props.series.map((one) => ({
        label: one.label,
        stroke: one.hue ?? tone[one.tone],
        width: WIDTHS[one.tone],
        points: { show: one.values.length < 3 },
        spanGaps: true,
        ...(one.dashed ? { dash: [6, 5] } : {}),
      })),
    ],
  };
}

function Legend({ series }: { series: Series[] }) {
  return (
    <ul className="legend">
      {series.map((one) => (
        <li key={one.key}>
          <i
            className={`swatch ${one.tone} ${one.dashed ? "dashed" : ""}`}
            style={one.hue ? { borderColor: one.hue } : undefined}
            aria-hidden
          />
          {one.label}
        </li>
      ))}
    </ul>
  );
}

/** `legend` names which series are worth naming; all others are context. */
export function Curve(props: CurveProps & { legend?: Series[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const scheme = useComputedColorScheme("light");
  const { ref: box, width } = useElementSize();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [isTable, setTable] = useState(false);
  const shape = [props.isLog, ...props.series.map((one) => `${one.key}:${one.tone}`)].join(" ");
  const latest = useRef(props);
  latest.current = props;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new shape, theme or language means a new drawing
  useEffect(() => {
    const target = place.current;
    if (!target || width < 40 || isTable) return;
    const now = latest.current;
    const data: uPlot.AlignedData = [now.x, ...now.series.map((one) => one.values)];
    const drawn = new uPlot(options(now, width, format), data, target);
    plot.current = drawn;
    return () => {
      drawn.destroy();
      plot.current = null;
    };
  }, [shape, width, scheme, isTable, format]);

  useEffect(() => {
    const drawn = plot.current;
    if (!drawn || document.hidden) return;
    const { min, max } = drawn.scales.x ?? {};
    const before = drawn.data[0];
    // A drawing made in this very commit has no scales yet, and nobody has zoomed it.
    const isZoomed =
      typeof min === "number" && before.length > 1 && (min !== before[0] || max !== before.at(-1));
    drawn.setData([props.x, ...props.series.map((one) => one.values)], !isZoomed);
    if (isZoomed) drawn.redraw();
  }, [props.x, props.series]);

  const rows = props.x.map((at, index) => ({ at, index }));
  const named = props.legend ?? props.series;
  return (
    <figure ref={box}>
      <div className="row apart" style={{ minHeight: 30 }}>
        <Legend series={named} />
        <TableSwitch isTable={isTable} onSwitch={setTable} picture={t("chart.curve")} />
      </div>
      {isTable ? (
        <div style={{ maxHeight: props.height ?? 260, overflow: "auto" }}>
          <Table
            label={props.label}
            items={rows}
            rowKey={(row) => row.at}
            columns={[
              {
                key: "x",
                head: props.xLabel,
                cell: (row) => (props.time ? format.time(row.at) : row.at),
              },
              ...named.map((one) => ({
                key: one.key,
                head: one.label,
                right: true,
                cell: (row: { index: number }) => format.metric(one.values[row.index]),
              })),
            ]}
          />
        </div>
      ) : (
        <div
          ref={place}
          role="img"
          aria-label={props.label}
          style={{ minHeight: props.height ?? 260 }}
        />
      )}
    </figure>
  );
}
