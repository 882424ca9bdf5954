/** Queue: dropped files on their way: sent one after the other, each imported before the next; goes on when its dialog is closed. */
import { QueryObserver } from "@tanstack/react-query";
import { create } from "zustand";
import { addressOf, http, one, Refusal, upload } from "../api/client";
import { client } from "../api/queries";
import type { Job, Problem } from "../api/records";
import { dropPieces, keyOf, PIECE, sendPieces, unfinished, type Wanted } from "./pieces";
import { partOf } from "./refuse";

export type ItemState =
  | "waiting"
  | "sending"
  | "paused"
  | "importing"
  | "done"
  | "failed"
  | "skipped";

export interface How {
  time?: string;
  kinds?: Record<string, string>;
  tolerant?: boolean;
}

export interface Item {
  id: number;
  /** The dataset it becomes a part of. */
  into: string;
  name: string;
  size: number;
  /** Null for what is on the server already: a sample. */
  file: File | null;
  how: How;
  state: ItemState;
  /** Of what it is doing, 0 to 1. */
  share: number;
  /** The server is gone; sending goes on once it is back. */
  isAway?: boolean;
  rows?: number;
  rejected?: number;
  version?: number;
  /** The part that came from the very same bytes. */
  known?: string;
  problem?: Partial<Problem>;
  job?: string;
}

interface Uploads {
  items: Item[];
}

export const useUploads = create<Uploads>(() => ({ items: [] }));

export const isOver = (item: Item): boolean =>
  item.state === "done" || item.state === "failed" || item.state === "skipped";

let next = 1;
let isRunning = false;

const change = (id: number, news: Partial<Item>) =>
  useUploads.setState(({ items }) => ({
    items: items.map((item) => (item.id === id ? { ...item, ...news } : item)),
  }));

/** Put files in line; those already there go first. */
export function enqueue(files: { into: string; file: File; how?: How }[]): void {
  const added = files.map(
    ({ into, file, how = {} }): Item => ({
      id: next++,
      into,
      name: file.name,
      size: file.size,
      file,
      how,
      state: "waiting",
      share: 0,
    }),
  );
  useUploads.setState(({ items }) => ({ items: [...items, ...added] }));
  void run();
}

export function enqueueSample(sample: string, into: string): void {
  const item: Item = {
    id: next++,
    into,
    name: sample,
    size: 0,
    file: null,
    how: {},
    state: "waiting",
    share: 0,
  };
  useUploads.setState(({ items }) => ({ items: [...items, item] }));
  void run();
}

/** Try a refused file again, told more about it. */
export function again(item: Item, how: How): void {
  const { problem: _, ...rest } = item;
  useUploads.setState(({ items }) => ({
    items: items.map((one) =>
      one.id === item.id
        ? { ...rest, how: { ...item.how, ...how }, state: "waiting", share: 0 }
        : one,
    ),
  }));
  void run();
}

/** Forget one, or all that are over. */
export function forget(id?: number): void {
  useUploads.setState(({ items }) => ({
    items: items.filter((item) => (id === undefined ? !isOver(item) : item.id !== id)),
  }));
}

/** Stop an import that runs, or leave out a file that waits or is on its way. */
export async function stop(item: Item): Promise<void> {
  if (item.job) {
    await http.DELETE("/api/v1/jobs/{id}", { params: { path: { id: item.job } } }).catch(() => {});
    return;
  }
  change(item.id, { state: "skipped" });
  flights.get(item.id)?.abort();
  if (!item.file || !isLarge(item)) return;
  const key = keyOf(item.into, item.file, wantedOf(item));
  const begun = unfinished(Date.now()).find((one) => one.key === key);
  if (begun) await dropPieces(begun);
}

/** What is sent in pieces may wait in the middle. */
export const isLarge = (item: Item): boolean => item.size > PIECE;

export function pause(item: Item): void {
  change(item.id, { state: "paused", isAway: false });
  flights.get(item.id)?.abort();
}

export function goOn(item: Item): void {
  change(item.id, { state: "waiting" });
  void run();
}

const flights = new Map<number, AbortController>();

/** The next file; the parts of one dataset keep their order while one of them pauses. */
function following(items: Item[]): Item | undefined {
  const held = new Set<string>();
  for (const item of items) {
    if (item.state === "waiting" && !held.has(item.into)) return item;
    if (item.state === "paused") held.add(item.into);
  }
  return undefined;
}

