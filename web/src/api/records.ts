/** Records: the nouns of the store as the API sends them. */
export type Json = Record<string, unknown>;
export type Role = "admin" | "editor" | "viewer" | "predict";

export interface Who {
  name: string;
  role: Role;
  project: string;
  deployment?: string | null;
  version?: string;
}

export interface Project {
  name: string;
  created_at: number;
}

export interface Key {
  id: string;
  project: string;
  name: string;
  role: Role;
  deployment: string | null;
  prefix: string;
  created_at: number;
  revoked_at: number | null;
}

export interface Part {
  name: string;
  sha256: string;
  rows: number;
  rejected: number;
  chosen_by: string | null;
}

export interface Dataset {
  project: string;
  name: string;
  version: number;
  time: string | null;
  created_at: number;
}

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
  quantiles?: Record<string, number | string | null>;
  histogram?: { edges: (number | string)[]; counts: number[] } | null;
  top?: [string | number | boolean | null, number][] | null;
}

export interface Version {
  project: string;
  name: string;
  version: number;
  parts: Part[];
  rows: number;
  schema_: { columns: Column[]; time?: string | null };
  profile: Profile;
  hash: string;
  created_at: number;
}

export interface VersionLine {
  version: number;
  rows: number;
  parts: number;
  created_at: number;
}

export interface DatasetPage {
  dataset: Dataset;
  version: Version | null;
  versions: VersionLine[];
}

export interface Reject {
  line: number;
  column?: string | null;
  reason: string;
  text?: string | null;
  part?: string;
}

export interface NodeDocument {
  op?: string;
  block?: string;
  params?: Json;
  in?: Record<string, string | string[]>;
  repeat?: number;
  enabled?: boolean;
}

export interface NetworkDocument {
  format?: string;
  version?: number;
  name: string;
  inputs: Record<string, Json>;
  nodes: Record<string, NodeDocument>;
  outputs: Record<string, string>;
}

export interface Network {
  project: string;
  name: string;
  revision: number;
  hash: string;
  document: NetworkDocument;
  space: Record<string, Json>;
  layout: Json;
  created_at: number;
}

export interface Proposal {
  network: NetworkDocument;
  space: Record<string, Json>;
  recipe: Json;
  task?: string;
}

export interface TensorType {
  axes: { name: string; size: number | null }[];
  dtype: string;
}

export interface NodeAnalysis {
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
  port?: string | null;
  args?: Json;
  severity?: string;
  fixes?: { title: string; patch: Json[] }[];
}

export interface Analysis {
  nodes: Record<string, NodeAnalysis>;
  totals: { parameters?: number; macs?: number; activation_bytes?: number };
  problems: NetworkProblem[];
}

export type ExperimentState = "queued" | "running" | "finished" | "failed" | "stopped";
export type TrialState =
  | "waiting"
  | "running"
  | "finished"
  | "pruned"
  | "stopped_early"
  | "diverged"
  | "out_of_memory"
  | "data_error"
  | "crashed"
  | "lost"
  | "cancelled";

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
}

export interface Result {
  model?: string | null;
  best?: { trials?: number[]; metric?: number } | null;
  test?: Record<string, number> | null;
  leaderboard?: LeaderboardRow[];
  importance?: Record<string, number>;
}

export interface Experiment {
  project: string;
  name: string;
  state: ExperimentState;
  spec: Spec;
  plan: Plan;
  result: Result;
  cause: string;
  created_at: number;
  finished_at: number | null;
}

export type CurvePoint = Record<string, number | null>;

export interface Trial {
  experiment: string;
  number: number;
  batch: number;
  cohort: string;
  values: Json;
  state: TrialState;
  cause: string;
  metric: number | null;
  metrics: Record<string, number>;
  best_epoch: number | null;
  epochs: number;
  seconds: number;
  tail: string;
  curve: CurvePoint[];
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
  detail?: string;
}

export interface Gate {
  passed?: boolean;
  checks?: Check[];
  latency_ms?: number | null;
  memory_mb?: number | null;
}

export interface Model {
  project: string;
  name: string;
  version: number;
  experiment: string;
  trials: number[];
  files: Record<string, string>;
  manifest: Json;
  metrics: Json;
  gate: Gate;
  created_at: number;
}

export interface Deployment {
  project: string;
  name: string;
  live: string | null;
  wanted: string | null;
  previous: string | null;
  challenger: string | null;
  challenger_share: number;
  refused: Partial<Problem>;
  policy: Json;
  durability: "full" | "relaxed" | "off";
  revision: number;
  created_at: number;
}

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

export interface Answer {
  id: string;
  label?: string | number | boolean;
  value?: number;
  probabilities?: Record<string, number>;
  decision?: unknown;
  warnings?: Warning[];
}

export interface Answers {
  model: string;
  predictions: Answer[];
}

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
  reason?: string;
  metric?: string;
  champion?: number | null;
  challenger?: number | null;
  difference?: number | null;
  low?: number | null;
  high?: number | null;
  rows?: number | null;
}

export interface Cycle {
  at: number;
  why?: string;
  data?: number | null;
  experiment?: string | null;
  champion?: string | null;
  challenger?: string | null;
  verdict?: Verdict | null;
}

export interface Loop {
  project: string;
  name: string;
  data: string;
  experiment: string;
  trigger: Json;
  cycles: Cycle[];
  joined_to: number;
  last_run: string | null;
  created_at: number;
}

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
  frozen: number | null;
  promised: number | null;
}

export interface LoopPage {
  loop: Loop;
  deployment: Deployment | null;
  circle: Partial<Record<StationName, Station>>;
  curve?: MetricPoint[];
  metric?: string | null;
  next_at?: number | null;
}

export type JobState = "queued" | "leased" | "done" | "failed" | "cancelled";

export interface Job {
  id: string;
  project: string;
  kind: "import" | "experiment" | "retrain";
  args: Json;
  state: JobState;
  attempt: number;
  progress: Json;
  result: Json;
  cause: Partial<Problem>;
  cancel: boolean;
  created_at: number;
}

export interface LiveEvent {
  seq: number;
  topic: string;
  kind: string;
  body: Json;
  at: number;
}

export interface Audit {
  seq: number;
  actor: string;
  action: string;
  subject: string;
  detail: Json;
  at: number;
}
