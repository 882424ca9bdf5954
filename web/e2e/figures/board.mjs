/** Board: a search of 1,000 trials, opened from the list of searches and by its address. */

const NAME = "thousand";

/** Rows of the table and lines of the curves stand, and a frame has been drawn with them. */
const drawn = (page) =>
  page.waitForFunction(
    () =>
      document.querySelector(".long tbody tr[aria-rowindex]") &&
      document.querySelector(".uplot canvas"),
    null,
    { timeout: 60_000, polling: "raf" },
  );

export const needsServer = true;

export async function measure({ open, url, runs }) {
  const [fromList, byAddress] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    const page = await open();
    await page.goto(`${url}/experiments`);
    const link = page.getByRole("link", { name: NAME, exact: true });
    await link.waitFor();
    await page.waitForTimeout(300);
    const begun = Date.now();
    await link.click();
    await drawn(page);
    fromList.push(Date.now() - begun);
    const again = Date.now();
    await page.goto(`${url}/experiments/${NAME}`);
    await drawn(page);
    byAddress.push(Date.now() - again);
    await page.close();
  }
  const wanted = "< 1000 ms";
  return [
    { name: "board of 1,000 trials, from the list", unit: "ms", wanted, values: fromList },
    { name: "board of 1,000 trials, by its address", unit: "ms", wanted, values: byAddress },
  ];
}
