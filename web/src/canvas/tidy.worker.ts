/** Tidy worker: dagre, away from the page's thread. */
import { graphlib, layout } from "@dagrejs/dagre";
import { BAR, PITCH } from "./size";
import type { Tidied, TidyJob } from "./tidy";

function place(job: TidyJob): Tidied {
  const graph = new graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 36, edgesep: 22, ranksep: PITCH - BAR.height });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { name, width, height } of job.nodes) graph.setNode(name, { width, height });
  for (const { id, from, to } of job.edges) graph.setEdge(from, to, {}, id);
  layout(graph);
  const tidied: Tidied = { places: {}, ways: {} };
  for (const { name, width, height } of job.nodes) {
    const { x, y } = graph.node(name) as { x: number; y: number };
    tidied.places[name] = { x: Math.round(x - width / 2), y: Math.round(y - height / 2) };
  }
  for (const { id, from, to } of job.edges) {
    const edge = graph.edge({ v: from, w: to, name: id }) as {
      points?: { x: number; y: number }[];
    };
    tidied.ways[id] = edge.points ?? [];
  }
  return tidied;
}

self.onmessage = ({ data }: MessageEvent<TidyJob>) => {
  let tidied: Tidied | null = null;
  try {
    tidied = place(data);
  } catch {
    // A stack that overflows or a rule of dagre's: the page places the nodes by itself.
  }
  self.postMessage({ id: data.id, tidied });
};
