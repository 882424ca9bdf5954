import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import en from "./en.json";
import zh from "./zh.json";

type Tree = { [key: string]: string | Tree };

const flat = (tree: Tree, before = ""): Record<string, string> =>
  Object.fromEntries(
    Object.entries(tree).flatMap(([key, value]): [string, string][] =>
      typeof value === "string"
        ? [[before + key, value]]
        : Object.entries(flat(value, `${before}${key}.`)),
    ),
  );
const [english, chinese] = [flat(en), flat(zh)];
const holes = (text: string) => (text.match(/{{\w+}}/g) ?? []).sort();

const source = join(import.meta.dirname, "..");
const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.includes(".test."))
  .map((name) => ({ name, text: readFileSync(join(source, name), "utf8") }));

/** Words a reader would see that stand in the code itself: JSX text and the usual attributes. */
function literals(name: string, text: string): string[] {
  const tree = ts.createSourceFile(
    name,
    text,
    ts.ScriptTarget.Latest,
    true,
    name.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS,
  );
  const shown = new Set([
    "title",
    "label",
    "placeholder",
    "description",
    "aria-label",
    "alt",
    "lead",
  ]);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node) && /\p{L}{2}/u.test(node.text)) found.push(node.text.trim());
    if (
      ts.isJsxAttribute(node) &&
      shown.has(node.name.getText()) &&
      node.initializer &&
      ts.isStringLiteral(node.initializer) &&
      /\p{L}/u.test(node.initializer.text)
    )
      found.push(node.initializer.text);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found.map((words) => `${name}: ${words}`);
}

describe("languages", () => {
  it("have the same keys", () => {
    expect(Object.keys(chinese)).toEqual(Object.keys(english));
  });

  it("fill the same holes", () => {
    const torn = Object.keys(english).filter(
      (key) => String(holes(english[key] ?? "")) !== String(holes(chinese[key] ?? "")),
    );
    expect(torn).toEqual([]);
  });

  it("have every key the code asks for", () => {
    const asked = files.flatMap((file) =>
      [...file.text.matchAll(/\bt\("([^"]+)"/g)].map((match) => match[1] ?? ""),
    );
    expect(asked.filter((key) => !(key in english) && !(`${key}_other` in english))).toEqual([]);
  });

  it("have no key that nobody asks for", () => {
    const exact = new Set(
      files.flatMap((file) =>
        [...file.text.matchAll(/"([a-zA-Z]+(?:\.[a-zA-Z_0-9]+)+)"/g)].map(
          (match) => match[1] ?? "",
        ),
      ),
    );
    const stems = files.flatMap((file) =>
      [...file.text.matchAll(/`([a-zA-Z.]+\.)\$\{/g)].map((match) => match[1] ?? ""),
    );
    const unused = Object.keys(english).filter(
      (key) =>
        key.includes(".") &&
        !exact.has(key.replace(/_(one|other)$/, "")) &&
        !exact.has(key) &&
        !stems.some((stem) => key.startsWith(stem)),
    );
    expect(unused).toEqual([]);
  });

  it("hold every sentence: none stands in the code", () => {
    expect(files.flatMap((file) => literals(file.name, file.text))).toEqual([]);
  }, 60_000);
});
