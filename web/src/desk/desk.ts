/** Desk: one open network with its history, where one is in it, and what is chosen; no part reads all of it. */
import { createContext, useContext } from "react";
import { createStore, type StoreApi, useStore } from "zustand";
import type { Analysis, NetworkDraft } from "../api/records";
import { graphOf, isOutput, placesOf, withPlaces } from "../document/graph";
import { EMPTY, type History, record, redo, undo } from "../document/history";
import { difference } from "../document/patch";
import {
  type Json,
  type Picture,
  type Place,
  type Places,
  Refused,
  type Scope,
} from "../document/types";

/** A step into a block: by which node one came. */
export interface Entered {
  node: string;
  block: string;
}

export type Checked = "none" | "checked" | "checking" | "starting" | "lost" | "failed";

/** What the live region says: a code and its arguments. */
export interface Said {
  code: string;
  args: Json;
  isTrouble: boolean;
  at: number;
}

export interface Way {
  points: Place[];
  a: Place;
  b: Place;
}

/** Why a picture can only be looked at: a later Danlu wrote it, or it has too many nodes to draw with. */
export interface ReadOnly {
  why: "future" | "large";
  version: number;
  nodes: number;
}

/** How the drawing stands to the draft on the server. */
export interface Stand {
  /** Number of the draft that this drawing goes on with; 0 = there is none. */
  number: number;
  /** What that draft holds of ours. */
  sent: Picture | null;
  /** Kept there, waiting for the server, in the browser only, or somebody else drew since. */
  state: "none" | "kept" | "waiting" | "local" | "elsewhere";
  theirs: NetworkDraft | null;
  /** Whose drawing was opened here, if it was not this browser's own. */
  from: { by: string; at: number } | null;
}

export const NO_DRAFT: Stand = { number: 0, sent: null, state: "none", theirs: null, from: null };

export interface DeskState {
  name: string;
  picture: Picture;
  history: History;
  /** What the server has, and its number. */
  saved: Picture | null;
  revision: number;
  draft: Stand;
  way: Entered[];
  selected: readonly string[];
  /** The selected edge, by its id. */
  edge: string | null;
  /** Places that the document does not name, per scope. */
  auto: Record<string, Places>;
  /** Ways of edges as tidied, each with the places of its ends for which it holds. */
  ways: Record<string, Way>;
  analysis: Analysis | null;
  feasibility: Analysis["feasibility"] | null;
  checked: Checked;
  data: string | null;
  target: string | null;
  said: Said | null;
  /** The node whose name is being typed on the canvas. */
  naming: string | null;
  /** A problem or field the inspector should turn to. */
  field: string | null;
  readOnly: ReadOnly | null;
}

export interface DeskActions {
  act: (label: string, change: (picture: Picture) => Picture, more?: ActMore) => boolean;
  undo: () => void;
  redo: () => void;
  select: (names: readonly string[], edge?: string | null) => void;
  enter: (node: string) => void;
  /** Leave blocks until `depth` of them are entered. */
  leave: (depth: number) => void;
  say: (code: string, args?: Json, isTrouble?: boolean) => void;
  set: (part: Partial<DeskState>) => void;
}

export interface ActMore {
  args?: Json;
  burst?: string;
  /** Select these afterwards. */
  select?: readonly string[];
}

export type Desk = DeskState & DeskActions;
export type DeskStore = StoreApi<Desk>;

export const scopeOf = (desk: Pick<Desk, "way">): Scope => desk.way.at(-1)?.block ?? null;
export const scopeKey = (scope: Scope): string => scope ?? "";

/** Where everything of a scope stands: by the document, else as placed automatically. */
export const shownPlaces = (desk: Pick<Desk, "picture" | "auto">, scope: Scope): Places => ({
  ...desk.auto[scopeKey(scope)],
  ...placesOf(desk.picture, scope),
});

/** The picture with all places of a scope written down, so that nothing moves by itself later. */
export function settled(
  desk: Pick<Desk, "picture" | "auto">,
  scope: Scope,
  picture: Picture,
): Picture {
  const graph = graphOf(picture.network, scope);
  const known = (name: string) =>
    name in graph.nodes || graph.inputs.includes(name) || isOutput(name);
  const kept = Object.entries(shownPlaces(desk, scope)).filter(([name]) => known(name));
  return withPlaces(picture, scope, { ...Object.fromEntries(kept), ...placesOf(picture, scope) });
}

