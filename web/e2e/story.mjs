/** Story: what a server would answer in the middle of a loop over flights; deterministic, one object. */
import { readFileSync } from "node:fs";

const ops = JSON.parse(readFileSync(new URL("ops.json", import.meta.url), "utf8"));
const now = Date.now() / 1000;
const day = 86_400;
let state = 7;
const random = () => {
  state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
  return state / 2_147_483_648;
};
const hash = (n) =>
  Array.from({ length: 64 }, () => "0123456789abcdef"[Math.floor(random() * 16)]).join("") +
  (n ?? "");
const project = "default";

const columns = [
  ["dep_time", "datetime"],
  ["carrier", "category"],
  ["origin", "category"],
  ["dest", "category"],
  ["distance", "number"],
  ["sched_minutes", "number"],
  ["temp", "number"],
  ["wind_speed", "number"],
  ["precip", "number"],
  ["visib", "number"],
  ["holiday", "boolean"],
  ["tailnum", "id"],
  ["late", "boolean"],
].map(([name, kind]) => ({ name, kind }));
const hump = (n, at) =>
  Array.from({ length: n }, (_, i) =>
    Math.round(1800 * Math.exp(-(((i - at) / 4) ** 2)) + 60 * random()),
  );
const profileOf = ({ name, kind }, rows) => {
  const missing = ["temp", "wind_speed", "visib"].includes(name)
    ? Math.round(rows * 0.013 * (1 + random()))
    : 0;
  if (kind === "number") {
    const high =
      {
        distance: 4983,
        sched_minutes: 1439,
        temp: 38.2,
        wind_speed: 42.6,
        precip: 1.21,
        visib: 10,
      }[name] ?? 100;
    return {
      kind,
      missing,
      distinct: Math.round(80 + random() * 900),
      mean: high / 3,
      quantiles: { 0: 0, 0.25: high / 5, 0.5: high / 3, 0.75: high / 2, 1: high },
      histogram: {
        edges: Array.from({ length: 21 }, (_, i) => (high * i) / 20),
        counts: hump(20, 5 + random() * 8),
      },
    };
  }
  if (kind === "datetime")
    return {
      kind,
      missing: 0,
      distinct: 21_044,
      quantiles: { 0: "2013-01-01", 1: "2013-03-31" },
      histogram: { edges: [], counts: hump(24, 11).map((x) => x + 700) },
    };
  if (kind === "boolean")
    return {
      kind,
      missing: 0,
      distinct: 2,
      top: [
        ["false", Math.round(rows * 0.77)],
        ["true", Math.round(rows * 0.23)],
      ],
    };
  if (kind === "id") return { kind, missing: 412, distinct: 3_910, top: [] };
  const values =
    {
      carrier: ["UA", "B6", "EV", "DL"],
      origin: ["EWR", "JFK", "LGA"],
      dest: ["ORD", "ATL", "LAX", "BOS"],
    }[name] ?? [];
  return {
    kind,
    missing: 0,
    distinct: values.length * 4,
    top: values.map((value, i) => [value, Math.round((rows * 0.3) / (i + 1))]),
  };
};
const rows = 84_231;
const parts = [
  "2013-01.csv",
  "2013-02.csv",
  "loop:delays:9",
  "loop:delays:10",
  "loop:delays:11",
].map((name, i) => ({
  name,
  sha256: hash(),
  source_sha256: hash(),
  rows: i < 2 ? 27_004 : 10_074,
  rejected: i === 1 ? 7 : 0,
  rejects_sha256: null,
  chosen_by: i > 1 ? `delays/delays@${i - 1}` : null,
}));
const version = {
  project,
  name: "flights",
  version: 12,
  parts,
  rows,
  schema_: { columns, time: "dep_time" },
  profile: { rows, columns: Object.fromEntries(columns.map((c) => [c.name, profileOf(c, rows)])) },
  hash: hash(),
  created_at: now - 3600,
};
const table = (i) => ({
  dep_time: `2013-03-${String(1 + (i % 28)).padStart(2, "0")}T0${i % 10}:25:00`,
  carrier: ["UA", "B6", "EV", "DL"][i % 4],
  origin: ["EWR", "JFK", "LGA"][i % 3],
  dest: ["ORD", "ATL", "LAX"][i % 3],
  distance: 700 + 131 * (i % 11),
  sched_minutes: 305 + 17 * i,
  temp: i % 7 ? 4.4 + i / 3 : null,
  wind_speed: 12.7 + (i % 5),
  precip: 0,
  visib: 10,
  holiday: i % 9 === 0,
  tailnum: `N${14_000 + i}`,
  late: i % 4 === 0,
});

