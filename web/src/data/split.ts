/** Split: how rows are divided, as an address and a search carry it. */

export const METHODS = ["time", "stratified", "random", "group"] as const;
export type Method = (typeof METHODS)[number];

export interface Split {
  method: Method;
  valid: number;
  test: number;
  gap?: number;
  key?: string;
  seed?: number;
}

export const SHARE = 0.15;

/** Read an address; what is no split is as if it were not there. */
export function splitIn(text: string | null): Split | null {
  try {
    const found = JSON.parse(text ?? "null") as Partial<Split> | null;
    if (!found || !METHODS.includes(found.method as Method)) return null;
    return { valid: SHARE, test: SHARE, ...found } as Split;
  } catch {
    return null;
  }
}

/** Write it, without what its method has no use for. */
export function splitText({ method, valid, test, gap, key, seed }: Split): string {
  return JSON.stringify({
    method,
    valid,
    test,
    ...(method === "time" && gap ? { gap } : {}),
    ...(method === "group" && key ? { key } : {}),
    ...(method !== "time" && seed ? { seed } : {}),
  });
}

/** Whether it can be tried: shares that leave rows to learn from, a column for groups. */
export const isWhole = ({ method, valid, test, key }: Split): boolean =>
  valid > 0 && test > 0 && valid + test < 1 && (method !== "group" || Boolean(key));
