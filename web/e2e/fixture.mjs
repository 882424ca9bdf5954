/** Fixture: serves the built page over a told story, for looking at it without a server: `npm run fixture`. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { answers } from "./story.mjs";

const page = join(import.meta.dirname, "../../src/danlu/web");
const isEmpty = process.argv.includes("--empty");
const port = Number(process.env.PORT ?? 8421);
const types = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".html": "text/html",
};
// The policy of the real server, so that what it forbids shows here too.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

function find(method, path) {
  const exact = answers[`${method} ${path}`];
  if (isEmpty && method === "GET" && path !== "whoami")
    return exact?.items ? { items: [] } : undefined;
  return exact ?? answers[`${method} ${path.replace(/[^/]+$/, "*")}`];
}

function api(request, response, path) {
  const send = (status, body) => {
    response.writeHead(status, {
      "content-type": status < 400 ? "application/json" : "application/problem+json",
    });
    response.end(JSON.stringify(body));
  };
  if (path === "login") {
    response.setHeader("set-cookie", "danlu_fixture=1; HttpOnly; SameSite=Strict; Path=/");
    return send(200, {});
  }
  if (!request.headers.cookie?.includes("danlu_fixture"))
    return send(401, {
      code: "unauthenticated",
      title: "no key, or one that is not known",
      status: 401,
      args: {},
      fix: "",
    });
  const found = find(request.method, decodeURIComponent(path));
  request.resume();
  return found
    ? send(200, found)
    : send(404, { code: "not_found", title: `nothing at ${path}`, status: 404, args: {}, fix: "" });
}

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://x");
  if (url.pathname === "/login" && url.searchParams.has("once")) {
    response.writeHead(303, {
      location: "/",
      "set-cookie": "danlu_fixture=1; HttpOnly; SameSite=Strict; Path=/",
    });
    return response.end();
  }
  if (url.pathname.startsWith("/api/v1/")) return api(request, response, url.pathname.slice(8));
  const file = join(page, url.pathname);
  const isFile = extname(file) && existsSync(file);
  response.writeHead(200, {
    "content-type": types[isFile ? extname(file) : ".html"] ?? "text/plain",
    "content-security-policy": policy,
  });
  return response.end(readFileSync(isFile ? file : join(page, "index.html")));
});

/** Just enough of a WebSocket: accept, then one small text frame a second. */
server.on("upgrade", (request, socket) => {
  const accept = createHash("sha1")
    .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  let seq = 100;
  const tick = setInterval(() => {
    const text = JSON.stringify({ events: [], seq: seq++ });
    socket.write(Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]));
  }, 1000);
  socket.on("close", () => clearInterval(tick));
  socket.on("error", () => clearInterval(tick));
});

server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/login?once=fixture`));
