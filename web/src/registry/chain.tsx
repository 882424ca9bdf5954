/** Chain: where a model comes from and where it answers, each step a link. */
import { ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useDeployments } from "../api/queries";
import type { Model } from "../api/records";
import { useRowName } from "../train/ends";
import "./registry.css";

interface Step {
  key: string;
  noun: string;
  name: string;
  to?: string;
}

interface Lineage {
  data?: string;
  version?: number;
  parent?: string | null;
  baselines?: string[];
}

export const lineageOf = (model: Model): Lineage => (model.manifest.lineage ?? {}) as Lineage;

export function Chain({ model }: { model: Model }) {
  const { t } = useTranslation();
  const nameOf = useRowName();
  const ref = `${model.name}@${model.version}`;
  const { data, version, parent, baselines = [] } = lineageOf(model);
  const there = (useDeployments().data ?? []).filter((one) =>
    [one.live, one.challenger, one.previous].includes(ref),
  );
  const role = (one: (typeof there)[number]) =>
    one.live === ref ? "champion" : one.challenger === ref ? "challenger" : "former";
  const steps: Step[] = [
    ...(data
      ? [
          {
            key: "data",
            noun: t("noun.dataset"),
            name: t("lineage.data", { name: data, version }),
            to: `/datasets/${data}?version=${version ?? ""}`,
          },
        ]
      : []),
    {
      key: "experiment",
      noun: t("noun.experiment"),
      name: model.experiment,
      to: `/experiments/${model.experiment}`,
    },
    ...model.trials.map((number) => ({
      key: `trial ${number}`,
      noun: t("noun.trial"),
      name: t("trial.name", { number }),
      to: `/experiments/${model.experiment}?trial=${number}`,
    })),
    ...baselines.map((name) => ({
      key: name,
      noun: t("mistakes.baseline"),
      name: nameOf(name),
      to: `/experiments/${model.experiment}`,
    })),
    ...(parent
      ? [{ key: "parent", noun: t("experiment.warm"), name: parent, to: `/models/${parent}` }]
      : []),
    { key: "here", noun: t("noun.model"), name: ref },
    ...there.map((one) => ({
      key: `at ${one.name}`,
      noun: t(`mistakes.role.${role(one)}`),
      name: one.name,
      to: `/deployments/${one.name}`,
    })),
  ];
  return (
    <ol className="chain">
      {steps.map((step, index) => (
        <li key={step.key}>
          {index > 0 && <ChevronRight size={16} aria-hidden />}
          {step.to ? (
            <Link className="step" to={step.to}>
              <span>{step.noun}</span>
              {step.name}
            </Link>
          ) : (
            <div className="step here" aria-current="page">
              <span>{step.noun}</span>
              {step.name}
            </div>
          )}
        </li>
      ))}
    </ol>
  );
}
