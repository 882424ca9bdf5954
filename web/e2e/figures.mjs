/**
 * Figures: how fast the page is in a real browser, as JSON. Each file of e2e/figures measures one thing:
 *
 *     export const needsServer = true;
 *     export const measure = async ({ open, url, runs }) => [{ name, unit, wanted, values }];
 *
 *     npm run figures -- --url http://127.0.0.1:8420 --login "http://127.0.0.1:8420/login?once=..." [--only board,curves] [--runs 5]
 *
 * `open()` gives a page that is signed in, `open({ fresh: true })` one with an empty cache. Without --url
 * only what needs no server is measured. `benchmarks/page.py` makes the server and writes the table.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const { values: asked } = parseArgs({
  options: {
    url: { type: "string" },
    login: { type: "string" },
    only: { type: "string" },
    runs: { type: "string", default: "5" },
  },
});
const folder = join(import.meta.dirname, "figures");
const only = asked.only?.split(",");
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".mjs"))
  .map((name) => name.slice(0, -4))
  .filter((name) => !only || only.includes(name));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
});
const looks = { viewport: { width: 1440, height: 900 }, locale: "en-US", reducedMotion: "reduce" };
const context = await browser.newContext(looks);
if (asked.login) {
  const page = await context.newPage();
  await page.goto(asked.login);
  await page.locator("[data-state=signed-in]").waitFor();
  await page.close();
}
const storageState = await context.storageState();
const open = async ({ fresh = false } = {}) =>
  fresh ? (await browser.newContext({ ...looks, storageState })).newPage() : context.newPage();

const found = [];
for (const name of names) {
  const { measure, needsServer } = await import(join(folder, `${name}.mjs`));
  if (needsServer && !asked.url) continue;
  const url = asked.url?.replace(/\/$/, "");
  found.push(...(await measure({ open, url, runs: Number(asked.runs) })));
}
await browser.close();
console.log(JSON.stringify(found));