const nodes = {
  columns_1: { op: "columns", in: { x: "table" } },
  stem: { op: "dense", params: { units: 128 }, in: { x: "columns_1" } },
  norm_1: { op: "batch_norm", in: { x: "stem" } },
  act_1: { op: "activation", params: { kind: "gelu" }, in: { x: "norm_1" } },
  dense_1: { op: "dense", params: { units: 128 }, in: { x: "act_1" } },
  norm_2: { op: "batch_norm", in: { x: "dense_1" } },
  act_2: { op: "activation", params: { kind: "gelu" }, in: { x: "norm_2" } },
  drop_1: { op: "dropout", params: { p: 0.1 }, in: { x: "act_2" } },
  add_1: { op: "add", in: { xs: ["act_1", "drop_1"] } },
  head: { op: "dense", params: { units: "target" }, in: { x: "add_1" } },
};
const network = {
  format: "danlu.network",
  version: 1,
  name: "residual_mlp",
  inputs: { table: { kinds: ["number", "category", "boolean", "datetime"] } },
  nodes,
  outputs: { answer: "head" },
};
const space = {
  "stem.units": { int: [32, 256], log: true },
  "act_1.kind": { choice: ["relu", "gelu", "silu"] },
  "drop_1.p": { float: [0, 0.5] },
  "recipe.learning_rate": { float: [1e-4, 1e-1], log: true },
  "recipe.weight_decay": { float: [1e-6, 1e-1], log: true },
};
const recipe = {
  optimizer: "adamw",
  learning_rate: 0.002,
  weight_decay: 0.0001,
  batch_size: 512,
  epochs: 12,
  schedule: "cosine",
  patience: 5,
};
const type = (size) => ({ axes: [{ name: "features", size }], dtype: "float32" });
const analysis = {
  nodes: Object.fromEntries(
    Object.entries(nodes).map(([name, node], i) => [
      name,
      {
        type: type(name === "head" ? 2 : name === "columns_1" ? 74 : 128),
        parameters:
          node.op === "dense"
            ? name === "head"
              ? 258
              : 16_512
            : node.op === "batch_norm"
              ? 256
              : 0,
        macs: node.op === "dense" ? 16_384 : 128 + i,
        activation_bytes: 512,
      },
    ]),
  ),
  totals: { parameters: 33_794, macs: 42_200, activation_bytes: 9_000 },
  problems: [],
};

