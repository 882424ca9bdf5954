/** Records: the nouns of the store; from the server's description, and closer where that says only JSON. */
import type { NetworkDocument } from "../document/types";
import type { components } from "./schema";

type S = components["schemas"];
/** A record whose open fields have a known form. */
type With<T, F> = Omit<T, keyof F> & F;

export type Json = Record<string, unknown>;

export type Who = S["Whoami"];

export type Project = S["Project"];

export type Key = S["Key"];

export type Part = S["Part"];

export type Dataset = S["Dataset"];

export interface Column {
  name: string;
  kind: string;
}

export interface Profile {
  rows?: number;
  columns?: Record<string, ColumnProfile>;
}

export interface ColumnProfile {
  kind?: string;
  missing?: number;
  distinct?: number;
  mean?: number | null;
  std?: number | null;
  quantiles?: Record<string, number | string | null>;
  histogram?: { edges: (number | string)[]; counts: number[] } | null;
  top?: [string | number | boolean | null, number][] | null;
}

export type Version = With<
  S["Version"],
  { schema_: { columns: Column[]; time?: string | null }; profile: Profile }
>;

export type VersionLine = S["VersionLine"];

export type DatasetPage = With<S["DatasetShown"], { version: Version }>;

export interface Reject {
  line: number;
  column?: string | null;
  reason: string;
  text?: string | null;
  part?: string;
  /** The reason for a reader of any language. */
  code?: string;
  args?: Record<string, string | number>;
}

export type { NetworkDocument, NodeDocument } from "../document/types";

export type Network = With<
  S["Network"],
  { document: NetworkDocument; space: Record<string, Json> }
>;

export interface Proposal {
  network: NetworkDocument;
  space: Record<string, Json>;
  recipe: Json;
  task?: string;
}

export interface TensorType {
  axes: { name: string; size: number | null }[];
  dtype: string;
  /** Columns, where they are still known. */
  fields?: { cardinality?: number | null }[];
}

export interface NodeAnalysis {
  state?: "ok" | "off" | "broken" | "unknown";
  /** For "unknown": the node or input where the trouble starts. */
  because_of?: string | null;
  type: TensorType | null;
  parameters: number;
  macs: number;
  activation_bytes: number;
}

export interface Problem {
  code: string;
  title?: string;
  detail?: string;
  status?: number;
  args?: Json;
  where?: string;
  fix?: string;
}

export interface NetworkProblem {
  code: string;
  node?: string | null;
  /** The block the node is in; none at the top. */
  block?: string | null;
  port?: string | null;
  args?: Json;
  level?: "error" | "warning";
  /** The server's sentence, in English. */
  text?: string;
  fixes?: { code?: string; args?: Json; title: string; patch: Json[] }[];
}

export interface OpPort {
  name: string;
  wants: string;
  many?: boolean;
}

/** An op as the catalogue tells of it: enough for palette, form and check. */
export interface OpEntry {
  kind: string;
  title: Record<string, string>;
  words: Record<string, string[]>;
  doc: string;
  group: string;
  ports: OpPort[];
  schema: { properties?: Record<string, Json> };
  formula?: string;
  paper?: string;
}

export interface Analysis {
  nodes: Record<string, NodeAnalysis>;
  inputs?: Record<string, { type: TensorType | null }>;
  totals: { parameters?: number; macs?: number; activation_bytes?: number };
  problems: NetworkProblem[];
  /** How many combinations of the space cannot run. */
  feasibility?: { combinations: number; tried: number; infeasible: number; text?: string };
}

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

export interface Check {
  name: string;
  passed: boolean;
  /** What was found, as a code with its arguments; records from before have only the detail. */
  code?: string;
  args?: Json;
  detail?: string;
}

export interface Gate {
  passed?: boolean;
  checks?: Check[];
  latency_ms?: number | null;
  memory_mb?: number | null;
  /** Of the whole bundle; older records lack it. */
  size_mb?: number | null;
}

