/** Gate: the particulars of a check, read out of the server's English so that they can be said in any language. */
import type { Check } from "../api/records";

export interface Detail {
  /** Below `gate.` in the languages. */
  code: string;
  args: Record<string, string>;
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
  for (const [name, code, form] of FORMS) {
    const found = name === check.name && form.exec(check.detail ?? "");
    if (found) return { code, args: { ...found.groups } };
  }
  return null;
}

/** Fewer ripe rows than a verdict needs: how many there were, and how many it takes. */
export function tooFew(reason: string): { rows: string; needed: string } | null {
  const found = /^(\d+) rows are too few, (\d+) are needed$/.exec(reason);
  return found ? { rows: found[1] ?? "", needed: found[2] ?? "" } : null;
}