const plan = {
  task: "classification",
  metric: "auc",
  maximise: true,
  split: { method: "time", valid: 0.15, test: 0.15 },
  rows: { train: 58_961, valid: 12_635, test: 12_635 },
  network,
  space,
  recipe,
};
const trials = Array.from({ length: 24 }, (_, number) => {
  const top = 0.6 + random() * 0.12;
  const rate = 0.25 + random();
  const state =
    number < 17
      ? number % 6 === 5
        ? "stopped_early"
        : number === 9
          ? "diverged"
          : "finished"
      : number < 22
        ? "running"
        : "waiting";
  const epochs =
    state === "running"
      ? 5 + (number % 3)
      : state === "waiting"
        ? 0
        : state === "diverged"
          ? 3
          : 12;
  const curve = Array.from({ length: epochs }, (_, epoch) => ({
    epoch,
    loss: 0.62 - top * 0.2 * (1 - Math.exp(-rate * epoch)) + random() * 0.01,
    valid_loss: 0.63 - top * 0.19 * (1 - Math.exp(-rate * epoch)) + random() * 0.012,
    auc: 0.5 + (top - 0.5) * (1 - Math.exp(-rate * (epoch + 1))) + random() * 0.008,
  }));
  return {
    project,
    experiment: "delays",
    number,
    batch: Math.floor(number / 8),
    cohort: "c1",
    values: {
      "stem.units": [32, 64, 128, 256][number % 4],
      "act_1.kind": ["relu", "gelu", "silu"][number % 3],
      "drop_1.p": +(random() / 2).toFixed(3),
      "recipe.learning_rate": +(10 ** (-4 + 3 * random())).toPrecision(3),
      "recipe.weight_decay": 0.0001,
    },
    state,
    cause: state === "diverged" ? "loss became NaN at step 212, node 'stem'" : "",
    metric: curve.length ? Math.max(...curve.map((p) => p.auc)) : null,
    metrics: {},
    best_epoch: 8,
    epochs,
    seconds: epochs * 0.42,
    tail: "",
    curve,
  };
});
const ranked = trials.filter((t) => t.metric).sort((a, b) => b.metric - a.metric);
const leaderboard = [
  ...ranked.slice(0, 5).map((t) => ({
    name: `trial ${t.number}`,
    kind: "trial",
    number: t.number,
    metric: t.metric,
    metrics: { auc: t.metric, log_loss: 0.481, accuracy: 0.79 },
    state: t.state,
  })),
  {
    name: "gradient_boosting",
    kind: "baseline",
    metric: 0.684,
    metrics: { auc: 0.684, log_loss: 0.492, accuracy: 0.785 },
  },
  {
    name: "linear",
    kind: "baseline",
    metric: 0.649,
    metrics: { auc: 0.649, log_loss: 0.505, accuracy: 0.778 },
  },
  {
    name: "majority",
    kind: "baseline",
    metric: 0.5,
    metrics: { auc: 0.5, log_loss: 0.541, accuracy: 0.772 },
  },
].sort((a, b) => b.metric - a.metric);
const spec = {
  data: "flights",
  version: 12,
  target: "late",
  task: null,
  network: null,
  trials: 24,
  epochs: 12,
  seed: 0,
  deploy: "delays",
  warm: null,
};
const experiment = {
  project,
  name: "delays",
  state: "running",
  spec,
  plan,
  result: {},
  cause: "",
  created_at: now - 94,
  finished_at: null,
};
const finished = {
  ...experiment,
  name: "delays_cycle_11",
  state: "finished",
  result: {
    model: "delays@4",
    best: { trials: [3, 11], metric: 0.7123 },
    test: { auc: 0.7061, log_loss: 0.4812, accuracy: 0.791 },
  },
  created_at: now - day,
  finished_at: now - day + 61,
};
const failed = {
  ...experiment,
  name: "cancelled_flights",
  state: "failed",
  spec: { ...spec, target: "cancelled" },
  plan: {},
  cause: "the target 'cancelled' has one value only",
  created_at: now - 3 * day,
  finished_at: now - 3 * day + 2,
};

