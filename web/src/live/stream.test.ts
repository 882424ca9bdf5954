import { describe, expect, it } from "vitest";
import type { LiveEvent } from "../api/records";
import { backoffMs, staleKeys, take } from "./stream";

const event = (seq: number): LiveEvent => ({
  seq,
  project: "default",
  topic: "experiment/demand",
  kind: "epoch",
  body: {},
  at: 0,
});

describe("stream", () => {
  it("drops events it has already seen and keeps order", () => {
    const { fresh, seen } = take(4, { events: [event(6), event(3), event(5)], seq: 6 });
    expect(fresh.map((e) => e.seq)).toEqual([5, 6]);
    expect(seen).toBe(6);
  });

  it("moves on past events of other topics", () => {
    expect(take(4, { events: [], seq: 90 }).seen).toBe(90);
  });

  it("never goes back", () => {
    expect(take(9, { events: [event(2)], seq: 2 }).seen).toBe(9);
  });

  it("starts again where the server is after a gap, even behind what was seen", () => {
    expect(take(9, { events: [event(2)], seq: 2, gap: true })).toEqual({ fresh: [], seen: 2 });
  });

  it("refreshes the thing and the loop that draws it", () => {
    expect(staleKeys("model/demand")).toEqual([["models", "*"], ["models", "demand"], ["loops"]]);
  });

  it("ignores a topic it does not know", () => {
    expect(staleKeys("weather/rain")).toEqual([]);
  });

  it("waits longer each time but never over ten seconds", () => {
    expect(backoffMs(0, 1)).toBe(400);
    expect(backoffMs(1, 0)).toBe(400);
    expect(backoffMs(40, 1)).toBe(10_000);
  });
});
