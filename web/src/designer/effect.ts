/** Effect: what the highlighted entry would do to the shape, asked of the server beforehand. */
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Ops, shapeOf } from "../canvas/ops";
import { addWhat, type What } from "../desk/adding";
import { askServer } from "../desk/analyse";
import { createDesk, useDeskStore } from "../desk/desk";
import { problemsOf, reportOf, typeOf } from "../desk/paths";
import type { Finding } from "../desk/ui";
import { useProblemText } from "../inspector/fixes";

const QUIET_MS = 120;

export interface Effect {
  text: string;
  isBad: boolean;
}

/** `12 → 64` for what is highlighted, or why it does not fit; null until that is known. */
export function useEffectOf(what: What | null, finding: Finding, ops: Ops): Effect | null {
  const { t } = useTranslation();
  const store = useDeskStore();
  const problemText = useProblemText();
  const [effect, setEffect] = useState<Effect | null>(null);
  const key = JSON.stringify(what);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once for each entry that is highlighted
  useEffect(() => {
    setEffect(null);
    const now = store.getState();
    const from = finding.edge?.from ?? finding.from;
    if (!what || !from || !typeOf(now, from)) return;
    const control = new AbortController();
    const timer = setTimeout(async () => {
      // A desk of its own, on which it is tried out.
      const trial = createDesk({ name: now.name, picture: now.picture });
      trial.setState({ way: now.way, auto: now.auto, data: now.data, target: now.target });
      const { place, edge } = finding;
      const where = { place, from: finding.from, edge, isTrial: true };
      const name = addWhat(trial.getState(), ops, what, where);
      const { picture, data, target } = trial.getState();
      const ask = { network: picture.network, data, target };
      const analysis = await askServer(ask, control.signal).catch(() => null);
      if (!analysis || control.signal.aborted) return;
      trial.setState({ analysis });
      const tried = trial.getState();
      const before = shapeOf(typeOf(now, from));
      const problem = problemsOf(tried, name).find((one) => one.level !== "warning");
      const after = shapeOf(reportOf(tried, name)?.type);
      if (problem) setEffect({ text: problemText(problem), isBad: true });
      else if (after) setEffect({ text: t("designer.effect", { before, after }), isBad: false });
    }, QUIET_MS);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [key, finding]);
  return effect;
}
