import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refusal } from "../api/client";
import type { NetworkDraft } from "../api/records";
import { blank, pictureOf } from "../document/open";
import type { Picture } from "../document/types";
import { type Post, startAutosave } from "./autosave";
import { createDesk, type DeskStore, NO_DRAFT } from "./desk";
import type { Draft } from "./drafts";
import { resumed } from "./resume";

const drawn = (units: number): Picture =>
  pictureOf({ ...blank("net"), nodes: { a: { op: "dense", params: { units }, in: {} } } });

const draftOf = (units: number, revision: number): NetworkDraft => ({
  project: "default",
  name: "net",
  revision,
  on: 1,
  document: drawn(units).network,
  space: {},
  layout: { ...drawn(units).layout },
  by: "bob",
  at: 5,
});

vi.hoisted(() => Object.assign(globalThis, { document: { baseURI: "http://x/" } }));

/** A server with one draft; `refuse` answers the next questions. */
function server() {
  const state = { number: 0, picture: null as Picture | null, refuse: [] as Refusal[], writes: 0 };
  const post: Post = {
    write: async (_name, picture, _on, number) => {
      const refusal = state.refuse.shift();
      if (refusal) throw refusal;
      if (number !== (state.picture ? state.number : 0)) throw conflict(null);
      state.number += 1;
      state.writes += 1;
      state.picture = picture;
      return draftOf(0, state.number);
    },
    drop: async () => {
      state.picture = null;
    },
  };
  return { state, post };
}

const conflict = (draft: NetworkDraft | null) =>
  new Refusal({ code: "draft_conflict", status: 409, args: { draft } });
const away = () => new Refusal({ code: "unreachable", status: 0 });

const draw = (desk: DeskStore, units: number) => desk.getState().act("x", () => drawn(units));
const stand = (desk: DeskStore) => desk.getState().draft;

describe("autosave", () => {
  const saved = drawn(1);
  let desk: DeskStore;
  let there: ReturnType<typeof server>;

  beforeEach(() => {
    vi.useFakeTimers();
    Object.assign(globalThis, { addEventListener: () => {}, removeEventListener: () => {} });
    desk = createDesk({ name: "net", picture: saved, saved, revision: 1 });
    there = server();
  });
  afterEach(() => void vi.useRealTimers());

  it("writes a burst of changes once, with the last of them", async () => {
    startAutosave(desk, there.post);
    for (const units of [2, 3, 4]) draw(desk, units);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(there.state.writes).toBe(1);
    expect(there.state.picture).toBe(desk.getState().picture);
    expect(stand(desk)).toMatchObject({ number: 1, state: "kept" });
  });

  it("drops the draft when nothing is left of it", async () => {
    startAutosave(desk, there.post);
    draw(desk, 2);
    await vi.advanceTimersByTimeAsync(1_000);
    desk.getState().undo();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(there.state.picture).toBeNull();
    expect(stand(desk)).toEqual(NO_DRAFT);
  });

  it("waits for a server that is away, and writes what is drawn by then", async () => {
    there.state.refuse.push(away());
    startAutosave(desk, there.post);
    draw(desk, 2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(stand(desk).state).toBe("waiting");
    draw(desk, 3);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(stand(desk)).toMatchObject({ number: 1, state: "kept" });
    expect(there.state.picture).toBe(desk.getState().picture);
  });

  it("writes nothing over what others drew, and shows it", async () => {
    there.state.refuse.push(conflict(draftOf(9, 7)));
    startAutosave(desk, there.post);
    draw(desk, 2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(stand(desk)).toMatchObject({ state: "elsewhere", theirs: { by: "bob", revision: 7 } });
    draw(desk, 3);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(there.state.writes).toBe(0);
  });

  it("begins a new draft where the old one was saved or dropped elsewhere", async () => {
    desk.getState().set({ draft: { ...NO_DRAFT, number: 4 } });
    startAutosave(desk, there.post);
    draw(desk, 2);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(stand(desk)).toMatchObject({ number: 1, state: "kept" });
  });

  it("stays in the browser where it may not be written", async () => {
    there.state.refuse.push(new Refusal({ code: "role", status: 403 }));
    startAutosave(desk, there.post);
    draw(desk, 2);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(stand(desk).state).toBe("local");
    expect(there.state.writes).toBe(0);
  });

  it("has written everything once it is flushed", async () => {
    const autosave = startAutosave(desk, there.post);
    draw(desk, 2);
    await autosave.flush();
    expect(there.state.picture).toBe(desk.getState().picture);
  });
});

describe("what goes on", () => {
  const saved = drawn(1);
  const history = { past: [], future: [] };
  const own = (units: number, number: number, isSent: boolean): Draft => ({
    picture: drawn(units),
    history,
    revision: 1,
    number,
    isSent,
    tab: "t",
    at: 1,
  });
  const found = (draft: NetworkDraft | null, mine: Draft | null, isThisTab = true) =>
    resumed({ saved, draft, own: mine, isThisTab });

  it("is the version where nothing was drawn", () => {
    expect(found(null, null)).toBeNull();
  });
  it("is the server's draft on another machine, and says whose", () => {
    const part = found(draftOf(2, 3), null);
    expect(part?.picture.network.nodes.a?.params).toEqual({ units: 2 });
    expect(part?.draft).toMatchObject({ number: 3, state: "kept", from: { by: "bob" } });
  });
  it("is the browser's own drawing, with its history, where it goes on with the draft", () => {
    expect(found(draftOf(2, 3), own(5, 3, false))?.draft).toMatchObject({ number: 3, from: null });
  });
  it("is what others made of it since, where all of mine is in it", () => {
    expect(found(draftOf(2, 4), own(5, 3, true))?.draft?.number).toBe(4);
  });
  it("is mine, and theirs is asked about, where both went on", () => {
    const part = found(draftOf(2, 4), own(5, 3, false));
    expect(part?.picture.network.nodes.a?.params).toEqual({ units: 5 });
    expect(part?.draft).toMatchObject({ state: "elsewhere", theirs: { revision: 4 } });
  });
  it("is mine where its last write arrived and its answer did not", () => {
    const part = found(draftOf(5, 4), own(5, 3, false));
    expect(part?.draft).toMatchObject({ number: 4, state: "kept", from: null });
  });
  it("is the version where what was sent has been saved or dropped since", () => {
    expect(found(null, own(5, 3, true))).toBeNull();
  });
  it("is what the server never got", () => {
    expect(found(null, own(5, 0, false))?.picture.network.nodes.a?.params).toEqual({ units: 5 });
  });
  it("is the version itself where the draft holds no more than that", () => {
    expect(found(draftOf(1, 3), null)).toMatchObject({ picture: saved, draft: { number: 3 } });
  });
  it("is the version where all was undone here, though the draft does not know it yet", () => {
    expect(found(draftOf(2, 3), own(1, 3, false))).toMatchObject({ picture: saved });
  });
  it("is never a drawing of a later version", () => {
    const later = draftOf(2, 3);
    expect(found({ ...later, document: { ...later.document, version: 9 } }, null)).toBeNull();
  });
});
