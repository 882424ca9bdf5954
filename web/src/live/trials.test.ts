import { describe, expect, it } from "vitest";
import type { LiveEvent, Trial } from "../api/records";
import { none, note, withPoints, withTrials } from "./trials";

const event = (kind: string, body: LiveEvent["body"]): LiveEvent => ({
  seq: 1,
  project: "default",
  topic: "experiment/demand",
  kind,
  body,
  at: 0,
});
const trial = (number: number, state = "running", curve: Trial["curve"] = []): Trial =>
  ({ number, state, curve, epochs: curve.length }) as Trial;

describe("trials", () => {
  it("adds the points of an epoch without asking for anything", () => {
    const changes = none();
    note(changes, event("epochs", { points: [{ trial: 1, epoch: 2, loss: 0.5 }], looks: [] }));
    expect(changes).toMatchObject({ isMoved: false, isWhole: false });
    const known = [trial(0), trial(1, "waiting", [{ epoch: 1, loss: 0.9 }])];
    const [same, grown] = withPoints(known, changes.points);
    expect(same).toBe(known[0]);
    expect(grown).toMatchObject({ state: "running", epochs: 2 });
    expect(grown?.curve.map((point) => point.loss)).toEqual([0.9, 0.5]);
  });

  it("lets a repeated epoch replace what followed it", () => {
    const long = trial(0, "running", [{ epoch: 1 }, { epoch: 2 }, { epoch: 3, loss: 3 }]);
    const points = new Map([[0, [{ epoch: 2, loss: 7 }]]]);
    expect(withPoints([long], points)[0]?.curve).toEqual([{ epoch: 1 }, { epoch: 2, loss: 7 }]);
  });

  it("never opens a trial that has ended", () => {
    const over = trial(0, "finished", [{ epoch: 1 }]);
    expect(withPoints([over], new Map([[0, [{ epoch: 2 }]]]))[0]).toBe(over);
  });

  it("names the trials to ask for, and takes them in by number", () => {
    const changes = none();
    note(changes, event("ended", { trials: [2, 0] }));
    expect([...changes.trials]).toEqual([2, 0]);
    const taken = withTrials([trial(0), trial(1)], [trial(2), trial(0, "finished")]);
    expect(taken.map((one) => `${one.number} ${one.state}`)).toEqual([
      "0 finished",
      "1 running",
      "2 running",
    ]);
  });

  it("asks for the one that was taken out", () => {
    const changes = none();
    note(changes, event("discard", { trial: 4 }));
    expect([...changes.trials]).toEqual([4]);
    expect(changes.isWhole).toBe(false);
  });

  it("asks for everything when a search has ended", () => {
    const changes = none();
    note(changes, event("finished", { model: "demand@1" }));
    expect(changes.isWhole).toBe(true);
  });
});
