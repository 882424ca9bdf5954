import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compare } from "./compare";
import { isAgreed, isClash, meetingsOf, merged, standOf } from "./merge";
import { blank, pictureOf } from "./open";
import type { NetworkDocument, Picture, Space } from "./types";

interface Example {
  says: string;
  from: NetworkDocument;
  to: NetworkDocument;
  spaces?: [Space, Space];
  nodes: unknown[];
  ranges: unknown[];
  same: boolean;
}
const examples = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../tests/unit/differences.json"), "utf8"),
) as Example[];

describe("comparing", () => {
  it.each(examples)("tells as the server does: $says", ({ from, to, spaces, ...told }) => {
    const [old, now] = spaces ?? [{}, {}];
    const found = compare({ network: from, space: old }, { network: to, space: now });
    expect({ nodes: found.nodes, ranges: found.ranges, same: found.isSame }).toEqual({
      nodes: told.nodes,
      ranges: told.ranges,
      same: told.same,
    });
  });
});

const dense = (units: number, from = "table") => ({
  op: "dense",
  params: { units },
  in: { x: from },
});
const drawn = (nodes: Picture["network"]["nodes"], space: Space = {}, x = 0): Picture =>
  pictureOf({ ...blank("net"), nodes, outputs: { answer: "b" } }, space, {
    main: { a: { x, y: 0 } },
  });
const base = drawn({ a: dense(4), b: dense(8, "a") });

describe("merging", () => {
  it("takes what only one side changed from each, and asks where both did", () => {
    const mine = drawn(
      { a: dense(16), b: dense(8, "a"), c: dense(1, "b") },
      { "a.units": { int: [1, 9] } },
    );
    const theirs = drawn({ a: dense(32), b: { ...dense(8, "a"), frozen: true } }, {}, 90);
    const meetings = meetingsOf(base, mine, theirs);
    expect(meetings.filter(isClash).map((one) => one.path.join("."))).toEqual([
      "network.nodes.a.params.units",
    ]);
    const clash = meetings[0];
    if (!clash) throw new Error("no meeting");
    expect(standOf(clash, { base, mine, theirs })).toEqual({ base: 4, mine: 16, theirs: 32 });
    const both = merged(base, meetings, {});
    expect(both.network.nodes.a?.params).toEqual({ units: 16 });
    expect(both.network.nodes.b?.frozen).toBe(true);
    expect(both.network.nodes.c).toEqual(dense(1, "b"));
    expect(both.space).toEqual({ "a.units": { int: [1, 9] } });
    expect(both.layout.main.a).toEqual({ x: 90, y: 0 });
    expect(merged(base, meetings, { [clash.id]: "theirs" }).network.nodes.a?.params).toEqual({
      units: 32,
    });
  });

  it("all mine is mine, all theirs is theirs", () => {
    const mine = drawn({ b: dense(8), c: dense(2) }, { "b.units": { int: [1, 2] } });
    const theirs = drawn({ a: dense(4), b: { ...dense(8, "a"), repeat: 3 } });
    const meetings = meetingsOf(base, mine, theirs);
    const all = (whose: "mine" | "theirs") =>
      merged(base, meetings, Object.fromEntries(meetings.map((one) => [one.id, whose])));
    expect(all("mine")).toEqual(mine);
    expect(all("theirs")).toEqual(theirs);
  });

  it("a node that one removed and the other changed is one choice", () => {
    const mine = drawn({ b: dense(8, "a") });
    const theirs = drawn({ a: dense(5), b: dense(8, "a") });
    const clashes = meetingsOf(base, mine, theirs).filter(isClash);
    expect(clashes.map((one) => one.path)).toEqual([["network", "nodes", "a"]]);
  });

  it("needs no choice where both did the same, or nothing but leave out what is empty", () => {
    const same = drawn({ a: dense(5), b: dense(8, "a") });
    expect(meetingsOf(base, same, same).every(isAgreed)).toBe(true);
    const bare = { ...base, network: { ...base.network, blocks: {} } };
    expect(meetingsOf(base, bare, base)).toEqual([]);
  });
});
