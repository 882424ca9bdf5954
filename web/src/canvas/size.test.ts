import { describe, expect, it } from "vitest";
import { BAR, freeAside, PITCH } from "./size";

describe("a group put down", () => {
  const chain = { a: { x: 0, y: 0 }, b: { x: 0, y: PITCH } };

  it("stays where it was when nothing is there", () => {
    expect(freeAside({}, chain)).toEqual(chain);
    expect(freeAside({ far: { x: 0, y: 10 * PITCH } }, chain)).toEqual(chain);
  });

  it("goes aside as a whole when one of its bars would cover another", () => {
    const there = { c: { x: 10, y: PITCH } };
    const { a, b } = freeAside(there, chain);
    expect([a?.y, b?.y]).toEqual([0, PITCH]);
    expect(a?.x).toBe(b?.x);
    expect(a?.x).toBeGreaterThanOrEqual(BAR.width);
  });

  it("goes past what already went aside", () => {
    const first = freeAside(chain, { a2: chain.a, b2: chain.b });
    const second = freeAside({ ...chain, ...first }, { a3: chain.a, b3: chain.b });
    expect(second.a3?.x).toBeGreaterThan(first.a2?.x ?? 0);
  });
});
