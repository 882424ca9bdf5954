/** Use: the view in the address, and the runs it shows: what every part of the page works from. */
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useCompared } from "../api/queries";
import type { Experiment, Plan } from "../api/records";
import { useMetricName } from "../locales/metric";
import { type Field, fieldsOf, METRIC, type Run, runsOf } from "./runs";
import { type Brush, searchOf, shownOf, sorted, type View, viewOf } from "./view";

export interface Compared {
  view: View;
  set: (news: Partial<View>) => void;
  experiments: Experiment[];
  plan: Plan;
  maximise: boolean;
  runs: Run[];
  /** How many somebody took out. */
  out: number;
  shown: Run[];
  fields: Field[];
  isLog: (field: Field) => boolean;
  setLog: (name: string, on: boolean) => void;
  logs: string[];
  brush: (news: Record<string, Brush | null>) => void;
  toggle: (key: string) => void;
}

export function useView(): [View, (news: Partial<View>) => void] {
  const [search, setSearch] = useSearchParams();
  const view = useMemo(() => viewOf(search), [search]);
  const set = useCallback(
    (news: Partial<View>) =>
      setSearch((before) => searchOf({ ...viewOf(before), ...news }), {
        replace: true,
        preventScrollReset: true,
      }),
    [setSearch],
  );
  return [view, set];
}

/** What has been answered so far; the first experiment says which way is better. */
export function useRuns(names: string[]) {
  const { experiments, trials } = useCompared(names);
  const found = experiments.map((query) => query.data);
  const listed = trials.map((query) => query.data);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the answers themselves, not the arrays around them
  const runs = useMemo(
    () =>
      found.flatMap((experiment, index) => {
        const list = listed[index];
        return experiment && list ? runsOf(experiment, list) : [];
      }),
    [JSON.stringify(names), ...pad(found), ...pad(listed)],
  );
  const known = found.filter((one): one is Experiment => one !== undefined);
  const error = [...experiments, ...trials].find((query) => query.error)?.error;
  const isLoading = [...experiments, ...trials].some((query) => query.isLoading);
  return { runs, experiments: known, error, isLoading };
}

/** Experiments side by side; more would be no comparison. */
export const MOST_EXPERIMENTS = 8;
/** A list of dependencies keeps its length. */
function pad<T>(items: T[]): (T | undefined)[] {
  return Array.from({ length: MOST_EXPERIMENTS }, (_, index) => items[index]);
}

export function useComparedView(
  every: Run[],
  experiments: Experiment[],
  view: View,
  set: (news: Partial<View>) => void,
): Compared {
  const plan: Plan = experiments[0]?.plan ?? {};
  const maximise = plan.maximise ?? false;
  const runs = useMemo(
    () => (view.out ? every : every.filter((run) => !run.isOut)),
    [every, view.out],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: plans change with the runs
  const fields = useMemo(
    () =>
      fieldsOf(
        runs,
        experiments.map((one) => one.plan),
      ),
    [runs],
  );
  const logs = view.log ?? fields.filter((field) => field.isLog).map((field) => field.name);
  const shown = useMemo(
    () => sorted(shownOf(runs, view, fields, maximise), view.sort, fields, maximise),
    [runs, view, fields, maximise],
  );
  return {
    view,
    set,
    experiments,
    plan,
    maximise,
    runs,
    out: every.filter((run) => run.isOut).length,
    shown,
    fields,
    logs,
    isLog: (field) => logs.includes(field.name),
    setLog: (name, on) => set({ log: on ? [...logs, name] : logs.filter((one) => one !== name) }),
    brush: (news) => {
      const brushes = { ...view.brushes };
      for (const [name, brush] of Object.entries(news)) {
        if (brush) brushes[name] = brush;
        else delete brushes[name];
      }
      set({ brushes });
    },
    toggle: (key) =>
      set({
        pick: view.pick.includes(key)
          ? view.pick.filter((one) => one !== key)
          : [...view.pick, key],
      }),
  };
}

/** The two runs that are looked at side by side: those ticked, else the first trials shown. */
export function usePair({ view, runs, shown }: Compared): [Run | undefined, Run | undefined] {
  const picked = view.pick
    .map((key) => runs.find((run) => run.key === key))
    .filter((run): run is Run => run?.kind === "trial");
  const [a, b] = picked.length >= 2 ? picked : shown.filter((run) => run.kind === "trial");
  return [a, b];
}

/** Names as a reader knows them: of a field, of a run. */
export function useNames(plan: Plan, isAcross: boolean) {
  const { t, i18n } = useTranslation();
  const metricName = useMetricName();
  const ofField = (field: Field): string => {
    if (field.kind === "value") return field.name;
    const key = `compare.measure.${field.name}`;
    if (field.name === METRIC) return plan.metric ? metricName(plan.metric) : t("col.metric");
    return i18n.exists(key) ? t(key as "compare.measure.epochs") : metricName(field.name);
  };
  const ofRun = (run: Run): string => {
    const key = `baseline.${run.name.replaceAll(" ", "_")}`;
    const own =
      run.number === null
        ? i18n.exists(key)
          ? t(key as "baseline.usual")
          : run.name
        : t("trial.name", { number: run.number });
    return isAcross ? `${run.experiment} · ${own}` : own;
  };
  return { ofField, ofRun };
}
