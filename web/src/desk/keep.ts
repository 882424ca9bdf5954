/** Keep: saving to the server; one that cannot be reached is tried again, and what came between is shown. */
import { useCallback, useEffect, useRef, useState } from "react";
import { http, one, Refusal } from "../api/client";
import { client } from "../api/queries";
import type { Network, NetworkDraft } from "../api/records";
import { blank, pictureOf } from "../document/open";
import { difference } from "../document/patch";
import type { NetworkDocument, Picture, Space } from "../document/types";
import { useLive } from "../live/socket";
import {
  type Autosave,
  bodyOf,
  fetchDraft,
  isAway,
  isOut,
  overHttp,
  startAutosave,
} from "./autosave";
import { NO_DRAFT, useDeskStore } from "./desk";
import { dropDraft, keepDrafts, tabId } from "./drafts";

const AGAIN_SOON_MS = 400;
const AGAIN_MS = 3_000;

/** What another tab or person saved or drew since this one began, and what both began with. */
export interface Conflict {
  base: Picture;
  theirs: Picture;
  revision: number;
  /** Theirs is the draft on the server, no version yet. */
  draft: NetworkDraft | null;
}

/** A saved network as a picture; it is called as it was saved. */
export const pictureFrom = (network: Network): Picture =>
  pictureOf(
    { ...(network.document as NetworkDocument), name: network.name },
    network.space as Space,
    network.layout,
  );

export const pictureOfDraft = (draft: NetworkDraft): Picture =>
  pictureOf({ ...draft.document, name: draft.name }, draft.space as Space, draft.layout);

const fetchNetwork = (name: string, version?: number) =>
  one<Network>(
    http.GET("/api/v1/networks/{name}", {
      params: { path: { name }, query: version === undefined ? {} : { version } },
    }),
  );

export interface Keeping {
  save: () => Promise<boolean>;
  /** Keep the drawing under another name, and go on with that. */
  saveAs: (name: string) => Promise<boolean>;
  isSaving: boolean;
  /** Asked for, and waiting for the server to come back. */
  isWaiting: boolean;
  trouble: unknown;
  /** A version that came in between; asked about once the person wants to save, or to join. */
  other: number | null;
  conflict: Conflict | null;
  /** Fetch what came in between, and what both began with. */
  meet: () => Promise<void>;
  /** The same for what others drew, which is no version yet. */
  meetDraft: () => Promise<void>;
  /** End a conflict with what was made of both; mine is one undo away. */
  settle: (joined: Picture) => void;
  /** Go on drawing; the conflict is asked about again. */
  later: () => void;
}

const isMissing = (error: unknown) => error instanceof Refusal && error.problem.status === 404;
const isConflict = (error: unknown) =>
  error instanceof Refusal && error.problem.code === "revision_conflict";

/** What both sides began with; a version that was forgotten leaves only the two of them. */
async function baseOf(name: string, revision: number, theirs: Picture): Promise<Picture> {
  if (!revision) return pictureOf({ ...blank(name), inputs: {} });
  try {
    return pictureFrom(await fetchNetwork(name, revision));
  } catch (error) {
    if (isMissing(error)) return theirs;
    throw error;
  }
}

