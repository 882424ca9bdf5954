/** Read: a dropped or pasted file as a network; what is small and ours here, all else by the server. */
import { addressOf, Refusal, upload } from "../api/client";
import { faultOf, futureOf, tamed } from "../document/open";
import type { Json, NetworkDocument } from "../document/types";

const MB = 1024 * 1024;
/** A larger one is refused before any of it is read. */
const LARGEST_MB = 256;
/** Text beyond this would hold up the page: the server reads it. */
const SMALL = MB / 4;
const LARGEST_TEXT = 4 * MB;
const MOST_DEPTH = 64;
const SUFFIXES = [".json", ".yaml", ".yml", ".py", ".onnx"];
export const ACCEPTED = SUFFIXES.join(",");

export interface Unmapped {
  op: string;
  node: string;
  why: string;
}
export interface Note {
  code: string;
  text: string;
  value: string;
}

/** What a file is: the network, the same with blocks, and what a person should know. */
export interface Found {
  form: string;
  network: NetworkDocument;
  blocks: NetworkDocument | null;
  future: number | null;
  unmapped: Unmapped[];
  notes: Note[];
  repeats: { nodes: string[]; times: number }[];
}

export type Fault = { code: string; args: Json } | { refusal: Refusal };
export type Read = { found: Found } | { fault: Fault };

const fault = (code: string, args: Json = {}): Read => ({ fault: { code, args } });

const own = (network: NetworkDocument): Found => ({
  form: "danlu",
  network: futureOf(network) === null ? network : tamed(network),
  blocks: null,
  future: futureOf(network),
  unmapped: [],
  notes: [],
  repeats: [],
});

async function parsed(text: string): Promise<unknown> {
  if (text.trimStart().startsWith("{")) return JSON.parse(text);
  const { parseDocument } = await import("yaml");
  const found = parseDocument(text, { schema: "core", uniqueKeys: true });
  if (found.errors[0]) throw found.errors[0];
  // Aliases could make little text grow without end.
  return found.toJS({ maxAliasCount: 0 });
}

function depthOf(text: string): number {
  let [depth, most] = [0, 0];
  for (const sign of text) {
    if (sign === "{" || sign === "[") most = Math.max(most, ++depth);
    if (sign === "}" || sign === "]") depth -= 1;
  }
  return most;
}

/** Read a network out of text, JSON or YAML; what is wrong comes as a code. */
export async function readText(text: string): Promise<Read> {
  if (text.length > LARGEST_TEXT) return fault("too_large", { mb: LARGEST_TEXT / MB });
  if (text.length > SMALL) {
    const name = text.trimStart().startsWith("{") ? "pasted.json" : "pasted.yaml";
    return readThere(new File([text], name), () => {});
  }
  if (depthOf(text) > MOST_DEPTH) return fault("too_deep");
  try {
    const value = await parsed(text);
    const wrong = faultOf(value);
    if (wrong) return { fault: wrong };
    const network = value as NetworkDocument;
    return { found: own({ ...network, name: network.name ?? "network" }) };
  } catch (error) {
    const message = String((error as Error).message ?? error).split("\n", 1)[0] ?? "";
    return fault("unreadable", { message: message.slice(0, 160) });
  }
}

/** Let the server read it, in a process of its own. */
async function readThere(file: File, onSent: (share: number) => void): Promise<Read> {
  const address = `${addressOf("networks", "import")}?file=${encodeURIComponent(file.name)}`;
  try {
    const found = await upload<Found>(address, file, onSent, { method: "POST" });
    const network = found.future === null ? found.network : tamed(found.network);
    return { found: { ...found, network } };
  } catch (error) {
    if (error instanceof Refusal) return { fault: { refusal: error } };
    throw error;
  }
}

const looksKeras = (text: string): boolean =>
  text.includes('"class_name"') && text.includes('"config"');

/** Read a file; what is too large or of another form is refused before any of it is read. */
export async function readFile(file: File, onSent: (share: number) => void): Promise<Read> {
  const suffix = /\.[a-z0-9]+$/i.exec(file.name)?.[0].toLowerCase() ?? "";
  if (!SUFFIXES.includes(suffix))
    return fault("other_suffix", { file: file.name.slice(0, 80), known: SUFFIXES.join(" ") });
  if (file.size > LARGEST_MB * MB) return fault("too_large", { mb: LARGEST_MB });
  if (file.size === 0) return fault("empty");
  if (suffix === ".onnx" || suffix === ".py" || file.size > SMALL) return readThere(file, onSent);
  const text = await file.text();
  return suffix === ".json" && looksKeras(text) ? readThere(file, onSent) : readText(text);
}
