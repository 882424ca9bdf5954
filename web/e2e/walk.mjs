/**
 * Walk: through every page of a running server as a person would: sign in, look, ask, switch language and theme.
 *
 *     npm run e2e -- --url http://127.0.0.1:8420 --login http://127.0.0.1:8420/login?once=... [--only loops,datasets] [--wide | --brief] [--no-axe]
 *
 * Leaves pictures in e2e/shots; exits 1 on a failure or a serious accessibility finding.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";
import { throughData } from "./data.mjs";
import { byKeys, byMouse } from "./draw.mjs";
import { inside } from "./inside.mjs";
import { throughTheLoop } from "./loop.mjs";
import { throughModels } from "./models.mjs";
import { versions } from "./versions.mjs";

const { values: asked } = parseArgs({
  options: {
    url: { type: "string" },
    login: { type: "string" },
    key: { type: "string" },
    only: { type: "string" },
    wide: { type: "boolean" },
    brief: { type: "boolean" },
    "no-axe": { type: "boolean" },
    shots: { type: "string" },
  },
});
const url = (asked.url ?? "http://127.0.0.1:8421").replace(/\/$/, "");
const shots = asked.shots ?? join(import.meta.dirname, "shots");
const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const failures = [];
const note = (text) => console.log(text);
const fail = (text) => {
  failures.push(text);
  note(`FAIL ${text}`);
};
mkdirSync(shots, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: flags,
});
const context = await browser.newContext({
  viewport: { width: 1440, height: 900 },
  locale: "en-US",
  colorScheme: "light",
  reducedMotion: "reduce",
});
const page = await context.newPage();
page.on("pageerror", (error) => fail(`page error: ${error.message}`));
page.on("console", (message) => {
  // A refused question is shown on the page; only what the browser itself forbids or breaks counts.
  if (
    message.type() === "error" &&
    !/status of 4\d\d|favicon|ERR_INTERNET_DISCONNECTED/.test(message.text())
  )
    fail(`console: ${message.text().slice(0, 300)}`);
});

/** Nothing loads any more, in two looks apart: one part may bring in the next. */
const settled = async () => {
  const loaded = () =>
    page.waitForFunction(() => !document.querySelector("[data-state=loading]"), null, {
      timeout: 30_000,
    });
  try {
    await page.locator("h1").first().waitFor({ timeout: 20_000 });
    await loaded();
    await page.waitForTimeout(150);
    await loaded();
  } catch {
    fail(`${page.url()}: still loading`);
  }
  await page.waitForFunction(
    () =>
      document.querySelector(".circle") === null || document.querySelector("[data-state=drawn]"),
  );
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  );
};
const shot = async (name) => page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });

async function axe(name) {
  if (asked["no-axe"]) return;
  const found = await new AxeBuilder({ page }).analyze();
  for (const one of found.violations) {
    const line = `${name}: axe ${one.impact} ${one.id}: ${one.nodes
      .slice(0, 3)
      .map((node) => `${node.target} ${node.failureSummary?.split("\n")[1]?.trim()}`)
      .join(" | ")}`;
    if (one.impact === "serious" || one.impact === "critical") fail(line);
    else note(`note ${line}`);
  }
}

const inPage = (path) => page.evaluate(async (to) => (await fetch(`/api/v1/${to}`)).json(), path);
const first = async (path, of = (item) => item.name) => {
  const { items = [] } = await inPage(path);
  return items.length ? of(items[0]) : null;
};

async function signIn() {
  await page.goto(url);
  await page.locator("[data-state=login]").waitFor();
  await settled();
  await shot("login");
  await axe("login");
  if (asked.login) await page.goto(asked.login);
  else {
    await page.getByRole("textbox").fill(asked.key ?? "fixture");
    await page.getByRole("button", { name: "Sign in" }).click();
  }
  await page.locator("[data-state=signed-in]").waitFor();
  note("signed in");
}

async function places() {
  const [data, network, experiment, model, deployment] = await Promise.all([
    first("datasets"),
    first("networks"),
    first("experiments"),
    first("models", (m) => `${m.name}@${m.version}`),
    first("deployments"),
  ]);
  const list = [
    "loops",
    "datasets",
    "networks",
    "experiments",
    "models",
    "deployments",
    "projects",
    "keys",
    "jobs",
  ].map((noun) => [noun, `/${noun}`]);
  const add = (name, path) => list.push([name, path]);
  if (data) {
    add("dataset", `/datasets/${data}`);
    add("dataset-rows", `/datasets/${data}?show=rows`);
    add("dataset-parts", `/datasets/${data}?show=parts`);
    add("start", `/experiments?start=${data}`);
  }
  if (network) add("network", `/networks/${network}`);
  if (experiment) {
    add("experiment", `/experiments/${experiment}`);
    add("experiment-plan", `/experiments/${experiment}?show=plan`);
    add("compare", `/compare?of=${experiment}`);
  }
  if (model) add("model", `/models/${model}`);
  if (deployment) {
    add("deployment", `/deployments/${deployment}`);
    add("predictions", `/deployments/${deployment}?show=predictions`);
  }
  const only = asked.only?.split(",");
  return only ? list.filter(([name]) => only.includes(name)) : list;
}