const gate = {
  passed: true,
  latency_ms: 0.21,
  memory_mb: 61,
  checks: [
    { name: "opens", passed: true, detail: "0.4 s" },
    { name: "hashes", passed: true, detail: "5 files" },
    { name: "golden", passed: true, detail: "64 rows, largest difference 3.1e-07" },
    { name: "latency", passed: true, detail: "p95 0.21 ms, budget 20 ms" },
    { name: "memory", passed: true, detail: "61 MB, budget 500 MB" },
  ],
};
const modelOf = (v) => ({
  project,
  name: "delays",
  version: v,
  experiment: v === 4 ? "delays_cycle_11" : "delays",
  trials: [3, 11],
  files: Object.fromEntries(
    ["manifest.json", "encoder.json", "model.onnx", "decoder.json", "golden.jsonl", "card.md"].map(
      (f) => [f, hash()],
    ),
  ),
  manifest: { task: "classification", target: "late" },
  metrics: {
    test: { auc: 0.69 + v * 0.004, log_loss: 0.4812, accuracy: 0.791 },
    valid: { auc: 0.7123 },
  },
  gate,
  created_at: now - (5 - v) * day,
});
const deployment = {
  project,
  name: "delays",
  live: "delays@4",
  wanted: "delays@4",
  previous: "delays@3",
  challenger: "delays@5",
  challenger_share: 0.1,
  refused: {},
  policy: { kind: "argmax" },
  durability: "full",
  revision: 9,
  created_at: now - 12 * day,
};
const predictions = Array.from({ length: 30 }, (_, i) => {
  const yes = 0.05 + random() * 0.7;
  const label = yes > 0.5;
  const { late, ...row } = table(i);
  return {
    id: `0193f1c2-${(4096 + i).toString(16)}-7a31-9c1e-b2d84f0a11c${i % 10}`,
    at: now - 4 - i * 41,
    model: i % 9 === 4 ? "delays@5" : "delays@4",
    row,
    answer: { label, probabilities: { true: yes, false: 1 - yes } },
    decision: label,
    propensity: 1,
    warnings: i % 8 === 3 ? [{ code: "unseen_category", column: "dest", value: "XYZ" }] : [],
    latency_us: 640 + Math.round(random() * 900),
    feedback: i > 12 ? { truth: late, at: now - i * 20 } : null,
  };
});
const cycles = [
  [9, "delays_cycle_9", "delays@1", "delays@2", true, 0.6012, 0.6288, 3_901],
  [10, "delays_cycle_10", "delays@2", "delays@3", true, 0.6301, 0.6402, 4_120],
  [11, "delays_cycle_11", "delays@3", "delays@4", true, 0.641, 0.6492, 4_310],
  [12, "delays_cycle_12", "delays@4", "delays@5", false, 0.6521, 0.6498, 1_204],
].map(([data, name, champion, challenger, promoted, a, b, count], i) => ({
  at: now - (4 - i) * 7 * day * 0.3,
  why: i === 3 ? "by first" : "schedule",
  cause:
    i === 3
      ? { code: "manual", args: { by: "first" } }
      : { code: "schedule", args: { cron: "0 3 * * 1" } },
  data,
  experiment: name,
  champion,
  challenger,
  verdict: {
    promoted,
    reason: promoted ? "better" : "not_better",
    metric: "auc",
    champion: a,
    challenger: b,
    difference: b - a,
    low: b - a - 0.007,
    high: b - a + 0.007,
    rows: count,
  },
}));
const loop = {
  project,
  name: "delays",
  data: "flights",
  experiment: "delays",
  trigger: { kind: "schedule", cron: "0 3 * * 1", zone: "America/New_York" },
  cycles,
  joined_to: now - 5400,
  last_run: "2013-03-25",
  created_at: now - 12 * day,
};
const measured = (value) => ({ value, low: value - 0.03, high: value + 0.03, rows: 900 });
const dayName = (i) => new Date((now - (31 - i) * day) * 1000).toISOString().slice(0, 10);
const days = Array.from({ length: 31 }, (_, i) => {
  const asked = 900 + Math.round(random() * 80);
  const isRipe = i < 29;
  return {
    day: dayName(i),
    rows: asked,
    joined: Math.round(asked * (isRipe ? 0.98 : 0.4)),
    first_at: now - (31 - i) * day,
    last_at: now - (30 - i) * day,
    ripe: isRipe,
    models: { [i < 15 ? "delays@1" : "delays@4"]: asked },
    live: isRipe ? measured(0.6 + 0.05 * (1 - Math.exp(-i / 9)) + (random() - 0.5) * 0.03) : null,
    frozen: isRipe ? measured(0.605 - i * 0.0004 + (random() - 0.5) * 0.03) : null,
  };
});
const decay = {
  metric: "auc",
  maximise: true,
  champion: "delays@4",
  first: "delays@1",
  data: "flights",
  version: 11,
  promise: measured(0.649),
  delays: { p50: 71_000, p90: 88_000, p99: 91_000 },
  ripe_before: now - 91_000,
  at: now,
  week: {
    from: dayName(22),
    to: dayName(28),
    live: measured(0.644),
    frozen: measured(0.598),
    champion: measured(0.644),
  },
  days,
};
const moved = { temp: 0.41, dewp: 0.28, carrier: 0.06, dest: 0.04 };
const drift = {
  champion: "delays@4",
  data: "flights",
  version: 11,
  at: now,
  columns: Object.entries(moved).map(([column, psi]) => ({
    column,
    psi,
    by_chance: 0.01,
    missing: 0,
    missing_before: 0.002,
    new: 0,
    moved: psi > 0.25,
  })),
  days: days.map(({ day: name, rows: asked }, i) => ({
    day: name,
    rows: asked,
    sampled: asked,
    psi: Object.fromEntries(
      Object.entries(moved).map(([column, psi]) => [column, (psi * (i + 4)) / 35]),
    ),
    by_chance: Object.fromEntries(Object.keys(moved).map((column) => [column, 0.01])),
  })),
};
const circle = {
  data: { name: "flights", count: rows, at: now - 3600 },
  network: { name: "residual_mlp", count: 10, at: now - 90 },
  experiment: { name: "delays", count: 24, at: now - 94, state: "running" },
  model: { name: "delays@4", count: 5, at: now - day },
  deployment: { name: "delays", count: 9, at: now - day, state: "live" },
  predictions: { count: 28_412, at: now - 4 },
  decisions: { count: 28_412, at: now - 4 },
  feedback: { count: 26_903, at: now - 70 },
  joined: { count: 26_120, at: now - 5400 },
};
const audit = [
  ["promote", "conductor", "delays@4"],
  ["go_live", "front", "delays@4"],
  ["create_key", "admin", ""],
  ["refuse", "front", "delays@x"],
  ["promote", "conductor", "delays@3"],
  ["set_loop", "admin", ""],
  ["deploy", "admin", "delays@1"],
].map(([action, actor, model], i) => ({
  seq: 60 - i,
  project,
  actor,
  action,
  subject: "deployment/delays",
  detail: model ? { model } : {},
  at: now - i * day * 0.7 - 300,
  previous: hash(),
  hash: hash(),
}));
const jobs = [
  {
    id: "j3",
    project,
    kind: "experiment",
    args: { name: "delays" },
    state: "leased",
    attempt: 1,
    token: 3,
    owner: "conductor",
    lease_until: now + 20,
    progress: { trials: 17, of: 24 },
    result: {},
    cause: {},
    cancel: false,
    created_at: now - 94,
  },
  {
    id: "j2",
    project,
    kind: "import",
    args: { dataset: "flights" },
    state: "done",
    attempt: 1,
    token: 2,
    owner: "",
    lease_until: 0,
    progress: {},
    result: { rows: 10_074, rejected: 0 },
    cause: {},
    cancel: false,
    created_at: now - 3600,
  },
  {
    id: "j1",
    project,
    kind: "import",
    args: { dataset: "weather" },
    state: "failed",
    attempt: 1,
    token: 1,
    owner: "",
    lease_until: 0,
    progress: {},
    result: {},
    cause: {
      code: "too_many_rejects",
      title: "412 of 900 rows cannot be read",
      status: 422,
      args: {},
      fix: "Check the separator, or accept the rejects.",
    },
    cancel: false,
    created_at: now - 2 * day,
  },
];
const schema = {
  target: "late",
  task: "classification",
  classes: [false, true],
  columns: columns
    .filter((c) => !["late", "tailnum"].includes(c.name))
    .map((c) => ({
      ...c,
      ...(c.kind === "category" ? { values: profileOf(c, 100).top.map(([v]) => v) } : {}),
      ...(c.kind === "number" ? { low: 0, high: 5000 } : {}),
    })),
  example: (({ late, tailnum, ...row }) => row)(table(5)),
};

