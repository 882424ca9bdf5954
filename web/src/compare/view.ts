/** View: all that a reader has set on the page, in the address and nowhere else. */
import { type Field, isFailed, METRIC, type Run, ranked } from "./runs";

export type Brush = [low: number, high: number] | string[];

export interface View {
  /** The experiments that are compared. */
  of: string[];
  hide: string[];
  /** "20" = best 20, "10%" = best tenth, "" = all. */
  top: string;
  brushes: Record<string, Brush>;
  /** Axes by factors; null = those the space has so. */
  log: string[] | null;
  x: string;
  y: string;
  measure: string;
  /** How much a curve is smoothed: "0.6", "" = not at all. */
  smooth: string;
  /** "spread" = least, middle and most of all that are shown, "" = one line a run. */
  form: string;
  /** "1" = with the trials somebody took out. */
  out: string;
  /** Which of two has the rows wrong that are listed: "b", "" = the first. */
  side: string;
  /** "1" = the networks of the two are drawn. */
  nets: string;
  /** Keys of the runs whose curves are drawn. */
  pick: string[];
  sort: string;
}

export const HIDEABLE = ["pruned", "failed", "baseline"] as const;

const pack = (text: string): string => text.replaceAll("%", "%25").replaceAll("~", "%7E");
const list = (text: string | null): string[] =>
  text ? text.split("~").map((part) => decodeURIComponent(part)) : [];
const join = (parts: string[]): string => parts.map(pack).join("~");

function brushOf(text: string): [string, Brush] | null {
  const [name, ...rest] = list(text);
  if (!name || rest.length === 0) return null;
  if (rest[0] !== "in") {
    const [low, high] = rest.map(Number);
    if (low === undefined || high === undefined || !(low <= high)) return null;
    return [name, [low, high]];
  }
  return [name, rest.slice(1)];
}

const isWords = (brush: Brush): brush is string[] =>
  brush.length === 0 || typeof brush[0] === "string";

/** Read an address; what cannot be read is as if it were not there. */
export function viewOf(search: URLSearchParams): View {
  const safe = <T>(read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch {
      return otherwise;
    }
  };
  const brushes = search
    .getAll("b")
    .map((text) => safe(() => brushOf(text), null))
    .filter((found): found is [string, Brush] => found !== null);
  const words = (name: string) => safe(() => list(search.get(name)), []);
  return {
    of: words("of"),
    hide: words("hide"),
    top: /^\d+%?$/.test(search.get("top") ?? "") ? (search.get("top") ?? "") : "",
    brushes: Object.fromEntries(brushes),
    log: search.has("log") ? words("log") : null,
    x: search.get("x") ?? "",
    y: search.get("y") ?? "",
    measure: search.get("measure") ?? "",
    smooth: /^0\.\d+$/.test(search.get("smooth") ?? "") ? (search.get("smooth") ?? "") : "",
    form: search.get("form") === "spread" ? "spread" : "",
    out: search.has("out") ? "1" : "",
    side: search.get("side") === "b" ? "b" : "",
    nets: search.has("nets") ? "1" : "",
    pick: words("pick"),
    sort: search.get("sort") ?? "",
  };
}

/** Write an address that shows the same; what is as usual is left out. */
export function searchOf(view: View): URLSearchParams {
  const search = new URLSearchParams();
  const put = (name: string, text: string) => text && search.set(name, text);
  put("of", join(view.of));
  put("hide", join(view.hide));
  put("top", view.top);
  for (const [name, brush] of Object.entries(view.brushes)) {
    const parts = isWords(brush) ? ["in", ...brush] : brush.map(String);
    search.append("b", join([name, ...parts]));
  }
  if (view.log) search.set("log", join(view.log));
  for (const name of [
    "x",
    "y",
    "measure",
    "smooth",
    "sort",
    "form",
    "out",
    "side",
    "nets",
  ] as const)
    put(name, view[name]);
  put("pick", join(view.pick));
  return search;
}

/** Whether a run lies within a brush; one without that value does not. */
export function isWithin(run: Run, field: Field, brush: Brush): boolean {
  const value = field.read(run);
  if (value === null) return false;
  if (isWords(brush)) return brush.includes(String(value));
  return typeof value === "number" && value >= brush[0] && value <= brush[1];
}

/** Leave the best of the runs; `top` as in the view. */
export function topOf(runs: Run[], top: string, maximise: boolean): Run[] {
  if (!top) return runs;
  const share = top.endsWith("%");
  const number = Number.parseInt(top, 10);
  const known = runs.filter((run) => run.metric !== null);
  const count = share ? Math.max(1, Math.ceil((known.length * number) / 100)) : number;
  return ranked(known, maximise).slice(0, count);
}

/** The runs that everything on the page shows: not hidden, within every brush, among the best. */
export function shownOf(runs: Run[], view: View, fields: Field[], maximise: boolean): Run[] {
  const isHidden = (run: Run) =>
    (view.hide.includes("pruned") && run.state === "pruned") ||
    (view.hide.includes("failed") && isFailed(run)) ||
    (view.hide.includes("baseline") && run.kind === "baseline");
  const brushed = fields.flatMap((field) => {
    const brush = view.brushes[field.name];
    return brush ? [{ field, brush }] : [];
  });
  const left = runs.filter(
    (run) => !isHidden(run) && brushed.every(({ field, brush }) => isWithin(run, field, brush)),
  );
  return topOf(left, view.top, maximise);
}

/** Runs by a column, `-` before its name for the other way; without one, best first. */
export function sorted(runs: Run[], sort: string, fields: Field[], maximise: boolean): Run[] {
  const isDown = sort.startsWith("-");
  const name = isDown ? sort.slice(1) : sort;
  const field = fields.find((one) => one.name === name);
  if (!field || (name === METRIC && isDown === maximise)) return ranked(runs, maximise);
  const sign = isDown ? -1 : 1;
  return [...runs].sort((a, b) => {
    const [left, right] = [field.read(a), field.read(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    if (typeof left === "number" && typeof right === "number") return sign * (left - right);
    return sign * String(left).localeCompare(String(right));
  });
}

/** Runs whose curves are drawn: the picked ones that are shown, else the best few. */
export function drawnOf(shown: Run[], pick: string[], maximise: boolean, most: number): Run[] {
  const withCurve = shown.filter((run) => run.curve.length > 0);
  const picked = withCurve.filter((run) => pick.includes(run.key));
  return picked.length > 0
    ? picked.slice(0, MOST_CURVES)
    : ranked(withCurve, maximise).slice(0, most);
}

export const MOST_CURVES = 40;
