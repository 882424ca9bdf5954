import { describe, expect, it } from "vitest";
import type { FormSchema } from "../api/records";
import { curlOf, pythonSnippet, rowOf, startOf, truthOf } from "./form";

const schema: FormSchema = {
  target: "delayed",
  task: "classification",
  classes: ["no", "yes"],
  columns: [
    { name: "distance", kind: "number", example: 733 },
    { name: "carrier", kind: "category", values: ["UA", "B6"] },
    { name: "holiday", kind: "boolean" },
    { name: "dep", kind: "datetime" },
  ],
  example: { distance: 1400, carrier: "UA", holiday: false, dep: null },
};

describe("try-it form", () => {
  it("starts with the example row", () => {
    expect(startOf(schema)).toEqual({ distance: "1400", carrier: "UA", holiday: "false", dep: "" });
  });

  it("sends numbers as numbers, an empty field as missing", () => {
    expect(
      rowOf(schema, { distance: "1400.5", carrier: "", holiday: "true", dep: "2013-01-01T05:15" }),
    ).toEqual({ distance: 1400.5, carrier: null, holiday: true, dep: "2013-01-01T05:15" });
  });

  it("takes a decimal comma", () => {
    expect(rowOf(schema, { distance: "1,5" }).distance).toBe(1.5);
  });

  it("sends what is no number as typed, so that the server can name it", () => {
    expect(rowOf(schema, { distance: "far" }).distance).toBe("far");
  });

  it("gives feedback as one of the classes", () => {
    expect(truthOf({ ...schema, classes: [true, false] }, "true")).toBe(true);
  });

  it("gives feedback as a number where there are no classes", () => {
    expect(truthOf({ target: "cnt", task: "regression", columns: [] }, "12,5")).toBe(12.5);
  });

  it("quotes for the shell", () => {
    expect(curlOf("http://x/predict", { name: "O'Hare" })).toContain("O'\\''Hare");
  });

  it("reads a picture from a file instead of writing it out", () => {
    const row = { photo: "data:image/png;base64,iVBORw0KGgo=", n: 1 };
    expect(curlOf("http://x/predict", row)).toContain(
      `"photo": "data:image/png;base64,'"$(base64 -w0 picture.png)"'"`,
    );
    expect(pythonSnippet("http://x", "reader", row)).toContain(
      '"data:image/png;base64," + b64encode(open("picture.png", "rb").read()).decode()',
    );
  });

  it("writes Python values as Python", () => {
    expect(pythonSnippet("http://x", "delays", { a: null, b: true })).toContain(
      '"a": None,\n    "b": True,',
    );
  });
});
