/** Parallel: every run as a line over all axes; drag along an axis to leave only what passes there. */
import { useElementSize } from "@mantine/hooks";
import { type PointerEvent, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Tones, useTones } from "../charts/tones";
import { useFormat } from "../locales/format";
import { Card } from "../shell/page";
import { Save, usePicture } from "./picture";
import { type Field, METRIC, type Run } from "./runs";
import { brushBetween, placeOf, type Scale, scaleOf } from "./scale";
import { shadesOf } from "./shade";
import { type Compared, useNames } from "./use";

const HEIGHT = 340;
const [TOP, BOTTOM, LEFT, RIGHT] = [44, 22, 28, 84];
const NARROWEST = 118;
export const MOST_AXES = 10;

export interface Axis {
  field: Field;
  scale: Scale;
  x: number;
}

const yOf = (share: number) => HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
const shareOf = (y: number) =>
  Math.max(0, Math.min(1, (HEIGHT - BOTTOM - y) / (HEIGHT - TOP - BOTTOM)));

/** One path for many runs; a run without a value on an axis has a gap there. */
export function pathOf(runs: Run[], axes: Axis[]): string {
  const parts: string[] = [];
  for (const run of runs) {
    let pen = "M";
    for (const { field, scale, x } of axes) {
      const at = scale.at(field.read(run));
      if (at === null || Number.isNaN(at)) {
        pen = "M";
        continue;
      }
      parts.push(`${pen}${x.toFixed(1)} ${yOf(at).toFixed(1)}`);
      pen = "L";
    }
  }
  return parts.join("");
}

/** The run whose line is nearest to a place, if any is near enough. */
export function nearest(runs: Run[], axes: Axis[], x: number, y: number): Run | null {
  const next = axes.findIndex((axis) => axis.x >= x);
  const [left, right] = [axes[Math.max(0, next - 1)], axes[Math.max(0, next)]];
  if (!left || !right) return null;
  const share = right.x > left.x ? (x - left.x) / (right.x - left.x) : 0;
  let best: { run: Run; away: number } | null = null;
  for (const run of runs) {
    const [a, b] = [left.scale.at(left.field.read(run)), right.scale.at(right.field.read(run))];
    if (a === null || b === null) continue;
    const away = Math.abs(yOf(a + (b - a) * share) - y);
    if (away < 10 && (!best || away < best.away)) best = { run, away };
  }
  return best?.run ?? null;
}

/** Tried values and the metric last; with too many of them, those that matter most. */
export function axesOf(compared: Compared): Field[] {
  const weight: Record<string, number> = compared.experiments[0]?.result.importance ?? {};
  const values = compared.fields.filter((field) => field.kind === "value");
  const chosen =
    values.length < MOST_AXES
      ? values
      : [...values]
          .sort((a, b) => (weight[b.name] ?? 0) - (weight[a.name] ?? 0))
          .slice(0, MOST_AXES - 1);
  return [...chosen, ...compared.fields.filter((field) => field.name === METRIC)];
}

function AxisView({
  axis,
  name,
  tones,
  drag,
  compared,
}: {
  axis: Axis;
  name: string;
  tones: Tones;
  drag: [number, number] | null;
  compared: Compared;
}) {
  const format = useFormat();
  const { field, scale, x } = axis;
  const brush = compared.view.brushes[field.name];
  const place = drag ?? (brush ? placeOf(scale, brush) : null);
  const short = name.length > 20 ? `${name.slice(0, 19)}…` : name;
  return (
    <g>
      <text x={x} y={18} textAnchor="middle" fontSize={12} fontWeight={600} fill={tones.ink}>
        {short}
        <title>{name}</title>
      </text>
      <line x1={x} x2={x} y1={yOf(1)} y2={yOf(0)} stroke={tones.dim} strokeWidth={1.2} />
      {scale.ticks.map((tick) => (
        <g key={tick.value}>
          <line x1={x - 4} x2={x} y1={yOf(tick.at)} y2={yOf(tick.at)} stroke={tones.dim} />
          <text
            x={x + 6}
            y={yOf(tick.at) + 4}
            fontSize={11}
            fill={tones.ink}
            stroke={tones.card}
            strokeWidth={3.5}
            strokeLinejoin="round"
            paintOrder="stroke"
          >
            {typeof tick.value === "number" ? format.value(tick.value) : tick.value.slice(0, 18)}
          </text>
        </g>
      ))}
      {place && (
        <rect
          x={x - 8}
          width={16}
          y={yOf(Math.max(...place))}
          height={Math.max(2, Math.abs(place[1] - place[0]) * (HEIGHT - TOP - BOTTOM))}
          rx={3}
          fill={tones.accent}
          fillOpacity={0.22}
          stroke={tones.accent}
          strokeWidth={1.4}
        />
      )}
    </g>
  );
}

