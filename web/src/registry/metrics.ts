/** Metrics: the numbers a model is known by, test split first. */
import type { Json, Model } from "../api/records";

export type SplitMetric = [split: string, name: string, value: number];

const ORDER = ["test", "", "valid", "train"];

/** Read `{"test": {"auc": ..}, "valid": {..}}`, or the same flat; the manifest knows the splits. */
export function metricsOf(model: Pick<Model, "manifest" | "metrics"> | undefined): SplitMetric[] {
  if (!model) return [];
  const document = (model.manifest.metrics as Json | undefined) ?? model.metrics;
  const found = Object.entries(document).flatMap(([key, value]): SplitMetric[] => {
    if (typeof value === "number") return [["", key, value]];
    if (!value || typeof value !== "object") return [];
    return Object.entries(value)
      .filter(([, number]) => typeof number === "number")
      .map(([name, number]) => [key, name, number as number]);
  });
  return found.sort((a, b) => ORDER.indexOf(a[0]) - ORDER.indexOf(b[0]));
}
