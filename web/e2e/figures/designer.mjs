/** Designer: first paint, dragging, and from a keystroke to its shape, in drawings of 200 and 1,000 nodes. */

const DATA = "designer_rows";
const STEPS = 90;

/** A stack of residual steps over a table, as long as is asked for. */
function stack(name, count) {
  const nodes = {
    columns: { op: "columns", in: { x: "table" } },
    stem: { op: "dense", params: { units: 64 }, in: { x: "columns" } },
  };
  let last = "stem";
  for (let i = 1; Object.keys(nodes).length < count - 1; i += 1) {
    const first = last;
    for (const [op, params] of [
      ["layer_norm"],
      ["dense", { units: 64 }],
      ["activation"],
      ["dropout"],
    ]) {
      nodes[`${op}_${i}`] = { op, ...(params ? { params } : {}), in: { x: last } };
      last = `${op}_${i}`;
    }
    nodes[`add_${i}`] = { op: "add", in: { xs: [first, last] } };
    last = `add_${i}`;
  }
  nodes.head = { op: "dense", params: { units: "target" }, in: { x: last } };
  const shell = { format: "danlu.network", version: 2, name };
  return { ...shell, inputs: { table: {} }, nodes, outputs: { answer: "head" } };
}

/** Rows to check against, and the drawing itself, on the server. */
const seed = (page, network) =>
  page.evaluate(
    async ([data, document]) => {
      const found = await fetch(`/api/v1/datasets/${data}`);
      if (!found.ok) {
        const lines = Array.from({ length: 200 }, (_, i) => `${i},${(i * 7) % 13},${i % 2}`);
        const body = ["a,b,late", ...lines].join("\n");
        const headers = { "content-type": "text/csv" };
        await fetch(`/api/v1/datasets/${data}/parts/rows.csv`, { method: "PUT", headers, body });
        for (let turn = 0; turn < 100; turn += 1) {
          if ((await fetch(`/api/v1/datasets/${data}`)).ok) break;
          await new Promise((wake) => setTimeout(wake, 200));
        }
      }
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ document });
      await fetch(`/api/v1/networks/${document.name}`, { method: "PUT", headers, body });
      const against = JSON.stringify({ data, target: "late" });
      localStorage.setItem(`danlu.against.${document.name}`, against);
    },
    [DATA, network],
  );

/** From the address to bars that can be read and moved, in ms. */
async function opened(page, url, name) {
  const begun = Date.now();
  await page.goto(`${url}/networks/${name}`);
  await page.waitForFunction(
    () =>
      document.querySelector(".canvas[data-state=drawn]") &&
      document.querySelectorAll(".react-flow__node").length > 5,
    null,
    { timeout: 60_000, polling: "raf" },
  );
  return Date.now() - begun;
}

/** Frames a second while one bar is dragged about, and the longest frame in ms. */
async function dragged(page) {
  const box = await page.locator('.react-flow__node[data-id="stem"]').boundingBox();
  const at = { x: box.x + 60, y: box.y + box.height / 2 };
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.evaluate(() => {
    globalThis.frames_seen = [];
    const tick = (now) => {
      if (!globalThis.frames_seen) return;
      globalThis.frames_seen.push(now);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  for (let i = 0; i < STEPS; i += 1) {
    await page.mouse.move(at.x + i * 2, at.y + Math.sin(i / 6) * 60);
    await page.waitForTimeout(10);
  }
  const ticks = await page.evaluate(() => {
    const seen = globalThis.frames_seen;
    globalThis.frames_seen = null;
    return seen;
  });
  await page.mouse.up();
  const gaps = ticks.slice(1).map((now, i) => now - ticks[i]);
  return { fps: (1000 * gaps.length) / (ticks.at(-1) - ticks[0]), worst: Math.max(...gaps) };
}

/** From a keystroke in a field to the shape it gives on the bar, in ms. */
async function typed(page, units) {
  await page.locator('.react-flow__node[data-id="dense_1"]').dispatchEvent("click");
  await page.locator("[data-field=units] input").waitFor();
  await page.locator("[data-field=units] input").fill(String(units - 1));
  await page.waitForTimeout(900);
  return page.evaluate((wanted) => {
    const input = document.querySelector("[data-field=units] input");
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
    const begun = performance.now();
    set.call(input, String(wanted));
    input.dispatchEvent(new Event("input", { bubbles: true }));
    return new Promise((done) => {
      const look = () => {
        const shown = document.querySelector('[data-id="dense_1"] .gives')?.textContent;
        if (shown === String(wanted)) done(performance.now() - begun);
        else requestAnimationFrame(look);
      };
      look();
    });
  }, units);
}

/** Take everything back: what is opened next is what was saved, not the draft of this run. */
async function taken(page) {
  const undo = page.getByRole("button", { name: "Undo" });
  while (await undo.isEnabled()) await undo.click();
  await page.locator(".kept[data-state=kept]").waitFor({ state: "attached" });
}

export const needsServer = true;

export async function measure({ open, url, runs }) {
  const found = [];
  for (const count of [200, 1000]) {
    const name = `stack_${count}`;
    const [first, fps, worst, shape] = [[], [], [], []];
    const page = await open();
    await page.goto(`${url}/networks`);
    await seed(page, stack(name, count));
    for (let run = 0; run < runs; run += 1) {
      first.push(await opened(page, url, name));
      await page.locator(".check-pill[data-state=checked]").waitFor({ timeout: 60_000 });
      await page.waitForTimeout(1_000);
      const seen = await dragged(page);
      fps.push(seen.fps);
      worst.push(seen.worst);
      shape.push(await typed(page, 70 + 2 * run));
      await taken(page);
      await page.goto(`${url}/networks`);
    }
    await page.close();
    const least = count === 200 ? ">= 55" : ">= 30";
    const of = `${count.toLocaleString("en")} nodes`;
    found.push(
      { name: `${of}: opened`, unit: "ms", wanted: "< 1500 ms", values: first },
      { name: `${of}: dragging`, unit: "frames/s", wanted: least, values: fps },
      { name: `${of}: longest frame of a drag`, unit: "ms", wanted: "<= 60 ms", values: worst },
      { name: `${of}: keystroke to shape`, unit: "ms", wanted: "< 300 ms", values: shape },
    );
  }
  return found;
}
