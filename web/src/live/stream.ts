/** Stream: what of the live connection can be decided without a socket: order, gaps, what to refresh. */
import type { LiveEvent } from "../api/records";

export interface Batch {
  events: LiveEvent[];
  seq: number;
  /** Too much happened since, or the server's store is another one: a snapshot is asked for. */
  gap?: boolean;
}

/** The search that an event is about. */
export const searchOf = ({ topic }: LiveEvent): string | null =>
  topic.startsWith("experiment/") ? topic.slice("experiment/".length) : null;

const nouns: Record<string, string> = {
  dataset: "datasets",
  network: "networks",
  model: "models",
  deployment: "deployments",
  loop: "loops",
  job: "jobs",
  key: "keys",
  project: "projects",
};

/** Query keys a topic makes stale: the list of its noun, the thing itself, and what draws from it.
 * A search is not among them: its events say what changed (`trials.ts`). */
export function staleKeys(topic: string): (string | undefined)[][] {
  const [noun = "", name] = topic.split("/");
  const plural = nouns[noun];
  if (!plural) return [];
  const keys: (string | undefined)[][] = [
    [plural, "*"],
    [plural, name],
  ];
  if (noun === "job") keys.push([plural, "unfinished"]);
  else if (noun !== "loop") keys.push(["loops"]);
  if (noun === "deployment" || noun === "loop") keys.push(["audit"]);
  return keys;
}

/** Take a batch: events newer than `seen`, in order, each once; and the number to resume after. */
export function take(seen: number, batch: Batch): { fresh: LiveEvent[]; seen: number } {
  if (batch.gap) return { fresh: [], seen: batch.seq };
  const fresh = batch.events.filter((event) => event.seq > seen).sort((a, b) => a.seq - b.seq);
  const last = fresh.at(-1)?.seq ?? seen;
  return { fresh, seen: Math.max(seen, last, batch.seq) };
}

/** Wait before attempt `n` (0 = first retry): doubling to 10 s, spread so that tabs do not come back together. */
export function backoffMs(attempt: number, random: number): number {
  return Math.min(10_000, 400 * 2 ** attempt) * (0.5 + random / 2);
}
