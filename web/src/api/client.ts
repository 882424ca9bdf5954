/** Client: one way to ask the server; every refusal becomes a `Refusal` with its problem document. */
import createClient from "openapi-fetch";
import type { Problem } from "./records";
import type { paths } from "./schema";
import { heard } from "./session";

/** Where the page is mounted, with a slash at the end. */
export const root = new URL(document.baseURI).pathname.replace(/[^/]*$/, "");

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
    if (body && typeof body.detail === "string")
      return { code: `http_${status}`, title: body.detail, status };
  } catch {
    // Not JSON: a proxy's page or nothing at all; the status says enough.
  }
  return { code: `http_${status}`, status };
}

/** Typed by the server's own description: a path, parameter or body that it does not know is no program. */
export const http = createClient<paths>({ baseUrl: root.slice(0, -1), credentials: "same-origin" });

http.use({
  async onResponse({ response }) {
    if (response.ok) return;
    heard(response.status, response.url);
    const wait = Number(response.headers.get("retry-after"));
    throw new Refusal(problemOf(response.status, await response.text()), wait > 0 ? wait : null);
  },
  onError: unreachable,
});

type Call = Promise<{ data?: unknown }>;

/** What was answered; bodies that the description leaves open get their type here. */
export const one = async <T>(call: Call): Promise<T> => (await call).data as T;
export const many = async <T>(call: Call): Promise<T[]> =>
  ((await call).data as { items: T[] }).items;

const escaped = (text: string): string => encodeURIComponent(text).replaceAll("%40", "@");

/** Address of an API path for links, snippets and uploads. */
export const addressOf = (...parts: string[]): string =>
  `${root}api/v1/${parts.map(escaped).join("/")}`;

export interface Sending {
  method?: "PUT" | "POST" | "PATCH";
  headers?: Record<string, string>;
  /** Ends it; what the server has by then, it has. */
  signal?: AbortSignal;
}

/** Stream a file, or a piece of one, as the raw body; XHR because fetch cannot report what has been sent. */
export function upload<T>(
  address: string,
  body: Blob,
  onSent: (share: number) => void,
  { method = "PUT", headers = {}, signal }: Sending = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    const told = { "content-type": "application/octet-stream", ...headers };
    for (const [name, value] of Object.entries(told)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onSent(event.total ? event.loaded / event.total : 0);
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new DOMException("", "AbortError"));
    request.onload = () => {
      if (request.status >= 200 && request.status < 300)
        resolve(JSON.parse(request.responseText) as T);
      else {
        heard(request.status, address);
        reject(new Refusal(problemOf(request.status, request.responseText)));
      }
    };
    signal?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}
