/** Versions: two tabs save at once, the line is cut, odd files are dropped; nothing is lost. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const node = (page, name) => page.locator(`.react-flow__node[data-id="${name}"]`);
const KEPT = ".kept[data-state=kept]";

async function canvasOf(page, address) {
  await page.goto(address);
  await page.locator(".canvas[data-state=drawn]").waitFor({ timeout: 20_000 });
}

async function type(page, name, field, value) {
  await node(page, name).click();
  const input = page.locator(`[data-field=${field}] input`).first();
  await input.fill(value);
  await page.keyboard.press("Tab");
  await page.locator(".kept[data-state=unsent]").waitFor({ state: "attached" });
}

const save = (page) => page.getByRole("button", { name: "Save", exact: true }).click();
const kept = (page) => page.locator(KEPT).waitFor({ state: "attached", timeout: 15_000 });

const begun = {
  inputs: { table: {} },
  nodes: {
    cells: { op: "columns", in: { x: "table" } },
    wide: { op: "dense", params: { units: 8 }, in: { x: "cells" } },
    noise: { op: "dropout", params: { p: 0.1 }, in: { x: "wide" } },
    head: { op: "dense", params: { units: "target" }, in: { x: "noise" } },
  },
  outputs: { answer: "head" },
};

async function twoTabs(page, url, name, fail, shot) {
  const other = await page.context().newPage();
  await canvasOf(page, `${url}/networks/${name}`);
  await canvasOf(other, `${url}/networks/${name}`);
  await type(page, "wide", "units", "16");
  await type(page, "noise", "p", "0.4");
  await type(other, "wide", "units", "32");
  await type(other, "head", "units", "3");
  await save(other);
  await kept(other);
  await page.locator("[data-state=elsewhere]").waitFor();
  await save(page);
  await page.locator("[data-state=conflict]").waitFor();
  await shot("versions-conflict");
  await page.locator(".meetings li.clash label", { hasText: "Theirs" }).click();
  await page.getByRole("button", { name: "Join and save" }).click();
  await kept(page);
  const { nodes } = await documentOf(page, name);
  const found = [nodes.wide, nodes.noise, nodes.head].map((one) => Object.values(one.params)[0]);
  if (String(found) !== "32,0.4,3") fail(`two tabs: joined to ${found}`);
  await other.close();
}

const documentOf = async (page, name) =>
  (await page.evaluate(async (of) => (await fetch(`/api/v1/networks/${of}`)).json(), name))
    .document;

/** The line is cut: editing goes on, and what was to be saved arrives by itself. */
async function cutOff(page, name, fail) {
  const context = page.context();
  await context.setOffline(true);
  await type(page, "noise", "p", "0.25");
  await save(page);
  await page.locator(".kept", { hasText: "wait" }).waitFor({ state: "attached" });
  await type(page, "wide", "units", "48");
  await context.setOffline(false);
  await kept(page);
  const { nodes } = await documentOf(page, name);
  const found = [nodes.wide, nodes.noise, nodes.head].map((one) => Object.values(one.params)[0]);
  if (String(found) !== "48,0.25,3") fail(`cut off: kept ${found}`);
}

const dense = (i) => ({
  class_name: "Dense",
  config: { name: `layer_${i}`, units: 16, activation: "relu" },
});
const keras = {
  class_name: "Sequential",
  config: {
    name: "chain",
    layers: [
      { class_name: "InputLayer", config: { batch_shape: [null, 16], name: "in" } },
      ...Array.from({ length: 6 }, (_, i) => dense(i)),
      { class_name: "Sparkle", config: { name: "glitter" } },
    ],
  },
};

const paste = (page, text) =>
  page.evaluate((pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", pasted);
    const event = new ClipboardEvent("paste", { clipboardData, bubbles: true });
    document.querySelector(".designer").dispatchEvent(event);
  }, text);

async function files(page, fail, shot) {
  const folder = mkdtempSync(join(tmpdir(), "danlu-files-"));
  const write = (name, text) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const give = (path) => page.locator(".import-file").setInputFiles(path);
  const refused = (text) =>
    page.locator("[data-state=import-refused]", { hasText: text }).waitFor();
  await give(write("later.json", JSON.stringify({ ...begun, version: 7, braid: 1 })));
  await page.locator("[data-state=read-only]", { hasText: "7" }).waitFor();
  if (await page.getByRole("button", { name: "Save", exact: true }).isEnabled())
    fail("a document from the future can be saved");
  await page.getByRole("button", { name: "Back to the drawing" }).click();
  await node(page, "noise").waitFor();
  await give(write("rubbish.json", "[1, 2"));
  await refused("cannot be read");
  await paste(page, "just some words");
  await refused("should start with inputs");
  const huge = write("huge.onnx", "");
  truncateSync(huge, 300 * 1024 * 1024);
  await give(huge);
  await refused("256 MB");
  await give(write("noise.onnx", "\u0000not a model"));
  await refused("no ONNX model");
  await give(write("keras.json", JSON.stringify(keras)));
  await page.locator("[data-state=imported]", { hasText: "Sparkle" }).waitFor();
  await shot("versions-import");
  await page.getByRole("button", { name: /Open with blocks/ }).click();
  rmSync(folder, { recursive: true });
}

/** A line of text leads into the block it writes. */
async function lines(page, fail) {
  const code = page.getByRole("button", { name: "Code", exact: true });
  if ((await code.getAttribute("aria-expanded")) !== "true") await code.click();
  await page.locator("label", { hasText: "Python" }).click();
  await page.locator("pre[data-face=py] [data-writes='layer/layer_0']").click();
  await page.locator("pre[data-face=py] .here[data-writes='layer/layer_0']").waitFor();
  if ((await page.locator(".crumbs [aria-current=location]").innerText()) !== "layer")
    fail("a line of a block does not lead into it");
}

export async function versions(page, url, { name, fail, shot, axe }) {
  const status = await page.evaluate(
    async ([of, document]) => {
      const headers = { "content-type": "application/json", "if-match": '"0"' };
      const body = JSON.stringify({ document, title: "begun" });
      return (await fetch(`/api/v1/networks/${of}`, { method: "PUT", headers, body })).status;
    },
    [name, begun],
  );
  if (status !== 200) fail(`versions: a new network is answered ${status}`);
  await twoTabs(page, url, name, fail, shot);
  await cutOff(page, name, fail);
  await files(page, fail, shot);
  await lines(page, fail);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.goto(`${url}/networks/${name}?diff=1..now`);
  await page.locator("[data-state=told-apart]").waitFor({ timeout: 20_000 });
  await page.locator(".version-list", { hasText: "begun" }).waitFor();
  await page.locator(".bar.union.changed").first().waitFor();
  await shot("versions-diff");
  await axe("versions-diff");
}
