import { describe, expect, it } from "vitest";
import { keyOf, shownKey } from "../actions/keys";
import { accepts, brief, found, presetOf } from "./ops";
import { type Box, nearestWay, pathOf, routesOf } from "./route";
import { freePlace } from "./size";
import { layered } from "./tidy";

const box = (name: string, x: number, y: number): Box => ({ name, x, y, width: 320, height: 36 });
const ends = (id: string, from: Box, to: Box) => ({
  id,
  from: from.name,
  to: to.name,
  start: { x: from.x + 160, y: from.y + 36 },
  end: { x: to.x + 160, y: to.y },
});

describe("routes", () => {
  const [a, b, c] = [box("a", 0, 0), box("b", 0, 60), box("c", 0, 120)];

  it("go straight down where nothing stands between", () => {
    const ways = routesOf([ends("e", a, b)], [a, b, c]);
    expect(ways.get("e")).toHaveLength(2);
  });

  it("go beside what they skip, and not on top of each other", () => {
    const ways = routesOf([ends("e", a, c), ends("f", a, c)], [a, b, c]);
    const lanes = ["e", "f"].map((id) => ways.get(id)?.[2]?.x ?? 0);
    for (const x of lanes) expect(x < 0 || x > 320).toBe(true);
    expect(Math.abs((lanes[0] ?? 0) - (lanes[1] ?? 0))).toBeGreaterThanOrEqual(9);
    expect(pathOf(ways.get("e") ?? [])).toMatch(/^M160 36L/);
  });

  it("find the edge under a pointer", () => {
    const ways = routesOf([ends("e", a, b)], [a, b]);
    expect(nearestWay(ways, { x: 165, y: 48 })).toBe("e");
    expect(nearestWay(ways, { x: 400, y: 48 })).toBeNull();
  });
});

describe("places", () => {
  it("are free of others", () => {
    expect(freePlace({ a: { x: 0, y: 0 } }, { x: 10, y: 10 })).toEqual({ x: 10, y: 70 });
    const column = Array.from({ length: 9 }, (_, i) => [`n${i}`, { x: 0, y: 60 * i }]);
    expect(freePlace(Object.fromEntries(column), { x: 0, y: 60 })).toEqual({ x: 360, y: 60 });
  });

  it("of a chain too long for dagre go rank by rank", () => {
    const nodes = Array.from({ length: 3_000 }, (_, i) => ({
      name: `n${i}`,
      width: 320,
      height: 36,
    }));
    const edges = nodes.slice(1).map((node, i) => ({ id: `e${i}`, from: `n${i}`, to: node.name }));
    const places = layered({ id: 1, nodes, edges });
    expect(places.n2999?.y).toBe(2_999 * 60);
  });
});

const dense = {
  kind: "dense",
  title: { en: "Dense", zh: "全连接" },
  words: { en: ["linear", "fully connected"], zh: ["线性"] },
  doc: "",
  group: "layers",
  ports: [],
  schema: { properties: { units: { default: 64, role: "size" }, bias: { default: true } } },
};
const activation = {
  ...dense,
  kind: "activation",
  title: { en: "Activation", zh: "激活" },
  words: {},
  schema: { properties: { kind: { enum: ["relu", "gelu"], default: "relu", role: "size" } } },
};

describe("ops", () => {
  it("are found by title, word and value in any language", () => {
    const first = (query: string) => found([activation, dense], query)[0]?.kind;
    expect(["den", "全连", "linear", "connected", "线性"].map(first)).toEqual(
      Array(5).fill("dense"),
    );
    expect(first("gelu")).toBe("activation");
    expect(presetOf(activation, "gelu")).toEqual({ kind: "gelu" });
    expect(presetOf(activation, "relu")).toEqual({});
    expect(first("xyzzy")).toBeUndefined();
  });

  it("say what tells them apart", () => {
    expect(brief({ op: "dense" }, dense)).toBe("64");
    expect(brief({ op: "dense", params: { units: 8, bias: false } }, dense)).toBe("8, bias off");
  });

  it("accept what their axes say", () => {
    const image = {
      axes: ["channels", "height", "width"].map((name) => ({ name, size: 8 })),
      dtype: "float32",
    };
    expect(accepts("image", image)).toBe(true);
    expect(accepts("vector", image)).toBe(false);
    expect(accepts("vector", null)).toBe(true);
  });
});

describe("keys", () => {
  const press = (key: string, more = {}) =>
    keyOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });

  it("are one word on every platform", () => {
    expect(press("z", { metaKey: true, shiftKey: true })).toBe("mod+shift+z");
    expect(press("?", { shiftKey: true })).toBe("?");
    expect(press("A", { shiftKey: true })).toBe("shift+a");
    expect(press("®", { altKey: true, code: "KeyR" })).toBe("alt+r");
    expect(shownKey("mod+del")).toMatch(/Del$/);
  });
});
