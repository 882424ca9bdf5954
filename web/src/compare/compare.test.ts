import { describe, expect, it } from "vitest";
import type { Experiment, Trial } from "../api/records";
import { cell, csvOf } from "./csv";
import { differencesOf, fieldsOf, ranked, runsOf } from "./runs";
import { brushBetween, domainOf, logTicksOf, placeOf, scaleOf, ticksOf } from "./scale";
import { linesOf, smooth, spreadOf } from "./thin";
import { drawnOf, searchOf, shownOf, sorted, topOf, viewOf } from "./view";

const trial = (number: number, values: object, metric: number | null, state = "finished") =>
  ({
    number,
    values,
    metric,
    state,
    metrics: metric === null ? {} : { auc: metric },
    epochs: 3,
    seconds: number,
    curve: metric === null ? [] : [{ epoch: 1, auc: metric }],
  }) as unknown as Trial;
const experiment = (name: string, news = {}) =>
  ({
    name,
    spec: { data: "wine", target: "kind" },
    plan: {
      metric: "auc",
      maximise: true,
      version: 1,
      space: { "recipe.learning_rate": { float: [1e-4, 1e-1], log: true } },
      baselines: [{ name: "usual", metric: 0.5 }],
      ...news,
    },
    result: {},
  }) as unknown as Experiment;

const one = experiment("first");
const runs = runsOf(one, [
  trial(0, { "recipe.learning_rate": 1e-4, "act.kind": "relu", "same.p": 1 }, 0.9),
  trial(1, { "recipe.learning_rate": 1e-2, "act.kind": "gelu", "same.p": 1 }, 0.95),
  trial(2, { "recipe.learning_rate": 1e-1, "act.kind": "relu", "same.p": 1 }, null, "diverged"),
  trial(3, { "recipe.learning_rate": 1e-3, "act.kind": "tanh", "same.p": 1 }, 0.92, "pruned"),
]);
const fields = fieldsOf(runs, [one.plan]);
const [rate, kind] = fields;
if (!rate || !kind) throw new Error("no fields");
const names = (found: { name: string }[]) => found.map((run) => run.name);
const view = (text = "") => viewOf(new URLSearchParams(text));

describe("runs", () => {
  it("have a column only where they differ, with the metric after what was tried", () => {
    expect(names(fields)).toEqual(["recipe.learning_rate", "act.kind", "metric", "seconds"]);
  });

  it("know which axis goes by factors and which holds words", () => {
    expect([rate.isLog, rate.type, kind.type]).toEqual([true, "number", "word"]);
  });

  it("put those without a metric last, whichever way is better", () => {
    expect(names(ranked(runs, true)).at(-1)).toBe("2");
    expect(names(ranked(runs, false))[0]).toBe("usual");
  });

  it("say in what experiments differ", () => {
    expect(differencesOf([one, experiment("second", { version: 2 })])).toEqual(["data"]);
    expect(differencesOf([one, experiment("second")])).toEqual([]);
  });
});

describe("view", () => {
  it("is the same after a way through the address", () => {
    const full = {
      ...view(),
      of: ["first", "se~cond"],
      hide: ["pruned"],
      top: "10%",
      brushes: { "recipe.learning_rate": [1e-4, 0.01], "act.kind": ["relu", "a~b"] },
      log: [],
      pick: ["first:0"],
      sort: "-metric",
    } as ReturnType<typeof view>;
    expect(viewOf(new URLSearchParams(searchOf(full).toString()))).toEqual(full);
  });

  it("ignores what cannot be read", () => {
    expect(view("b=x~9~1&b=%25E0&top=lots&smooth=9&of=%25")).toEqual(view());
  });

  it("hides, brushes and takes the best, all at once", () => {
    expect(names(shownOf(runs, view("hide=pruned~failed~baseline"), fields, true))).toEqual([
      "0",
      "1",
    ]);
    const low = view("b=recipe.learning_rate~0.0001~0.005");
    expect(names(shownOf(runs, low, fields, true))).toEqual(["0", "3"]);
    expect(names(shownOf(runs, view("b=act.kind~in~gelu"), fields, true))).toEqual(["1"]);
    expect(names(topOf(runs, "2", true))).toEqual(["1", "3"]);
    expect(names(topOf(runs, "25%", true))).toEqual(["1"]);
  });

  it("sorts by a column either way, gaps last", () => {
    expect(names(sorted(runs, "recipe.learning_rate", fields, true))).toEqual([
      "0",
      "3",
      "1",
      "2",
      "usual",
    ]);
    expect(names(sorted(runs, "-act.kind", fields, true))[0]).toBe("3");
    expect(names(sorted(runs, "", fields, true))[0]).toBe("1");
  });

  it("draws the picked curves, else the best few", () => {
    expect(names(drawnOf(runs, ["first:0"], true, 2))).toEqual(["0"]);
    expect(names(drawnOf(runs, [], true, 2))).toEqual(["1", "3"]);
  });
});

