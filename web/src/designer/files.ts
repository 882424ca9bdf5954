/** Files: reading a dropped or pasted network, saving text and pictures; nothing leaves the browser. */
import { faultOf } from "../document/open";
import type { Json, NetworkDocument } from "../document/types";

const LARGEST = 4 * 1024 * 1024;
const MOST_DEPTH = 64;

export type Read = { network: NetworkDocument } | { fault: { code: string; args: Json } };

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
export async function readNetwork(text: string): Promise<Read> {
  if (text.length > LARGEST) return { fault: { code: "too_large", args: { mb: 4 } } };
  if (depthOf(text) > MOST_DEPTH) return { fault: { code: "too_deep", args: {} } };
  try {
    const value = await parsed(text);
    const fault = faultOf(value);
    if (fault) return { fault };
    const network = value as NetworkDocument;
    return { network: { ...network, name: network.name ?? "network" } };
  } catch (error) {
    const message = String((error as Error).message ?? error).split("\n", 1)[0] ?? "";
    return { fault: { code: "unreadable", args: { message: message.slice(0, 160) } } };
  }
}

/** Read a file; a large one is refused before any of it is read. */
export async function readFile(file: File): Promise<Read> {
  if (file.size > LARGEST) return { fault: { code: "too_large", args: { mb: 4 } } };
  return readNetwork(await file.text());
}

function saveBlob(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export const saveText = (name: string, text: string, type = "text/plain"): void =>
  saveBlob(name, new Blob([text], { type }));

/** Draw an SVG text as PNG, twice as large as on the screen. */
export async function savePng(
  name: string,
  svg: string,
  width: number,
  height: number,
): Promise<void> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  const scale = Math.min(2, 8_000 / Math.max(width, height));
  canvas.width = width * scale;
  canvas.height = height * scale;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => blob && saveBlob(name, blob));
}
