/** Plan: what a search was asked for and what was made of it: data, network, recipe, ranges, budget, estimate. */
import { SlidersHorizontal } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useExperiments, useNetworks } from "../api/queries";
import type { Experiment, Trial } from "../api/records";
import { Drawing } from "../canvas/drawing";
import { useFormat } from "../locales/format";
import { Card, Empty, Facts } from "../shell/page";
import { Table } from "../shell/table";
import { estimateOf } from "./again";
import { Cohorts } from "./cohorts";

import { useAnalysis } from "./proposal";
import { rangeText } from "./space";

/** All ranges in one list, the network's and the recipe's, with the value each starts from. */
function AllRanges({ experiment }: { experiment: Experiment }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { plan, spec } = experiment;
  const space = plan.space ?? spec.space ?? {};
  const network = plan.network ?? spec.network;
  const recipe = plan.recipe ?? spec.recipe ?? {};
  const startOf = (key: string): unknown => {
    const [owner = "", field = ""] = key.split(/\.(.*)/);
    if (owner === "recipe") return recipe[field];
    const node = network?.nodes[owner];
    return field === "repeat" ? node?.repeat : node?.params?.[field];
  };
  const fields = Object.entries(space);
  return (
    <Card title={t("experiment.space", { count: fields.length })} flush={fields.length > 0}>
      {fields.length === 0 ? (
        <Empty icon={SlidersHorizontal} title={t("experiment.noRange")}>
          {t("experiment.noRangeText")}
        </Empty>
      ) : (
        <Table
          label={t("experiment.space", { count: fields.length })}
          items={fields}
          rowKey={([key]) => key}
          columns={[
            {
              key: "field",
              head: t("col.field"),
              cell: ([key]) => <span className="mono">{key}</span>,
            },
            {
              key: "range",
              head: t("experiment.range"),
              cell: ([, range]) => <span className="mono">{rangeText(range)}</span>,
            },
            {
              key: "start",
              head: t("experiment.startsAt"),
              right: true,
              cell: ([key]) => <span className="mono">{format.value(startOf(key))}</span>,
            },
          ]}
        />
      )}
    </Card>
  );
}

function useEstimate(experiment: Experiment): number | null {
  const others = useExperiments().data ?? [];
  return estimateOf(experiment.spec, others, experiment.plan.recipe?.epochs);
}

function Asked({ experiment }: { experiment: Experiment }) {
  const { t } = useTranslation();
  const format = useFormat();
  const saved = useNetworks().data ?? [];
  const estimate = useEstimate(experiment);
  const words = estimate === null ? t("experiment.noEstimate") : format.duration(estimate);
  const { plan, spec } = experiment;
  const network = plan.network ?? spec.network;
  const origin = saved.find((one) => one.name === network?.name);
  const rows = Object.entries(plan.rows ?? {}).map(
    ([name, count]) => `${t(`split.${name as "train"}`)} ${format.count(count)}`,
  );
  const version = plan.version ?? spec.version;
  const epochs = spec.epochs ?? plan.recipe?.epochs;
  const data = version ? `${spec.data} v${version}` : spec.data;
  return (
    <Card title={t("experiment.plan")}>
      <Facts
        items={[
          [
            t("noun.dataset"),
            <Link
              key="data"
              className="link"
              to={`/datasets/${spec.data}${version ? `?version=${version}` : ""}`}
            >
              {data}
            </Link>,
          ],
          [t("col.target"), spec.target],
          [t("noun.task"), plan.task ?? spec.task ?? "–"],
          [
            t("noun.network"),
            origin ? (
              <Link key="network" className="link" to={`/networks/${origin.name}`}>
                {origin.name}
              </Link>
            ) : (
              (network?.name ?? t("start.propose"))
            ),
          ],
          [t("experiment.split"), format.value(plan.split?.method)],
          [t("col.rows"), rows.join(" · ") || "–"],
          [
            t("experiment.budget"),
            t("experiment.budgetOf", {
              trials: format.count(spec.trials ?? 24),
              epochs: format.value(epochs),
            }),
          ],
          [
            t("experiment.sampler"),
            `${spec.sampler ?? "tpe"} · ${format.value(spec.pruner?.kind)}`,
          ],
          [t("experiment.folds"), format.count(spec.folds ?? 1)],
          [t("experiment.baselines"), t(`experiment.baselineUse.${spec.baselines as "compete"}`)],
          [t("experiment.watched"), t(spec.watch ? "experiment.yes" : "experiment.no")],
          [t("experiment.seed"), format.value(spec.seed ?? 0)],
          [t("start.deploy"), spec.deploy ?? "–"],
          [t("experiment.warm"), spec.warm ? format.value(spec.warm.model) : t("experiment.cold")],
          ...(experiment.finished_at === null || experiment.finished_at === undefined
            ? [[t("experiment.estimate"), words] as [string, string]]
            : []),
        ]}
      />
    </Card>
  );
}

function Recipe({ experiment }: { experiment: Experiment }) {
  const { t } = useTranslation();
  const format = useFormat();
  const fields = Object.entries(experiment.plan.recipe ?? experiment.spec.recipe ?? {}).filter(
    ([, value]) => value !== null && typeof value !== "object",
  );
  if (fields.length === 0) return null;
  return (
    <Card title={t("noun.recipe")}>
      <Facts
        items={fields.map(([name, value]) => [
          name,
          <span key={name} className="mono">
            {format.value(value)}
          </span>,
        ])}
      />
    </Card>
  );
}

export function PlanTab({ experiment, trials }: { experiment: Experiment; trials: Trial[] }) {
  const { t } = useTranslation();
  const { plan, spec } = experiment;
  const network = plan.network ?? spec.network ?? undefined;
  const analysis = useAnalysis(network ?? undefined, spec.data, spec.target);
  return (
    <div className="grid loose">
      <div className="w5 stack" style={{ gap: 20 }}>
        <Asked experiment={experiment} />
        <Recipe experiment={experiment} />
      </div>
      <div className="w7 stack" style={{ gap: 20 }}>
        <AllRanges experiment={experiment} />
        <Cohorts experiment={experiment} trials={trials} />
        <Card title={network?.name ?? t("noun.network")}>
          {network ? (
            <Drawing document={network} analysis={analysis.data} />
          ) : (
            <p className="dim">{t("experiment.noNetwork")}</p>
          )}
        </Card>
      </div>
    </div>
  );
}
