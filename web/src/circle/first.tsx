/** First: the circle of an empty project, and the four steps that close it. */
import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useDatasets, useDeployments, useExperiments } from "../api/queries";
import { Circle } from "./circle";

export function FirstSteps() {
  const { t } = useTranslation();
  const datasets = useDatasets();
  const experiments = useExperiments();
  const deployments = useDeployments();
  const data = datasets.data?.[0]?.name;
  const live = deployments.data?.find((deployment) => deployment.live);
  const steps = [
    { key: "data", done: Boolean(data), to: "/datasets?add=1" },
    {
      key: "train",
      done: Boolean(experiments.data?.length),
      to: data ? `/experiments?start=${data}` : "/experiments?start=1",
    },
    { key: "try", done: Boolean(live), to: live ? `/deployments/${live.name}` : "/deployments" },
    { key: "close", done: false, to: "/loops" },
  ] as const;
  const next = steps.find((step) => !step.done)?.key;
  return (
    <Circle
      stations={{
        ...(data ? { data: { name: data } } : {}),
        ...(experiments.data?.[0]
          ? { experiment: { name: experiments.data[0].name, state: experiments.data[0].state } }
          : {}),
        ...(live ? { deployment: { name: live.name, state: "live" } } : {}),
      }}
      links={{
        data: "/datasets",
        network: "/networks",
        experiment: "/experiments",
        model: "/models",
        deployment: "/deployments",
      }}
      centre={
        <div className="first">
          <h2>{t("first.title")}</h2>
          <ol>
            {steps.map((step, index) => (
              <li key={step.key} className={step.done ? "done" : step.key === next ? "next" : ""}>
                <span className="knot" aria-hidden>
                  {step.done ? <Check size={14} /> : index + 1}
                </span>
                {step.key === next ? (
                  <Link to={step.to}>{t(`first.${step.key}`)}</Link>
                ) : (
                  <span>{t(`first.${step.key}`)}</span>
                )}
              </li>
            ))}
          </ol>
        </div>
      }
    />
  );
}
