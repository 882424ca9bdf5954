/** Usable: from navigation to the first screen with its heading and nothing loading, cache cold and warm. */

export const needsServer = true;

const usable = (page) =>
  page.waitForFunction(
    () => document.querySelector("h1") && !document.querySelector("[data-state=loading]"),
    null,
    { timeout: 60_000, polling: "raf" },
  );

export async function measure({ open, url, runs }) {
  const [cold, warm] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    const page = await open({ fresh: true });
    for (const values of [cold, warm]) {
      const begun = Date.now();
      await page.goto(`${url}/loops`);
      await usable(page);
      values.push(Date.now() - begun);
    }
    await page.context().close();
  }
  const wanted = "< 1500 ms";
  return [
    { name: "usable after navigation, cold cache", unit: "ms", wanted, values: cold },
    { name: "usable after navigation, warm cache", unit: "ms", wanted, values: warm },
  ];
}
