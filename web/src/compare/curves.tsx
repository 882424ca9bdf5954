/** Curves: several runs over each other; the picked ones, or the best few. */
import { Checkbox, SegmentedControl } from "@mantine/core";
import { Activity } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Curve, type Series } from "../charts/curve";
import { type Tones, useTones } from "../charts/tones";
import { useFormat } from "../locales/format";
import { useMetricName } from "../locales/metric";
import { Card, Empty } from "../shell/page";
import { measuresOf } from "../train/curves";
import { type Picture, Save } from "./picture";
import type { Run } from "./runs";
import { ticksOf } from "./scale";
import { linesOf, smooth, spreadOf } from "./thin";
import { type Compared, useNames } from "./use";
import { drawnOf } from "./view";

const FEW = 8;
const NOTHING: Run[] = [];
const CURVE = "curve";

export function hueOf(tones: Tones, index: number): { hue: string; dashed: boolean } {
  return {
    hue: tones.hues[index % tones.hues.length] ?? tones.accent,
    dashed: index >= tones.hues.length,
  };
}

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** The same lines as an SVG document; a canvas gives none. */
export function curvePicture(
  x: number[],
  series: Series[],
  title: string,
  tones: Tones,
  isLog: boolean,
): Picture {
  const [width, height, left, top] = [900, 420 + 18 * series.length, 70, 40];
  const [w, h] = [width - left - 30, 330];
  const put = (value: number) => (isLog ? Math.log10(value) : value);
  const values = series
    .flatMap((one) => one.values)
    .filter((value): value is number => value !== null && (!isLog || value > 0))
    .map(put);
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const [first, last] = [x[0] ?? 0, x.at(-1) ?? 1];
  const px = (value: number) => left + ((value - first) / (last - first || 1)) * w;
  const py = (value: number) => top + h - ((value - low) / (high - low || 1)) * h;
  const grid = ticksOf(low, high).map(
    (tick) =>
      `<line x1="${left}" x2="${left + w}" y1="${py(tick)}" y2="${py(tick)}" stroke="${tones.line}"/><text x="${left - 8}" y="${py(tick) + 4}" text-anchor="end" font-size="11" fill="${tones.dim}">${isLog ? Number((10 ** tick).toPrecision(3)) : tick}</text>`,
  );
  const below = ticksOf(first, last, 8).map(
    (tick) =>
      `<text x="${px(tick)}" y="${top + h + 18}" text-anchor="middle" font-size="11" fill="${tones.dim}">${tick}</text>`,
  );
  const lines = series.map((one, index) => {
    let pen = "M";
    const d = one.values
      .map((value, at) => {
        if (value === null || (isLog && value <= 0)) return "";
        const part = `${pen}${px(x[at] ?? 0).toFixed(1)} ${py(put(value)).toFixed(1)}`;
        pen = "L";
        return part;
      })
      .join("");
    const y = top + h + 44 + 18 * index;
    const dash = one.dashed ? ' stroke-dasharray="6 5"' : "";
    return `<path d="${d}" fill="none" stroke="${one.hue}" stroke-width="1.8"${dash}/><line x1="${left}" x2="${left + 22}" y1="${y - 4}" y2="${y - 4}" stroke="${one.hue}" stroke-width="2.4"${dash}/><text x="${left + 30}" y="${y}" font-size="12" fill="${tones.ink}">${escaped(one.label)}</text>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Inter, system-ui, sans-serif"><rect width="${width}" height="${height}" fill="${tones.card}"/><text x="${left}" y="24" font-size="14" font-weight="600" fill="${tones.ink}">${escaped(title)}</text>${grid.join("")}${below.join("")}${lines.join("")}</svg>`;
  return { svg, width, height };
}

const PARTS = ["most", "middle", "least"] as const;

function useSpread(shown: Run[], measure: string, weight: number) {
  const { t } = useTranslation();
  const tones = useTones();
  return useMemo(() => {
    const { x, ys } = linesOf(
      shown.map((run) => run.curve),
      measure,
    );
    const found = spreadOf(ys);
    const series = PARTS.map(
      (part): Series => ({
        key: part,
        label: t(`compare.spreadOf.${part}`),
        tone: "dim",
        hue: tones.hues[0] ?? tones.accent,
        dashed: part !== "middle",
        values: smooth(found[part], weight),
      }),
    );
    return { x, series };
  }, [shown, measure, weight, tones, t]);
}

function useSeries(drawn: Run[], measure: string, weight: number, nameOf: (run: Run) => string) {
  const tones = useTones();
  // biome-ignore lint/correctness/useExhaustiveDependencies: names change with the runs and the language
  return useMemo(() => {
    const { x, ys } = linesOf(
      drawn.map((run) => run.curve),
      measure,
    );
    const series = drawn.map(
      (run, index): Series => ({
        key: `${run.key} ${index}`,
        label: nameOf(run),
        tone: "dim",
        ...hueOf(tones, index),
        values: smooth(ys[index] ?? [], weight),
      }),
    );
    return { x, series };
  }, [drawn, measure, weight, tones]);
}

export default function Curves({ compared }: { compared: Compared }) {
  const { t } = useTranslation();
  const format = useFormat();
  const metricName = useMetricName();
  const tones = useTones();
  const { view, shown, maximise, plan } = compared;
  const names = useNames(plan, compared.experiments.length > 1);
  const drawn = useMemo(
    () => drawnOf(shown, view.pick, maximise, FEW),
    [shown, view.pick, maximise],
  );
  const measures = useMemo(() => measuresOf(drawn, plan).slice(0, 6), [drawn, plan]);
  const measure = measures.includes(view.measure) ? view.measure : (measures[0] ?? "");
  const isLog = compared.logs.includes(CURVE);
  const weight = Number(view.smooth) || 0;
  const single = useSeries(drawn, measure, weight, (run) =>
    run.metric === null ? names.ofRun(run) : `${names.ofRun(run)} ${format.metric(run.metric)}`,
  );
  const isSpread = view.form === "spread";
  const curved = useMemo(
    () => (isSpread ? shown.filter((run) => run.curve.length > 0) : NOTHING),
    [shown, isSpread],
  );
  const spread = useSpread(curved, measure, weight);
  const { x, series } = isSpread ? spread : single;
  const title = t("compare.curves");
  if (x.length === 0)
    return (
      <Card title={title} className="w7">
        <Empty icon={Activity} title={t("experiment.noCurves")}>
          {t("compare.noCurves")}
        </Empty>
      </Card>
    );
  return (
    <Card
      title={title}
      className="w7"
      actions={
        <Save
          name={`curves-${measure}`}
          title={title}
          make={() => curvePicture(x, series, metricName(measure), tones, isLog)}
        />
      }
    >
      <div className="stack tight">
        <div className="row apart">
          <div style={{ overflowX: "auto" }}>
            <SegmentedControl
              size="xs"
              aria-label={t("experiment.measure")}
              value={measure}
              onChange={(value) => compared.set({ measure: value })}
              data={measures.map((value) => ({ value, label: metricName(value) }))}
            />
          </div>
          <div className="row tight">
            <SegmentedControl
              size="xs"
              aria-label={t("compare.curveForm")}
              value={view.form || "single"}
              onChange={(value) => compared.set({ form: value === "spread" ? value : "" })}
              data={(["single", "spread"] as const).map((value) => ({
                value,
                label: t(`compare.${value}`),
              }))}
            />
            <SegmentedControl
              size="xs"
              aria-label={t("compare.smooth")}
              value={view.smooth || "0"}
              onChange={(value) => compared.set({ smooth: value === "0" ? "" : value })}
              data={[
                { value: "0", label: t("compare.raw") },
                { value: "0.6", label: t("compare.smoothed") },
                { value: "0.9", label: t("compare.smoother") },
              ]}
            />
            <Checkbox
              size="xs"
              label={t("compare.log")}
              checked={isLog}
              onChange={(event) => compared.setLog(CURVE, event.currentTarget.checked)}
            />
          </div>
        </div>
        <Curve
          key={`${measure} ${view.form}`}
          label={t("experiment.curvesOf", { measure: metricName(measure), count: series.length })}
          x={x}
          xLabel={t("col.epoch")}
          series={series}
          isLog={isLog}
          height={300}
        />
        <p className="dim small">
          {isSpread
            ? t("compare.spreadHint", { count: curved.length })
            : view.pick.length > 0
              ? t("compare.picked", { count: drawn.length })
              : t("compare.bestFew", { count: drawn.length })}
        </p>
      </div>
    </Card>
  );
}
