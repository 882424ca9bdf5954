/** Figures: each metric with its interval on the test rows, beside validation and the baselines. */
import { useTranslation } from "react-i18next";
import { useExperiment } from "../api/queries";
import type { Json, Model } from "../api/records";
import { useFormat } from "../locales/format";
import { useMetricName } from "../locales/metric";
import { Table } from "../shell/table";
import { useRowName } from "../train/ends";
import type { Figure } from "./mistakes";

interface Line {
  metric: string;
  test: number | null;
  between: Figure | undefined;
  valid: number | null;
}

const numberOf = (document: unknown, name: string): number | null => {
  const value = (document as Json | undefined)?.[name];
  return typeof value === "number" ? value : null;
};

interface FiguresProps {
  model: Model;
  found: Record<string, Figure>;
  /** The version whose rows were asked instead of those of the search. */
  on: number | undefined;
}

export function Figures({ model, found, on }: FiguresProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const metricName = useMetricName();
  const nameOf = useRowName();
  const experiment = useExperiment(model.experiment).data;
  const kept = (model.manifest.metrics ?? {}) as Json;
  const names = Object.keys((kept.test as Json | undefined) ?? model.metrics);
  const baselines = (experiment?.plan.baselines ?? []).filter((one) => one.metric !== null);
  const lines: Line[] = names.map((metric) => ({
    metric,
    test: numberOf(kept.test ?? model.metrics, metric),
    between: found[metric],
    valid: numberOf(kept.valid, metric),
  }));
  const isMain = (line: Line) => line.metric === model.manifest.metric;
  return (
    <Table
      label={t("mistakes.figures")}
      items={lines}
      rowKey={(line) => line.metric}
      rowClass={(line) => (isMain(line) ? "best" : "")}
      columns={[
        { key: "metric", head: t("col.metric"), cell: (line) => metricName(line.metric) },
        {
          key: "test",
          head: t("mistakes.onTest"),
          right: true,
          cell: (line) => <strong>{format.metric(line.test)}</strong>,
        },
        ...(on
          ? [
              {
                key: "now",
                head: t("mistakes.onVersion", { version: on }),
                right: true,
                cell: (line: Line) => <strong>{format.metric(line.between?.value ?? null)}</strong>,
              },
            ]
          : []),
        {
          key: "between",
          head: t("mistakes.interval"),
          right: true,
          cell: (line) =>
            line.between ? (
              <span className="dim num">
                {format.metric(line.between.low)} … {format.metric(line.between.high)}
              </span>
            ) : (
              "–"
            ),
        },
        {
          key: "valid",
          head: t("mistakes.onValid"),
          right: true,
          cell: (line) => format.metric(line.valid),
        },
        ...baselines.map((one) => ({
          key: one.name,
          head: nameOf(one.name),
          right: true,
          cell: (line: Line) => (
            <span className="dim">{format.metric(one.metrics?.[line.metric] ?? null)}</span>
          ),
        })),
      ]}
    />
  );
}
