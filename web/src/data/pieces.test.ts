import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Refusal } from "../api/client";
import type { Arriving } from "../api/records";
import { sendPieces, unfinished, type Way } from "./pieces";

vi.hoisted(() => Object.assign(globalThis, { document: { baseURI: "http://x/" } }));

const PIECE = 1_000;
const content = new Uint8Array(2 * PIECE + 123).map((_, i) => (i * 31) % 251);
const whole = `sha-256=:${createHash("sha256").update(content).digest("base64")}:`;
const fileOf = () => new File([content], "a.csv", { lastModified: 7 });
const wanted = { part: "a.csv", time: null, kinds: {}, accept_rejects: false };
const away = () => new Refusal({ code: "unreachable", status: 0 });

/** A server that keeps what comes; `troubles` befall the pieces, after so many bytes of each. */
function server() {
  let here = new Uint8Array(0);
  const state = {
    begun: 0,
    waits: 0,
    troubles: [] as ({ error: Refusal; after: number } | null)[],
    heads: [] as Record<string, string>[],
    whileSending: () => {},
    get content() {
      return here;
    },
  };
  const told = (job: string | null): Arriving => ({
    id: "u1",
    part: "a.csv",
    length: content.length,
    offset: here.length,
    by: "ann",
    at: 1,
    job,
  });
  const way: Way = {
    bytes: PIECE,
    begin: async () => {
      state.begun += 1;
      here = new Uint8Array(0);
      return told(null);
    },
    ask: async () => told(null),
    piece: async (_into, _id, body, head) => {
      state.heads.push(head);
      state.whileSending();
      const bytes = new Uint8Array(await body.arrayBuffer());
      if (Number(head["upload-offset"]) !== here.length)
        throw new Refusal({ code: "upload_offset", status: 409 });
      const trouble = state.troubles.shift();
      here = Uint8Array.of(...here, ...bytes.subarray(0, trouble?.after ?? bytes.length));
      if (trouble) throw trouble.error;
      return told(head["upload-complete"] === "?1" ? "job1" : null);
    },
    wait: async () => {
      state.waits += 1;
    },
  };
  return { state, way };
}

describe("a large file", () => {
  const kept = new Map<string, string>();
  let there: ReturnType<typeof server>;
  const send = (told = (_share: number, _isAway: boolean) => {}, signal?: AbortSignal) =>
    sendPieces(
      { into: "d", file: fileOf(), wanted },
      told,
      signal ?? new AbortController().signal,
      there.way,
    );

  beforeEach(() => {
    there = server();
    kept.clear();
    const store = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
      removeItem: (key: string) => kept.delete(key),
    };
    const ownKeys = () => [...kept.keys()];
    const getOwnPropertyDescriptor = () => ({ enumerable: true, configurable: true });
    const localStorage = new Proxy(store, { ownKeys, getOwnPropertyDescriptor });
    Object.assign(globalThis, { localStorage });
  });

  it("comes in pieces, and whole", async () => {
    expect(await send()).toBe("job1");
    expect(Buffer.compare(there.state.content, content)).toBe(0);
    expect(there.state.heads.map((head) => head["upload-offset"])).toEqual([
      "0",
      String(PIECE),
      String(2 * PIECE),
    ]);
    expect(there.state.heads.at(-1)?.["repr-digest"]).toBe(whole);
    expect(kept.size).toBe(0);
  });

  it("goes on where a server that went away has it", async () => {
    there.state.troubles = [null, { error: away(), after: 100 }, { error: away(), after: 0 }];
    const seen: boolean[] = [];
    await send((_share, isAway) => seen.push(isAway));
    expect(Buffer.compare(there.state.content, content)).toBe(0);
    expect([there.state.waits, seen.includes(true), there.state.begun]).toEqual([2, true, 1]);
  });

  it("stops when it is paused, and goes on as the same upload", async () => {
    const flight = new AbortController();
    there.state.whileSending = () => flight.abort();
    await expect(send(undefined, flight.signal)).rejects.toThrow();
    const [left] = unfinished(Date.now());
    expect(left).toMatchObject({ id: "u1", into: "d", name: "a.csv" });
    there.state.whileSending = () => {};
    expect(await send()).toBe("job1");
    expect(there.state.begun).toBe(1);
    expect(there.state.heads[1]?.["upload-offset"]).toBe(String(PIECE));
  });

  it("is not remembered for longer than the server keeps it", async () => {
    there.state.troubles = [{ error: new Refusal({ code: "disk_full", status: 507 }), after: 9 }];
    await expect(send()).rejects.toThrow();
    expect(unfinished(Date.now())).toHaveLength(1);
    expect(unfinished(Date.now() + 25 * 3600e3)).toHaveLength(0);
  });

  it("is not tried for ever where it is refused", async () => {
    const error = new Refusal({ code: "upload_checksum", status: 422 });
    there.state.troubles = [{ error, after: 0 }];
    await expect(send()).rejects.toBe(error);
    expect(kept.size).toBe(0);
  });
});
