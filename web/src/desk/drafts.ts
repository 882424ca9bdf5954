/** Drafts: every change is kept in the browser at once, per tab, until the server has it; what it has not got is never lost. */
import { EMPTY, type History } from "../document/history";
import type { Picture } from "../document/types";
import type { Desk, DeskStore } from "./desk";

const PREFIX = "danlu.draft.";
const KEEP_MS = 400;
const MOST_STEPS = 200;

export interface Draft {
  picture: Picture;
  history: History;
  revision: number;
  /** Number of the server's draft that it goes on with, and whether that holds all of this. */
  number: number;
  isSent: boolean;
  tab: string;
  at: number;
}

/** This tab, also after a reload. */
export function tabId(store: Storage = sessionStorage): string {
  const kept = store.getItem("danlu.tab");
  if (kept) return kept;
  const made = Math.random().toString(36).slice(2, 10);
  store.setItem("danlu.tab", made);
  return made;
}

const keyOf = (name: string, tab: string): string => `${PREFIX}${name}.${tab}`;

function read(text: string | null): Draft | null {
  try {
    const draft = JSON.parse(text ?? "null") as Draft | null;
    return draft?.picture?.network?.nodes ? draft : null;
  } catch {
    return null;
  }
}

/** All drafts of a network, newest first. */
export function draftsOf(name: string, store: Storage = localStorage): Draft[] {
  return Object.keys(store)
    .filter((key) => key.startsWith(`${PREFIX}${name}.`))
    .map((key) => read(store.getItem(key)))
    .filter((draft): draft is Draft => draft !== null)
    .sort((a, b) => b.at - a.at);
}

export const dropDraft = (name: string, tab: string, store: Storage = localStorage): void =>
  store.removeItem(keyOf(name, tab));

const draftOf = (desk: Desk, tab: string): Draft => ({
  picture: desk.picture,
  history: {
    past: desk.history.past.slice(-MOST_STEPS),
    future: desk.history.future.slice(-MOST_STEPS),
  },
  revision: desk.revision,
  number: desk.draft.number,
  isSent: desk.draft.number > 0 && desk.draft.sent === desk.picture,
  tab,
  at: Date.now(),
});

/** Keep the draft up to date while the desk is open; `stop` keeps it a last time. */
export function keepDrafts(
  desk: DeskStore,
  tab: string,
  store: Storage = localStorage,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const keep = () => {
    timer = undefined;
    const state = desk.getState();
    // What is only looked at is nobody's draft, and leaves the draft beneath it alone.
    if (state.readOnly) return;
    try {
      // Until the server's draft is dropped too, this one says that nothing is left of it.
      const isOver = state.picture === state.saved && state.draft.number === 0;
      if (isOver) dropDraft(state.name, tab, store);
      else store.setItem(keyOf(state.name, tab), JSON.stringify(draftOf(state, tab)));
    } catch {
      // The browser's storage is full: the picture alone is smaller than its history.
      const lean = { ...draftOf(state, tab), history: EMPTY };
      try {
        store.setItem(keyOf(state.name, tab), JSON.stringify(lean));
      } catch {
        state.say("draft_full", {}, true);
      }
    }
  };
  const flush = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    keep();
  };
  const leave = desk.subscribe((now, before) => {
    if (now.picture === before.picture && now.saved === before.saved && now.draft === before.draft)
      return;
    timer ??= setTimeout(keep, KEEP_MS);
  });
  addEventListener("pagehide", flush);
  return () => {
    flush();
    leave();
    removeEventListener("pagehide", flush);
  };
}
