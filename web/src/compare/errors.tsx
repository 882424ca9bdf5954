/** Errors: what two runs have wrong: their confusions side by side, and the rows that only one of them has. */
import { SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "../locales/format";
import { Calibration } from "../registry/calibration";
import { Cases } from "../registry/cases";
import { Confusion } from "../registry/confusion";
import { differing } from "../registry/matrix";
import { type Mistakes, useTrialMistakes } from "../registry/mistakes";
import { Card } from "../shell/page";
import { TroubleOf } from "../shell/trouble";
import type { Run } from "./runs";
import { type Compared, useNames, usePair } from "./use";

function Side({ name, found }: { name: string; found: Mistakes }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Card title={name} className="w6">
      <div className="stack tight">
        {found.confusion && <Confusion found={found} />}
        {found.residuals && <Calibration found={found} />}
        <p className="dim small">{t("mistakes.asked.valid", { rows: format.count(found.rows) })}</p>
      </div>
    </Card>
  );
}

/** Rows that one has wrong and the other right; of values, the worst of each. */
function Apart({
  a,
  b,
  names,
  side,
  onSide,
}: {
  a: Mistakes;
  b: Mistakes;
  names: [string, string];
  side: "a" | "b";
  onSide: (side: "a" | "b") => void;
}) {
  const { t } = useTranslation();
  const { onlyMine, onlyTheirs } = differing(a.cases, b.cases);
  const isSame = a.data === b.data && a.version === b.version && a.rows === b.rows;
  if (!isSame) return null;
  const sides = { a: onlyMine, b: onlyTheirs };
  const switcher = (
    <SegmentedControl
      size="xs"
      aria-label={t("mistakes.apart")}
      value={side}
      onChange={(value) => onSide(value as "a" | "b")}
      data={[
        { value: "a", label: `${names[0]} (${onlyMine.length})` },
        { value: "b", label: `${names[1]} (${onlyTheirs.length})` },
      ]}
    />
  );
  return (
    <Card title={t("mistakes.apart")} flush actions={switcher}>
      <Cases found={side === "a" ? a : b} cases={sides[side]} />
    </Card>
  );
}

export function Errors({ compared }: { compared: Compared }) {
  const { t } = useTranslation();
  const names = useNames(compared.plan, compared.experiments.length > 1);
  const [first, second] = usePair(compared);
  const of = (run: Run | undefined) =>
    run && compared.experiments.find((one) => one.name === run.experiment)?.result.model
      ? run
      : undefined;
  const [x, y] = [of(first), of(second)];
  const a = useTrialMistakes(x?.experiment, x?.number ?? null);
  const b = useTrialMistakes(y?.experiment, y?.number ?? null);
  if (!x || !y)
    return (
      <Card title={t("mistakes.ofModels")}>
        <p className="dim">{t("mistakes.noModel")}</p>
      </Card>
    );
  return (
    <>
      {a.error || b.error ? (
        <Card title={t("mistakes.ofModels")}>
          <TroubleOf error={a.error ?? b.error} />
        </Card>
      ) : null}
      {a.data && <Side name={names.ofRun(x)} found={a.data} />}
      {b.data && <Side name={names.ofRun(y)} found={b.data} />}
      {a.data && b.data && (
        <Apart
          a={a.data}
          b={b.data}
          names={[names.ofRun(x), names.ofRun(y)]}
          side={compared.view.side === "b" ? "b" : "a"}
          onSide={(side) => compared.set({ side: side === "b" ? "b" : "" })}
        />
      )}
    </>
  );
}
