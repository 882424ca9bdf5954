/** Loop: days, several triggers, a backtest, and the data followed forward to one answer and back. */

/** Walk through the loop's tabs; `tools` are those of the walk that calls. */
export async function throughTheLoop(page, url, { shot, settled, fail, note }) {
  await page.goto(`${url}/loops`);
  await settled();
  const panel = (name) => page.getByRole("tab", { name, exact: true });
  for (const card of ["Drift by column", "Feedback", "Trigger"]) {
    if (!(await page.getByRole("region", { name: card, exact: true }).count()))
      fail(`loop: no card '${card}'`);
  }
  await shot("loop-days");

  await page.getByRole("button", { name: "Change", exact: true }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("checkbox", { name: /drifts beyond/ }).check();
  await form.getByRole("checkbox", { name: /promise is lost/ }).check();
  await form.getByRole("button", { name: "Save", exact: true }).click();
  await form.waitFor({ state: "detached" });
  await page.getByText(/^when a column drifts by more than/).waitFor();

  await panel("Lineage").click();
  await page.locator("[data-state=loading]").waitFor({ state: "detached" });
  const answers = page.getByRole("group", { name: "Who learnt from it" }).getByRole("button");
  await answers.first().click();
  const list = page.locator("[data-state=answers]");
  await list.getByRole("button").first().click();
  await page.locator("[data-state=lineage]").waitFor();
  await shot("loop-lineage");
  await page.keyboard.press("Escape");

  await panel("Backtest").click();
  await page.getByRole("button", { name: "Run the backtest" }).click();
  // Few rows are refused with a reason, enough of them are compared: either is an answer.
  await page.locator("[data-state=backtest], .trouble").first().waitFor({ timeout: 20_000 });
  await shot("loop-backtest");

  await panel("Audit trail").click();
  await page.getByText("Loop set").first().waitFor();
  note("loop: triggers set, data followed forward and back, backtest answered");
}
