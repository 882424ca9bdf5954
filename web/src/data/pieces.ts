/** Pieces: a large file goes to the server piece by piece, never held as a whole, and goes on where it broke off. */
import { addressOf, http, one, Refusal, upload } from "../api/client";
import type { Arriving } from "../api/records";
import { Sha256 } from "./sha256";

export const PIECE = 8 << 20;
const READ = 1 << 20;
const AGAIN_MS = 2_000;
const REMEMBERED = "danlu.upload.";
/** As long as the server keeps what nobody goes on with. */
const KEPT_MS = 24 * 3600e3;

/** What shall become of the file. */
export interface Wanted {
  part: string;
  time: string | null;
  kinds: Record<string, string>;
  accept_rejects: boolean;
}

/** How far it is; `isAway`: the server is gone, and waited for. */
export type Told = (share: number, isAway: boolean) => void;

/** The way to the server. */
export interface Way {
  bytes: number;
  begin: (into: string, wanted: Wanted, length: number) => Promise<Arriving>;
  ask: (into: string, id: string) => Promise<Arriving>;
  piece: (
    into: string,
    id: string,
    body: Blob,
    head: Record<string, string>,
    onSent: (share: number) => void,
    signal: AbortSignal,
  ) => Promise<Arriving>;
  wait: (signal: AbortSignal) => Promise<void>;
}

const path = (name: string, upload: string) => ({ params: { path: { name, upload } } });

export const overHttp: Way = {
  bytes: PIECE,
  begin: (name, wanted, length) =>
    one<Arriving>(
      http.POST("/api/v1/datasets/{name}/uploads", {
        params: { path: { name } },
        // The checksum comes with the last piece: it takes as long to know as the file to read.
        body: { ...wanted, length, sha256: "" },
      }),
    ),
  ask: (name, id) =>
    one<Arriving>(http.GET("/api/v1/datasets/{name}/uploads/{upload}", path(name, id))),
  piece: (name, id, body, headers, onSent, signal) =>
    upload<Arriving>(addressOf("datasets", name, "uploads", id), body, onSent, {
      method: "PATCH",
      headers: { "content-type": "application/partial-upload", ...headers },
      signal,
    }),
  wait: (signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, AGAIN_MS);
      const now = () => {
        clearTimeout(timer);
        resolve();
      };
      addEventListener("online", now, { once: true });
      signal.addEventListener("abort", now, { once: true });
    }),
};

/** A file that has come in part; after a reload it goes on once it is chosen again. */
export interface Unfinished {
  key: string;
  id: string;
  into: string;
  name: string;
}