export function Parallel({ compared }: { compared: Compared }) {
  const { t } = useTranslation();
  const format = useFormat();
  const tones = useTones();
  const { ref: box, width } = useElementSize();
  const svg = useRef<SVGSVGElement>(null);
  const names = useNames(compared.plan, compared.experiments.length > 1);
  const [hover, setHover] = useState<Run | null>(null);
  const [drag, setDrag] = useState<{ name: string; from: number; to: number } | null>(null);
  const chosen = axesOf(compared);
  const whole = Math.max(width, chosen.length * NARROWEST);
  const step = (whole - LEFT - RIGHT) / Math.max(1, chosen.length - 1);
  const logs = compared.logs.join(" ");
  const { runs, shown, maximise } = compared;
  // biome-ignore lint/correctness/useExhaustiveDependencies: fields change with the runs
  const axes = useMemo(
    () =>
      chosen.map((field, index) => ({
        field,
        scale: scaleOf(field, runs, compared.isLog(field)),
        x: LEFT + 30 + index * (step - 30 / Math.max(1, chosen.length - 1)),
      })),
    [runs, whole, logs],
  );
  const ground = useMemo(() => pathOf(runs, axes), [runs, axes]);
  const shades = useMemo(
    () =>
      shadesOf(shown, tones, maximise).map((shade) => ({ ...shade, d: pathOf(shade.runs, axes) })),
    [shown, axes, tones, maximise],
  );
  const picture = usePicture(svg, tones.card);
  const spot = (event: PointerEvent): [number, number] => {
    const rect = svg.current?.getBoundingClientRect();
    return [event.clientX - (rect?.left ?? 0), event.clientY - (rect?.top ?? 0)];
  };
  const axisAt = (x: number) => axes.find((axis) => Math.abs(axis.x - x) <= 15);
  const onDown = (event: PointerEvent) => {
    const [x, y] = spot(event);
    const axis = axisAt(x);
    if (!axis) return;
    svg.current?.setPointerCapture(event.pointerId);
    setDrag({ name: axis.field.name, from: shareOf(y), to: shareOf(y) });
  };
  const onMove = (event: PointerEvent) => {
    const [x, y] = spot(event);
    if (drag) setDrag({ ...drag, to: shareOf(y) });
    else setHover(nearest(shown, axes, x, y));
  };
  const onUp = () => {
    const axis = drag && axes.find((one) => one.field.name === drag.name);
    if (axis && drag) {
      const isClick = Math.abs(drag.to - drag.from) < 0.012;
      compared.brush({
        [drag.name]: isClick ? null : brushBetween(axis.scale, drag.from, drag.to),
      });
    } else if (hover) compared.toggle(hover.key);
    setDrag(null);
  };
  const title = t("compare.parallel");
  return (
    <Card
      title={title}
      actions={
        <div className="row tight">
          <span className="dim small num" data-screen>
            {hover
              ? `${names.ofRun(hover)} · ${format.metric(hover.metric)}`
              : t("compare.parallelHint")}
          </span>
          <Save name="parallel" title={title} make={picture} />
        </div>
      }
    >
      {/* biome-ignore lint/a11y/useSemanticElements: no fieldset, and no landmark beside that of the card */}
      <div
        ref={box}
        role="group"
        aria-label={title}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        style={{ overflowX: "auto" }}
      >
        {width > 0 && (
          <svg
            ref={svg}
            className="brushable"
            width={whole}
            height={HEIGHT}
            role="img"
            aria-label={t("compare.parallelOf", { count: shown.length })}
            onPointerDown={onDown}
            onPointerMove={onMove}
            onPointerUp={onUp}
            onPointerCancel={() => setDrag(null)}
            onPointerLeave={() => setHover(null)}
          >
            <path d={ground} fill="none" stroke={tones.line} strokeWidth={1} />
            {shades.map((shade) => (
              <path
                key={shade.colour}
                d={shade.d}
                fill="none"
                stroke={shade.colour}
                strokeWidth={shade.width}
                strokeLinejoin="round"
              />
            ))}
            {hover && (
              <path
                data-screen
                d={pathOf([hover], axes)}
                fill="none"
                stroke={tones.ink}
                strokeWidth={2.4}
              />
            )}
            {axes.map((axis) => (
              <AxisView
                key={axis.field.name}
                axis={axis}
                name={names.ofField(axis.field)}
                tones={tones}
                drag={drag?.name === axis.field.name ? [drag.from, drag.to] : null}
                compared={compared}
              />
            ))}
          </svg>
        )}
      </div>
    </Card>
  );
}
