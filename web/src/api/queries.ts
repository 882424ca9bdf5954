/** Queries: what each page reads, under keys that begin with the noun; live events refresh by that noun. */
import { QueryClient, useQuery } from "@tanstack/react-query";
import { get, list, path, Refusal } from "./client";
import type * as R from "./records";

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 4_000,
      retry: (failures, error) => failures < 2 && error instanceof Refusal && (error.problem.status ?? 0) % 500 < 100,
      retryDelay: (failures, error) => (error instanceof Refusal && error.retryAfter ? error.retryAfter * 1000 : 400 * 2 ** failures),
    },
  },
});

function useList<T>(noun: string) {
  return useQuery({ queryKey: [noun, "*"], queryFn: () => list<T>(noun) });
}

/** One thing of a noun; `name` empty = not asked for yet. */
function useOne<T>(noun: string, name: string | undefined, ...more: string[]) {
  return useQuery({
    queryKey: [noun, name, ...more],
    queryFn: () => get<T>(path([noun, name ?? "", ...more])),
    enabled: Boolean(name),
  });
}

function useItems<T>(noun: string, name: string | undefined, more: string, query: Record<string, number | undefined> = {}) {
  return useQuery({
    queryKey: [noun, name, more, query],
    queryFn: () => list<T>(path([noun, name ?? "", more], query)),
    enabled: Boolean(name),
  });
}

export const useWho = () =>
  useQuery({ queryKey: ["whoami"], queryFn: () => get<R.Who>("whoami"), retry: false, staleTime: 60_000 });

export const useDatasets = () => useList<R.Dataset>("datasets");
export const useDataset = (name: string | undefined, version?: number) =>
  useQuery({
    queryKey: ["datasets", name, { version }],
    queryFn: () => get<R.DatasetPage>(path(["datasets", name ?? ""], { version })),
    enabled: Boolean(name),
  });
export const useRows = (name: string, version?: number) => useItems<R.Json>("datasets", name, "rows", { version, limit: 50 });
export const useRejects = (name: string, version?: number) => useItems<R.Reject>("datasets", name, "rejects", { version });

export const useNetworks = () => useList<R.Network>("networks");
export const useNetwork = (name: string | undefined) => useOne<R.Network>("networks", name);

export const useExperiments = () => useList<R.Experiment>("experiments");
export const useExperiment = (name: string | undefined) =>
  useQuery({
    queryKey: ["experiments", name],
    queryFn: async () => {
      const answer = await get<R.Experiment | { experiment: R.Experiment }>(path(["experiments", name ?? ""]));
      return "experiment" in answer ? answer.experiment : answer;
    },
    enabled: Boolean(name),
  });
export const useTrials = (name: string | undefined) => useItems<R.Trial>("experiments", name, "trials");
export const useLeaderboard = (name: string | undefined) => useItems<R.LeaderboardRow>("experiments", name, "leaderboard");

export const useModels = () => useList<R.Model>("models");
export const useModel = (ref: string | undefined) => useOne<R.Model>("models", ref);

export const useDeployments = () => useList<R.Deployment>("deployments");
export const useDeployment = (name: string | undefined) => useOne<R.Deployment>("deployments", name);
export const useCounts = (name: string | undefined) => useOne<R.Counts>("deployments", name, "counts");
export const useFormSchema = (name: string | undefined, live: string | null | undefined) =>
  useQuery({
    queryKey: ["schema", name, live],
    queryFn: () => get<R.FormSchema>(path(["deployments", name ?? "", "schema"])),
    enabled: Boolean(name && live),
    staleTime: Number.POSITIVE_INFINITY,
  });
export const usePredictions = (name: string | undefined, limit = 20) =>
  useItems<R.LoggedPrediction>("deployments", name, "predictions", { limit });
export const useLineage = (name: string, id: string | null) =>
  useQuery({
    queryKey: ["deployments", name, "lineage", id],
    queryFn: () => get<R.Lineage>(path(["deployments", name, "predictions", id ?? ""])),
    enabled: Boolean(id),
  });

export const useLoops = () => useList<R.Loop>("loops");
export const useLoop = (name: string | undefined) => useOne<R.LoopPage>("loops", name);
export const useAudit = (subject?: string) =>
  useQuery({ queryKey: ["audit", subject], queryFn: () => list<R.Audit>(path(["audit"], { subject })) });

export const useProjects = () => useList<R.Project>("projects");
export const useKeys = () => useList<R.Key>("keys");
export const useJobs = () => useList<R.Job>("jobs");
export const useJob = (id: string | null) => useOne<R.Job>("jobs", id ?? undefined);
