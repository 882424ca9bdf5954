/** Draw: two people make a network and train it: one with the mouse, one who has only a keyboard. */

const CHECKED = ".check-pill[data-state=checked]";

/** Wait until the server has checked what is drawn now. */
async function checked(page) {
  await page.waitForTimeout(200);
  await page.locator(CHECKED).waitFor({ timeout: 20_000 });
}

const node = (page, name) => page.locator(`.react-flow__node[data-id="${name}"]`);
const middleOf = async (locator) => {
  const box = await locator.boundingBox();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};

/** From the foot of one bar to a point, with the button held. */
async function pull(page, from, to) {
  const start = await middleOf(node(page, from).locator(".react-flow__handle.source"));
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move((start.x + to.x) / 2, (start.y + to.y) / 2, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.up();
}

async function canvasOf(page, url, name) {
  await page.goto(`${url}/networks/${name}`);
  await page.locator(".canvas[data-state=drawn]").waitFor({ timeout: 20_000 });
  return page.locator(".canvas");
}

async function against(page, data, target) {
  for (const [label, value] of [
    ["Checked against", data],
    ["Column to predict", target],
  ]) {
    const box = page.getByRole("combobox", { name: label }).or(page.getByLabel(label)).first();
    if ((await box.inputValue()) === value) continue;
    await box.click();
    await page.getByRole("option", { name: value, exact: true }).click();
  }
}

/** A ready-made block comes with its definition, the outline opens it, and one step takes it back. */
async function fromTheShelf(page, fail) {
  await page.getByRole("searchbox").fill("residual");
  await page.locator('.palette-item[data-op="residual"]').click();
  await node(page, "residual_1").waitFor();
  await page.getByRole("button", { name: "Outline", exact: true }).click();
  await page.locator("#outline-residual_1 .outline-turn").click();
  await page.locator('[id="outline-residual_1/conv_1"]').waitFor();
  await page.locator(".side-tabs button").first().click();
  await page.getByRole("button", { name: "Undo" }).click();
  await node(page, "residual_1").waitFor({ state: "detached" });
  if ((await page.locator('.palette-item[data-op="residual"]').count()) !== 1)
    fail("draw by mouse: the block stayed after undo");
}

/** Draw a small network with the mouse, put a range on it, save, train. */
export async function byMouse(page, url, { data, target, fail, shot, axe }) {
  await page.goto(`${url}/networks`);
  await page.getByRole("link", { name: "Draw one" }).first().click();
  await page.locator(".canvas[data-state=drawn]").waitFor({ timeout: 20_000 });
  const name = new URL(page.url()).pathname.split("/").pop();
  await against(page, data, target);
  const canvas = page.locator(".canvas");
  const drop = async (op, x, y) =>
    page.dragAndDrop(`.palette-item[data-op="${op}"]`, ".canvas", { targetPosition: { x, y } });

  await page.getByRole("searchbox").fill("表格列");
  await drop("columns", 340, 240);
  await page.getByRole("searchbox").fill("");
  await drop("dense", 340, 420);
  await node(page, "dense_1").waitFor();
  await pull(
    page,
    "columns_1",
    await middleOf(node(page, "dense_1").locator(".react-flow__handle.target")),
  );
  const foot = await middleOf(node(page, "dense_1"));
  await pull(page, "dense_1", { x: foot.x, y: foot.y + 110 });
  await page.getByRole("combobox", { name: "Add a node" }).fill("fully connected");
  await page.keyboard.press("Enter");
  await node(page, "dense_2").waitFor();
  const [above, below] = [
    await middleOf(node(page, "dense_1")),
    await middleOf(node(page, "dense_2")),
  ];
  const frame = await canvas.boundingBox();
  await drop("activation", (above.x + below.x) / 2 - frame.x, (above.y + below.y) / 2 - frame.y);
  await node(page, "activation_1").waitFor();

  await node(page, "dense_2").click();
  await page.locator("[data-field=units] input").fill("target");
  if (!(await node(page, "→answer").count())) fail("draw by mouse: no output");
  await pull(
    page,
    "dense_2",
    await middleOf(node(page, "→answer").locator(".react-flow__handle.target")),
  );
  await node(page, "dense_1").click();
  await page.locator("[data-field=units] input").fill("16..64:log");
  await page.keyboard.press("Enter");
  await page.locator(".range-chip", { hasText: "16..64 log" }).waitFor();
  await checked(page);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.locator(".range-chip").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Redo" }).click();
  await page.locator(".totals .space", { hasText: "1 field" }).waitFor({ state: "attached" });
  await checked(page);
  await fromTheShelf(page, fail);
  await shot("draw-mouse");
  await page.locator(".drawer-tabs > button").nth(1).click();
  await axe("draw-mouse");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.locator(".kept[data-state=kept]").waitFor({ state: "attached" });
  const kept = await page.evaluate(
    async (of) => (await fetch(`/api/v1/networks/${of}`)).json(),
    name,
  );
  const ops = Object.values(kept.document.nodes)
    .map((one) => one.op)
    .sort();
  if (String(ops) !== "activation,columns,dense,dense") fail(`draw by mouse: saved ${ops}`);
  if (!kept.space["dense_1.units"]) fail("draw by mouse: the range was not saved");
  return name;
}

/** The same without a mouse: nothing but keys from the empty canvas to a running experiment. */
export async function byKeys(page, url, { name, data, target, fail, shot }) {
  await canvasOf(page, url, name);
  await page.evaluate(
    ([of, value]) => localStorage.setItem(`danlu.against.${of}`, value),
    [name, JSON.stringify({ data, target })],
  );
  await canvasOf(page, url, name);
  await page.waitForFunction(() => document.activeElement?.classList.contains("canvas"));
  const keys = async (...all) => {
    for (const key of all) await page.keyboard.press(key);
  };
  const add = async (words) => {
    await keys("/");
    await page.getByRole("combobox", { name: "Add a node" }).waitFor();
    await page.keyboard.type(words);
    await keys("Enter");
    await page.waitForFunction(() => document.activeElement?.classList.contains("canvas"));
  };
  await keys("ArrowDown");
  for (const words of ["columns", "dense", "gelu", "dropout", "linear"]) await add(words);
  await keys("Enter");
  await page.waitForFunction(() => document.activeElement?.closest("[data-field=units]"));
  await page.keyboard.type("target");
  await keys("Escape", "ArrowUp", "Enter");
  await page.waitForFunction(() => document.activeElement?.closest("[data-field=p]"));
  await page.keyboard.type("0..0.5");
  await keys("Enter");
  await page.waitForFunction(() => document.activeElement?.classList.contains("canvas"));
  await keys("F2");
  await page.keyboard.type("noise");
  await keys("Enter");
  await node(page, "noise").waitFor();
  await page.waitForFunction(() => document.activeElement?.classList.contains("canvas"));
  await keys("Control+d", "Control+z", "Control+Shift+z", "Delete");
  await checked(page);
  await shot("draw-keys");
  await keys("Control+Enter");
  await page.locator("h1", { hasText: "Start an experiment" }).waitFor({ timeout: 15_000 });
  const kept = await page.evaluate(
    async (of) => (await fetch(`/api/v1/networks/${of}`)).json(),
    name,
  );
  if (!kept.space?.["noise.p"]) fail(`draw by keys: ranges ${JSON.stringify(kept.space)}`);
  if (kept.document.nodes.activation_1.params?.kind !== "gelu") fail("draw by keys: no gelu");
  if (kept.document.nodes.noise.params)
    fail(`draw by keys: ${JSON.stringify(kept.document.nodes.noise)}`);
  if (kept.document.outputs.answer !== "dense_2")
    fail(`draw by keys: ${JSON.stringify(kept.document)}`);
  const train = page.getByRole("button", { name: /Train \d+ trials/ });
  await page.getByRole("textbox", { name: "Trials" }).fill("2");
  await page.getByRole("textbox", { name: "Epochs" }).fill("1");
  await train.focus();
  await keys("Enter");
  await page.waitForURL(/experiments\/[a-z]/, { timeout: 20_000 });
}