describe("scale", () => {
  it("goes by factors where the space does", () => {
    const scale = scaleOf(rate, runs, true);
    expect(scale.at(1e-4)).toBe(0);
    expect(scale.at(1e-1)).toBeCloseTo(1);
    expect(scale.at(1e-3)).toBeCloseTo(1 / 3);
    expect(scale.from(2 / 3)).toBeCloseTo(1e-2);
  });

  it("gives each word a place of its own", () => {
    const scale = scaleOf(kind, runs, false);
    expect(scale.words).toEqual(["gelu", "relu", "tanh"]);
    expect(scale.at("relu")).toBeCloseTo(0.5);
    expect(brushBetween(scale, 0.4, 0.9)).toEqual(["relu", "tanh"]);
    expect(placeOf(scale, ["relu"])?.map((at) => at.toFixed(2))).toEqual(["0.33", "0.67"]);
  });

  it("is not flattened by a baseline far off", () => {
    const metric = fields.find((field) => field.name === "metric");
    expect(metric && domainOf(metric, runs)).toEqual([0.9, 0.95]);
  });

  it("needs no brush that leaves nothing out", () => {
    const scale = scaleOf(rate, runs, false);
    expect(brushBetween(scale, 0, 1)).toBeNull();
    expect(brushBetween(scale, 0.5, 0)).toEqual([1e-4, 0.05005]);
  });

  it("has round ticks", () => {
    expect(ticksOf(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticksOf(0.9, 0.95).every((tick) => tick >= 0.9 && tick <= 0.95)).toBe(true);
    expect(logTicksOf(1e-4, 1e-1)).toEqual([1e-4, 1e-3, 1e-2, 1e-1]);
  });
});

describe("curves", () => {
  it("stand on one axis, with gaps where one has ended", () => {
    const { x, ys } = linesOf([[{ epoch: 1, a: 1 }], [{ epoch: 2, a: 5 }]], "a");
    expect([x, ys]).toEqual([
      [1, 2],
      [
        [1, null],
        [null, 5],
      ],
    ]);
  });

  it("keep their spikes when 20 of 100,000 points are thinned, in little time", () => {
    const curve = Array.from({ length: 100_000 }, (_, epoch) => ({
      epoch,
      a: epoch === 54_321 ? 99 : Math.sin(epoch),
    }));
    const begun = performance.now();
    const { x, ys } = linesOf(
      Array.from({ length: 20 }, () => curve),
      "a",
    );
    expect(performance.now() - begun).toBeLessThan(1500);
    expect(x).toHaveLength(2000);
    expect(Math.max(...(ys[0] ?? []).map(Number))).toBe(99);
  });

  it("are smoothed without a pull to zero", () => {
    expect(smooth([2, null, 2], 0.9)).toEqual([2, null, 2].map((y) => y && expect.closeTo(y)));
  });
});

describe("csv", () => {
  it("quotes commas and disarms formulas", () => {
    expect([cell('a,"b"'), cell("=1+1"), cell(null), cell(-2)]).toEqual([
      '"a,""b"""',
      "'=1+1",
      "",
      "-2",
    ]);
  });

  it("has a line a run and a column a field", () => {
    const lines = csvOf(runs, fields).trim().split("\r\n");
    expect(lines[0]).toBe(
      "experiment,kind,name,state,recipe.learning_rate,act.kind,metric,seconds",
    );
    expect(lines).toHaveLength(6);
  });
});

describe("spread", () => {
  it("is the least, the middle and the most at each place, and nothing where nothing is", () => {
    const ys = [
      [1, 4, null],
      [3, null, null],
      [2, 8, null],
    ];
    expect(spreadOf(ys)).toEqual({
      least: [1, 4, null],
      middle: [2, 6, null],
      most: [3, 8, null],
    });
    expect(spreadOf([])).toEqual({ least: [], middle: [], most: [] });
  });
});

describe("taken out", () => {
  it("is known of a trial, and kept in the address with how curves are drawn", () => {
    const gone = { ...trial(0, {}, 0.5), discarded_at: 12.5 } as unknown as Trial;
    expect(runsOf(experiment("e"), [gone, trial(1, {}, 0.6)]).map((run) => run.isOut)).toEqual([
      true,
      false,
      false,
    ]);
    const asked = view("of=e&form=spread&out=1&side=b&nets=1");
    expect([asked.form, asked.out, asked.side, asked.nets]).toEqual(["spread", "1", "b", "1"]);
    expect(viewOf(new URLSearchParams(searchOf(asked).toString()))).toEqual(asked);
  });
});
