/** Traffic: what a deployment did over time, its rivals and its health, as the server tells it. */
import { useQuery } from "@tanstack/react-query";
import { http, one } from "../api/client";
import type { Problem } from "../api/records";

export interface Step {
  requests: number;
  rows: number;
  warned: number;
  errors: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export interface Traffic {
  since: number;
  until: number;
  total: Step;
  series: (Step & { at: number })[];
  models: (Step & { model: string; shadow: boolean })[];
  refusals: { code: string; requests: number }[];
  warnings: { code: string; column: string | null; rows: number }[];
  looked_at: number;
}

export interface Judged {
  model: string;
  answered: number;
  judged: number;
  right: number | null;
  off: number | null;
}

export interface Rivals {
  champion: Judged | null;
  challenger: Judged | null;
  same: { rows: number; agree: number | null; apart: number | null } | null;
}

export interface Health {
  ready: boolean;
  latency_ms?: number;
  cause?: string | Problem;
  tail?: string;
}

export const WINDOWS = { hour: 1, day: 24, week: 24 * 7, month: 24 * 30 } as const;
export type Window = keyof typeof WINDOWS;

const SEEN_MS = 5_000;
const inPath = (name: string) => ({ path: { name } });

export const useTraffic = (name: string, window: Window) =>
  useQuery({
    queryKey: ["deployments", name, "traffic", window],
    queryFn: () =>
      one<Traffic>(
        http.GET("/api/v1/deployments/{name}/metrics", {
          params: { ...inPath(name), query: { hours: WINDOWS[window], points: 60 } },
        }),
      ),
    refetchInterval: SEEN_MS,
    placeholderData: (before) => before,
  });

export const useRivals = (name: string, challenger: string | null | undefined) =>
  useQuery({
    queryKey: ["deployments", name, "rivals", challenger],
    queryFn: () =>
      one<Rivals>(http.GET("/api/v1/deployments/{name}/challenger", { params: inPath(name) })),
    enabled: Boolean(challenger),
    refetchInterval: SEEN_MS,
  });

export const useHealth = (name: string, live: string | null | undefined) =>
  useQuery({
    queryKey: ["deployments", name, "health", live],
    queryFn: () =>
      one<Health>(http.GET("/api/v1/deployments/{name}/health", { params: inPath(name) })),
    enabled: Boolean(live),
    refetchInterval: SEEN_MS,
  });
