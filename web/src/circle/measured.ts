/** Measured: what the days of a loop say, who learnt from its data, and what a backtest found. */
import { useQuery } from "@tanstack/react-query";
import { http, many, one } from "../api/client";
import type { Audit, Job, LoggedPrediction, Verdict } from "../api/records";
import type { components } from "../api/schema";
import type { Order, Waiting } from "./labels";

type S = components["schemas"];
export type Drift = S["DriftShown"];
export type Decay = S["DecayShown"];
export type DecayDay = S["DecayDay"];
export type Measured = S["Measured"];
export type Touched = S["Touched"];

export interface Backtest {
  metric: string;
  maximise: boolean;
  rows: number;
  /** Rows whose truth the model has learnt from. */
  seen: number;
  flattered: boolean;
  verdict: Verdict;
  days: {
    day: string;
    rows: number;
    seen: number;
    served: Measured | null;
    model: Measured | null;
  }[];
}

/** Days are worked out from the log: asked for now and then, not with every prediction. */
const LOOKED_MS = 15_000;
const at = (name: string) => ({ params: { path: { name } } });

export const useDrift = (name: string) =>
  useQuery({
    queryKey: ["days", name, "drift"],
    queryFn: () => one<Drift>(http.GET("/api/v1/loops/{name}/drift", at(name))),
    refetchInterval: LOOKED_MS,
  });

export const useDecay = (name: string) =>
  useQuery({
    queryKey: ["days", name, "decay"],
    queryFn: () => one<Decay>(http.GET("/api/v1/loops/{name}/decay", at(name))),
    refetchInterval: LOOKED_MS,
  });

export const useLoopAudit = (name: string) =>
  useQuery({
    queryKey: ["audit", "loops", name],
    queryFn: () => many<Audit>(http.GET("/api/v1/loops/{name}/audit", at(name))),
  });

export const useTouched = (name: string, of: { version?: number; part?: string }) =>
  useQuery({
    queryKey: ["loops", name, "touched", of],
    queryFn: () =>
      many<Touched>(
        http.GET("/api/v1/loops/{name}/touched", { params: { path: { name }, query: of } }),
      ),
  });

export const useAnswers = (name: string, model: string | null) =>
  useQuery({
    queryKey: ["loops", name, "answers", model],
    queryFn: () =>
      many<LoggedPrediction>(
        http.GET("/api/v1/loops/{name}/answers", {
          params: { path: { name }, query: { model: model ?? "", limit: 20 } },
        }),
      ),
    enabled: Boolean(model),
  });

const MOST_WAITING = 200;

export const useInbox = (name: string, order: Order) =>
  useQuery({
    queryKey: ["inbox", name, order],
    queryFn: () =>
      many<Waiting>(
        http.GET("/api/v1/loops/{name}/inbox", {
          params: { path: { name }, query: { order, limit: MOST_WAITING } },
        }),
      ),
  });

const OVER = new Set(["done", "failed", "cancelled"]);

/** The backtest jobs of a loop, newest first; looked at often while one is under way. */
export const useBacktests = (name: string) =>
  useQuery({
    queryKey: ["jobs", "backtests", name],
    queryFn: async () => {
      const jobs = await many<Job>(http.GET("/api/v1/jobs"));
      const own = jobs.filter((job) => job.kind === "backtest" && job.args.name === name);
      return own.sort((a, b) => b.created_at - a.created_at);
    },
    refetchInterval: ({ state }) =>
      state.data?.[0] && !OVER.has(state.data[0].state) ? 700 : false,
  });

/** Midnight of an ISO day where the reader is, so that an axis of days says that day. */
export const momentOf = (day: string): number => new Date(`${day}T00:00`).getTime() / 1000;

/** The days of a list that a metric could be told for. */
export const scored = (days: DecayDay[]): DecayDay[] => days.filter((day) => day.live !== null);
