/** Usage: what Danlu takes of the machine, as the launcher saw it; looked at while the tab is seen. */
import { useQuery } from "@tanstack/react-query";
import { http, many } from "../api/client";
import type { components } from "../api/schema";

export type Usage = components["schemas"]["Usage"];

const LOOK_MS = 5_000;
const FRESH_S = 30;
const POINTS = 180;

/** The newest look. */
export const useUsage = () =>
  useQuery({
    queryKey: ["usage"],
    queryFn: async () => {
      const since = Date.now() / 1000 - FRESH_S;
      const looks = await many<Usage>(
        http.GET("/api/v1/jobs/usage", { params: { query: { since, points: 1 } } }),
      );
      return looks.at(-1) ?? null;
    },
    refetchInterval: LOOK_MS,
  });

/** The looks of a stretch of time; without an end it goes on. */
export const useUsageOver = (since: number | null, until: number | null) =>
  useQuery({
    queryKey: ["usage", since, until],
    queryFn: () =>
      many<Usage>(
        http.GET("/api/v1/jobs/usage", {
          params: {
            query: {
              points: POINTS,
              ...(since === null ? {} : { since }),
              ...(until === null ? {} : { until }),
            },
          },
        }),
      ),
    refetchInterval: until === null ? LOOK_MS : false,
  });

export interface Share {
  key: string;
  /** "cpu" | "memory" | "disk" | "gpu" | "gpuMemory". */
  of: "cpu" | "memory" | "disk" | "gpu" | "gpuMemory";
  share: number;
  /** What is used and what there is, in the unit of `of`: cores, bytes, or null where only the share is known. */
  used: number | null;
  whole: number | null;
  name?: string;
}

const shareOf = (used: number, whole: number): number =>
  whole > 0 ? Math.min(1, used / whole) : 0;

/** What is used of what: Danlu's own share of processors and memory, the whole machine's of the rest. */
export function sharesOf(usage: Usage): Share[] {
  const { cpu, cores, memory_bytes, memory_total, disk_total, disk_free } = usage;
  const disk = disk_total - disk_free;
  return [
    { key: "cpu", of: "cpu", share: shareOf(cpu, cores), used: cpu, whole: cores },
    {
      key: "memory",
      of: "memory",
      share: shareOf(memory_bytes, memory_total),
      used: memory_bytes,
      whole: memory_total,
    },
    { key: "disk", of: "disk", share: shareOf(disk, disk_total), used: disk, whole: disk_total },
    ...(usage.gpus ?? []).flatMap((gpu, at): Share[] => [
      { key: `gpu ${at}`, of: "gpu", share: gpu.busy, used: null, whole: null, name: gpu.name },
      {
        key: `gpu memory ${at}`,
        of: "gpuMemory",
        share: shareOf(gpu.memory_bytes, gpu.memory_total),
        used: gpu.memory_bytes,
        whole: gpu.memory_total,
        name: gpu.name,
      },
    ]),
  ];
}
