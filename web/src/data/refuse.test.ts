import { describe, expect, it } from "vitest";
import { areParts, inOrder, LARGEST, partOf, refusalOf } from "./refuse";

const file = (name: string, size = 10) => ({ name, size });

describe("a dropped file", () => {
  it("that is a table is sent, however large", () => {
    expect(refusalOf(file("a.csv"))).toBeNull();
    expect(refusalOf(file("FLIGHTS.TSV.GZ", 300e6))).toBeNull();
  });
  it("that is none is refused by what it is", () => {
    expect(refusalOf(file("a.xlsx"))).toBe("excel");
    expect(refusalOf(file("a.csv.zip"))).toBe("archive");
    expect(refusalOf(file("cat.PNG"))).toBe("picture");
    expect(refusalOf(file("digits.zip"))).toBeNull();
    expect(refusalOf(file("notes.txt"))).toBe("form");
    expect(refusalOf(file("folder", 0))).toBe("folder");
    expect(refusalOf(file("a.csv", 0))).toBe("empty");
    expect(refusalOf(file("a.csv", LARGEST + 1))).toBe("large");
  });
  it("keeps its form when its name cannot be a part's", () => {
    expect(partOf("航班 🦄.csv")).toBe("part.csv");
    expect(partOf("a b.CSV.gz")).toBe("a_b.csv.gz");
  });
});

describe("several dropped files", () => {
  it("come in the order of their numbers", () => {
    const names = inOrder([file("d-10.csv"), file("d-2.csv")]).map((one) => one.name);
    expect(names).toEqual(["d-2.csv", "d-10.csv"]);
  });
  it("are one table when only digits differ", () => {
    expect(areParts([file("2013-01.csv"), file("2013-02.csv")])).toBe(true);
    expect(areParts([file("wine.csv"), file("bikes.csv")])).toBe(false);
  });
});
