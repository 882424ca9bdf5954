/** Metric: the live metric of the running champion against the frozen first model and the promise. */
import { ChartSpline } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { MetricPoint } from "../api/records";
import { Curve, type Series } from "../charts/curve";
import { useMetricName } from "../locales/metric";
import { Empty } from "../shell/page";

export default function LiveMetric({ points, metric }: { points: MetricPoint[]; metric: string }) {
  const { t } = useTranslation();
  const metricName = useMetricName();
  const { x, series } = useMemo(() => {
    const line = (
      key: "live" | "frozen" | "promised" | "challenger",
      tone: Series["tone"],
      dashed: boolean,
    ): Series => ({
      key,
      tone,
      dashed,
      label: t(`loop.line.${key}`),
      values: points.map((point) => point[key] ?? null),
    });
    const all = [
      line("promised", "dim", true),
      line("frozen", "calm", false),
      line("challenger", "good", false),
      line("live", "accent", false),
    ];
    return {
      x: points.map((point) => point.at),
      series: all.filter((one) => one.values.some((value) => value !== null)),
    };
  }, [points, t]);
  if (points.length === 0 || series.length === 0) {
    return (
      <Empty icon={ChartSpline} title={t("loop.noMetric")}>
        {t("loop.noMetricText")}
      </Empty>
    );
  }
  return (
    <Curve
      label={t("loop.metricTitle", { metric: metricName(metric) })}
      x={x}
      xLabel={t("col.when")}
      series={series}
      time
      height={250}
    />
  );
}
