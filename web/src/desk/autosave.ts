/** Autosave: a second after a change the drawing lies on the server as the network's draft; one write at a time. */
import { http, one, Refusal } from "../api/client";
import type { NetworkDraft } from "../api/records";
import { faultOf, futureOf } from "../document/open";
import type { Picture } from "../document/types";
import { type DeskStore, isBlank, NO_DRAFT, type Stand } from "./desk";

const AFTER_MS = 1_000;
const AGAIN_MS = 3_000;

/** The way to the server. */
export interface Post {
  write: (name: string, picture: Picture, on: number, number: number) => Promise<NetworkDraft>;
  drop: (name: string, number: number) => Promise<void>;
}

export interface Autosave {
  /** Everything that was drawn until now is on the server, or waits for it. */
  flush: () => Promise<void>;
  /** The server is back, or a quarrel is settled. */
  wake: () => void;
  stop: () => void;
}

/** The document as it is saved: it is called as its network. */
export const bodyOf = (name: string, picture: Picture) => ({
  document: { ...picture.network, name },
  space: picture.space,
  layout: { ...picture.layout },
});

const match = (number: number) => ({ "if-match": `"${number}"` });

/** What a browser still sends when the page is left. */
const FAREWELL = 60_000;

export const overHttp: Post = {
  write: (name, picture, on, number) => {
    const body = { ...bodyOf(name, picture), on };
    return one<NetworkDraft>(
      http.PUT("/api/v1/networks/{name}/draft", {
        params: { path: { name }, header: match(number) },
        body,
        keepalive: JSON.stringify(body).length < FAREWELL,
      }),
    );
  },
  drop: async (name, number) => {
    await http.DELETE("/api/v1/networks/{name}/draft", {
      params: { path: { name }, header: match(number) },
      keepalive: true,
    });
  },
};

export const fetchDraft = (name: string): Promise<NetworkDraft | null> =>
  one<NetworkDraft | null>(
    http.GET("/api/v1/networks/{name}/draft", { params: { path: { name } } }),
  );

/** Whether a draft is one that this page can show and go on with. */
export const isShown = (draft: NetworkDraft): boolean =>
  !faultOf(draft.document) && !futureOf(draft.document);

export const isAway = (error: unknown): boolean =>
  error instanceof Refusal && [0, 502, 503, 504].includes(error.problem.status ?? -1);
export const isOut = (error: unknown): boolean =>
  error instanceof Refusal && error.problem.status === 401;

/** What passes by itself: no server, no session, no room. */
const isPassing = (error: unknown): boolean =>
  isAway(error) ||
  isOut(error) ||
  (error instanceof Refusal && [429, 507].includes(error.problem.status ?? -1));

/** Where a refused write leaves the drawing. */
function after(error: unknown, stand: Stand): Stand {
  if (error instanceof Refusal && error.problem.code === "draft_conflict") {
    const theirs = (error.problem.args as { draft?: NetworkDraft | null } | undefined)?.draft;
    if (!theirs) return NO_DRAFT;
    return isShown(theirs)
      ? { ...stand, state: "elsewhere", theirs }
      : { ...stand, state: "local" };
  }
  return { ...stand, state: isPassing(error) ? "waiting" : "local" };
}

export function startAutosave(desk: DeskStore, post: Post = overHttp): Autosave {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let busy: Promise<void> = Promise.resolve();
  let isBusy = false;

  const put = (name: string, part: Partial<Stand>) => {
    const { name: now, draft, set } = desk.getState();
    if (name === now) set({ draft: { ...draft, ...part } });
  };

  /** Make the server's draft what is drawn: write it, or drop it where nothing is left of it. */
  const send = async (): Promise<void> => {
    const { name, picture, saved, revision, readOnly, draft } = desk.getState();
    if (readOnly || draft.state === "elsewhere") return;
    const isNothing = picture === saved || (saved === null && isBlank({ picture }));
    if (isNothing ? draft.number === 0 : picture === draft.sent) {
      const state = isNothing ? "none" : "kept";
      if (draft.state !== state) put(name, { state });
      return;
    }
    try {
      if (isNothing) {
        await post.drop(name, draft.number);
        put(name, NO_DRAFT);
      } else {
        const kept = await post.write(name, picture, revision, draft.number);
        put(name, { number: kept.revision, sent: picture, state: "kept" });
      }
    } catch (error) {
      // What others went on with is theirs: there is nothing of ours left in it.
      const next = isNothing && !isPassing(error) ? NO_DRAFT : after(error, draft);
      put(name, next);
      if (next.state === "waiting") later(AGAIN_MS);
      if (next.state === "none" && !isNothing) later(0);
      return;
    }
    if (desk.getState().picture !== picture) later(AFTER_MS);
  };

  const go = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    isBusy = true;
    busy = busy.then(send).finally(() => {
      isBusy = false;
    });
    return busy;
  };
  const later = (ms: number) => {
    timer ??= setTimeout(() => void go(), ms);
  };
  const leave = desk.subscribe((now, before) => {
    const isNews = now.picture !== before.picture || now.saved !== before.saved;
    if ((isNews || now.name !== before.name) && !isBusy) later(AFTER_MS);
  });
  const wake = () => {
    clearTimeout(timer);
    timer = undefined;
    later(0);
  };
  const hurry = () => {
    if (timer !== undefined) void go();
  };
  addEventListener("online", wake);
  addEventListener("pagehide", hurry);
  later(0);
  return {
    flush: go,
    wake,
    stop: () => {
      hurry();
      leave();
      removeEventListener("online", wake);
      removeEventListener("pagehide", hurry);
    },
  };
}
