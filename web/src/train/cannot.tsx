/** Cannot: why a search cannot be started yet, each reason a link to where it is mended. */
import { CircleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Network, NetworkProblem } from "../api/records";
import { useAnalysis } from "./proposal";

export interface ReasonNot {
  code: "data" | "goals" | "goal" | "network" | "trials";
  to: string;
  args: Record<string, string | number>;
}

interface Given {
  /** Names of datasets; undefined while they are asked for. */
  known: string[] | undefined;
  data: string | null;
  /** Columns that can be learnt; undefined while they are asked for. */
  goals: string[] | undefined;
  goal: string | null;
  saved: Network | undefined;
  trials: number | string;
}

const isError = (problem: NetworkProblem) => problem.level !== "warning";

/** Everything that is in the way, not only the first. */
export function useReasonsNot({ known, data, goals, goal, saved, trials }: Given): ReasonNot[] {
  const analysis = useAnalysis(saved?.document, data, goal).data;
  const problems = (saved && analysis?.problems.filter(isError)) ?? [];
  const found: ReasonNot[] = [];
  if (known?.length === 0) found.push({ code: "data", to: "/datasets", args: {} });
  else if (data && goals && goals.length > 0 && !goal)
    found.push({ code: "goal", to: "#target", args: { data } });
  else if (data && goals?.length === 0)
    found.push({ code: "goals", to: `/datasets/${data}`, args: { data } });
  if (saved && problems.length > 0)
    found.push({
      code: "network",
      to: `/networks/${saved.name}`,
      args: { network: saved.name, count: problems.length, node: problems[0]?.node ?? "" },
    });
  if (!(Number(trials) >= 1)) found.push({ code: "trials", to: "#trials", args: {} });
  return found;
}

export function Reasons({ reasons }: { reasons: ReasonNot[] }) {
  const { t } = useTranslation();
  if (reasons.length === 0) return null;
  return (
    <div className="trouble warn" role="note" data-state="cannot-start">
      <CircleAlert size={18} aria-hidden />
      <div>
        <div>{t("cannot.title")}</div>
        <ul>
          {reasons.map(({ code, to, args }) => (
            <li key={code}>
              {to.startsWith("#") ? (
                <a
                  className="link"
                  href={to}
                  onClick={(event) => {
                    event.preventDefault();
                    document.getElementById(to.slice(1))?.focus();
                  }}
                >
                  {t(`cannot.${code}`, args as { data: string })}
                </a>
              ) : (
                <Link className="link" to={to}>
                  {t(`cannot.${code}`, args as { data: string })}
                </Link>
              )}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
