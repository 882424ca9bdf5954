/** Checks: the gate's report, each check with what it found, in the reader's language. */
import { CircleCheck, CircleX } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Check, Gate, Problem } from "../api/records";
import { State } from "../shell/state";
import { useWords } from "../shell/trouble";
import { detailOf, schemaOf } from "./gate";

export function GateState({ gate }: { gate: Gate }) {
  return (
    <State state={gate.passed === undefined ? "waiting" : gate.passed ? "passed" : "refused"} />
  );
}

function Particulars({ check }: { check: Check }) {
  const { t, i18n } = useTranslation();
  const words = useWords();
  const found = detailOf(check);
  const problem = check.args?.problem as Problem | undefined;
  if (problem) return <>{words(problem).title}</>;
  if (check.code === "schema_changed") return <Schema check={check} />;
  return (
    <>
      {found && i18n.exists(`gate.${found.code}`)
        ? t(`gate.${found.code}` as "gate.latency", found.args)
        : check.detail}
      {check.code === "died" && (
        <pre className="code" style={{ marginTop: 8 }}>
          {String(check.args?.tail ?? "")}
        </pre>
      )}
    </>
  );
}

/** A schema that differs, column by column. */
function Schema({ check }: { check: Check }) {
  const { t, i18n } = useTranslation();
  const { changed, come, gone } = schemaOf(check);
  const kind = (name: string) =>
    i18n.exists(`kind.${name}`) ? t(`kind.${name}` as "kind.number") : name;
  return (
    <ul>
      {changed.map((one) => (
        <li key={`${one.of} ${one.name}`}>
          {one.of === "column"
            ? t("gate.columnWas", { name: one.name, was: kind(one.was), is: kind(one.is) })
            : t(one.of === "target" ? "gate.targetWas" : "gate.formWas", { ...one })}
        </li>
      ))}
      {come.length > 0 && <li>{t("gate.come", { columns: come.join(", ") })}</li>}
      {gone.length > 0 && <li>{t("gate.gone", { columns: gone.join(", ") })}</li>}
    </ul>
  );
}

export function Checks({ gate }: { gate: Gate }) {
  const { t, i18n } = useTranslation();
  const words = (name: string) =>
    i18n.exists(`check.${name}`) ? t(`check.${name}` as "check.golden") : name.replaceAll("_", " ");
  if (!gate.checks?.length) return <p className="dim">{t("model.noGate")}</p>;
  return (
    <ul className="stack tight">
      {gate.checks.map((check) => (
        <li
          key={check.name}
          className="row tight"
          style={{ flexWrap: "nowrap", alignItems: "flex-start" }}
        >
          {check.passed ? (
            <CircleCheck
              size={17}
              color="var(--good)"
              style={{ flex: "none", marginTop: 2 }}
              aria-label={t("state.passed")}
            />
          ) : (
            <CircleX
              size={17}
              color="var(--bad)"
              style={{ flex: "none", marginTop: 2 }}
              aria-label={t("state.refused")}
            />
          )}
          <div style={{ minWidth: 0 }}>
            {words(check.name)}{" "}
            <span className="dim">
              <Particulars check={check} />
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}
