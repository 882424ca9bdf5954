/** Client: one way to ask the server; every refusal becomes a `Refusal` with its problem document. */
import type { Problem } from "./records";

/** Where the page is mounted, with a slash at the end. */
export const root = new URL(document.baseURI).pathname.replace(/[^/]*$/, "");
export const api = `${root}api/v1/`;

/** An answer that is not 2xx, or no answer at all (`code` "unreachable"). */
export class Refusal extends Error {
  readonly problem: Problem;
  readonly retryAfter: number | null;

  constructor(problem: Problem, retryAfter: number | null = null) {
    super(problem.title ?? problem.code);
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

const unreachable = () => new Refusal({ code: "unreachable", status: 0 });

/** Read a problem document out of an answer, whatever its body is. */
export function problemOf(status: number, text: string): Problem {
  try {
    const body = JSON.parse(text) as Partial<Problem> | null;
    if (body && typeof body.code === "string") return { ...body, code: body.code, status };
    if (body && typeof body.detail === "string") return { code: `http_${status}`, title: body.detail, status };
  } catch {
    // Not JSON: a proxy's page or nothing at all; the status says enough.
  }
  return { code: `http_${status}`, status };
}

async function ask(method: string, path: string, body?: unknown): Promise<Response> {
  const init: RequestInit = { method, credentials: "same-origin", headers: { accept: "application/json" } };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { accept: "application/json", "content-type": "application/json" };
  }
  const answer = await fetch(api + path, init).catch(() => {
    throw unreachable();
  });
  if (answer.ok) return answer;
  const wait = Number(answer.headers.get("retry-after"));
  throw new Refusal(problemOf(answer.status, await answer.text()), wait > 0 ? wait : null);
}

async function read<T>(answer: Response): Promise<T> {
  const text = await answer.text();
  return (text ? JSON.parse(text) : null) as T;
}

export const get = async <T>(path: string): Promise<T> => read<T>(await ask("GET", path));
export const post = async <T>(path: string, body: unknown = {}): Promise<T> => read<T>(await ask("POST", path, body));
export const put = async <T>(path: string, body: unknown): Promise<T> => read<T>(await ask("PUT", path, body));
export const remove = async <T>(path: string): Promise<T> => read<T>(await ask("DELETE", path));
export const list = async <T>(path: string): Promise<T[]> => (await get<{ items: T[] }>(path)).items;

/** A path from parts and a query; names are escaped, empty query values left out. */
export function path(parts: (string | number)[], query: Record<string, string | number | boolean | null | undefined> = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") search.set(key, String(value));
  }
  const tail = search.size ? `?${search}` : "";
  return parts.map((part) => encodeURIComponent(part).replaceAll("%40", "@")).join("/") + tail;
}

/** Stream a file as the raw body of a PUT; XHR because fetch cannot report what has been sent. */
export function upload<T>(target: string, file: File, onSent: (share: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", api + target);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = (event) => onSent(event.total ? event.loaded / event.total : 0);
    request.onerror = () => reject(unreachable());
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText) as T);
      else reject(new Refusal(problemOf(request.status, request.responseText)));
    };
    request.send(file);
  });
}
