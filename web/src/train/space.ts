/** Space: ranges as the value grammar writes them, and names that are still free. */

/** `{"int": [16, 256], "log": true}` → `16..256 log`; `{"choice": [..]}` → `{a, b}`. */
export function rangeText(range: Record<string, unknown>): string {
  const bounds = range.int ?? range.float;
  if (Array.isArray(bounds)) {
    const tail = [
      range.step && range.step !== 1 ? ` step ${range.step}` : "",
      range.log ? " log" : "",
    ].join("");
    return `${bounds[0]}..${bounds[1]}${tail}`;
  }
  if (Array.isArray(range.choice))
    return `{${range.choice.map((one) => (typeof one === "object" ? JSON.stringify(one) : String(one))).join(", ")}}`;
  if (range.bool) return "{on, off}";
  return JSON.stringify(range);
}

/** A name a network, experiment or deployment may have, made from any text. */
export const nameOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "_")
    .replace(/^[^a-z]+|[_-]+$/g, "");

/** `delay`, then `delay_2`, `delay_3`... */
export function freeName(wish: string, taken: string[]): string {
  const stem = nameOf(wish) || "experiment";
  if (!taken.includes(stem)) return stem;
  let number = 2;
  while (taken.includes(`${stem}_${number}`)) number += 1;
  return `${stem}_${number}`;
}
