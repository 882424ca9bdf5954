/** Keep: saving to the server; one that cannot be reached is tried again, and a version that came between is shown. */
import { useCallback, useEffect, useState } from "react";
import { http, one, Refusal } from "../api/client";
import { client } from "../api/queries";
import type { Network } from "../api/records";
import { pictureOf } from "../document/open";
import type { NetworkDocument, Picture, Space } from "../document/types";
import { useLive } from "../live/socket";
import { useDeskStore } from "./desk";
import { dropDraft, keepDrafts, tabId } from "./drafts";

/** What another tab or person saved since this one began. */
export interface Conflict {
  picture: Picture;
  revision: number;
}

/** A saved network as a picture; it is called as it was saved. */
export const pictureFrom = (network: Network): Picture =>
  pictureOf(
    { ...(network.document as NetworkDocument), name: network.name },
    network.space as Space,
    network.layout,
  );

const fetchNetwork = (name: string) =>
  one<Network>(http.GET("/api/v1/networks/{name}", { params: { path: { name } } }));

export interface Keeping {
  save: () => Promise<boolean>;
  /** Keep the drawing under another name, and go on with that. */
  saveAs: (name: string) => Promise<boolean>;
  isSaving: boolean;
  /** Asked for, and waiting for the server to come back. */
  isWaiting: boolean;
  trouble: unknown;
  conflict: Conflict | null;
  /** End a conflict: mine goes over theirs, or theirs becomes mine (one undo away). */
  settle: (whose: "mine" | "theirs") => void;
}

const isMissing = (error: unknown) => error instanceof Refusal && error.problem.status === 404;
const isAway = (error: unknown) =>
  error instanceof Refusal && [0, 502, 503, 504].includes(error.problem.status ?? -1);

/** The newest on the server, if it is newer than what this desk began with. */
async function newer(name: string, revision: number): Promise<Network | null> {
  try {
    const found = await fetchNetwork(name);
    return found.revision > revision ? found : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

export function useKeeping(): Keeping {
  const desk = useDeskStore();
  const [isSaving, setSaving] = useState(false);
  const [isWaiting, setWaiting] = useState(false);
  const [trouble, setTrouble] = useState<unknown>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const live = useLive((state) => state.state);

  useEffect(() => keepDrafts(desk, tabId()), [desk]);

  const save = useCallback(async () => {
    const { name, picture, revision } = desk.getState();
    setSaving(true);
    setTrouble(null);
    try {
      const other = await newer(name, revision);
      if (other) {
        setConflict({ picture: pictureFrom(other), revision: other.revision });
        return false;
      }
      const body = {
        document: { ...picture.network, name },
        space: picture.space,
        layout: { ...picture.layout },
      };
      const kept = await one<Network>(
        http.PUT("/api/v1/networks/{name}", { params: { path: { name } }, body }),
      );
      desk.getState().set({ saved: picture, revision: kept.revision });
      desk.getState().say("saved", { revision: kept.revision });
      setWaiting(false);
      client.setQueryData(["networks", name], kept);
      client.invalidateQueries({ queryKey: ["networks", "*"] });
      return true;
    } catch (error) {
      setWaiting(isAway(error));
      setTrouble(isAway(error) ? null : error);
      return false;
    } finally {
      setSaving(false);
    }
  }, [desk]);

  const saveAs = useCallback(
    async (name: string) => {
      const before = desk.getState();
      dropDraft(before.name, tabId());
      before.set({ name, revision: 0, saved: null });
      return save();
    },
    [desk, save],
  );

  useEffect(() => {
    if (isWaiting && live === "live") void save();
  }, [isWaiting, live, save]);

  const settle = (whose: "mine" | "theirs") => {
    if (!conflict) return;
    const state = desk.getState();
    if (whose === "theirs") {
      state.act("replace", () => conflict.picture);
      desk.getState().set({ saved: desk.getState().picture });
    } else state.set({ saved: conflict.picture });
    state.set({ revision: conflict.revision });
    setConflict(null);
    if (whose === "mine") void save();
  };

  /** A newer version arrived while this one is open. */
  const notice = useCallback(
    (network: Network) => {
      const state = desk.getState();
      if (network.revision <= state.revision || isSaving) return;
      const picture = pictureFrom(network);
      if (state.picture === state.saved) {
        state.act("replace", () => picture);
        state.set({ saved: desk.getState().picture, revision: network.revision });
        state.say("adopted", { revision: network.revision });
      } else setConflict({ picture, revision: network.revision });
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
  return { save, saveAs, isSaving, isWaiting, trouble, conflict, settle };
}
