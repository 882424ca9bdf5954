/** Merge: two drawings that began as the same one, joined change by change. */
import { isSame } from "./patch";
import type { Json, Picture } from "./types";

/** What one side made of the place at `path`; undefined = nothing stands there. */
export interface Piece {
  path: string[];
  from: unknown;
  to: unknown;
}

export type Whose = "mine" | "theirs";

/** Changes that decide one place: by one side, or by both in different ways. */
export interface Meeting {
  id: string;
  path: string[];
  mine: Piece[];
  theirs: Piece[];
}

/** What stands at the place on each side. */
export interface Stand {
  base: unknown;
  mine: unknown;
  theirs: unknown;
}

const isTree = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What is one thing to a person, though it has parts: a value, an edge, a range, a place. */
function isWhole(path: string[]): boolean {
  if (path[0] === "space") return path.length === 2;
  if (path[0] === "layout") return path.length === (path[1] === "blocks" ? 4 : 3);
  return ["params", "in", "inputs", "outputs"].includes(path.at(-2) ?? "");
}

/** Parts that are the same whether they are empty or not there. */
const MAY_LACK = new Set(["params", "in", "blocks", "choices", "main"]);
/** What a document says of itself is no change that a person made. */
const OWN = new Set(["format", "version", "name", "direction"]);

/** Changes from one picture to another, each as small as a person would name it. */
export function piecesBetween(from: unknown, to: unknown, path: string[] = []): Piece[] {
  if (from === to) return [];
  const key = path.at(-1) ?? "";
  const [before, after] = MAY_LACK.has(key) ? [from ?? {}, to ?? {}] : [from, to];
  if (!isTree(before) || !isTree(after) || isWhole(path))
    return isSame(from, to) ? [] : [{ path, from, to }];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys]
    .filter((one) => path.length !== 1 || !OWN.has(one))
    .flatMap((one) => piecesBetween(before[one], after[one], [...path, one]));
}

const begins = (path: string[], with_: string[]): boolean =>
  with_.every((step, i) => path[i] === step);

/** Where the two sides meet, what both changed first; what they agree on needs no choice. */
export function meetingsOf(base: Picture, mine: Picture, theirs: Picture): Meeting[] {
  const all = [
    ...piecesBetween(base, mine).map((piece) => ({ piece, whose: "mine" as Whose })),
    ...piecesBetween(base, theirs).map((piece) => ({ piece, whose: "theirs" as Whose })),
  ].sort((a, b) => a.piece.path.length - b.piece.path.length);
  const found: Meeting[] = [];
  const known = new Map<string, Meeting>();
  for (const { piece, whose } of all) {
    const above = piece.path.map((_, i) => known.get(idOf(piece.path.slice(0, i + 1))));
    let meeting = above.find((one) => one && begins(piece.path, one.path));
    if (!meeting) {
      meeting = { id: idOf(piece.path), path: piece.path, mine: [], theirs: [] };
      known.set(meeting.id, meeting);
      found.push(meeting);
    }
    meeting[whose].push(piece);
  }
  return found.sort((a, b) => Number(isClash(b)) - Number(isClash(a)));
}

const idOf = (path: string[]): string => JSON.stringify(path);

export const isAgreed = ({ mine, theirs }: Meeting): boolean =>
  mine.length > 0 &&
  mine.length === theirs.length &&
  mine.every((one) => theirs.some((other) => isSame(one, other)));

export const isClash = (meeting: Meeting): boolean =>
  meeting.mine.length > 0 && meeting.theirs.length > 0 && !isAgreed(meeting);

/** Where things stand on the canvas is not worth a question: mine stay, theirs are added. */
export const isPlace = (meeting: Meeting): boolean => meeting.path[0] === "layout";

/** Who decides a place unless the person says otherwise: who changed it, and I where both did. */
export const usual = (meeting: Meeting): Whose => (meeting.mine.length ? "mine" : "theirs");

const at = (tree: unknown, path: string[]): unknown =>
  path.reduce<unknown>((found, key) => (isTree(found) ? found[key] : undefined), tree);

export const standOf = (
  { path }: Meeting,
  sides: { base: Picture; mine: Picture; theirs: Picture },
): Stand => ({
  base: at(sides.base, path),
  mine: at(sides.mine, path),
  theirs: at(sides.theirs, path),
});

function withAt(tree: unknown, path: string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const owner = isTree(tree) ? tree : {};
  const made = withAt(owner[key], rest, value);
  if (made !== undefined) return { ...owner, [key]: made };
  const { [key]: _, ...left } = owner;
  return left;
}

/** The base with every place as it was decided. */
export function merged(
  base: Picture,
  meetings: Meeting[],
  picks: Readonly<Record<string, Whose>>,
): Picture {
  const chosen = meetings.flatMap((one) => one[picks[one.id] ?? usual(one)]);
  return chosen.reduce<unknown>((tree, { path, to }) => withAt(tree, path, to), base) as Picture;
}
