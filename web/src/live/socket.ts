/** Socket: the one connection of a tab; reconnects, resumes after the last event, refreshes what changed. */
import { create } from "zustand";
import { api } from "../api/client";
import { client } from "../api/queries";
import type { LiveEvent } from "../api/records";
import { type Batch, backoffMs, staleKeys, take } from "./stream";

export type LiveState = "connecting" | "live" | "reconnecting" | "paused";

interface Live {
  state: LiveState;
  /** Time (s) of the newest event of a topic's noun; the circle pulses on it. */
  newest: Record<string, LiveEvent>;
}

export const useLive = create<Live>(() => ({ state: "connecting", newest: {} }));

const topics = ["dataset/", "network/", "experiment/", "model/", "deployment/", "loop/", "job/", "key/", "project/"];
const SETTLE_MS = 400;
let socket: WebSocket | null = null;
let seen = 0;
let attempt = 0;
let running = false;
let timer: ReturnType<typeof setTimeout> | undefined;
let settle: ReturnType<typeof setTimeout> | undefined;
const stale = new Set<string>();

function refresh(): void {
  settle = undefined;
  if (document.hidden) return;
  const keys = [...stale].map((key) => JSON.parse(key) as string[]);
  stale.clear();
  for (const queryKey of keys) client.invalidateQueries({ queryKey });
}

function mark(key: (string | undefined)[]): void {
  stale.add(JSON.stringify(key.filter(Boolean)));
  settle ??= setTimeout(refresh, SETTLE_MS);
}

function receive(text: string): void {
  const batch = JSON.parse(text) as Batch;
  const taken = take(seen, batch);
  seen = taken.seen;
  if (batch.gap) client.invalidateQueries();
  const newest = { ...useLive.getState().newest };
  for (const event of taken.fresh) {
    for (const key of staleKeys(event.topic)) mark(key);
    newest[`${event.topic.split("/")[0]}/${event.kind}`] = event;
  }
  useLive.setState({ state: document.hidden ? "paused" : "live", newest });
}

function connect(): void {
  const address = new URL(`${api}events`, location.href);
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
    document.removeEventListener("visibilitychange", onVisibility);
    socket?.close();
    socket = null;
  };
}
