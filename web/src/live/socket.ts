/** Socket: the one connection of a tab; reconnects, resumes after the last event, refreshes what changed. */
import { create } from "zustand";
import { addressOf } from "../api/client";
import { client } from "../api/queries";
import type { LiveEvent } from "../api/records";
import { applyTo } from "./apply";
import { type Batch, backoffMs, searchOf, staleKeys, take } from "./stream";
import { type Changes, none, note } from "./trials";

export type LiveState = "connecting" | "live" | "reconnecting" | "paused";

interface Live {
  state: LiveState;
}

export const useLive = create<Live>(() => ({ state: "connecting" }));

const topics = [
  "dataset/",
  "network/",
  "experiment/",
  "model/",
  "deployment/",
  "loop/",
  "job/",
  "key/",
  "project/",
];
/** Events that come together refresh once. */
const SETTLE_MS = 500;
let socket: WebSocket | null = null;
let seen = 0;
let attempt = 0;
let running = false;
let timer: ReturnType<typeof setTimeout> | undefined;
let settle: ReturnType<typeof setTimeout> | undefined;
const stale = new Set<string>();
/** What is new of each search; applied when it is drawn. */
const moved = new Map<string, Changes>();

function refresh(): void {
  settle = undefined;
  if (document.hidden) return;
  for (const key of [...stale]) {
    const queryKey = JSON.parse(key) as string[];
    // A question under way may miss what just happened: it is asked again once it is answered.
    if (client.isFetching({ queryKey }) > 0) continue;
    stale.delete(key);
    client.invalidateQueries({ queryKey });
  }
  for (const [name, changes] of [...moved]) {
    if (client.isFetching({ queryKey: ["experiments", name, "trials"] }) > 0) continue;
    moved.delete(name);
    applyTo(client, name, changes);
  }
  if (stale.size + moved.size > 0) settle = setTimeout(refresh, SETTLE_MS);
}

function mark(event: LiveEvent): void {
  const name = searchOf(event);
  if (name !== null) {
    const changes = moved.get(name) ?? none();
    moved.set(name, changes);
    note(changes, event);
  } else {
    for (const key of staleKeys(event.topic)) stale.add(JSON.stringify(key.filter(Boolean)));
  }
  if (settle === undefined) settle = setTimeout(refresh, SETTLE_MS);
}

function receive(text: string): void {
  const batch = JSON.parse(text) as Batch;
  const taken = take(seen, batch);
  seen = taken.seen;
  if (batch.gap) client.invalidateQueries();
  for (const event of taken.fresh) mark(event);
  useLive.setState({ state: document.hidden ? "paused" : "live" });
}

function connect(): void {
  const address = new URL(addressOf("events"), location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const opened = new WebSocket(address);
  socket = opened;
  opened.onopen = () => {
    const lost = attempt > 0 && seen === 0;
    attempt = 0;
    opened.send(JSON.stringify({ topics, after: seen || null }));
    useLive.setState({ state: "live" });
    if (lost) client.invalidateQueries();
  };
  opened.onmessage = (message) => receive(String(message.data));
  opened.onclose = () => {
    if (!running || socket !== opened) return;
    useLive.setState({ state: "reconnecting" });
    timer = setTimeout(connect, backoffMs(attempt++, Math.random()));
  };
}

function onVisibility(): void {
  if (useLive.getState().state === "reconnecting") return;
  useLive.setState({ state: document.hidden ? "paused" : "live" });
  if (!document.hidden) refresh();
}

/** Open the connection and keep it; the answer closes it for good. */
export function startLive(): () => void {
  running = true;
  connect();
  document.addEventListener("visibilitychange", onVisibility);
  return () => {
    running = false;
    clearTimeout(timer);
    clearTimeout(settle);
    settle = undefined;
    document.removeEventListener("visibilitychange", onVisibility);
    socket?.close();
    socket = null;
  };
}