export function useKeeping(): Keeping {
  const desk = useDeskStore();
  const [isSaving, setSaving] = useState(false);
  const [isWaiting, setWaiting] = useState(false);
  const [trouble, setTrouble] = useState<unknown>(null);
  const [other, setOther] = useState<number | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const live = useLive((state) => state.state);

  const autosave = useRef<Autosave | null>(null);
  useEffect(() => {
    const stop = keepDrafts(desk, tabId());
    const started = startAutosave(desk);
    autosave.current = started;
    return () => {
      started.stop();
      stop();
    };
  }, [desk]);
  useEffect(() => {
    if (live === "live" && desk.getState().draft.state === "waiting") autosave.current?.wake();
  }, [live, desk]);

  const meet = useCallback(async () => {
    const { name, revision } = desk.getState();
    const newest = await fetchNetwork(name);
    const theirs = pictureFrom(newest);
    const base = await baseOf(name, revision, theirs);
    setConflict({ base, theirs, revision: newest.revision, draft: null });
  }, [desk]);

  const meetDraft = useCallback(async () => {
    const { name, revision, draft, set } = desk.getState();
    const found = await fetchDraft(name).catch((error: unknown) => {
      setTrouble(error);
      return draft.theirs;
    });
    if (!found) {
      set({ draft: NO_DRAFT });
      autosave.current?.wake();
      return;
    }
    const theirs = pictureOfDraft(found);
    const base = draft.sent ?? (await baseOf(name, revision, theirs));
    setConflict({ base, theirs, revision: Math.max(found.on, revision), draft: found });
  }, [desk]);

  const save = useCallback(async () => {
    if (desk.getState().readOnly) return false;
    setSaving(true);
    setTrouble(null);
    // What a version holds ends as a draft: so the draft must hold it.
    await autosave.current?.flush();
    const { name, picture, revision, draft } = desk.getState();
    try {
      const body = bodyOf(name, picture);
      const header = { "if-match": `"${revision}"` };
      const kept = await one<Network>(
        http.PUT("/api/v1/networks/{name}", { params: { path: { name }, header }, body }),
      );
      const isHeld = draft.sent === picture;
      const news = { saved: picture, revision: kept.revision };
      desk.getState().set(isHeld ? { ...news, draft: NO_DRAFT } : news);
      desk.getState().say("saved", { revision: kept.revision });
      setWaiting(false);
      client.setQueryData(["networks", name], kept);
      client.invalidateQueries({ queryKey: ["networks", "*"] });
      client.invalidateQueries({ queryKey: ["networks", name, "versions"] });
      return true;
    } catch (error) {
      // A session that ended is like a server that is away: after signing in it goes on.
      const isPassing = isAway(error) || isOut(error);
      setWaiting(isPassing);
      if (isConflict(error)) await meet().catch(setTrouble);
      else setTrouble(isPassing ? null : error);
      return false;
    } finally {
      setSaving(false);
    }
  }, [desk, meet]);

  const saveAs = useCallback(
    async (name: string) => {
      const before = desk.getState();
      dropDraft(before.name, tabId());
      await autosave.current?.flush();
      const { number } = desk.getState().draft;
      if (number) await overHttp.drop(before.name, number).catch(() => {});
      before.set({ name, revision: 0, saved: null, draft: NO_DRAFT });
      return save();
    },
    [desk, save],
  );

  // Asked again as soon as the server is back, and now and then in case nothing tells that it is.
  useEffect(() => {
    if (!isWaiting) return;
    const again = () => void save();
    const soon = setTimeout(again, live === "live" ? AGAIN_SOON_MS : AGAIN_MS);
    const timer = setInterval(again, AGAIN_MS);
    addEventListener("online", again);
    return () => {
      clearTimeout(soon);
      clearInterval(timer);
      removeEventListener("online", again);
    };
  }, [isWaiting, live, save]);

  const settle = (joined: Picture) => {
    if (!conflict) return;
    const state = desk.getState();
    state.act("merge", () => joined);
    setConflict(null);
    if (conflict.draft) {
      const { revision, theirs: sent, draft } = conflict;
      const isTheirs = difference(sent, desk.getState().picture).length === 0;
      const held = isTheirs ? desk.getState().picture : sent;
      const number = draft.revision;
      state.set({ revision, draft: { ...NO_DRAFT, number, sent: held, state: "kept" } });
      autosave.current?.wake();
      return;
    }
    state.set({ revision: conflict.revision, saved: conflict.theirs });
    setOther(null);
    if (difference(conflict.theirs, desk.getState().picture).length) void save();
    else state.set({ saved: desk.getState().picture });
  };

  /** A newer version arrived while this one is open. */
  const notice = useCallback(
    (network: Network) => {
      const state = desk.getState();
      if (network.revision <= state.revision || isSaving || state.readOnly) return;
      const picture = pictureFrom(network);
      if (state.picture === state.saved) {
        state.act("replace", () => picture);
        state.set({ saved: desk.getState().picture, revision: network.revision });
        state.say("adopted", { revision: network.revision });
      } else setOther(network.revision);
    },
    [desk, isSaving],
  );
  useEffect(
    () =>
      client.getQueryCache().subscribe(({ query, type }) => {
        const { name } = desk.getState();
        if (type !== "updated" || query.queryKey[0] !== "networks" || query.queryKey[1] !== name)
          return;
        const found = query.state.data as Network | undefined;
        if (found && query.queryKey.length === 2) queueMicrotask(() => notice(found));
      }),
    [desk, notice],
  );
  const later = () => setConflict(null);
  return {
    save,
    saveAs,
    isSaving,
    isWaiting,
    trouble,
    other,
    conflict,
    meet,
    meetDraft,
    settle,
    later,
  };
}