/** Names that still exist. */
function alive(picture: Picture, scope: Scope, names: readonly string[]): readonly string[] {
  const graph = graphOf(picture.network, scope);
  return names.filter(
    (name) =>
      name in graph.nodes ||
      graph.inputs.includes(name) ||
      (isOutput(name) && name.slice(1) in graph.outputs),
  );
}

/** The way as far as it still leads. */
function reachable(picture: Picture, way: Entered[]): Entered[] {
  const kept: Entered[] = [];
  let scope: Scope = null;
  for (const step of way) {
    if (graphOf(picture.network, scope).nodes[step.node]?.block !== step.block) break;
    kept.push(step);
    scope = step.block;
  }
  return kept;
}

export interface Opening {
  name: string;
  picture: Picture;
  saved?: Picture | null;
  revision?: number;
  draft?: Stand;
  history?: History;
  data?: string | null;
  target?: string | null;
}

export function createDesk(opening: Opening): DeskStore {
  return createStore<Desk>((set, get) => {
    const turn = (to: "undo" | "redo") => {
      const { history, picture, way, selected } = get();
      const done = (to === "undo" ? undo : redo)(history, picture);
      if (!done) return;
      const { saved } = get();
      const isSaved = saved !== null && difference(saved, done.picture).length === 0;
      const kept = reachable(done.picture, way);
      const scope = kept.at(-1)?.block ?? null;
      set({
        // Back at what the server has: the same object, so that nothing counts as unsent.
        picture: isSaved ? saved : done.picture,
        history: done.history,
        way: kept,
        selected: alive(done.picture, scope, kept.length === way.length ? selected : []),
        edge: null,
      });
      get().say(to === "undo" ? "undone" : "redone", { command: done.entry.label });
    };
    return {
      name: opening.name,
      picture: opening.picture,
      history: opening.history ?? EMPTY,
      saved: opening.saved ?? null,
      revision: opening.revision ?? 0,
      draft: opening.draft ?? NO_DRAFT,
      way: [],
      selected: [],
      edge: null,
      auto: {},
      ways: {},
      analysis: null,
      feasibility: null,
      checked: "none",
      data: opening.data ?? null,
      target: opening.target ?? null,
      said: null,
      naming: null,
      field: null,
      readOnly: null,
      act: (label, change, more = {}) => {
        const before = get();
        if (before.readOnly) {
          before.say("read_only", {}, true);
          return false;
        }
        try {
          const next = change(before.picture);
          const history = record(before.history, before.picture, next, {
            label,
            args: more.args ?? {},
            burst: more.burst ?? null,
            at: Date.now(),
          });
          if (history === before.history) return true;
          const scope = scopeOf(before);
          const names = alive(next, scope, more.select ?? before.selected);
          const isSame =
            names.length === before.selected.length &&
            names.every((one, i) => one === before.selected[i]);
          set({
            picture: next,
            history,
            way: reachable(next, before.way),
            selected: isSame ? before.selected : names,
            edge: null,
          });
          return true;
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          get().say(error.code, error.args, true);
          return false;
        }
      },
      undo: () => turn("undo"),
      redo: () => turn("redo"),
      select: (names, edge = null) => {
        const { selected, edge: before } = get();
        const isSame =
          names.length === selected.length && names.every((one, i) => one === selected[i]);
        if (!isSame || edge !== before) set({ selected: isSame ? selected : names, edge });
      },
      enter: (node) => {
        const { picture, way } = get();
        const block = graphOf(picture.network, scopeOf({ way })).nodes[node]?.block;
        if (block && picture.network.blocks?.[block])
          set({ way: [...way, { node, block }], selected: [], edge: null });
      },
      leave: (depth) => {
        const { way } = get();
        const left = way[depth];
        if (left) set({ way: way.slice(0, depth), selected: [left.node], edge: null });
      },
      say: (code, args = {}, isTrouble = false) =>
        set({ said: { code, args, isTrouble, at: Date.now() } }),
      set: (part) => set(part),
    };
  });
}

export const DeskContext = createContext<DeskStore | null>(null);

export function useDeskStore(): DeskStore {
  const store = useContext(DeskContext);
  if (!store) throw new Error("no desk around this part");
  return store;
}

export const useDesk = <T>(pick: (desk: Desk) => T): T => useStore(useDeskStore(), pick);

/** Changes that the server does not have yet. */
export const unsentOf = (desk: Pick<Desk, "picture" | "saved" | "history">): number =>
  desk.saved === desk.picture
    ? 0
    : Math.max(desk.history.past.length, desk.saved || !isBlank(desk) ? 1 : 0);

export const isBlank = (desk: Pick<Desk, "picture">): boolean =>
  Object.keys(desk.picture.network.nodes).length === 0;
