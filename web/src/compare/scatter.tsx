/** Scatter: two fields against each other; drag a box to leave only what lies in it. */
import { Checkbox, Select } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { type PointerEvent, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useTones } from "../charts/tones";
import { useFormat } from "../locales/format";
import { Card } from "../shell/page";
import { Save, usePicture } from "./picture";
import { type Field, METRIC, type Run } from "./runs";
import { brushBetween, type Scale, scaleOf } from "./scale";
import { shadesOf } from "./shade";
import { type Compared, useNames } from "./use";

const HEIGHT = 330;
const [TOP, BOTTOM, LEFT, RIGHT] = [12, 48, 64, 20];

type Box = { x0: number; y0: number; x1: number; y1: number };

/** Fields of the axes: as in the view, else what mattered most against the metric. */
export function pairOf(compared: Compared): [Field | undefined, Field | undefined] {
  const { fields, view, experiments } = compared;
  const named = (name: string) => fields.find((field) => field.name === name);
  const weight: Record<string, number> = experiments[0]?.result.importance ?? {};
  const [first] = Object.entries(weight).sort((a, b) => b[1] - a[1]);
  return [
    named(view.x) ?? named(first?.[0] ?? "") ?? fields[0],
    named(view.y) ?? named(METRIC) ?? fields[1],
  ];
}

function usePlot(compared: Compared, x: Field, y: Field, width: number) {
  const { runs } = compared;
  const [isLogX, isLogY] = [compared.isLog(x), compared.isLog(y)];
  return useMemo(() => {
    const [sx, sy] = [scaleOf(x, runs, isLogX), scaleOf(y, runs, isLogY)];
    const px = (share: number) => LEFT + 8 + share * (width - LEFT - RIGHT - 16);
    const py = (share: number) => HEIGHT - BOTTOM - 6 - share * (HEIGHT - TOP - BOTTOM - 12);
    const at = (run: Run): [number, number] | null => {
      const [left, up] = [sx.at(x.read(run)), sy.at(y.read(run))];
      return left === null || up === null ? null : [px(left), py(up)];
    };
    const dots = (some: Run[]) =>
      some
        .map(at)
        .filter((place) => place !== null)
        .map(([a, b]) => `M${a.toFixed(1)} ${b.toFixed(1)}h0.01`)
        .join("");
    const back = (left: number, up: number): [number, number] => [
      (left - LEFT - 8) / (width - LEFT - RIGHT - 16),
      (HEIGHT - BOTTOM - 6 - up) / (HEIGHT - TOP - BOTTOM - 12),
    ];
    return { sx, sy, px, py, at, dots, back };
  }, [runs, x, y, isLogX, isLogY, width]);
}

const clamp = (share: number) => Math.max(0, Math.min(1, share));

function Ticks({
  scale,
  place,
  isUp,
  width,
}: {
  scale: Scale;
  place: (share: number) => number;
  isUp: boolean;
  width: number;
}) {
  const format = useFormat();
  const tones = useTones();
  const text = (value: number | string) =>
    typeof value === "number" ? format.value(value) : value.slice(0, 12);
  return scale.ticks.map((tick) => {
    const at = place(tick.at);
    return isUp ? (
      <g key={tick.value}>
        <line x1={LEFT} x2={width - RIGHT} y1={at} y2={at} stroke={tones.line} />
        <text x={LEFT - 8} y={at + 4} textAnchor="end" fontSize={11} fill={tones.dim}>
          {text(tick.value)}
        </text>
      </g>
    ) : (
      <g key={tick.value}>
        <line x1={at} x2={at} y1={TOP} y2={HEIGHT - BOTTOM} stroke={tones.line} />
        <text x={at} y={HEIGHT - BOTTOM + 16} textAnchor="middle" fontSize={11} fill={tones.dim}>
          {text(tick.value)}
        </text>
      </g>
    );
  });
}

