/** Hands: how a person does something: one has a mouse, the other only a keyboard. */

const MOST_TABS = 150;
const MOST_OPTIONS = 50;

/** Does everything by pointing and clicking. */
export const mouse = (page) => ({
  async press(locator) {
    await locator.click();
  },
  async tick(locator) {
    await locator.click();
  },
  async write(locator, text) {
    await locator.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type(text);
  },
  async choose(locator, option) {
    if ((await locator.inputValue()) === option) return;
    await locator.click();
    await page.getByRole("option", { name: option, exact: true }).click();
  },
});

/** Never points: walks from one control to the next until the wanted one has the focus. */
export const keyboard = (page) => {
  const isAt = (locator) => locator.evaluate((element) => element === document.activeElement);
  const reach = async (locator) => {
    await locator.waitFor();
    for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
      if (await isAt(locator)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`cannot be reached by Tab: ${locator}`);
  };
  return {
    async press(locator) {
      await reach(locator);
      await page.keyboard.press("Enter");
    },
    async tick(locator) {
      await reach(locator);
      await page.keyboard.press("Space");
    },
    async write(locator, text) {
      await reach(locator);
      await page.keyboard.press("Control+a");
      await page.keyboard.type(text);
    },
    async choose(locator, option) {
      await reach(locator);
      if ((await locator.inputValue()) === option) return;
      if (await locator.isEditable()) {
        await page.keyboard.press("Control+a");
        await page.keyboard.type(option);
      }
      await page.keyboard.press("ArrowDown");
      const wanted = page.getByRole("option", { name: option, exact: true });
      await wanted.waitFor();
      for (let steps = 0; steps < MOST_OPTIONS; steps += 1) {
        if ((await wanted.getAttribute("data-combobox-selected")) !== null) break;
        await page.keyboard.press("ArrowDown");
      }
      await page.keyboard.press("Enter");
    },
  };
};
