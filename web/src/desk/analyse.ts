/** Analyse: the server checks what is drawn, a moment after each change; older answers are dropped. */
import { useEffect } from "react";
import { http, one, Refusal } from "../api/client";
import type { Analysis } from "../api/records";
import { isSame } from "../document/patch";
import type { NetworkDocument } from "../document/types";
import { type DeskStore, useDesk, useDeskStore } from "./desk";

/** The last keystroke is this old before the server is asked. */
const DEBOUNCE_MS = 150;
const PATIENCE_MS = 300;
const QUIET_MS = 900;
const AGAIN_MS = 1_500;

interface Ask {
  network: NetworkDocument;
  data: string | null;
  target: string | null;
}

/** Parts that say the same stay the same objects: only bars with news are drawn again. */
export function steady(before: Analysis | null, after: Analysis): Analysis {
  const old = before?.nodes ?? {};
  const nodes = Object.fromEntries(
    Object.entries(after.nodes).map(([name, report]) => {
      const known = old[name];
      return [name, known && isSame(known, report) ? known : report];
    }),
  );
  return { ...after, nodes };
}

/** Asks for one picture at a time and tells the desk; `stop` ends it. */
export function startAnalysis(
  desk: DeskStore,
  ask: (what: Ask, signal: AbortSignal) => Promise<Analysis>,
) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let patience: ReturnType<typeof setTimeout> | undefined;
  let running: AbortController | null = null;
  let last: Ask | null = null;

  const go = async () => {
    running?.abort();
    const control = new AbortController();
    running = control;
    const { picture, data, target } = desk.getState();
    const what = { network: picture.network, data, target };
    last = what;
    clearTimeout(patience);
    patience = setTimeout(() => desk.getState().set({ checked: "checking" }), PATIENCE_MS);
    try {
      const analysis = await ask(what, control.signal);
      const before = desk.getState().analysis;
      if (running === control)
        desk.getState().set({ analysis: steady(before, analysis), checked: "checked" });
    } catch (error) {
      if (running !== control) return;
      const status = error instanceof Refusal ? error.problem.status : 0;
      const isPassing = status === 0 || status === 502 || status === 503;
      const checked = status === 503 ? "starting" : isPassing ? "lost" : "failed";
      desk.getState().set({ checked });
      if (isPassing) timer = setTimeout(go, AGAIN_MS);
    } finally {
      if (running === control) clearTimeout(patience);
    }
  };

  const onChange = () => {
    const { picture, data, target } = desk.getState();
    if (last && last.network === picture.network && last.data === data && last.target === target)
      return;
    last = { network: picture.network, data, target };
    clearTimeout(timer);
    timer = setTimeout(go, DEBOUNCE_MS);
  };
  void go();
  const leave = desk.subscribe(onChange);
  return () => {
    leave();
    running?.abort();
    running = null;
    clearTimeout(timer);
    clearTimeout(patience);
  };
}

/** What the server can be asked about: both or neither of data and target. */
export const askServer = (
  { network, data, target }: Ask,
  signal: AbortSignal,
): Promise<Analysis> => {
  const about = data && target ? { data, target } : { data: null, target: null };
  return one<Analysis>(
    http.POST("/api/v1/networks/analyze", { body: { network: { ...network }, ...about }, signal }),
  );
};

/** Once the network itself is sound, ask in a quiet moment which combinations of its space are not. */
function useFeasibility(desk: DeskStore): void {
  const analysis = useDesk((one) => one.analysis);
  const space = useDesk((one) => one.picture.space);
  useEffect(() => {
    const { picture, data, target } = desk.getState();
    const isSound = analysis !== null && !analysis.problems.some((one) => one.level !== "warning");
    desk.getState().set({ feasibility: null });
    if (!isSound || !data || !target || !Object.keys(space).length) return;
    const control = new AbortController();
    const timer = setTimeout(async () => {
      const body = { network: { ...picture.network }, data, target, space };
      try {
        const found = await one<Analysis>(
          http.POST("/api/v1/networks/analyze", { body, signal: control.signal }),
        );
        if (!control.signal.aborted)
          desk.getState().set({ feasibility: found.feasibility ?? null });
      } catch {
        // Nothing is shown rather than something wrong; the next change asks again.
      }
    }, QUIET_MS);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [desk, analysis, space]);
}

export function useAnalysing(): void {
  const desk = useDeskStore();
  useEffect(() => startAnalysis(desk, askServer), [desk]);
  useFeasibility(desk);
}
