/** Strip: the way of a new project, data to a first answer, ticked as it goes; gone once it was walked. */
import { ActionIcon } from "@mantine/core";
import { Check, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import {
  useCounts,
  useDatasets,
  useDeployments,
  useExperiments,
  useNetworks,
} from "../api/queries";

const KEPT = "danlu.walked.";
/** There the way is drawn as the circle, or every line of the screen is needed. */
const ELSEWHERE = /^\/(loops|networks\/.)/;

interface Step {
  key: "data" | "network" | "train" | "try";
  isDone: boolean;
  isBusy?: boolean;
  to: string;
}

function useSteps(): Step[] | null {
  const datasets = useDatasets().data;
  const networks = useNetworks().data;
  const experiments = useExperiments().data;
  const deployments = useDeployments().data;
  const live = deployments?.find((one) => one.live);
  const counts = useCounts(live?.name).data;
  if (!datasets || !networks || !experiments || !deployments || (live && !counts)) return null;
  const data = datasets[0]?.name;
  const isTrained = experiments.some((one) => one.state === "finished");
  const going = experiments.find((one) => ["queued", "running"].includes(one.state));
  const [newest] = experiments;
  return [
    { key: "data", isDone: Boolean(data), to: "/datasets?add=1" },
    {
      key: "network",
      // Who lets one be proposed has one as soon as the search knows it.
      isDone: networks.length > 0 || experiments.some((one) => one.plan.network),
      to: "/networks?propose=1",
    },
    {
      key: "train",
      isDone: isTrained,
      isBusy: Boolean(going),
      to: going ? `/experiments/${going.name}` : `/experiments?start=${data ?? "1"}`,
    },
    {
      key: "try",
      isDone: Boolean(counts?.predictions),
      to: live
        ? `/deployments/${live.name}`
        : newest?.result.model
          ? `/deployments?model=${newest.result.model}`
          : "/deployments",
    },
  ];
}

function Walk({ onWalked }: { onWalked: () => void }) {
  const { t } = useTranslation();
  const steps = useSteps();
  const isWalked = steps?.every((step) => step.isDone) ?? false;
  useEffect(() => {
    if (isWalked) onWalked();
  }, [isWalked, onWalked]);
  if (!steps || isWalked) return null;
  const next = steps.find((step) => !step.isDone)?.key;
  return (
    <nav className="strip" aria-label={t("strip.label")} data-state="strip">
      <ol>
        {steps.map((step, at) => (
          <li
            key={step.key}
            className={step.isDone ? "done" : step.key === next ? "next" : ""}
            aria-current={step.key === next ? "step" : undefined}
          >
            <Link to={step.to}>
              <span className="knot" aria-hidden>
                {step.isDone ? <Check size={13} /> : at + 1}
              </span>
              {t(`strip.${step.key}`)}
              {step.isDone && <span className="hidden">{t("strip.done")}</span>}
              {step.isBusy && !step.isDone && <span className="dot beat" aria-hidden />}
            </Link>
          </li>
        ))}
      </ol>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t("strip.hide")}
        title={t("strip.hide")}
        onClick={onWalked}
      >
        <X size={15} />
      </ActionIcon>
    </nav>
  );
}

export default function Strip({ project }: { project: string }) {
  const { pathname } = useLocation();
  const [isWalked, setWalked] = useState(() => localStorage.getItem(KEPT + project) !== null);
  const walked = () => {
    localStorage.setItem(KEPT + project, "1");
    setWalked(true);
  };
  if (isWalked || ELSEWHERE.test(pathname)) return null;
  return <Walk onWalked={walked} />;
}
