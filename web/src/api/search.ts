/** Search: experiments, their trials, and what was seen inside those. */
import type { NetworkDocument } from "../document/types";
import type { Json, Problem } from "./records";
import type { components } from "./schema";

type S = components["schemas"];
/** A record whose open fields have a known form. */
type With<T, F> = Omit<T, keyof F> & F;

export interface Spec {
  data: string;
  version?: number | null;
  target: string;
  task?: string | null;
  network?: NetworkDocument | null;
  space?: Record<string, Json>;
  recipe?: Json;
  trials?: number;
  epochs?: number | null;
  seed?: number;
  split?: Json | null;
  folds?: number;
  sampler?: string;
  pruner?: Json | null;
  members?: number;
  latency_ms?: number | null;
  baselines?: string;
  watch?: boolean;
  learn_from?: string[];
  deploy?: string | null;
  warm?: Json | null;
}

export interface Plan {
  task?: string;
  metric?: string;
  maximise?: boolean;
  split?: Json;
  rows?: Record<string, number>;
  network?: NetworkDocument;
  space?: Record<string, Json>;
  recipe?: Json;
  /** Version of the data that was taken. */
  version?: number;
  /** Trials that train side by side, and threads of each. */
  slots?: number;
  threads?: number;
  /** Where trials train, as its maker calls it, and how products round there. */
  device?: { name: string; title: string; precision: "float32" | "bf16" };
  /** Multiply-adds of a row, by trial. */
  costs?: Record<string, number>;
  /** By the cohort's name. */
  cohorts?: Record<string, Choice>;
  baselines?: BaselineRow[];
  /** Why this network, in the server's words. */
  why?: string;
  leaks?: { warnings?: Finding[] };
}

export interface BaselineRow {
  name: string;
  metric: number | null;
  metrics?: Record<string, number>;
  seconds?: number | null;
  state?: string;
}

/** What a search found out about its data: a code and the figures. */
export interface Finding {
  code: string;
  args?: Json;
}

export interface Result {
  /** Why it failed. */
  problem?: Problem;
  model?: string | null;
  best?: { trials?: number[]; metric?: number } | null;
  warnings?: Finding[];
  verdict?: {
    winner: "networks" | "baselines" | "both";
    names: string[];
    metric: number;
    network?: { name: string; metric: number } | null;
    baseline?: { name: string; metric: number } | null;
  };
  cost?: { trials: number; epochs: number; seconds: number; cohorts: number };
  /** Seconds by phase: prepare, search, finish, publish. */
  timings?: Record<string, number>;
  test?: Record<string, number> | null;
  leaderboard?: LeaderboardRow[];
  importance?: Record<string, number>;
}

export type Experiment = With<S["Experiment"], { spec: Spec; plan: Plan; result: Result }>;

export type CurvePoint = Record<string, number | null>;

export type Trial = With<S["Trial"], { metrics: Record<string, number>; curve: CurvePoint[] }>;

/** What was seen inside a trial; fields that a node does not have are null. */
export type NodeSeen = Required<S["NodeSeen"]>;

export type Glance = With<S["Glance"], { nodes: Record<string, NodeSeen> }>;

export type Seen = With<S["Seen"], { looks: Glance[] }>;

export type Histogram = S["Histogram"];

export type Inside = Required<S["Inside"]>;

export type Insides = With<S["Insides"], { looks: Inside[] }>;

/** What the planner made of some trials, and what it measured. */
export interface Choice {
  why?: "same" | "padded" | "alone" | "unmaskable" | "unfusible";
  trials?: number;
  padding?: number;
  parts?: number;
  weight?: number;
  /** Trials per program, once measured. */
  together?: number;
  timings?: { fused_s?: number | null; alone_s?: number | null };
}

export interface LeaderboardRow {
  name: string;
  kind: "trial" | "baseline" | "ensemble";
  number?: number | null;
  metric: number | null;
  metrics?: Record<string, number>;
  state?: string | null;
  seconds?: number | null;
  values?: Json | null;
}