export type Model = With<S["Model"], { gate: Gate }>;

export type Deployment = With<S["Deployment"], { refused: Partial<Problem> }>;

export interface FormColumn {
  name: string;
  kind: string;
  values?: (string | boolean | number)[] | null;
  low?: number | string | null;
  high?: number | string | null;
  example?: unknown;
}

export interface FormSchema {
  target: string;
  task: string;
  classes?: (string | number | boolean)[] | null;
  columns: FormColumn[];
  example?: Json;
}

export interface Counts {
  predictions: number;
  decisions?: number;
  feedback: number;
  joined?: number;
  last_prediction_at?: number | null;
  last_feedback_at?: number | null;
  delays?: { p50?: number | null; p90?: number | null; p99?: number | null } | null;
}

export interface Warning {
  code: string;
  row?: number;
  column?: string;
  value?: unknown;
  count?: number;
}

export type Answer = With<S["Prediction"], { warnings?: Warning[] }>;

export type Answers = With<S["Predictions"], { predictions: Answer[] }>;

export interface LoggedPrediction {
  id: string;
  at: number;
  model: string;
  row: Json;
  answer: Omit<Answer, "id">;
  decision: unknown;
  propensity?: number | null;
  warnings?: Warning[];
  latency_us?: number | null;
  feedback?: { truth: unknown; at: number } | null;
}

export interface Lineage {
  prediction: LoggedPrediction;
  feedback: { truth: unknown; at: number }[];
  model: Model | null;
  experiment: Experiment | null;
  trials: Trial[];
  network: NetworkDocument | null;
  data: Version | null;
}

export interface Verdict {
  promoted?: boolean;
  /** Why; records from before have only the reason, in English. */
  code?: string;
  reason?: string;
  fewest?: number;
  metric?: string;
  champion?: number | null;
  challenger?: number | null;
  difference?: number | null;
  low?: number | null;
  high?: number | null;
  rows?: number | null;
  slices?: { name: string; worse?: boolean }[];
}

export interface Cycle {
  at: number;
  why?: string;
  /** The same by code and arguments. */
  cause?: { code: string; args?: Json } | null;
  data?: number | null;
  experiment?: string | null;
  champion?: string | null;
  challenger?: string | null;
  verdict?: Verdict | null;
}

export type Loop = With<S["Loop"], { cycles: Cycle[] }>;

export const STATIONS = [
  "data",
  "network",
  "experiment",
  "model",
  "deployment",
  "predictions",
  "decisions",
  "feedback",
  "joined",
] as const;
export type StationName = (typeof STATIONS)[number];

export interface Station {
  name?: string | null;
  count?: number | null;
  at?: number | null;
  state?: string | null;
}

export interface MetricPoint {
  at: number;
  rows?: number | null;
  live: number | null;
  challenger?: number | null;
  promised: number | null;
}

export interface LoopPage {
  loop: Loop;
  deployment: Deployment | null;
  circle: Partial<Record<StationName, Station>>;
  curve?: MetricPoint[];
  metric?: string | null;
  /** When the clock starts the next runs. */
  coming?: number[];
}

export type Job = With<S["Job"], { cause: Partial<Problem> }>;

export type LiveEvent = S["Event"];

export type Audit = S["Audit"];

/** A map of a tensor as bytes between its least and largest value, row by row. */
export interface PeekedMap {
  height: number;
  width: number;
  low: number | null;
  high: number | null;
  shades: number[];
}

/** What one row of a dataset is on a wire, and how the rows after it spread. */
export interface Peeked {
  node: string;
  row: number;
  rows: number;
  type: TensorType;
  shape: number[];
  count: number;
  values: (number | null)[];
  names: string[];
  nans: number;
  infinite: number;
  zeros: number;
  total: number;
  low: number | null;
  high: number | null;
  mean: number | null;
  deviation: number | null;
  histogram: { edges: number[]; counts: number[] } | null;
  maps: PeekedMap[];
}
