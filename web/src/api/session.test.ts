import { afterEach, describe, expect, it } from "vitest";
import { heard, useSession, wentOn } from "./session";

describe("session", () => {
  afterEach(wentOn);

  it("is over when a question is refused for want of a key", () => {
    heard(200, "/api/v1/models");
    expect(useSession.getState().isOver).toBe(false);
    heard(401, "/api/v1/models");
    expect(useSession.getState().isOver).toBe(true);
    wentOn();
    expect(useSession.getState().isOver).toBe(false);
  });

  it("is not over because a wrong key was typed", () => {
    heard(401, "http://127.0.0.1/api/v1/login");
    expect(useSession.getState().isOver).toBe(false);
  });
});
