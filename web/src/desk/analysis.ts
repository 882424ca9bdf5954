/** Analysis: asks for what is drawn a moment after each change; older answers are dropped. */
import type { Analysis, Problem } from "../api/records";
import { isSame } from "../document/patch";
import type { NetworkDocument } from "../document/types";
import type { DeskStore } from "./desk";

/** The last keystroke is this old before the server is asked. */
const DEBOUNCE_MS = 120;
const PATIENCE_MS = 300;
const AGAIN_MS = 1_500;

export interface Ask {
  network: NetworkDocument;
  data: string | null;
  target: string | null;
}

/** Status of a refusal; 0 when nobody answered. */
const statusOf = (error: unknown): number =>
  (error as { problem?: Partial<Problem> } | null)?.problem?.status ?? 0;

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
    const { picture, data, target, readOnly } = desk.getState();
    if (readOnly?.why === "future") {
      desk.getState().set({ analysis: null, checked: "none" });
      return;
    }
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
      const status = statusOf(error);
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
