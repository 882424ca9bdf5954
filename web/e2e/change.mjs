/** Change: put something into a template, wire, delete, undo, and give two fields a range: by either hand. */

const node = (page, name) => page.locator(`.react-flow__node[data-id="${name}"]`);
const onCanvas = (page) =>
  page.waitForFunction(() => document.activeElement?.classList.contains("canvas"));
const middleOf = async (locator) => {
  const box = await locator.boundingBox();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};
const gone = (page, name) => node(page, name).waitFor({ state: "detached" });

/** With the mouse: palette, wires, and the fields of the node that was clicked. */
export async function bySight(page, { hand, t }) {
  const pull = async (from, to) => {
    const start = await middleOf(node(page, from).locator(".react-flow__handle.source"));
    const end = await middleOf(node(page, to).locator(".react-flow__handle.target"));
    await page.mouse.move(start.x, start.y);
    await page.mouse.down();
    await page.mouse.move((start.x + end.x) / 2 + 30, (start.y + end.y) / 2, { steps: 4 });
    await page.mouse.move(end.x, end.y, { steps: 4 });
    await page.mouse.up();
  };
  const range = async (name, field, text) => {
    await node(page, name).click();
    await hand.write(page.locator(`[data-field=${field}] input`), text);
    await page.keyboard.press("Enter");
  };
  const [above, below] = [
    await middleOf(node(page, "dense_1")),
    await middleOf(node(page, "act_1")),
  ];
  const frame = await page.locator(".canvas").boundingBox();
  await page.getByRole("searchbox").first().fill("layer_norm");
  await page.dragAndDrop('.palette-item[data-op="layer_norm"]', ".canvas", {
    targetPosition: { x: above.x - frame.x, y: (above.y + below.y) / 2 - frame.y },
  });
  await node(page, "layer_norm_1").waitFor();
  await node(page, "drop_2").click();
  await page.keyboard.press("Delete");
  await gone(page, "drop_2");
  await pull("act_2", "head");
  await page.getByRole("button", { name: t("act.undo"), exact: true }).click();
  await page.getByRole("button", { name: t("act.undo"), exact: true }).click();
  await node(page, "drop_2").waitFor();
  await range("dense_2", "units", "16..64:log");
  await range("drop_1", "p", "0..0.3");
}

/** With keys alone: names are found, wires follow the selection. */
export async function byTouch(page) {
  const keys = async (...all) => {
    for (const key of all) await page.keyboard.press(key);
  };
  const select = async (name) => {
    await keys("Control+f");
    await page.waitForFunction(() => document.activeElement?.closest(".outline-search"));
    await keys("Control+a");
    await page.keyboard.type(name);
    await keys("Enter");
    await page.locator(`.react-flow__node[data-id="${name}"].selected`).waitFor();
    await onCanvas(page);
  };
  const range = async (name, field, text) => {
    await select(name);
    await keys("Enter");
    await page.waitForFunction(
      (of) => document.activeElement?.closest(`[data-field=${of}]`),
      field,
    );
    await keys("Control+a");
    await page.keyboard.type(text);
    await keys("Enter", "Escape");
    await onCanvas(page);
  };
  await onCanvas(page);
  await select("dense_1");
  await keys("/");
  await page.keyboard.type("layer_norm");
  await keys("Enter");
  await node(page, "layer_norm_1").waitFor();
  await onCanvas(page);
  await select("drop_2");
  await keys("Delete");
  await gone(page, "drop_2");
  await keys("Control+z");
  await node(page, "drop_2").waitFor();
  await select("drop_2");
  await keys("Control+Delete");
  await gone(page, "drop_2");
  await keys("Control+z");
  await node(page, "drop_2").waitFor();
  await range("dense_2", "units", "16..64:log");
  await range("drop_1", "p", "0..0.3");
}
