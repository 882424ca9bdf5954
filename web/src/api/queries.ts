/** Queries: what each page reads, under keys that begin with the noun; live events refresh by that noun. */
import { QueryClient, useQueries, useQuery } from "@tanstack/react-query";
import { http, many, one, Refusal } from "./client";
import type * as R from "./records";

const isPassing = (error: unknown): boolean =>
  error instanceof Refusal && [0, 502, 503].includes(error.problem.status ?? -1);

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 4_000,
      retry: (failures, error) => failures < 3 && isPassing(error),
      retryDelay: (failures, error) =>
        error instanceof Refusal && error.retryAfter
          ? error.retryAfter * 1000
          : 400 * 2 ** failures,
    },
  },
});

const named = (name: string | undefined) => ({ params: { path: { name: name ?? "" } } });
const at = (version: number | undefined) => (version === undefined ? {} : { version });

/** The list of a noun, or one thing of it; nothing is asked before its name is known. */
function useAll<T>(noun: string, ask: () => Promise<T[]>) {
  return useQuery({ queryKey: [noun, "*"], queryFn: ask });
}

function useNamed<T>(
  key: [noun: string, name: string | null | undefined, ...more: unknown[]],
  ask: () => Promise<T>,
  everyMs: number | false = false,
) {
  return useQuery({
    queryKey: key,
    queryFn: ask,
    enabled: Boolean(key[1]),
    refetchInterval: everyMs,
  });
}

/** Predictions are too many for an event each: their counts are asked for, while the tab is seen. */
const COUNTED_MS = 2_500;

export const useWho = () =>
  useQuery({
    queryKey: ["whoami"],
    queryFn: () => one<R.Who>(http.GET("/api/v1/whoami")),
    retry: false,
    staleTime: 60_000,
  });

export const useDatasets = () =>
  useAll("datasets", () => many<R.Dataset>(http.GET("/api/v1/datasets")));
export const useDataset = (name: string | undefined, version?: number) =>
  useNamed(["datasets", name, { version }], () =>
    one<R.DatasetPage>(
      http.GET("/api/v1/datasets/{name}", {
        params: { path: { name: name ?? "" }, query: at(version) },
      }),
    ),
  );
export const useRows = (name: string, version?: number) =>
  useNamed(["datasets", name, "rows", version], () =>
    many<R.Json>(
      http.GET("/api/v1/datasets/{name}/rows", {
        params: { path: { name }, query: { ...at(version), limit: 50 } },
      }),
    ),
  );
export const useRejects = (name: string, version?: number) =>
  useNamed(["datasets", name, "rejects", version], () =>
    many<R.Reject>(
      http.GET("/api/v1/datasets/{name}/rejects", {
        params: { path: { name }, query: at(version) },
      }),
    ),
  );

export const useNetworks = () =>
  useAll("networks", () => many<R.Network>(http.GET("/api/v1/networks")));
export const useDrafts = () =>
  useQuery({
    queryKey: ["networks", "*", "drafts"],
    queryFn: () => many<R.NetworkDraftLine>(http.GET("/api/v1/drafts")),
  });
export const useNetwork = (name: string | undefined) =>
  useNamed(["networks", name], () =>
    one<R.Network>(http.GET("/api/v1/networks/{name}", named(name))),
  );

