/** Asks: what the data page reads beyond a dataset itself; keys begin with its noun, so that live events refresh it. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { http, many, one } from "../api/client";
import type { components } from "../api/schema";
import type { Doubted } from "./relabel";
import type { Split } from "./split";

type S = components["schemas"];

export type Sample = S["Sample"];
export type Changed = S["Changed"];
export type Line = S["VersionLine"];

/** How far one column lies from what it was; counts over the same bins or labels. */
export interface Moved {
  column: string;
  kind: string;
  psi: number;
  /** Shares of all rows. */
  missing: number;
  missing_before: number;
  edges?: (number | string)[];
  labels?: (string | boolean)[];
  /** For labels one entry more: all others. */
  before: number[];
  after: number[];
  new?: { labels: string[]; count: number; share: number };
}

export interface Drift {
  against: number;
  /** Whether only the rows that came are compared, or all. */
  compared: "new" | "all";
  rows: number;
  rows_before: number;
  columns: Moved[];
  kinds: Record<string, [string, string]>;
}

export interface Doubt {
  code: string;
  column: string;
  args: Record<string, unknown>;
}

type Parted = Record<"train" | "valid" | "test", number>;

export interface Look {
  task: "classification" | "regression";
  split: Split;
  rows: Parted;
  /** Rows that were looked at, when there are more. */
  sample: number | null;
  unknown: number;
  spans: Partial<Record<keyof Parted, [string, string]>>;
  balance: {
    labels?: string[];
    of?: number;
    edges?: number[];
    counts: Record<keyof Parted, number[]>;
  };
  leaks: { warnings: { code: string; args: Record<string, unknown> }[] };
}

export interface Check {
  duplicates: { rows: number; examples: { times: number; at: number[] }[] };
  doubts: Doubt[];
  target: Look | null;
}

const STALE_MS = 300_000;

export const useDrift = (name: string, version: number, against: number | undefined) =>
  useQuery({
    queryKey: ["datasets", name, "drift", version, against],
    queryFn: async () => {
      const query = { version, ...(against === undefined ? {} : { against }) };
      const call = http.GET("/api/v1/datasets/{name}/profile", {
        params: { path: { name }, query },
      });
      return (await one<{ drift: Drift | null }>(call)).drift;
    },
    enabled: version > 1 || against !== undefined,
    staleTime: STALE_MS,
  });

export const useCheck = (
  name: string,
  version: number,
  target: string | null,
  split: string | null,
) =>
  useQuery({
    queryKey: ["datasets", name, "check", version, target, split],
    queryFn: () =>
      one<Check>(
        http.GET("/api/v1/datasets/{name}/check", {
          params: {
            path: { name },
            query: { version, ...(target ? { target } : {}), ...(split ? { split } : {}) },
          },
        }),
      ),
    staleTime: STALE_MS,
    placeholderData: keepPreviousData,
  });

export type Doubtful = Omit<S["Doubtful"], "cells" | "cases"> & {
  cells: { truth: string; said: string; rows: number }[];
  cases: Doubted[];
};

/** Labels that rows like them contradict; found out once, a version never changes. */
export const useDoubtful = (name: string, version: number, target: string | null) =>
  useQuery({
    queryKey: ["datasets", name, "doubtful", version, target],
    queryFn: () =>
      one<Doubtful>(
        http.GET("/api/v1/datasets/{name}/doubtful", {
          params: { path: { name }, query: { version, target: target ?? "", limit: 400 } },
        }),
      ),
    enabled: target !== null,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

export interface Change {
  row: number;
  was: string | number | boolean | null;
  now: string | number | boolean | null;
}

/** What was set by hand in a version. */
export const useChanges = (name: string, version: number, isAny: boolean) =>
  useQuery({
    queryKey: ["datasets", name, "changes", version],
    queryFn: () =>
      many<Change>(
        http.GET("/api/v1/datasets/{name}/changes", {
          params: { path: { name }, query: { version } },
        }),
      ),
    enabled: isAny,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useSamples = () =>
  useQuery({
    queryKey: ["samples"],
    queryFn: () => many<Sample>(http.GET("/api/v1/samples")),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const PAGE = 100;

export interface PageOfRows {
  items: Record<string, unknown>[];
  count: number | null;
}

/** One page of rows; a version never changes, so it is asked for once. */
export const pageOf = (
  name: string,
  version: number,
  page: number,
  holds: string,
  column: string | null = null,
) => ({
  queryKey: ["datasets", name, "page", version, page, holds, column],
  queryFn: () =>
    one<PageOfRows>(
      http.GET("/api/v1/datasets/{name}/rows", {
        params: {
          path: { name },
          query: { version, limit: PAGE, offset: page * PAGE, holds, column, short: true },
        },
      }),
    ),
  staleTime: STALE_MS,
});
