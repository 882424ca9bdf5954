/** History: what was done, what was undone; one entry per command, over all three documents. */
import { applied, difference, type Patch } from "./patch";
import type { Json, Picture } from "./types";

export interface Entry {
  /** Code of the command, said in the reader's language. */
  label: string;
  args: Json;
  patch: Patch;
  inverse: Patch;
  at: number;
  /** Entries of one burst of typing or dragging become one. */
  burst: string | null;
}

export interface History {
  past: Entry[];
  future: Entry[];
}

export const EMPTY: History = { past: [], future: [] };
const MOST = 1_000;
const BURST_MS = 1_200;
/** Bursts called so are one deed, however long it takes. */
export const DEED = "deed ";

interface Made {
  label: string;
  args?: Json;
  burst?: string | null;
  at: number;
}

/** Remember the way from one picture to the next; nothing if they are the same. */
export function record(history: History, from: Picture, to: Picture, made: Made): History {
  const patch = difference(from, to);
  if (patch.length === 0) return history;
  const inverse = difference(to, from);
  const entry: Entry = {
    label: made.label,
    args: made.args ?? {},
    burst: made.burst ?? null,
    at: made.at,
    patch,
    inverse,
  };
  const last = history.past.at(-1);
  const isOne = entry.burst?.startsWith(DEED) || (last && entry.at - last.at < BURST_MS);
  if (last && entry.burst && last.burst === entry.burst && isOne) {
    const joined = {
      ...entry,
      patch: [...last.patch, ...patch],
      inverse: [...inverse, ...last.inverse],
    };
    return { past: [...history.past.slice(0, -1), joined], future: [] };
  }
  return { past: [...history.past, entry].slice(-MOST), future: [] };
}

export interface Turn {
  picture: Picture;
  history: History;
  entry: Entry;
}

export function undo(history: History, picture: Picture): Turn | null {
  const entry = history.past.at(-1);
  if (!entry) return null;
  return {
    picture: applied(picture, entry.inverse),
    history: { past: history.past.slice(0, -1), future: [...history.future, entry] },
    entry,
  };
}

export function redo(history: History, picture: Picture): Turn | null {
  const entry = history.future.at(-1);
  if (!entry) return null;
  return {
    picture: applied(picture, entry.patch),
    history: { past: [...history.past, entry], future: history.future.slice(0, -1) },
    entry,
  };
}
