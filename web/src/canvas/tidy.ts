/** Tidy: dagre in a worker, with a deadline; a plain layering of our own where it gives up. */
import { edgeId, edgesOf, type Graph, outputId } from "../document/graph";
import type { Place, Places } from "../document/types";
import { ranksOf } from "./layers";
import { BAR, isEnd, PITCH, sizeOf } from "./size";

export interface TidyNode {
  name: string;
  width: number;
  height: number;
}
export interface TidyEdge {
  id: string;
  from: string;
  to: string;
}
export interface TidyJob {
  id: number;
  nodes: TidyNode[];
  edges: TidyEdge[];
}
export interface Tidied {
  places: Places;
  ways: Record<string, Place[]>;
}

const DEADLINE_MS = 4_000;
/** Longer chains overflow dagre's stack. */
const MOST_NODES = 1_200;

let worker: Worker | null = null;
let last = 0;

function ask(job: TidyJob): Promise<Tidied | null> {
  worker ??= new Worker(new URL("./tidy.worker.ts", import.meta.url), { type: "module" });
  const running = worker;
  return new Promise((resolve) => {
    const end = (found: Tidied | null) => {
      clearTimeout(timer);
      running.removeEventListener("message", hear);
      resolve(found);
    };
    const timer = setTimeout(() => {
      running.terminate();
      worker = null;
      end(null);
    }, DEADLINE_MS);
    const hear = (event: MessageEvent<{ id: number; tidied: Tidied | null }>) => {
      if (event.data.id === job.id) end(event.data.tidied);
    };
    running.addEventListener("message", hear);
    running.onerror = () => end(null);
    running.postMessage(job);
  });
}

export function jobOf(graph: Graph, only?: ReadonlySet<string>): TidyJob {
  const names = [
    ...graph.inputs,
    ...Object.keys(graph.nodes),
    ...Object.keys(graph.outputs).map(outputId),
  ];
  const chosen = new Set(names.filter((name) => !only || only.has(name)));
  last += 1;
  return {
    id: last,
    nodes: [...chosen].map((name) => ({ name, ...sizeOf(isEnd(name, graph.inputs)) })),
    edges: edgesOf(graph)
      .filter((edge) => chosen.has(edge.from) && chosen.has(edge.to))
      .map((edge) => ({ id: edgeId(edge), from: edge.from, to: edge.to })),
  };
}

/** Too large for anything but plain rows. */
export const isPlain = (job: TidyJob): boolean => job.nodes.length > MOST_NODES;

/** Place the nodes of a job; never fails. */
export async function tidy(job: TidyJob): Promise<Tidied> {
  const found = isPlain(job) ? null : await ask(job).catch(() => null);
  return found ?? { places: layered(job), ways: {} };
}

/** Rank by rank, each centred: no beauty, but of any size and in no time. */
export function layered(job: TidyJob): Places {
  const ranks = ranksOf(
    job.nodes.map((node) => node.name),
    job.edges.map((edge) => [edge.from, edge.to]),
  );
  const rows = new Map<number, TidyNode[]>();
  for (const node of job.nodes) {
    const rank = ranks.get(node.name) ?? 0;
    rows.set(rank, [...(rows.get(rank) ?? []), node]);
  }
  const places: Places = {};
  for (const [rank, row] of rows)
    for (const [i, node] of row.entries())
      places[node.name] = {
        x: Math.round((i - (row.length - 1) / 2) * (BAR.width + 40) - node.width / 2),
        y: rank * PITCH,
      };
  return places;
}
