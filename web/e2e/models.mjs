/** Models: from a cell of the confusion to a row; traffic and challenger; a session that ends in the middle of work. */

/** A key for signing in again: the link that the walk began with works once. */
const newKey = (page) =>
  page.evaluate(async () => {
    const asked = { name: `walk-${Date.now()}`, role: "admin" };
    const answer = await fetch("/api/v1/keys", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(asked),
    });
    return (await answer.json()).secret;
  });

async function toARow(page, url, model, { shot, settled, fail }) {
  await page.goto(`${url}/models/${model}`);
  await settled();
  const cells = page.locator(".confusion button:not(:disabled)");
  if ((await cells.count()) === 0) return;
  await cells.first().click();
  await page.waitForURL(/truth=/);
  await page.locator("section table.list tbody tr.go").first().click();
  await page.locator("[data-state=case]").waitFor();
  await shot("model-case");
  await page.keyboard.press("Escape");
  await page.goBack();
  if (/truth=/.test(page.url())) fail("the cell stayed picked after going back");
}

async function traffic(page, url, name, { shot }) {
  await page.goto(`${url}/deployments/${name}?show=traffic&over=hour`);
  await page.locator("[data-state=traffic]").waitFor();
  await shot("deployment-traffic");
  await page.getByRole("tab").last().click();
  await page.waitForURL(/show=challenger/);
}

/** Somebody types into a form, the session ends, they sign in again: what was typed is still there. */
async function goesOn(page, url, name, { shot, fail }) {
  const key = await newKey(page);
  await page.goto(`${url}/deployments/${name}`);
  const field = page.locator("form.stack input").first();
  await field.fill("12.5");
  await page.context().clearCookies();
  await page.getByRole("button", { name: "Predict", exact: true }).click();
  const over = page.locator("[data-state=session-over]");
  await over.waitFor();
  await shot("session-over");
  await over.locator("input").fill(key);
  await over.getByRole("button", { name: "Sign in" }).click();
  await over.waitFor({ state: "detached" });
  if ((await field.inputValue()) !== "12.5") fail("what was typed is gone after signing in again");
  await page.getByRole("button", { name: "Predict", exact: true }).click();
  await page.locator("[data-state=answered]").waitFor({ timeout: 15_000 });
}

export async function throughModels(page, url, tools) {
  const [model, name] = await page.evaluate(async () => {
    const read = async (noun) => (await (await fetch(`/api/v1/${noun}`)).json()).items ?? [];
    const live = (await read("deployments")).find((one) => one.live);
    return [live?.live, live?.name];
  });
  if (!name) return tools.note("no live deployment to look through");
  await page.setViewportSize({ width: 1440, height: 900 });
  await toARow(page, url, model, tools);
  await traffic(page, url, name, tools);
  await goesOn(page, url, name, tools);
  tools.note("from a cell to its rows; traffic; a session that ended lost nothing");
}
