/** Inside: into a trial from the board: pin it, see its network tinted, choose a bar, go back. */

/** The first trial that was looked into: they take turns, so not every one is. */
const seenTrial = (page, name) =>
  page.evaluate(async (experiment) => {
    const ask = async (path) => (await fetch(`/api/v1/experiments/${experiment}/${path}`)).json();
    for (const { number } of (await ask("trials?points=10")).items)
      if ((await ask(`trials/${number}/watch`)).total > 0) return number;
    return null;
  }, name);

export async function inside(page, url, { name, fail, shot, axe }) {
  const number = await seenTrial(page, name);
  if (number === null) return fail(`nothing was seen of any trial of ${name}`);
  await page.goto(`${url}/experiments/${name}`);
  await page.getByRole("button", { name: `Pin trial ${number}`, exact: true }).click();
  await page.waitForURL(/pin=\d+/);
  const board = page.getByRole("group", { name: "Trials" });
  await board.getByRole("link", { name: `Trial ${number}`, exact: true }).click();
  await page.locator("[data-trial]").waitFor();
  if (!/pin=\d+/.test(page.url())) fail("opening a trial forgets what is pinned");
  await page.locator("[data-state=looked]").waitFor({ timeout: 15_000 });
  if ((await page.locator(".bar.hot").count()) === 0) fail("no bar is tinted");
  await page.getByRole("radio", { name: "Time" }).locator("..").click();
  await page.locator("[data-bar]").last().focus();
  await page.keyboard.press("Enter");
  await page.locator("[data-inside] .bins").waitFor({ timeout: 15_000 });
  await shot("inside");
  await axe("inside");
  await page.getByRole("link", { name: "Back to all trials" }).click();
  await page.waitForFunction(() => document.querySelector("[data-trial]") === null);
}
