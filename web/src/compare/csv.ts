/** CSV: the table as a spreadsheet reads it. */
import type { Field, Run } from "./runs";

/** Quote what needs it; a text that a spreadsheet would run as a formula is kept a text. */
export function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(String(value)) ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvOf(runs: Run[], fields: Field[]): string {
  const head = ["experiment", "kind", "name", "state", ...fields.map((field) => field.name)];
  const rows = runs.map((run) => [
    run.experiment,
    run.kind,
    run.name,
    run.state,
    ...fields.map((field) => field.read(run)),
  ]);
  return `${[head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}
