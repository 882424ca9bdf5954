/**
 * First: from an empty workspace to a live prediction and the first turn of the loop, by one hand.
 *
 *     node e2e/first.mjs --login http://127.0.0.1:8420/login?once=... --csv cancer.csv --hand mouse|keyboard --lang en|zh
 *
 * Leaves pictures in e2e/shots; exits 1 where the way ends.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { bySight, byTouch } from "./change.mjs";
import { keyboard, mouse } from "./hands.mjs";

const { values: asked } = parseArgs({
  options: {
    login: { type: "string" },
    csv: { type: "string" },
    target: { type: "string", default: "diagnosis" },
    truth: { type: "string", default: "benign" },
    hand: { type: "string", default: "mouse" },
    lang: { type: "string", default: "en" },
    shots: { type: "string" },
  },
});
const shots = asked.shots ?? join(import.meta.dirname, "shots");
mkdirSync(shots, { recursive: true });
const texts = JSON.parse(
  readFileSync(new URL(`../src/locales/${asked.lang}.json`, import.meta.url), "utf8"),
);
/** The text of the page for a key, in the language of this person. */
const plural = new Intl.PluralRules(asked.lang);
const textOf = (key) => key.split(".").reduce((part, name) => part?.[name], texts);
const t = (key, values = {}) => {
  const form = plural.select(values.count ?? 0);
  const found = textOf(key) ?? textOf(`${key}_${form}`);
  if (typeof found !== "string") throw new Error(`no text '${key}'`);
  return found.replace(/{{(\w+)}}/g, (_, name) => values[name] ?? "");
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
});
const context = await browser.newContext({
  viewport: { width: 1440, height: 900 },
  locale: asked.lang === "zh" ? "zh-CN" : "en-US",
  reducedMotion: "reduce",
});
const page = await context.newPage();
page.setDefaultTimeout(20_000);
const broken = [];
page.on("pageerror", (error) => broken.push(`page error: ${error.message}`));
const hand = (asked.hand === "mouse" ? mouse : keyboard)(page);
let place = 0;
const shot = (name) => {
  place += 1;
  const file = `first-${asked.hand}-${asked.lang}-${String(place).padStart(2, "0")}-${name}.png`;
  return page.screenshot({ path: join(shots, file), fullPage: true });
};
const button = (key, values) => page.getByRole("button", { name: t(key, values), exact: true });
const link = (key) => page.getByRole("link", { name: t(key), exact: true }).first();
const box = (key, values) =>
  page
    .getByRole("combobox", { name: t(key, values) })
    .or(page.getByRole("textbox", { name: t(key, values) }))
    .first();
const inPage = (path) => page.evaluate(async (to) => (await fetch(`/api/v1/${to}`)).json(), path);

async function importData() {
  await hand.press(link("rail.datasets"));
  await shot("empty");
  await hand.press(button("data.add").first());
  const chooser = page.waitForEvent("filechooser");
  await hand.press(page.locator(".drop").last());
  await (await chooser).setFiles(asked.csv);
  await hand.press(button("upload.go", { count: 1 }));
  await page
    .getByRole("link", { name: /./ })
    .filter({ hasText: "breast_cancer" })
    .first()
    .waitFor();
  await shot("imported");
}

async function draw() {
  await page.keyboard.press("Escape");
  await hand.press(link("rail.networks"));
  await hand.press(link("network.draw"));
  await page.locator(".canvas[data-state=drawn]").waitFor();
  await hand.choose(box("designer.against"), "breast_cancer");
  await hand.choose(box("start.target"), asked.target);
  const templates = page.locator(".templates button");
  await templates.first().waitFor();
  await shot("templates");
  await hand.press(
    page.getByRole("button", {
      name: asked.lang === "zh" ? "多层感知机" : "Multi-layer perceptron",
    }),
  );
  await page.locator(".check-pill[data-state=checked]").waitFor();
  await shot("template");
  const change = asked.hand === "mouse" ? bySight : byTouch;
  await change(page, { hand, t });
  await page.locator(".check-pill[data-state=checked]").waitFor();
  await shot("changed");
}

async function train() {
  await page.keyboard.press("Control+Enter");
  await page.getByRole("heading", { level: 1, name: t("start.title") }).waitFor();
  await hand.write(box("start.trials"), "3");
  await hand.write(box("start.epochs"), "3");
  await hand.write(box("start.deploy"), "first");
  await shot("start");
  await hand.press(page.getByRole("button", { name: t("start.go", { count: "3" }) }));
  await page.waitForURL(/experiments\/[a-z]/);
  await button("experiment.stop").waitFor();
  await button("experiment.stop").waitFor({ state: "detached", timeout: 120_000 });
  await page.locator("[data-state=finished]").first().waitFor();
  await shot("finished");
}

async function compare() {
  const [name] = (await inPage("experiments")).items.map((one) => one.name);
  await hand.press(page.locator(`a[href^="/compare?of=${name}"]`).first());
  const drawn = page.locator("table").getByRole("checkbox");
  await drawn.nth(2).waitFor();
  await hand.tick(drawn.nth(1));
  await hand.tick(drawn.nth(2));
  await hand.press(button("compare.showNetworks"));
  await button("compare.hideNetworks").waitFor();
  await shot("compare");
}

async function tryIt() {
  await hand.press(link("rail.deployments"));
  await hand.press(page.getByRole("link", { name: "first", exact: true }).first());
  await hand.press(button("try.ask"));
  await page.locator("[data-state=answered]").waitFor();
  await hand.choose(box("try.truth", { target: asked.target }), asked.truth);
  await hand.press(button("try.send"));
  await page.getByText(t("try.thanks")).waitFor();
  await shot("answered");
}

async function turn() {
  await hand.press(link("rail.loops"));
  await hand.press(button("loop.set").first());
  await page.getByRole("dialog").waitFor();
  await shot("loop-form");
  await hand.press(
    page.getByRole("dialog").getByRole("button", { name: t("do.save"), exact: true }),
  );
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.locator(".circle").waitFor();
  await shot("loop");
}

let code = 0;
try {
  await page.goto(asked.login);
  await page.locator("[data-state=signed-in]").waitFor();
  for (const act of [importData, draw, train, compare, tryIt, turn]) {
    const began = Date.now();
    await act();
    console.log(`${act.name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }
  if (broken.length) throw new Error(broken.join("\n"));
} catch (error) {
  console.log(String(error.stack ?? error), broken.join("\n"));
  await shot("stopped").catch(() => {});
  code = 1;
} finally {
  await browser.close();
}
process.exit(code);