async function run(): Promise<void> {
  if (isRunning) return;
  isRunning = true;
  for (;;) {
    const item = following(useUploads.getState().items);
    if (!item) break;
    await carry(item).catch((error: unknown) => {
      // Paused or left out on purpose.
      if (error instanceof DOMException && error.name === "AbortError") return;
      const problem =
        error instanceof Refusal ? error.problem : { code: "page", title: String(error) };
      change(item.id, { state: "failed", problem });
    });
  }
  isRunning = false;
}

async function carry(item: Item): Promise<void> {
  change(item.id, { state: "sending", ...(isLarge(item) ? {} : { share: 0 }) });
  const { job } = await send(item);
  change(item.id, { state: "importing", share: 0, job });
  client.invalidateQueries({ queryKey: ["jobs", "*"] });
  const ended = await follow(job, (share, rows) =>
    change(item.id, { share, ...(rows === undefined ? {} : { rows }) }),
  );
  change(item.id, resultOf(ended));
  client.invalidateQueries({ queryKey: ["datasets"] });
}

function send(item: Item): Promise<{ job: string }> {
  if (item.file === null)
    return one<{ job: string }>(
      http.PUT("/api/v1/datasets/{name}/samples/{sample}", {
        params: { path: { name: item.into, sample: item.name } },
      }),
    );
  if (isLarge(item)) return sendLarge(item, item.file);
  const query = new URLSearchParams();
  if (item.how.time) query.set("time", item.how.time);
  for (const [column, kind] of Object.entries(item.how.kinds ?? {}))
    query.append("kind", `${column}=${kind}`);
  if (item.how.tolerant) query.set("accept_rejects", "true");
  const address = addressOf("datasets", item.into, "parts", partOf(item.name));
  return upload<{ job: string }>(`${address}?${query}`, item.file, (share) =>
    change(item.id, { share }),
  );
}

const wantedOf = ({ name, how }: Item): Wanted => ({
  part: partOf(name),
  time: how.time || null,
  kinds: how.kinds ?? {},
  accept_rejects: how.tolerant ?? false,
});

async function sendLarge(item: Item, file: File): Promise<{ job: string }> {
  const flight = new AbortController();
  flights.set(item.id, flight);
  const told = (share: number, isAway: boolean) =>
    flight.signal.aborted || change(item.id, isAway ? { isAway } : { share, isAway });
  try {
    const { into } = item;
    return {
      job: await sendPieces({ into, file, wanted: wantedOf(item) }, told, flight.signal),
    };
  } finally {
    flights.delete(item.id);
  }
}

const OVER = ["done", "failed", "cancelled"];
/** Live events tell sooner; this is for when they do not come. */
const LOOK_MS = 2_000;

/** Follow a job to its end over the one connection; the answer is how it ended. */
export function follow(
  id: string,
  told: (share: number, rows: number | undefined) => void,
): Promise<Job> {
  const watcher = new QueryObserver<Job>(client, {
    queryKey: ["jobs", id],
    queryFn: () => one<Job>(http.GET("/api/v1/jobs/{id}", { params: { path: { id } } })),
    refetchInterval: LOOK_MS,
  });
  return new Promise((resolve) => {
    const leave = watcher.subscribe(({ data }) => {
      if (!data) return;
      const { share = 0, rows } = data.progress as { share?: number; rows?: number };
      told(share, rows);
      if (!OVER.includes(data.state)) return;
      leave();
      resolve(data);
    });
  });
}

function resultOf(job: Job): Partial<Item> {
  if (job.state === "cancelled") return { state: "skipped" };
  if (job.state === "failed") return { state: "failed", problem: job.cause };
  const progress = job.progress as { rows?: number; rejected?: number };
  const result = job.result as { version?: number; known?: string };
  return {
    state: "done",
    share: 1,
    ...(progress.rows === undefined ? {} : { rows: progress.rows }),
    ...(progress.rejected === undefined ? {} : { rejected: progress.rejected }),
    ...(result.version === undefined ? {} : { version: result.version }),
    ...(result.known === undefined ? {} : { known: result.known }),
  };
}
