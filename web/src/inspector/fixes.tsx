/** Fixes: problems in the reader's language, each with what mends it in one click. */
import { Button } from "@mantine/core";
import { CircleAlert, TriangleAlert, Wrench } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { NetworkProblem } from "../api/records";
import { useDeskStore } from "../desk/desk";
import { applyFix, type Fix } from "../document/fixes";
import { valueText } from "../document/grammar";
import type { Json } from "../document/types";

/** What a problem says; the server's sentence where there is no translation. */
export function useProblemText(): (problem: NetworkProblem) => string {
  const { t, i18n } = useTranslation();
  return (problem) => {
    const key = `fault.${problem.code}`;
    const known = i18n.exists(key);
    const args = { port: problem.port ?? "", ...problem.args };
    if (known) return t(`fault.${problem.code}` as "fault.cycle", args);
    return problem.text?.replace(/^'[^']*': /, "") ?? problem.code;
  };
}

/** Values a fix sets on what it inserts: `units 48`. */
const listed = (params: unknown): string =>
  Object.entries((params ?? {}) as Json)
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(", ");

export function useFixText(): (fix: Fix) => string {
  const { t, i18n } = useTranslation();
  return (fix) => {
    const key = `fix.${fix.code}`;
    if (!fix.code || !i18n.exists(key)) return fix.title;
    return t(`fix.${fix.code}` as "fix.connect", {
      ...fix.args,
      values: listed(fix.args?.params),
    });
  };
}

export function Fixes({
  problems,
  hasNames = false,
}: {
  problems: NetworkProblem[];
  hasNames?: boolean;
}) {
  const store = useDeskStore();
  const textOf = useProblemText();
  const fixText = useFixText();
  if (!problems.length) return null;
  const go = (problem: NetworkProblem) => {
    const desk = store.getState();
    if (problem.node && (problem.block ?? null) === (desk.way.at(-1)?.block ?? null))
      desk.select([problem.node]);
  };
  return (
    <ul className="problems">
      {problems.map((problem, i) => (
        <li
          key={`${problem.code} ${problem.block} ${problem.node} ${problem.port} ${i}`}
          className={problem.level ?? "error"}
        >
          {problem.level === "warning" ? (
            <TriangleAlert size={15} aria-hidden />
          ) : (
            <CircleAlert size={15} aria-hidden />
          )}
          <div className="grow">
            <p>
              {hasNames && problem.node && (
                <button type="button" className="plain who" onClick={() => go(problem)}>
                  {[problem.block, problem.node].filter(Boolean).join(" › ")}
                </button>
              )}{" "}
              {textOf(problem)}
            </p>
            {problem.fixes && problem.fixes.length > 0 && (
              <div className="row" style={{ gap: 6, marginTop: 6 }}>
                {problem.fixes.map((fix) => (
                  <Button
                    key={fix.title}
                    size="compact-xs"
                    variant="light"
                    leftSection={<Wrench size={12} />}
                    onClick={() =>
                      store
                        .getState()
                        .act("fix", (p) => applyFix(p, fix as Fix, problem.block ?? null), {
                          args: { title: fix.title },
                        })
                    }
                  >
                    {fixText(fix as Fix)}
                  </Button>
                ))}
              </div>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
