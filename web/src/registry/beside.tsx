/** Beside: a model and another for the same target, figure by figure, on the test rows each was tested on. */
import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useDeployments, useModels } from "../api/queries";
import type { Model } from "../api/records";
import { useFormat } from "../locales/format";
import { useMetricName } from "../locales/metric";
import { Card } from "../shell/page";
import { Table } from "../shell/table";
import { isBetterHigh } from "../train/curves";
import { metricsOf } from "./metrics";

const refOf = (model: Model): string => `${model.name}@${model.version}`;

interface Line {
  key: string;
  split: string;
  metric: string;
  mine: number | null;
  theirs: number | null;
}

/** Figures that either model has, the test split first. */
export function linesOf(mine: Model, theirs: Model): Line[] {
  const [a, b] = [metricsOf(mine), metricsOf(theirs)];
  const keys = new Map(
    [...a, ...b].map(([split, metric]) => [`${split} ${metric}`, { split, metric }]),
  );
  const read = (found: typeof a, key: string) =>
    found.find(([split, metric]) => `${split} ${metric}` === key)?.[2] ?? null;
  return [...keys].map(([key, names]) => ({
    key,
    ...names,
    mine: read(a, key),
    theirs: read(b, key),
  }));
}

export function Beside({ model }: { model: Model }) {
  const { t } = useTranslation();
  const format = useFormat();
  const metricName = useMetricName();
  const [search, setSearch] = useSearchParams();
  const champions = (useDeployments().data ?? []).map((one) => one.live);
  const target = model.manifest.target;
  const others = (useModels().data ?? []).filter(
    (one) => refOf(one) !== refOf(model) && one.manifest.target === target,
  );
  const chosen =
    others.find((one) => refOf(one) === search.get("with")) ??
    others.find((one) => champions.includes(refOf(one))) ??
    others[0];
  if (!chosen) return null;
  const name = (one: Model) =>
    champions.includes(refOf(one)) ? `${refOf(one)} · ${t("noun.champion")}` : refOf(one);
  const change = (line: Line) => {
    if (line.mine === null || line.theirs === null) return "–";
    const by = line.mine - line.theirs;
    if (by === 0) return "0";
    const plan = {
      metric: String(model.manifest.metric),
      maximise: Boolean(model.manifest.maximise),
    };
    const isBetter = by > 0 === isBetterHigh(line.metric, plan);
    return (
      <span className={`pill ${isBetter ? "good" : "bad"}`}>
        {by > 0 ? "+" : "−"}
        {format.value(Math.abs(by))} {t(isBetter ? "model.better" : "model.worse")}
      </span>
    );
  };
  const isSameData =
    JSON.stringify([model.manifest.split, model.manifest.rows]) ===
    JSON.stringify([chosen.manifest.split, chosen.manifest.rows]);
  return (
    <Card
      title={t("model.beside")}
      flush
      actions={
        <Select
          size="xs"
          aria-label={t("model.besideWith")}
          data={others.map((one) => ({ value: refOf(one), label: name(one) }))}
          value={refOf(chosen)}
          allowDeselect={false}
          onChange={(value) => value && setSearch({ with: value }, { preventScrollReset: true })}
        />
      }
    >
      {!isSameData && (
        <p className="dim small" style={{ padding: "0 20px 6px" }}>
          {t("model.otherRows")}
        </p>
      )}
      <Table
        label={t("model.beside")}
        items={linesOf(model, chosen)}
        rowKey={(line) => line.key}
        columns={[
          {
            key: "metric",
            head: t("col.metric"),
            cell: (line) =>
              [
                metricName(line.metric),
                line.split &&
                  t(`split.${line.split}` as "split.test", { defaultValue: line.split }),
              ]
                .filter(Boolean)
                .join(" · "),
          },
          {
            key: "mine",
            head: refOf(model),
            right: true,
            cell: (line) => <strong>{format.metric(line.mine)}</strong>,
          },
          {
            key: "theirs",
            head: refOf(chosen),
            right: true,
            cell: (line) => format.metric(line.theirs),
          },
          { key: "by", head: t("compare.change"), right: true, cell: change },
        ]}
      />
    </Card>
  );
}
