/** Live: the curves of all trials of an experiment, by any measure. */
import { SegmentedControl } from "@mantine/core";
import { Activity } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Plan, Trial } from "../api/records";
import { Curve } from "../charts/curve";
import { useMetricName } from "../locales/metric";
import { Empty } from "../shell/page";
import { linesOf, measuresOf } from "./curves";

interface LiveCurvesProps {
  trials: Trial[];
  plan: Plan;
  /** They stand out and are named. */
  pinned?: number[];
}

const NONE: number[] = [];

export default function LiveCurves({ trials, plan, pinned = NONE }: LiveCurvesProps) {
  const { t } = useTranslation();
  const metricName = useMetricName();
  const measures = useMemo(() => measuresOf(trials, plan), [trials, plan]);
  const [chosen, setChosen] = useState<string | null>(null);
  const measure = chosen && measures.includes(chosen) ? chosen : (measures[0] ?? "");
  const lines = useMemo(
    () =>
      linesOf(trials, measure, plan, (trial) => t("trial.name", { number: trial.number }), pinned),
    [trials, measure, plan, t, pinned],
  );
  if (lines.x.length === 0) {
    return (
      <Empty icon={Activity} title={t("experiment.noCurves")}>
        {t("experiment.noCurvesText")}
      </Empty>
    );
  }
  const best = lines.best.map((one) => ({
    ...one,
    label: t("experiment.bestTrial", { name: one.label }),
  }));
  return (
    <div className="stack tight">
      {measures.length > 1 && (
        <div style={{ overflowX: "auto" }}>
          <SegmentedControl
            size="xs"
            aria-label={t("experiment.measure")}
            value={measure}
            onChange={setChosen}
            data={measures.slice(0, 6).map((value) => ({ value, label: metricName(value) }))}
          />
        </div>
      )}
      <Curve
        key={measure}
        label={t("experiment.curvesOf", { measure: metricName(measure), count: trials.length })}
        x={lines.x}
        xLabel={t("col.epoch")}
        series={lines.series}
        legend={lines.series.length <= 6 ? lines.series : [...lines.pinned, ...best]}
        height={340}
      />
    </div>
  );
}
