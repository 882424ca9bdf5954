import { describe, expect, it } from "vitest";
import { metricsOf } from "./metrics";

describe("metrics", () => {
  it("puts the test split first", () => {
    const manifest = { metrics: { valid: { auc: 0.7 }, test: { auc: 0.8 } } };
    expect(metricsOf({ manifest, metrics: {} })[0]).toEqual(["test", "auc", 0.8]);
  });

  it("reads a flat document", () => {
    expect(metricsOf({ manifest: {}, metrics: { rmse: 3 } })).toEqual([["", "rmse", 3]]);
  });

  it("knows nothing of no model", () => {
    expect(metricsOf(undefined)).toEqual([]);
  });
});