function listIn(text: string | null): unknown[] {
  try {
    const found: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

/** What was begun in this browser and is still kept by the server. */
export function unfinished(now: number): Unfinished[] {
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(REMEMBERED))
    .flatMap((key) => {
      const [into, name] = listIn(key.slice(REMEMBERED.length)) as string[];
      const [id, at] = listIn(localStorage.getItem(key)) as [string?, number?];
      if (id && at && into && name && now - at < KEPT_MS) return [{ key, id, into, name }];
      localStorage.removeItem(key);
      return [];
    });
}

/** Let go of what has come. */
export async function dropPieces({ key, id, into }: Unfinished): Promise<void> {
  localStorage.removeItem(key);
  await http.DELETE("/api/v1/datasets/{name}/uploads/{upload}", path(into, id)).catch(() => {});
}

/** The same file, wanted for the same. */
export const keyOf = (into: string, file: File, wanted: Wanted): string =>
  REMEMBERED + JSON.stringify([into, file.name, file.size, file.lastModified, wanted]);

const idOf = (key: string): string | null =>
  unfinished(Date.now()).find((one) => one.key === key)?.id ?? null;

const codeOf = (error: unknown): string => (error instanceof Refusal ? error.problem.code : "");
/** It passes by itself: no server, no session, or no room among the files on their way. */
const isPassing = (error: unknown): boolean =>
  error instanceof Refusal && [0, 401, 502, 503, 504].includes(error.problem.status ?? -1);
const BEHIND = ["upload_offset", "upload_taken_over"];

/** The checksum of a file from its beginning, as far as it was read. */
class Sum {
  private readonly sum = new Sha256();
  private readonly file: File;
  private reading: Promise<void> = Promise.resolve();

  constructor(file: File) {
    this.file = file;
  }

  /** One reads at a time: the bytes come in order. */
  until(end: number): Promise<void> {
    this.reading = this.reading.then(() => this.read(end));
    return this.reading;
  }

  private async read(end: number): Promise<void> {
    while (this.sum.length < end) {
      const slice = this.file.slice(this.sum.length, Math.min(end, this.sum.length + READ));
      this.sum.update(new Uint8Array(await slice.arrayBuffer()));
    }
  }

  async whole(): Promise<string> {
    await this.until(this.file.size);
    return `sha-256=:${btoa(String.fromCharCode(...this.sum.digest()))}:`;
  }
}

/** Send a file; the answer is the job that imports it. Pausing is `signal`; called again, it goes on. */
export async function sendPieces(
  { into, file, wanted }: { into: string; file: File; wanted: Wanted },
  told: Told,
  signal: AbortSignal,
  way: Way = overHttp,
): Promise<string> {
  const sum = new Sum(file);
  const key = keyOf(into, file, wanted);
  let digest = "";
  let state = await patiently(() => begun(key, into, file, wanted, way), told, signal, way);
  const { id } = state;
  const next = async (): Promise<Arriving> => {
    signal.throwIfAborted();
    const { offset } = state;
    const end = Math.min(offset + way.bytes, file.size);
    const isLast = end === file.size;
    if (isLast) digest ||= await sum.whole();
    const head: Record<string, string> = {
      "upload-offset": String(offset),
      "upload-complete": isLast ? "?1" : "?0",
      ...(isLast ? { "repr-digest": digest } : {}),
    };
    told(offset / file.size, false);
    const onSent = (share: number) => told((offset + share * (end - offset)) / file.size, false);
    const sent = way.piece(into, id, file.slice(offset, end), head, onSent, signal);
    // The next piece is read while this one is on its way.
    await Promise.all([sent, isLast ? null : sum.until(Math.min(end + way.bytes, file.size))]);
    return sent;
  };
  try {
    while (!state.job) {
      const sent = await patiently(next, told, signal, way, () => way.ask(into, id));
      state = sent;
    }
  } catch (error) {
    if (["upload_checksum", "upload_unknown", "upload_beyond"].includes(codeOf(error)))
      localStorage.removeItem(key);
    throw error;
  }
  localStorage.removeItem(key);
  return state.job;
}

/** What was begun before, or a new beginning. */
async function begun(
  key: string,
  into: string,
  file: File,
  wanted: Wanted,
  way: Way,
): Promise<Arriving> {
  const known = idOf(key);
  if (known) {
    const found = await way.ask(into, known).catch((error: unknown) => {
      if (codeOf(error) !== "upload_unknown") throw error;
      return null;
    });
    if (found && !found.job) return found;
  }
  const made = await way.begin(into, wanted, file.size);
  localStorage.setItem(key, JSON.stringify([made.id, Date.now()]));
  return made;
}

/** Do it; while the server is away wait, and then, or where it has another offset, ask how much has come. */
async function patiently(
  deed: () => Promise<Arriving>,
  told: Told,
  signal: AbortSignal,
  way: Way,
  ask: () => Promise<Arriving> = deed,
): Promise<Arriving> {
  let todo = deed;
  for (;;) {
    try {
      return await todo();
    } catch (error) {
      signal.throwIfAborted();
      const isBehind = BEHIND.includes(codeOf(error));
      if (!isBehind && !isPassing(error)) throw error;
      if (!isBehind) {
        told(Number.NaN, true);
        await way.wait(signal);
        signal.throwIfAborted();
      }
      todo = ask;
    }
  }
}