const language = async (code) =>
  page
    .locator("label", { hasText: code === "zh" ? "中文" : "EN" })
    .first()
    .click();
const scheme = async (to) => {
  await page.evaluate((value) => localStorage.setItem("mantine-color-scheme-value", value), to);
};

async function look(list, { width, dark, zh, check }) {
  await page.setViewportSize({ width, height: width < 500 ? 844 : 900 });
  await scheme(dark ? "dark" : "light");
  await page.evaluate((value) => localStorage.setItem("danlu.language", value), zh ? "zh" : "en");
  for (const [name, path] of list) {
    await page.goto(url + path);
    await settled();
    const label = `${name}-${zh ? "zh" : "en"}-${dark ? "dark" : "light"}-${width}`;
    await shot(label);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 1) fail(`${label}: ${wide} px wider than the window`);
    if (check) await axe(label);
  }
  note(
    `looked at ${list.length} pages, ${width} px, ${zh ? "zh" : "en"}, ${dark ? "dark" : "light"}`,
  );
}

async function tryIt() {
  const name = await first("deployments", (one) => (one.live ? one.name : null));
  if (!name) return note("no live deployment to try");
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${url}/deployments/${name}`);
  await page.getByRole("button", { name: "Predict", exact: true }).click();
  await page.locator("[data-state=answered]").waitFor({ timeout: 15_000 });
  await shot("try-answered");
  await axe("try-answered");
  await page.goto(`${url}/deployments/${name}?show=predictions`);
  await page.locator("tbody tr").first().click();
  await page.locator("[data-state=lineage]").waitFor({ timeout: 15_000 });
  await page.waitForTimeout(300);
  await shot("lineage");
  await axe("lineage");
  note("asked and traced one prediction");
}

async function switches() {
  await page.goto(`${url}/loops`);
  await settled();
  await page.evaluate(() => {
    window.untouched = true;
  });
  await language("zh");
  await page.waitForFunction(() => document.documentElement.lang === "zh-CN");
  await page.getByRole("link", { name: "数据", exact: true }).first().waitFor();
  if (!(await page.evaluate(() => window.untouched)))
    fail("switching the language reloaded the page");
  await language("en");
  await page.locator("output[data-state=live]").waitFor({ timeout: 10_000 });
  note("languages switch without reload; the page is live");
}

/** Into a trial of a search that was watched, where there is one. */
async function lookInside() {
  const { items: all = [] } = await inPage("experiments");
  const { name } = all.find((one) => one.spec.watch && one.state === "finished") ?? {};
  if (!name) return note("no search that was watched");
  await page.setViewportSize({ width: 1440, height: 900 });
  await inside(page, url, { name, fail, shot, axe });
  note("looked inside a trial");
}

/** Draw a network on whatever the first experiment learns; the fixture keeps nothing, so not there. */
async function draw(how, name) {
  const about = await first("experiments", ({ spec }) => ({
    data: spec.data,
    target: spec.target,
  }));
  if (!about || asked.only || !(asked.login || asked.key)) return;
  await page.setViewportSize({ width: 1440, height: 900 });
  await how(page, url, { ...about, name, fail, shot, axe });
  note(`drew a network: ${how.name}`);
}

const tools = { shot, settled, fail, note };
try {
  await signIn();
  await draw(byMouse, "");
  const list = await places();
  if (!asked.only) await switches();
  // Each language, theme and width is seen, and each theme checked, in as few looks as that takes.
  await look(list, { width: 1440, dark: false, zh: false, check: true });
  if (asked.brief) await look(list, { width: 390, dark: true, zh: true, check: true });
  else await look(list, { width: 1440, dark: true, zh: true, check: true });
  if (!asked.wide && !asked.brief)
    await look(list, { width: 390, dark: false, zh: false, check: true });
  await scheme("light");
  await page.evaluate(() => localStorage.setItem("danlu.language", "en"));
  if (!asked.only) await lookInside();
  if (!asked.only) await tryIt();
  if (!asked.only && (asked.login || asked.key)) await throughData(page, url, tools);
  if (!asked.only && (asked.login || asked.key)) await throughTheLoop(page, url, tools);
  if (!asked.only && (asked.login || asked.key)) await throughModels(page, url, tools);
  await draw(versions, `kept_${Date.now().toString(36)}`);
  await draw(byKeys, `drawn_${Date.now().toString(36)}`);
} catch (error) {
  fail(String(error.stack ?? error));
  await shot("failed").catch(() => {});
} finally {
  await browser.close();
}
writeFileSync(join(shots, "failures.json"), JSON.stringify(failures, null, 1));
note(failures.length ? `${failures.length} failures` : "all well");
process.exit(failures.length ? 1 : 0);
