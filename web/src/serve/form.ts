/** Form: from a deployment's schema to fields, and from what was typed to the row that is sent. */
import type { FormColumn, FormSchema, Json } from "../api/records";

export type Typed = Record<string, string>;

/** Text of a value as its field shows it. */
export const textOf = (value: unknown): string =>
  value === null || value === undefined ? "" : typeof value === "string" ? value : String(value);

/** What the form starts with: the example row, else each column's own example. */
export function startOf(schema: FormSchema): Typed {
  return Object.fromEntries(
    schema.columns.map((column) => [
      column.name,
      textOf(schema.example?.[column.name] ?? column.example),
    ]),
  );
}

function typedValue(column: FormColumn, text: string): unknown {
  if (text.trim() === "") return null;
  if (column.kind === "number") {
    const number = Number(text.replace(",", "."));
    return Number.isNaN(number) ? text : number;
  }
  if (column.kind === "boolean") return text === "true";
  return text;
}

/** The row as JSON: numbers as numbers, empty as missing; what is no number is sent as typed, the server names it. */
export const rowOf = (schema: FormSchema, typed: Typed): Json =>
  Object.fromEntries(
    schema.columns.map((column) => [column.name, typedValue(column, typed[column.name] ?? "")]),
  );

/** A picture as JSON: its head, and the base64 that nobody reads in a snippet. */
const PICTURE = /"(data:image\/[\w.+-]+;base64,)[^"]*"/g;

/** The same request for the command line. */
export function curlOf(url: string, row: Json): string {
  const body = JSON.stringify({ rows: [row] }, null, 1)
    .replaceAll("'", "'\\''")
    .replace(PICTURE, (_, head) => `"${head}'"$(base64 -w0 picture.png)"'"`);
  return [
    `curl -X POST '${url}'`,
    `  -H "Authorization: Bearer $DANLU_KEY"`,
    `  -H 'Content-Type: application/json'`,
    `  -d '${body}'`,
  ].join(" \\\n");
}

const pythonOf = (value: unknown): string =>
  value === null
    ? "None"
    : value === true
      ? "True"
      : value === false
        ? "False"
        : JSON.stringify(value).replace(
            PICTURE,
            (_, head) => `"${head}" + b64encode(open("picture.png", "rb").read()).decode()`,
          );

/** The same request through the Python package. */
export function pythonSnippet(origin: string, name: string, row: Json): string {
  const fields = Object.entries(row).map(
    ([key, value]) => `    ${JSON.stringify(key)}: ${pythonOf(value)},`,
  );
  const isSeen = fields.some((field) => field.includes("b64encode("));
  return [
    ...(isSeen ? ["from base64 import b64encode"] : []),
    "import os",
    "import danlu",
    "",
    `ws = danlu.connect("${origin}", key=os.environ["DANLU_KEY"])`,
    "row = {",
    ...fields,
    "}",
    `answer = ws.deployments.predict("${name}", [row])`,
    `print(answer["predictions"][0])`,
  ].join("\n");
}

/** A typed truth as the target's kind: one of the classes, or a number. */
export function truthOf(schema: FormSchema, text: string): unknown {
  const known = schema.classes?.find((one) => String(one) === text);
  if (known !== undefined) return known;
  const number = Number(text.replace(",", "."));
  return text.trim() !== "" && !Number.isNaN(number) && !schema.classes ? number : text;
}
