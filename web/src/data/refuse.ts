/** Refuse: what can be said of a file before a byte of it is sent. */

/** The part of a browser's File that decides. */
export interface Dropped {
  name: string;
  size: number;
}

export type Refusal = "empty" | "folder" | "form" | "large" | "excel" | "archive" | "picture";

/** Tables, and pictures in a zip: the server looks into it. */
const TABLE = /\.((csv|tsv|jsonl|ndjson|parquet)(\.gz)?|zip)$/i;
const KNOWN: [Refusal, RegExp][] = [
  ["excel", /\.(xlsx?|xlsm|ods|numbers)$/i],
  ["archive", /\.((csv|tsv|jsonl|ndjson|parquet)\.zip|7z|rar|tar|tgz|bz2|xz|zst)$/i],
  ["picture", /\.(png|jpe?g|gif|webp|bmp|svg|heic|mp3|wav|flac|ogg|mp4|mov)$/i],
];
/** As the server's own limit. */
export const LARGEST = 10_000_000_000;

/** Why a file is not sent at all; null when the server shall look at it. */
export function refusalOf(file: Dropped): Refusal | null {
  for (const [why, names] of KNOWN) if (names.test(file.name)) return why;
  if (!TABLE.test(file.name))
    return file.size === 0 && !file.name.includes(".") ? "folder" : "form";
  if (file.size === 0) return "empty";
  return file.size > LARGEST ? "large" : null;
}

/** A part may be called anything the address allows: letters, digits, dot, dash. */
export const partOf = (file: string): string => {
  const form = TABLE.exec(file)?.[0] ?? "";
  const stem = file.slice(0, file.length - form.length).replace(/[^A-Za-z0-9._-]+/g, "_");
  return `${stem.replace(/^_+$/, "part").slice(-110) || "part"}${form.toLowerCase()}`;
};

/** Files in the order a person means: 2013-2 before 2013-10. */
export const inOrder = <T extends Dropped>(files: T[]): T[] =>
  [...files].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));

/** Whether several files look like parts of one table: names that differ in digits only. */
export function areParts(files: Dropped[]): boolean {
  const stems = new Set(files.map((file) => file.name.toLowerCase().replace(/\d+/g, "#")));
  return stems.size === 1;
}
