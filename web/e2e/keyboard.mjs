/** Keyboard: from a template to training by keys alone: open, insert, wire, delete, undo, two ranges, train. */

const CHECKED = ".check-pill[data-state=checked]";

/** Press keys one after the other. */
const presser =
  (page) =>
  async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };

/** Tab on until what has the focus answers to a selector, and says some words. */
async function tabTo(page, selector, words = "", most = 60) {
  for (let turn = 0; turn < most; turn++) {
    const isThere = await page.evaluate(
      ([of, text]) => {
        const here = document.activeElement;
        return here?.matches(of) && here.textContent.includes(text);
      },
      [selector, words],
    );
    if (isThere) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`no Tab leads to ${selector} ${words}`);
}

const onCanvas = (page) =>
  page.waitForFunction(() => document.activeElement?.classList.contains("canvas"));

const drawn = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll(".react-flow__edge")]
      .map((one) => one.getAttribute("aria-label"))
      .sort(),
  );

/** Choose from a list that has the focus in its field, by typing. */
async function choose(page, words) {
  await page.locator(".pick input").waitFor();
  await page.keyboard.type(words);
  await page.keyboard.press("Enter");
}

/** Draw from a template and start training; answers the name of the network. */
export async function keyboardDraws(page, url, { name, data, target, fail, shot }) {
  const press = presser(page);
  await page.goto(`${url}/datasets`);
  await page.locator("h1").first().waitFor();
  await page.evaluate(
    ([of, value]) => localStorage.setItem(`danlu.against.${of}`, value),
    [name, JSON.stringify({ data, target })],
  );
  await press("Control+k");
  await choose(page, "network page");
  await page.waitForURL(/networks/);
  await page.goto(`${url}/networks/${name}`);
  await page.locator(".canvas[data-state=drawn]").waitFor({ timeout: 20_000 });
  await onCanvas(page);

  await page.locator(".templates button").first().waitFor();
  await tabTo(page, ".templates button", "Multi-layer");
  await press("Enter");
  await page.locator('.react-flow__node[data-id="→answer"]').waitFor();
  await onCanvas(page);
  const template = await drawn(page);

  // On a wire: insert. With nothing selected: a loose node, then wired by name.
  await press("ArrowDown", "ArrowDown", "ArrowDown", "p", "/");
  await choose(page, "dropout");
  await page.locator('.react-flow__node[data-id="dropout_1"]').waitFor();
  await onCanvas(page);
  const inserted = await drawn(page);
  if (inserted.length !== template.length + 1) fail(`keyboard: insert gave ${inserted}`);
  await press("c");
  await choose(page, "answer");
  await onCanvas(page);
  if (String(await drawn(page)) === String(inserted)) fail("keyboard: C connected nothing");
  await press("Control+z");
  if (String(await drawn(page)) !== String(inserted)) fail("keyboard: undo of a wire");
  await press("Delete");
  await page.locator('.react-flow__node[data-id="dropout_1"]').waitFor({ state: "detached" });
  await press("Control+z");
  await page.locator('.react-flow__node[data-id="dropout_1"]').waitFor();
  if (String(await drawn(page)) !== String(inserted)) fail("keyboard: undo of a deletion");

  // Two ranges: one typed, one in the form that Alt+R opens.
  await press("Control+k");
  await choose(page, "dropout_1 node");
  await onCanvas(page);
  await press("Enter");
  await page.waitForFunction(() => document.activeElement?.closest("[data-field=p]"));
  await page.keyboard.type("0..0.5");
  await press("Enter");
  await page.locator(".range-chip", { hasText: "0..0.5" }).waitFor();
  await onCanvas(page);
  await press("ArrowDown", "ArrowDown", "ArrowDown", "Enter");
  await page.waitForFunction(() => document.activeElement?.closest("[data-field]"));
  await press("Alt+r");
  await page.locator("[aria-label='Range']").waitFor();
  await tabTo(page, "[aria-label='Range'] button:last-child");
  await press("Enter");
  await page.locator(".totals .space", { hasText: /\d fields/ }).waitFor({ state: "attached" });
  await page.locator(CHECKED).waitFor({ timeout: 20_000 });
  if (shot) await shot("keyboard");

  await press("Control+Enter");
  await page.locator("h1", { hasText: "Start an experiment" }).waitFor({ timeout: 15_000 });
  const kept = await page.evaluate(
    async (of) => (await fetch(`/api/v1/networks/${of}`)).json(),
    name,
  );
  const own = Object.keys(kept.space ?? {}).filter((key) => !key.startsWith("recipe."));
  if (own.length < 2 || !kept.space["dropout_1.p"]) fail(`keyboard: ranges ${own}`);
  return name;
}
