/** Data: a sample, two files dropped at once, what moved between them, a kind corrected, rows and checks. */

const HEAD = "day,amount,city,code\n";
const month = (number, low, cities) =>
  `${HEAD}${Array.from(
    { length: 400 },
    (_, i) =>
      `2013-0${number}-${String((i % 28) + 1).padStart(2, "0")},${low + (i % 40)},${cities[i % cities.length]},${i % 3}`,
  ).join("\n")}\n`;
const file = (name, text) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
const WAIT = { timeout: 20_000 };

export async function throughData(page, url, { shot, fail, note }) {
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`${url}/datasets?add=1`);
  await page
    .locator("[data-testid=file]")
    .setInputFiles([
      file("sales-10.xlsx", "PK"),
      file("sales-2.csv", month(2, 30, ["Oslo", "لندن 🦄"])),
      file("sales-1.csv", `${month(1, 0, ["Oslo", "Köln"])}2013-01-09,many,Oslo,1\n`),
    ]);
  await page.locator(".chosen li[data-state=excel]").waitFor(WAIT);
  await page.getByLabel("Time column").fill("day");
  await page.getByRole("button", { name: "Import 2 files" }).click();
  await page.waitForFunction(
    () => document.querySelectorAll(".queue li[data-state=done]").length === 2,
    null,
    WAIT,
  );
  await shot("data-queue");
  await page.getByRole("link", { name: "Look at sales" }).first().click();
  await page.getByRole("button", { name: "amount" }).click();
  await page.locator(".detail .pill.bad").waitFor(WAIT);
  await shot("data-drift");
  await page.getByLabel("Kind of city").selectOption("number");
  await page.getByRole("button", { name: "Apply as version 3" }).click();
  await page.locator(".correct [role=alert]").waitFor(WAIT);
  await page.getByRole("button", { name: "Discard" }).click();
  await page.getByLabel("Kind of code").selectOption("category");
  await page.getByRole("button", { name: "Apply as version 3" }).click();
  await page.waitForURL(/version=3/, WAIT);
  await page.goto(`${url}/datasets/sales?show=rows`);
  await page.getByPlaceholder("Find rows").fill("لندن");
  await page.getByText("200 rows hold it").waitFor(WAIT);
  await page.goto(`${url}/datasets/sales?show=rejects`);
  if ((await page.locator("tbody tr").first().innerText(WAIT)).includes("many") === false)
    fail("the rejected row is not listed");
  note("data: two files, drift, a kind corrected, rows found");
}
