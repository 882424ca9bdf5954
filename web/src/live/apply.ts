/** Apply: what happened to a search, put into what the page holds of it; no more than the rest is asked for. */
import type { QueryClient } from "@tanstack/react-query";
import { http, many } from "../api/client";
import { POINTS } from "../api/queries";
import type { Trial } from "../api/records";
import { type Changes, MOST, withPoints, withTrials } from "./trials";

/** Apply what happened to everything the page knows of a search. */
export async function applyTo(client: QueryClient, name: string, changes: Changes): Promise<void> {
  const own = ["experiments", name];
  const stale = (queryKey: unknown[], exact = false) =>
    client.invalidateQueries({ queryKey, exact });
  if (changes.isWhole || changes.trials.size > MOST) stale(own);
  else if (changes.isMoved) {
    stale(own, true);
    stale([...own, "leaderboard"]);
  }
  if (changes.isMoved) {
    stale(["experiments", "*"]);
    stale(["loops"]);
  }
  for (const trial of changes.looks) stale([...own, "watch", trial]);
  if (changes.isWhole || changes.trials.size > MOST) return;
  const key = [...own, "trials"];
  if (client.getQueryData(key) === undefined) return;
  const put = (make: (known: Trial[]) => Trial[]) =>
    client.setQueryData<Trial[]>(key, (known) => known && make(known));
  if (changes.points.size > 0) put((known) => withPoints(known, changes.points));
  if (changes.trials.size === 0) return;
  const query = { only: [...changes.trials].join(","), points: POINTS };
  const asked = many<Trial>(
    http.GET("/api/v1/experiments/{name}/trials", { params: { path: { name }, query } }),
  );
  // What cannot be asked for singly is asked for with all the others.
  await asked.then((fresh) => put((known) => withTrials(known, fresh))).catch(() => stale(key));
}
