/** Own: the curves of one trial: both losses over each other, and its metrics. */
import { SegmentedControl } from "@mantine/core";
import { Activity } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Plan, Trial } from "../api/records";
import { Curve, type Series } from "../charts/curve";
import { useMetricName } from "../locales/metric";
import { Empty } from "../shell/page";
import { measuresOf } from "./curves";

const LOSSES = ["loss", "valid_loss"];

export default function OwnCurves({ trial, plan }: { trial: Trial; plan: Plan }) {
  const { t } = useTranslation();
  const metricName = useMetricName();
  const [chosen, setChosen] = useState("loss");
  const metrics = useMemo(
    () => measuresOf([trial], plan).filter((name) => !LOSSES.includes(name)),
    [trial, plan],
  );
  const shown = metrics.includes(chosen) ? [chosen] : LOSSES;
  const x = useMemo(() => trial.curve.map((point, at) => point.epoch ?? at + 1), [trial.curve]);
  const series = shown.map(
    (name, at): Series => ({
      key: name,
      label: metricName(name),
      tone: at === shown.length - 1 ? "accent" : "calm",
      dashed: at < shown.length - 1,
      values: trial.curve.map((point) => point[name] ?? null),
    }),
  );
  const isOver = !["waiting", "running"].includes(trial.state);
  if (trial.curve.length === 0 && isOver)
    return <Empty icon={Activity} title={t("trial.noEpoch")} />;
  if (trial.curve.length === 0)
    return (
      <Empty icon={Activity} title={t("experiment.noCurves")}>
        {t("experiment.noCurvesText")}
      </Empty>
    );
  const words = t("trial.curve", { number: trial.number });
  return (
    <div className="stack tight">
      <div style={{ overflowX: "auto" }}>
        <SegmentedControl
          size="xs"
          aria-label={t("experiment.measure")}
          value={shown.length > 1 ? "loss" : chosen}
          onChange={setChosen}
          data={[
            { value: "loss", label: t("trial.losses") },
            ...metrics.slice(0, 5).map((value) => ({ value, label: metricName(value) })),
          ]}
        />
      </div>
      <Curve key={shown.join()} label={words} x={x} xLabel={t("col.epoch")} series={series} />
    </div>
  );
}
