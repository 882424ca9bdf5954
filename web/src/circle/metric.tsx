/** Metric: by day, what was answered against the promise, beside the first model left as it was. */
import { ChartSpline } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Curve, type Series } from "../charts/curve";
import { useMetricName } from "../locales/metric";
import { Empty } from "../shell/page";
import { type Decay, momentOf, scored } from "./measured";

export default function LiveMetric({ decay }: { decay: Decay }) {
  const { t } = useTranslation();
  const metricName = useMetricName();
  const { x, series, legend } = useMemo(() => {
    const days = scored(decay.days);
    const flat = (value: number | undefined) => days.map(() => value ?? null);
    const named: Series[] = [
      {
        key: "promised",
        tone: "dim",
        dashed: true,
        label: t("loop.line.promised"),
        values: flat(decay.promise?.value),
      },
      {
        key: "frozen",
        tone: "calm",
        label: t("loop.line.frozen"),
        values: days.map((day) => day.frozen?.value ?? null),
      },
      {
        key: "live",
        tone: "accent",
        label: t("loop.line.live"),
        values: days.map((day) => day.live?.value ?? null),
      },
    ];
    const edge = (end: "low" | "high"): Series => ({
      key: end,
      tone: "faint",
      label: t(`loop.line.${end}`),
      values: days.map((day) => day.live?.[end] ?? null),
    });
    const known = named.filter((one) => one.values.some((value) => value !== null));
    return {
      x: days.map((day) => momentOf(day.day)),
      series: [edge("low"), edge("high"), ...known],
      legend: known,
    };
  }, [decay, t]);
  if (x.length === 0) {
    return (
      <Empty icon={ChartSpline} title={t("loop.noMetric")}>
        {t("loop.noMetricText")}
      </Empty>
    );
  }
  return (
    <>
      <Curve
        label={t("loop.metricTitle", { metric: metricName(decay.metric) })}
        x={x}
        xLabel={t("loop.day")}
        series={series}
        legend={legend}
        time
        height={300}
      />
      <p className="dim small">
        {t("loop.metricNote", { first: decay.first ?? "" })}
        {scored(decay.days).some((day) => (day.over ?? 0) > 1) && ` ${t("loop.metricFew")}`}
      </p>
    </>
  );
}
