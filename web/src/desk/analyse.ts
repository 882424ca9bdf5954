/** Analyse: the server checks what is drawn, and in a quiet moment the space over it. */
import { useEffect } from "react";
import { http, one } from "../api/client";
import type { Analysis } from "../api/records";
import { type Ask, startAnalysis } from "./analysis";
import { type DeskStore, useDesk, useDeskStore } from "./desk";

const QUIET_MS = 900;

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
