import { describe, expect, it } from "vitest";
import { evenAngles, isCovered, ring } from "./ring";

const overlaps = (width: number) => {
  const { stands, card } = ring(width);
  return stands.some((a, i) =>
    stands
      .slice(i + 1)
      .some((b) => Math.abs(a.x - b.x) < card.width && Math.abs(a.y - b.y) < card.height),
  );
};

describe("ring", () => {
  it("closes: the last arc leads back to data", () => {
    expect(ring(1200).arcs.at(-1)).toMatchObject({ from: "joined", to: "data" });
  });

  it("keeps stations apart when wide", () => {
    expect(overlaps(1200)).toBe(false);
  });

  it("keeps stations apart when just wide enough", () => {
    expect(overlaps(861)).toBe(false);
  });

  it("stacks them when narrow", () => {
    expect(overlaps(340)).toBe(false);
  });

  it("stays inside its width", () => {
    const { stands, card } = ring(900);
    expect(Math.min(...stands.map((s) => s.x - card.width / 2))).toBeGreaterThanOrEqual(0);
  });

  it.each([
    861, 980, 1040, 1240, 1700,
  ])("keeps the words of its arcs off the stations at %i", (width) => {
    const drawn = ring(width);
    expect(drawn.arcs.filter((arc) => isCovered(arc, drawn))).toEqual([]);
  });

  it("divides a circle evenly", () => {
    const angles = evenAngles(1, 1, 4, 0);
    expect(angles[2]).toBeCloseTo(Math.PI, 2);
  });
});
