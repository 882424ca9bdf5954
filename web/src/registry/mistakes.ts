/** Mistakes: where a model errs on the rows it was tested on, as the server tells it. */
import { useQuery } from "@tanstack/react-query";
import { http, one } from "../api/client";
import type { Json } from "../api/records";

export interface Figure {
  value: number;
  low: number;
  high: number;
}

export interface Cell {
  truth: string;
  said: string;
  rows: number;
}

export interface Case {
  row: number;
  truth: string | number;
  said: string | number;
  loss: number;
  confidence?: number;
  values: Json;
  nearest: { row: number; truth: unknown; values: Json } | null;
}

export interface Reliability {
  of: "second" | "answered";
  error: number;
  bins: { low: number; high: number; rows: number; said: number; true: number }[];
}

export interface Residuals {
  points: [said: number, truth: number][];
  bands: { said: number; true: number; rows: number; off: number }[];
  bias: number;
  p5: number;
  p50: number;
  p95: number;
}

export interface ByClass {
  name: string;
  rows: number;
  precision: number | null;
  recall: number | null;
}

export interface Mistakes {
  model: string;
  data: string;
  version: number;
  part: "test" | "valid" | "new";
  rows: number;
  form: "classes" | "value";
  metrics: Record<string, Figure>;
  classes?: string[];
  confusion?: Cell[];
  by_class?: ByClass[];
  reliability?: Reliability;
  residuals?: Residuals;
  cases: Case[];
}

export interface Asked {
  version?: number | undefined;
  truth?: string | undefined;
  said?: string | undefined;
}

/** A version of a model never changes, so what was found out about it neither. */
export const useMistakes = (ref: string | undefined, asked: Asked = {}) =>
  useQuery({
    queryKey: ["models", ref, "mistakes", asked],
    queryFn: () =>
      one<Mistakes>(
        http.GET("/api/v1/models/{ref}/mistakes", {
          params: {
            path: { ref: ref ?? "" },
            query: {
              version: asked.version ?? null,
              truth: asked.truth ?? null,
              said: asked.said ?? null,
              limit: 100,
            },
          },
        }),
      ),
    enabled: Boolean(ref),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });

/** The same of a trial, on the validation rows; refused where its answers were not kept. */
export const useTrialMistakes = (experiment: string | undefined, number: number | null) =>
  useQuery({
    queryKey: ["experiments", experiment, "mistakes", number],
    queryFn: () =>
      one<Mistakes>(
        http.GET("/api/v1/experiments/{name}/trials/{number}/mistakes", {
          params: { path: { name: experiment ?? "", number: number ?? 0 }, query: { limit: 400 } },
        }),
      ),
    enabled: Boolean(experiment) && number !== null,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

export const useCard = (ref: string) =>
  useQuery({
    queryKey: ["models", ref, "card"],
    queryFn: () =>
      one<{ text: string }>(http.GET("/api/v1/models/{ref}/card", { params: { path: { ref } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });
