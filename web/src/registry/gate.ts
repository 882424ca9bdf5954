/** Gate: the particulars of a check and of a verdict, by code and arguments; from older records, out of their English. */
import type { Check, Verdict } from "../api/records";

export interface Detail {
  /** Below `gate.` in the languages. */
  code: string;
  args: Record<string, string>;
}

export interface Changed {
  of: "column" | "target" | "form";
  name: string;
  was: string;
  is: string;
}

const FORMS: [check: string, code: string, form: RegExp][] = [
  ["opens", "opens", /^hashes match, the model loads$/],
  [
    "golden",
    "golden",
    /^(?<rows>\d+) rows; worst is row (?<row>\d+): (?<here>\S+) here, (?<there>\S+) in training \((?<off>\S+) relative, (?<most>\S+) allowed\)$/,
  ],
  ["latency", "latency", /^(?<found>[\d.]+) ms a row, (?<most>\S+) allowed$/],
  ["memory", "memory", /^(?<found>[\d.]+) MB resident, (?<most>\S+) allowed$/],
  ["schema", "schema", /^unchanged$/],
  ["finishes", "late", /^no verdict within (?<seconds>\d+) s$/],
];

/** What a check found; null where only the server's own words will do. */
export function detailOf(check: Check): Detail | null {
  if (check.code) {
    const plain = Object.entries(check.args ?? {}).filter(([, value]) => typeof value !== "object");
    return {
      code: check.code,
      args: Object.fromEntries(plain.map(([k, v]) => [k, String(v)])),
    };
  }
  for (const [name, code, form] of FORMS) {
    const found = name === check.name && form.exec(check.detail ?? "");
    if (found) return { code, args: { ...found.groups } };
  }
  return null;
}

/** Columns that the schema check found changed, come or gone. */
export function schemaOf(check: Check): { changed: Changed[]; come: string[]; gone: string[] } {
  const { changed = [], come = [], gone = [] } = (check.args ?? {}) as Record<string, never[]>;
  return { changed, come, gone };
}

/** Fewer ripe rows than a verdict needs: how many there were, and how many it takes. */
export function tooFew(reason: string): { rows: string; needed: string } | null {
  const found = /^(\d+) rows are too few, (\d+) are needed$/.exec(reason);
  return found ? { rows: found[1] ?? "", needed: found[2] ?? "" } : null;
}

/** Why a verdict is what it is: a key below `reason.`, with its arguments; "" where the numbers say it. */
export function reasonOf(verdict: Verdict): { key: string; args: Record<string, string> } {
  const few = tooFew(verdict.reason ?? "");
  if (verdict.code === "too_few")
    return {
      key: "fewRows",
      args: { rows: String(verdict.rows ?? 0), needed: String(verdict.fewest ?? "") },
    };
  if (few) return { key: "fewRows", args: few };
  const worse = (verdict.slices ?? []).filter((one) => one.worse).map((one) => one.name);
  if (worse.length) return { key: "worseOn", args: { slices: worse.join(", ") } };
  return { key: verdict.code ?? verdict.reason ?? "", args: {} };
}
