/** Curves: 20 of 100,000 points each, from memory to the screen: thinned by least and most, then drawn. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { build } from "vite";

const TYPES = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html" };
const [COUNT, POINTS] = [20, 100_000];

export const needsServer = false;

export async function measure({ open, runs }) {
  const made = mkdtempSync(join(tmpdir(), "danlu-curves-"));
  await build({
    root: join(import.meta.dirname, "curves"),
    configFile: false,
    base: "./",
    logLevel: "error",
    build: { outDir: made, emptyOutDir: true, target: "es2022" },
  });
  const page = await open();
  await page.route("http://figures/**", (route) => {
    const path = new URL(route.request().url()).pathname;
    const file = extname(path) ? path : "/index.html";
    return route.fulfill({
      body: readFileSync(join(made, file)),
      contentType: TYPES[extname(file)] ?? "application/octet-stream",
    });
  });
  await page.goto("http://figures/");
  await page.waitForFunction(() => "draw" in window);
  const values = [];
  for (let run = 0; run < runs; run += 1)
    values.push(
      await page.evaluate(([count, points]) => window.draw(count, points), [COUNT, POINTS]),
    );
  rmSync(made, { recursive: true });
  return [{ name: `${COUNT} curves x ${POINTS} points`, unit: "ms", wanted: "< 300 ms", values }];
}
