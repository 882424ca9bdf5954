import { describe, expect, it } from "vitest";
import { detailOf, reasonOf, schemaOf, tooFew } from "./gate";

const read = (name: string, detail: string) => detailOf({ name, passed: true, detail });

describe("gate", () => {
  it("reads the figures of each check", () => {
    const golden =
      "64 rows; worst is row 3: 0.5 here, 0.4999999 in training (1e-07 relative, 0.0001 allowed)";
    expect(read("golden", golden)).toEqual({
      code: "golden",
      args: { rows: "64", row: "3", here: "0.5", there: "0.4999999", off: "1e-07", most: "0.0001" },
    });
    expect(read("latency", "0.10 ms a row, 20 allowed")?.args).toEqual({
      found: "0.10",
      most: "20",
    });
    expect(read("memory", "84.70 MB resident, 500 allowed")?.code).toBe("memory");
    expect(read("schema", "unchanged")?.code).toBe("schema");
  });

  it("leaves what it does not know to the server's words", () => {
    expect(read("schema", "'age' was number, is category")).toBeNull();
    expect(read("golden", "unchanged")).toBeNull();
  });

  it("reads how many rows a verdict lacks", () => {
    expect(tooFew("3 rows are too few, 20 are needed")).toEqual({ rows: "3", needed: "20" });
    expect(tooFew("auc 0.9 against 0.8")).toBeNull();
  });

  it("takes code and arguments where there are some", () => {
    const check = { name: "latency", passed: true, code: "latency", args: { found: 1, most: "2" } };
    expect(detailOf(check)).toEqual({ code: "latency", args: { found: "1", most: "2" } });
  });

  it("tells a changed schema column by column", () => {
    const changed = [{ of: "column", name: "age", was: "number", is: "category" }];
    const check = { name: "schema", passed: false, code: "schema_changed", args: { changed } };
    expect(schemaOf(check)).toEqual({ changed, come: [], gone: [] });
  });

  it("says why a verdict is what it is, by code or out of older words", () => {
    expect(reasonOf({ code: "too_few", rows: 3, fewest: 30 }).args).toEqual({
      rows: "3",
      needed: "30",
    });
    expect(reasonOf({ reason: "3 rows are too few, 20 are needed" }).key).toBe("fewRows");
    expect(reasonOf({ code: "better", reason: "auc 1 against 0" }).key).toBe("better");
    expect(reasonOf({ slices: [{ name: "left", worse: true }] }).key).toBe("worseOn");
  });
});
