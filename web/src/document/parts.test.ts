import { describe, expect, it } from "vitest";
import { compare } from "./compare";
import { setParam, setRange } from "./fields";
import { applyFix } from "./fixes";
import { blank, faultOf, jsonLines, pictureOf } from "./open";
import { rename } from "./rename";
import { Refused } from "./types";

const picture = pictureOf(
  {
    ...blank("net"),
    nodes: {
      stem: { op: "dense", params: { units: 8 }, in: { x: "table" } },
      "a b": { op: "add", in: { xs: ["stem", "stem"] } },
    },
    outputs: { answer: "stem" },
  },
  { "stem.units": { int: [4, 8] } },
);

describe("fixes", () => {
  it("carry out JSON Patch", () => {
    const add = { op: "add", path: "/nodes/stem/params/bias", value: false };
    const next = applyFix(picture, { title: "", patch: [add] });
    expect(next.network.nodes.stem?.params).toEqual({ units: 8, bias: false });
    const list = { op: "add", path: "/nodes/a b/in/xs/1", value: "table" };
    expect(applyFix(picture, { title: "", patch: [list] }).network.nodes["a b"]?.in).toEqual({
      xs: ["stem", "table", "stem"],
    });
    const gone = applyFix(picture, { title: "", patch: [{ op: "remove", path: "/nodes/stem" }] });
    expect(gone.space).toEqual({});
  });

  it("take ranges along when they rename", () => {
    const fix = { code: "rename", args: { node: "stem", to: "dense_1" }, title: "", patch: [] };
    expect(applyFix(picture, fix).space).toEqual({ "dense_1.units": { int: [4, 8] } });
  });

  it("refuse a patch that no longer fits", () => {
    const late = { op: "replace", path: "/nodes/gone/params/units", value: 1 };
    expect(() => applyFix(picture, { title: "", patch: [late] })).toThrow(Refused);
  });
});

describe("compare", () => {
  it("tells renames from removals, and finds changed fields and ranges", () => {
    const next = setRange(
      setParam(rename(picture, null, "a b", "sum"), null, "stem", "units", 9),
      "stem.units",
      null,
    );
    const found = compare(picture, next);
    expect(found.nodes).toEqual([
      { scope: null, name: "stem", kind: "changed", fields: [{ field: "units", from: 8, to: 9 }] },
      { scope: null, name: "sum", kind: "renamed", was: "a b", fields: [] },
    ]);
    expect(found.ranges).toHaveLength(1);
    expect(compare(picture, picture).isSame).toBe(true);
  });
});

describe("open", () => {
  it("writes one node per line, as JSON that reads back", () => {
    const lines = jsonLines(picture.network);
    expect(JSON.parse(lines.map((line) => line.text).join("\n"))).toEqual(picture.network);
    expect(lines.filter((line) => line.node === "/stem")).toHaveLength(1);
    const block = { inputs: ["x"], nodes: { d: { op: "dense" } }, output: "d" };
    const nested = { ...picture.network, blocks: { body: block } };
    expect(
      JSON.parse(
        jsonLines(nested)
          .map((line) => line.text)
          .join("\n"),
      ),
    ).toEqual(nested);
  });

  it("says why something is no network", () => {
    expect(faultOf(picture.network)).toBeNull();
    expect(faultOf([])?.code).toBe("not_an_object");
    expect(faultOf({ ...picture.network, version: "soon" })?.code).toBe("other_version");
    expect(faultOf({ format: "danlu.space" })?.code).toBe("other_format");
    expect(faultOf({ inputs: {}, nodes: [] })?.code).toBe("part_missing");
  });
});