/** Answers by method and path; a missing one is a 404. */
export const answers = {
  "GET whoami": { name: "admin", role: "admin", project, version: "0.0.1" },
  "GET datasets": {
    items: [
      { project, name: "flights", version: 12, time: "dep_time", created_at: now - 3600 },
      { project, name: "bikes", version: 1, time: null, created_at: now - 9 * day },
    ],
  },
  "GET datasets/flights": {
    dataset: { project, name: "flights", version: 12, time: "dep_time", created_at: now - 3600 },
    version,
    versions: [12, 11, 10].map((v) => ({
      version: v,
      rows: rows - (12 - v) * 10_074,
      parts: v - 7,
      rejected: 7,
      created_at: now - (12 - v) * day,
      changed: {
        parts: v === 11 ? [] : [`loop:delays:${v - 1}`],
        gone: [],
        rows: v === 11 ? 0 : 10_074,
        kinds: v === 11 ? { tailnum: ["category", "id"] } : {},
        time: [],
      },
    })),
  },
  "GET datasets/flights/profile": {
    version: 12,
    profile: version.profile,
    drift: {
      against: 11,
      compared: "new",
      rows: 10_074,
      rows_before: rows - 10_074,
      kinds: {},
      columns: columns
        .filter(({ kind }) => kind === "number")
        .map(({ name, kind }, i) => {
          const { edges, counts } = version.profile.columns[name].histogram;
          const after = hump(20, 9 + i);
          const shares = { missing: 0.013, missing_before: 0.012 };
          return {
            column: name,
            kind,
            psi: 0.4 / (i + 1),
            ...shares,
            edges,
            before: counts,
            after,
          };
        }),
    },
  },
  "GET datasets/flights/check": {
    duplicates: { rows: 0, examples: [] },
    doubts: [
      {
        code: "far_off",
        column: "wind_speed",
        args: { rows: 2, values: [1048.4], low: 3, high: 24 },
      },
    ],
    target: null,
  },
  "GET samples": {
    items: [
      { name: "flights", rows: 336_776, columns: 16, target: "late", time: "departs", kinds: {} },
      { name: "wine", rows: 178, columns: 14, target: "cultivar", time: null, kinds: {} },
    ],
  },
  "GET datasets/flights/rows": { items: Array.from({ length: 30 }, (_, i) => table(i)) },
  "GET datasets/flights/rejects": {
    items: [
      { line: 1_204, column: "distance", reason: "not a number", text: "n/a", part: "2013-02.csv" },
      {
        line: 1_922,
        column: null,
        reason: "12 cells, 13 expected",
        text: "2013,2,1,UA,EWR",
        part: "2013-02.csv",
      },
    ],
  },
  "PUT datasets/flights/parts/*": { job: "j2" },
  "GET catalogue/ops": ops,
  "GET networks": {
    items: [
      {
        project,
        name: "residual_mlp",
        revision: 3,
        hash: hash(),
        document: network,
        space,
        layout: {},
        created_at: now - 6 * day,
      },
    ],
  },
  "GET networks/residual_mlp": {
    project,
    name: "residual_mlp",
    revision: 3,
    hash: hash(),
    document: network,
    space,
    layout: {},
    created_at: now - 6 * day,
  },
  "POST networks/propose": { network, space, recipe, task: "classification" },
  "POST networks/analyze": analysis,
  "GET experiments": { items: [experiment, finished, failed] },
  "GET experiments/delays": experiment,
  "GET experiments/delays/trials": { items: trials },
  "GET experiments/delays/leaderboard": { items: leaderboard },
  "GET models": { items: [5, 4, 3, 2, 1].map(modelOf) },
  "GET models/delays@4": modelOf(4),
  "GET models/delays@5": modelOf(5),
  "GET deployments": { items: [deployment] },
  "GET deployments/delays": deployment,
  "GET deployments/delays/schema": schema,
  "GET deployments/delays/counts": {
    predictions: 28_412,
    decisions: 28_412,
    feedback: 26_903,
    joined: 26_120,
    last_prediction_at: now - 4,
    last_feedback_at: now - 70,
    delays: { p50: 71_000, p90: 88_000, p99: 91_000 },
  },
  "GET deployments/delays/predictions": { items: predictions },
  "GET deployments/delays/predictions/*": {
    prediction: predictions[14],
    feedback: [predictions[14].feedback],
    model: modelOf(4),
    experiment: finished,
    trials: [trials[3], trials[11]],
    network,
    data: version,
  },
  "POST deployments/delays/predict": {
    model: "delays@4",
    predictions: [
      {
        id: predictions[0].id,
        label: true,
        probabilities: { true: 0.637, false: 0.363 },
        decision: true,
        warnings: [{ row: 0, column: "dest", code: "unseen_category", value: "XYZ" }],
      },
    ],
  },
  "POST deployments/delays/feedback": { accepted: 1, unknown: [], repeated: 0 },
  "GET loops": { items: [loop] },
  "GET loops/delays": {
    loop,
    deployment,
    circle,
    metric: "auc",
    coming: [2, 9, 16].map((away) => now + away * day),
  },
  "GET loops/delays/decay": decay,
  "GET loops/delays/drift": drift,
  "GET loops/delays/audit": { items: audit },
  "GET loops/delays/touched": {
    items: [
      {
        model: "delays@4",
        experiment: "delays_cycle_11",
        version: 11,
        metrics: { auc: 0.649 },
        at: now - day,
        predictions: { delays: 12_800 },
      },
    ],
  },
  "GET loops/delays/answers": { items: predictions },
  "GET audit": { items: audit },
  "GET projects": {
    items: [
      { name: "default", created_at: now - 40 * day },
      { name: "pricing", created_at: now - 4 * day },
    ],
  },
  "GET keys": {
    items: [
      {
        id: "k1",
        project,
        name: "first",
        role: "admin",
        deployment: null,
        prefix: "dl_9f2c",
        sha256: "",
        created_at: now - 40 * day,
        revoked_at: null,
      },
      {
        id: "k2",
        project,
        name: "web shop",
        role: "predict",
        deployment: "delays",
        prefix: "dl_77ab",
        sha256: "",
        created_at: now - 4 * day,
        revoked_at: null,
      },
      {
        id: "k3",
        project,
        name: "old",
        role: "editor",
        deployment: null,
        prefix: "dl_01cd",
        sha256: "",
        created_at: now - 20 * day,
        revoked_at: now - day,
      },
    ],
  },
  "GET jobs": { items: jobs },
  "GET jobs/j2": jobs[1],
};
