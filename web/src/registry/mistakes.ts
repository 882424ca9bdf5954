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

export const useCard = (ref: string) =>
  useQuery({
    queryKey: ["models", ref, "card"],
    queryFn: () =>
      one<{ text: string }>(http.GET("/api/v1/models/{ref}/card", { params: { path: { ref } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Classes that a matrix can show side by side; more are told as a list of their cells. */
export const MOST_SHOWN = 12;

/** Rows of one true class by answered class, in the order of the classes. */
export function matrixOf(classes: string[], cells: Cell[]): number[][] {
  const place = new Map(classes.map((name, index) => [name, index]));
  const rows = classes.map(() => classes.map(() => 0));
  for (const cell of cells) {
    const line = rows[place.get(cell.truth) ?? -1];
    if (line) line[place.get(cell.said) ?? 0] = cell.rows;
  }
  return rows;
}

/** Rows of another model's cases that this one has right, and the other way round. */
export function differing(mine: Case[], theirs: Case[]): { onlyMine: Case[]; onlyTheirs: Case[] } {
  const rows = (cases: Case[]) => new Set(cases.map((one) => one.row));
  const [a, b] = [rows(mine), rows(theirs)];
  return {
    onlyMine: mine.filter((one) => !b.has(one.row)),
    onlyTheirs: theirs.filter((one) => !a.has(one.row)),
  };
}
