/** Check: everything that must hold before the page ships: lint, types, tests, build, size. `npm run check`. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const here = import.meta.dirname;
const page = join(here, "../src/danlu/web");
const KB = 1024;
const FIRST_LOAD = 350 * KB;
const ALL_FILES = 6 * KB * KB;
const LONGEST = 400;

const run = (name, ...args) => {
  const begun = Date.now();
  execFileSync(join(here, "node_modules/.bin", name), args, {
    cwd: here,
    stdio: ["ignore", "inherit", "inherit"],
  });
  console.log(`ok ${name} ${args[0] ?? ""} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
};

/** The types in the tree are those that openapi.json makes. */
function types() {
  const made = execFileSync(join(here, "node_modules/.bin/openapi-typescript"), ["openapi.json"], {
    cwd: here,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  if (made.trim() !== readFileSync(join(here, "src/api/schema.d.ts"), "utf8").trim()) {
    throw new Error("src/api/schema.d.ts is stale: run `npm run types`");
  }
  console.log("ok types");
}

function lengths() {
  const files = readdirSync(join(here, "src"), { recursive: true, encoding: "utf8" }).filter(
    (name) => /\.tsx?$/.test(name) && !name.endsWith("schema.d.ts"),
  );
  for (const name of files) {
    const lines = readFileSync(join(here, "src", name), "utf8").split("\n").length;
    if (lines > LONGEST)
      throw new Error(`src/${name}: ${lines} lines, ${LONGEST} at most: split it`);
  }
  console.log(`ok ${files.length} files of at most ${LONGEST} lines`);
}

/** A class has one home: sheets are loaded as pages are opened, and none may dress another's. */
function classes() {
  const homes = new Map();
  const sheets = readdirSync(join(here, "src"), { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".css"),
  );
  for (const name of sheets) {
    const text = readFileSync(join(here, "src", name), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
    for (const [, selectors] of text.matchAll(/([^{};]+)\{/g))
      for (const one of selectors.split(",").map((word) => word.trim())) {
        if (!/^\.[\w-]+$/.test(one)) continue;
        const home = homes.get(one) ?? homes.set(one, name).get(one);
        if (home !== name) throw new Error(`${one} is dressed in src/${home} and in src/${name}`);
      }
  }
  console.log(`ok ${homes.size} classes, each with one home`);
}

/** Files of a chunk and of all it imports. */
function closure(manifest, key, found = new Set()) {
  const chunk = manifest[key];
  if (!chunk || found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const style of chunk.css ?? []) found.add(style);
  for (const other of chunk.imports ?? []) closure(manifest, other, found);
  return found;
}

function sizes() {
  const manifest = JSON.parse(readFileSync(join(page, ".vite/manifest.json"), "utf8"));
  // What a browser loads before the first page stands: the entry and the page it opens on.
  const first = closure(manifest, "src/pages/loops.tsx", closure(manifest, "index.html"));
  const firstLoad = [...first].reduce(
    (sum, file) => sum + gzipSync(readFileSync(join(page, file))).length,
    0,
  );
  const all = readdirSync(page, { recursive: true, encoding: "utf8" }).reduce(
    (sum, file) =>
      sum + (statSync(join(page, file)).isFile() ? statSync(join(page, file)).size : 0),
    0,
  );
  console.log(
    `first load ${Math.round(firstLoad / KB)} KB gzip of ${FIRST_LOAD / KB}, all ${Math.round(all / KB)} KB of ${ALL_FILES / KB}`,
  );
  if (firstLoad > FIRST_LOAD || all > ALL_FILES) throw new Error("over the size budget");
}

try {
  run("biome", "check", "--error-on-warnings", ".");
  types();
  lengths();
  classes();
  run("tsc");
  run("vitest", "run", "--reporter=dot");
  run("vite", "build", "--logLevel=warn");
  sizes();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
