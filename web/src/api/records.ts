/** Records: the nouns of the store; from the server's description, and closer where that says only JSON. */
import type { BlockDocument, NetworkDocument } from "../document/types";
import type { components } from "./schema";
import type { Experiment, Trial } from "./search";

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

export type Arriving = S["Arriving"];

export type { NetworkDocument, NodeDocument } from "../document/types";

export type Network = With<
  S["Network"],
  { document: NetworkDocument; space: Record<string, Json> }
>;

export type NetworkDraft = With<
  S["NetworkDraft"],
  { document: NetworkDocument; space: Record<string, Json> }
>;

export type NetworkDraftLine = S["NetworkDraftLine"];

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

/** A ready-made block: an op's words, and the definitions a document takes over. */
export interface BlockEntry extends Omit<OpEntry, "group"> {
  blocks: Record<string, BlockDocument>;
}

export interface Analysis {
  nodes: Record<string, NodeAnalysis>;
  inputs?: Record<string, { type: TensorType | null }>;
  totals: { parameters?: number; macs?: number; activation_bytes?: number };
  problems: NetworkProblem[];
  /** How many combinations of the space cannot run. */
  feasibility?: { combinations: number; tried: number; infeasible: number; text?: string };
}

export type * from "./search";

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
  /** Of a picture: channels, height, width. */
  size?: [number, number, number];
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
  slices?: (Pick<Verdict, "champion" | "challenger" | "difference" | "low" | "high" | "rows"> & {
    name: string;
    worse?: boolean;
  })[];
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

export interface LoopPage {
  loop: Loop;
  deployment: Deployment | null;
  circle: Partial<Record<StationName, Station>>;
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
