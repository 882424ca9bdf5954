/** Metric: its name as a reader knows it; one without a translation keeps its own. */
import { useTranslation } from "react-i18next";

export function useMetricName(): (name: string | null | undefined) => string {
  const { t, i18n } = useTranslation();
  return (name) => {
    const key = `metric.${name}`;
    return name && i18n.exists(key) ? t(key as "metric.auc") : (name ?? "").replaceAll("_", " ");
  };
}
