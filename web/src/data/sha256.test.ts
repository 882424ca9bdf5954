import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Sha256 } from "./sha256";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (many: number) => Uint8Array.from({ length: many }, (_, i) => (i * 131 + 7) % 256);

describe("the checksum of a file", () => {
  it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 1000])("is that of %d bytes", (many) => {
    const sum = new Sha256();
    sum.update(bytes(many));
    expect(hex(sum.digest())).toBe(createHash("sha256").update(bytes(many)).digest("hex"));
  });

  it("does not depend on how the bytes come", () => {
    const all = bytes(5_000);
    const sum = new Sha256();
    for (let at = 0, step = 1; at < all.length; at += step, step = (step * 7) % 97 || 1)
      sum.update(all.subarray(at, at + step));
    expect(sum.length).toBe(5_000);
    expect(hex(sum.digest())).toBe(createHash("sha256").update(all).digest("hex"));
  });
});