function Plot({
  compared,
  x,
  y,
  width,
}: {
  compared: Compared;
  x: Field;
  y: Field;
  width: number;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const tones = useTones();
  const svg = useRef<SVGSVGElement>(null);
  const names = useNames(compared.plan, compared.experiments.length > 1);
  const { runs, shown, maximise } = compared;
  const plot = usePlot(compared, x, y, width);
  const [box, setBox] = useState<Box | null>(null);
  const [hover, setHover] = useState<Run | null>(null);
  const ground = useMemo(() => plot.dots(runs), [plot, runs]);
  const shades = useMemo(() => shadesOf(shown, tones, maximise), [shown, tones, maximise]);
  const picture = usePicture(svg, tones.card);
  const spot = (event: PointerEvent): [number, number] => {
    const rect = svg.current?.getBoundingClientRect();
    return [event.clientX - (rect?.left ?? 0), event.clientY - (rect?.top ?? 0)];
  };
  const nearest = (left: number, up: number) => {
    let best: { run: Run; away: number } | null = null;
    for (const run of shown) {
      const place = plot.at(run);
      if (!place) continue;
      const away = Math.hypot(place[0] - left, place[1] - up);
      if (away < 12 && (!best || away < best.away)) best = { run, away };
    }
    return best?.run ?? null;
  };
  const onDown = (event: PointerEvent) => {
    const [left, up] = spot(event);
    svg.current?.setPointerCapture(event.pointerId);
    setBox({ x0: left, y0: up, x1: left, y1: up });
  };
  const onMove = (event: PointerEvent) => {
    const [left, up] = spot(event);
    if (box) setBox({ ...box, x1: left, y1: up });
    else setHover(nearest(left, up));
  };
  const onUp = () => {
    if (!box) return;
    const isClick = Math.hypot(box.x1 - box.x0, box.y1 - box.y0) < 6;
    const [a, b] = [plot.back(box.x0, box.y0), plot.back(box.x1, box.y1)];
    if (!isClick)
      compared.brush({
        [x.name]: brushBetween(plot.sx, clamp(a[0]), clamp(b[0])),
        [y.name]: brushBetween(plot.sy, clamp(a[1]), clamp(b[1])),
      });
    else if (hover) compared.toggle(hover.key);
    setBox(null);
  };
  const at = hover && plot.at(hover);
  return (
    <>
      <svg
        ref={svg}
        className="brushable"
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={t("compare.scatterOf", {
          x: names.ofField(x),
          y: names.ofField(y),
          count: shown.length,
        })}
        onPointerDown={onDown}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerCancel={() => setBox(null)}
        onPointerLeave={() => setHover(null)}
      >
        <Ticks scale={plot.sx} place={plot.px} isUp={false} width={width} />
        <Ticks scale={plot.sy} place={plot.py} isUp width={width} />
        <path d={ground} stroke={tones.line} strokeWidth={6} strokeLinecap="round" />
        {shades.map((shade) => (
          <path
            key={shade.colour}
            d={plot.dots(shade.runs)}
            stroke={shade.colour}
            strokeWidth={shade.width > 2 ? 11 : 7}
            strokeLinecap="round"
          />
        ))}
        {at && (
          <circle
            data-screen
            cx={at[0]}
            cy={at[1]}
            r={7}
            fill="none"
            stroke={tones.ink}
            strokeWidth={2}
          />
        )}
        {box && (
          <rect
            data-screen
            x={Math.min(box.x0, box.x1)}
            y={Math.min(box.y0, box.y1)}
            width={Math.abs(box.x1 - box.x0)}
            height={Math.abs(box.y1 - box.y0)}
            fill={tones.accent}
            fillOpacity={0.15}
            stroke={tones.accent}
          />
        )}
        <text
          x={(LEFT + width - RIGHT) / 2}
          y={HEIGHT - 8}
          textAnchor="middle"
          fontSize={12}
          fill={tones.ink}
        >
          {names.ofField(x)}
        </text>
        <text
          transform={`translate(14 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)`}
          textAnchor="middle"
          fontSize={12}
          fill={tones.ink}
        >
          {names.ofField(y)}
        </text>
      </svg>
      <div className="row apart">
        <span className="dim small num">
          {hover ? `${names.ofRun(hover)} · ${format.metric(hover.metric)}` : t("compare.boxHint")}
        </span>
        <Save name="scatter" title={t("compare.scatter")} make={picture} />
      </div>
    </>
  );
}

export function Scatter({ compared }: { compared: Compared }) {
  const { t } = useTranslation();
  const { ref, width } = useElementSize();
  const [x, y] = pairOf(compared);
  const names = useNames(compared.plan, false);
  const options = compared.fields.map((field) => ({
    value: field.name,
    label: names.ofField(field),
  }));
  if (!x || !y) return null;
  const choose = (axis: "x" | "y", field: Field) => (
    <div className="row tight axis-choice">
      <Select
        size="xs"
        aria-label={t(axis === "x" ? "compare.across" : "compare.up")}
        data={options}
        value={field.name}
        allowDeselect={false}
        onChange={(value) => value && compared.set({ [axis]: value })}
      />
      <Checkbox
        size="xs"
        label={t("compare.log")}
        checked={compared.isLog(field)}
        disabled={field.type === "word"}
        onChange={(event) => compared.setLog(field.name, event.currentTarget.checked)}
      />
    </div>
  );
  return (
    <Card title={t("compare.scatter")} className="w5">
      <div className="stack tight" ref={ref}>
        <div className="row apart">
          {choose("x", x)}
          {choose("y", y)}
        </div>
        {width > 0 && <Plot compared={compared} x={x} y={y} width={width} />}
      </div>
    </Card>
  );
}