/** Ops change only with the program: asked once. */
export const useOps = () =>
  useQuery({
    queryKey: ["catalogue", "ops"],
    queryFn: () =>
      many<R.OpEntry>(
        http.GET("/api/v1/catalogue/{family}", { params: { path: { family: "ops" } } }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Ready-made blocks, with what a document takes over of them. */
export const useBlockLibrary = () =>
  useQuery({
    queryKey: ["catalogue", "blocks"],
    queryFn: () =>
      many<R.BlockEntry>(
        http.GET("/api/v1/catalogue/{family}", { params: { path: { family: "blocks" } } }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useExperiments = () =>
  useAll("experiments", () => many<R.Experiment>(http.GET("/api/v1/experiments")));
export const useExperiment = (name: string | undefined) =>
  useNamed(["experiments", name], () =>
    one<R.Experiment>(http.GET("/api/v1/experiments/{name}", named(name))),
  );
/** More points of a curve than a screen has columns tell nothing. */
export const POINTS = 2000;
export const useTrials = (name: string | undefined) =>
  useNamed(["experiments", name, "trials"], () =>
    many<R.Trial>(
      http.GET("/api/v1/experiments/{name}/trials", {
        params: { path: { name: name ?? "" }, query: { points: POINTS } },
      }),
    ),
  );
const ofTrial = (name: string, trial: number) => ({ path: { name, trial } });
export const useSeen = (name: string, trial: number) =>
  useNamed(["experiments", name, "watch", trial], () =>
    one<R.Seen>(
      http.GET("/api/v1/experiments/{name}/trials/{trial}/watch", { params: ofTrial(name, trial) }),
    ),
  );
export const useInsides = (name: string, trial: number, node: string | null) =>
  useQuery({
    queryKey: ["experiments", name, "watch", trial, node],
    queryFn: () =>
      one<R.Insides>(
        http.GET("/api/v1/experiments/{name}/trials/{trial}/watch/{node}", {
          params: { path: { name, trial, node: node ?? "" } },
        }),
      ),
    enabled: node !== null,
  });
/** Several experiments, each with its trials, in the order of their names. */
export function useCompared(names: string[]) {
  const experiments = useQueries({
    queries: names.map((name) => ({
      queryKey: ["experiments", name],
      queryFn: () => one<R.Experiment>(http.GET("/api/v1/experiments/{name}", named(name))),
    })),
  });
  const trials = useQueries({
    queries: names.map((name) => ({
      queryKey: ["experiments", name, "trials"],
      queryFn: () => many<R.Trial>(http.GET("/api/v1/experiments/{name}/trials", named(name))),
    })),
  });
  return { experiments, trials };
}
export const useLeaderboard = (name: string | undefined) =>
  useNamed(["experiments", name, "leaderboard"], () =>
    many<R.LeaderboardRow>(http.GET("/api/v1/experiments/{name}/leaderboard", named(name))),
  );

export const useModels = () => useAll("models", () => many<R.Model>(http.GET("/api/v1/models")));
export const useModel = (ref: string | undefined) =>
  useNamed(["models", ref], () =>
    one<R.Model>(http.GET("/api/v1/models/{ref}", { params: { path: { ref: ref ?? "" } } })),
  );

export const useDeployments = () =>
  useAll("deployments", () => many<R.Deployment>(http.GET("/api/v1/deployments")));
export const useDeployment = (name: string | undefined) =>
  useNamed(["deployments", name], () =>
    one<R.Deployment>(http.GET("/api/v1/deployments/{name}", named(name))),
  );
export const useCounts = (name: string | undefined) =>
  useNamed(
    ["deployments", name, "counts"],
    () => one<R.Counts>(http.GET("/api/v1/deployments/{name}/counts", named(name))),
    COUNTED_MS,
  );
export const useFormSchema = (name: string, live: string) =>
  useQuery({
    queryKey: ["schema", name, live],
    queryFn: () => one<R.FormSchema>(http.GET("/api/v1/deployments/{name}/schema", named(name))),
    staleTime: Number.POSITIVE_INFINITY,
  });
export const usePredictions = (name: string | undefined, limit: number) =>
  useNamed(
    ["deployments", name, "predictions", limit],
    () =>
      many<R.LoggedPrediction>(
        http.GET("/api/v1/deployments/{name}/predictions", {
          params: { path: { name: name ?? "" }, query: { limit } },
        }),
      ),
    COUNTED_MS,
  );
export const useLineage = (name: string, id: string | null) =>
  useQuery({
    queryKey: ["deployments", name, "lineage", id],
    queryFn: () =>
      one<R.Lineage>(
        http.GET("/api/v1/deployments/{name}/predictions/{id}", {
          params: { path: { name, id: id ?? "" } },
        }),
      ),
    enabled: Boolean(id),
  });

export const useLoops = () => useAll("loops", () => many<R.Loop>(http.GET("/api/v1/loops")));
export const useLoop = (name: string | undefined) =>
  useNamed(
    ["loops", name],
    () => one<R.LoopPage>(http.GET("/api/v1/loops/{name}", named(name))),
    COUNTED_MS,
  );
export const useAudit = (subject: string) =>
  useNamed(["audit", subject], () =>
    many<R.Audit>(http.GET("/api/v1/audit", { params: { query: { subject } } })),
  );

export const useProjects = () =>
  useAll("projects", () => many<R.Project>(http.GET("/api/v1/projects")));
export const useKeys = () => useAll("keys", () => many<R.Key>(http.GET("/api/v1/keys")));
export const useJobs = () => useAll("jobs", () => many<R.Job>(http.GET("/api/v1/jobs")));
export const useUnfinished = () =>
  useQuery({
    queryKey: ["jobs", "unfinished"],
    queryFn: () =>
      many<R.Job>(http.GET("/api/v1/jobs", { params: { query: { unfinished: true } } })),
  });
export const useJob = (id: string | null) =>
  useNamed(["jobs", id], () =>
    one<R.Job>(http.GET("/api/v1/jobs/{id}", { params: { path: { id: id ?? "" } } })),
  );
