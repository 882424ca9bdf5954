/** Tidying: places for what has none, and all anew when asked; one step of the history. */
import { BAR, freePlace, PITCH } from "../canvas/size";
import { isPlain, jobOf, layered, type Tidied, tidy } from "../canvas/tidy";
import { move } from "../document/edit";
import { edgesOf, type Graph, graphOf, outputId } from "../document/graph";
import type { Place, Places, Scope } from "../document/types";
import {
  type Desk,
  type DeskStore,
  scopeKey,
  scopeOf,
  settled,
  shownPlaces,
  type Way,
} from "./desk";

import { glide } from "./ui";

const PATIENT = 400;

/** The ways of a tidied drawing, kept with the places for which they hold. */
function waysOf(graph: Graph, scope: Scope, tidied: Tidied, shift: Place): Record<string, Way> {
  const moved = (place: Place) => ({ x: place.x + shift.x, y: place.y + shift.y });
  const found: Record<string, Way> = {};
  for (const edge of edgesOf(graph)) {
    const id = `${edge.to}:${edge.port}:${edge.position}`;
    const [points, a, b] = [tidied.ways[id], tidied.places[edge.from], tidied.places[edge.to]];
    if (points?.length && a && b)
      found[`${scopeKey(scope)}|${id}`] = { points: points.map(moved), a: moved(a), b: moved(b) };
  }
  return found;
}

const shifted = (places: Places, by: Place): Places =>
  Object.fromEntries(
    Object.entries(places).map(([name, place]) => [name, { x: place.x + by.x, y: place.y + by.y }]),
  );

/** Where the top left corner goes, so that a tidied part stays where it was. */
function shiftOf(before: Places, after: Places): Place {
  const names = Object.keys(after).filter((name) => before[name]);
  if (!names.length) return { x: 0, y: 0 };
  const least = (places: Places, axis: "x" | "y") =>
    Math.min(...names.map((name) => places[name]?.[axis] ?? 0));
  return {
    x: least(before, "x") - least(after, "x"),
    y: least(before, "y") - least(after, "y"),
  };
}

/** Give everything in the scope a place: the first drawing of a document that has none. */
export async function placeAll(store: DeskStore): Promise<void> {
  const desk = store.getState();
  const scope = scopeOf(desk);
  const graph = graphOf(desk.picture.network, scope);
  const job = jobOf(graph);
  // Plain rows at once where dagre takes its time; its places come when they are ready.
  if (job.nodes.length > PATIENT)
    desk.set({ auto: { ...desk.auto, [scopeKey(scope)]: layered(job) } });
  if (isPlain(job)) return;
  const tidied = await tidy(job);
  const now = store.getState();
  if (graphOf(now.picture.network, scope).nodes !== graph.nodes) return placeAll(store);
  const ways = waysOf(graph, scope, tidied, { x: 0, y: 0 });
  now.set({
    auto: { ...now.auto, [scopeKey(scope)]: tidied.places },
    ways: { ...now.ways, ...ways },
  });
}

/** The highest bar that reads an input. */
function readerOf(graph: Graph, known: Places, input: string): Place | undefined {
  const readers = edgesOf(graph).filter((edge) => edge.from === input);
  return readers
    .map((edge) => known[edge.to])
    .filter((place): place is Place => place !== undefined)
    .sort((a, b) => a.y - b.y)[0];
}

/** Places for the few that have none: under what they read. */
export function placeMissing(store: DeskStore, names: string[]): void {
  const desk = store.getState();
  const scope = scopeOf(desk);
  const graph = graphOf(desk.picture.network, scope);
  const known: Places = { ...shownPlaces(desk, scope) };
  const lowest = Math.max(0, ...Object.values(known).map((place) => place.y));
  const added: Places = {};
  for (const name of names) {
    const source = Object.entries(graph.outputs).find(([output]) => outputId(output) === name)?.[1];
    const above = source ?? [Object.values(graph.nodes[name]?.in ?? {}).flat()[0] ?? ""][0] ?? "";
    const near = known[above];
    const isWide = name in graph.nodes;
    const reader = graph.inputs.includes(name) && readerOf(graph, known, name);
    const wish = near
      ? { x: near.x + (isWide ? 0 : (BAR.width - 200) / 2), y: near.y + PITCH }
      : reader
        ? { x: reader.x + (BAR.width - 200) / 2, y: reader.y - PITCH }
        : { x: 0, y: lowest + PITCH };
    added[name] = freePlace(known, wish);
    known[name] = added[name];
  }
  const key = scopeKey(scope);
  desk.set({ auto: { ...desk.auto, [key]: { ...desk.auto[key], ...added } } });
}

/** Lay out the selection, or all; one undo step. */
export async function tidyNow(store: DeskStore): Promise<void> {
  const desk = store.getState();
  const scope = scopeOf(desk);
  const graph = graphOf(desk.picture.network, scope);
  const chosen = desk.selected.length > 1 ? new Set(desk.selected) : undefined;
  const tidied = await tidy(jobOf(graph, chosen));
  const now = store.getState();
  const before = shownPlaces(now, scope);
  const shift = chosen ? shiftOf(before, tidied.places) : { x: 0, y: 0 };
  const places = shifted(tidied.places, shift);
  now.set({ ways: { ...now.ways, ...waysOf(graph, scope, tidied, shift) } });
  glide();
  now.act("tidy", (picture) => move(settled(now, scope, picture), scope, places));
}

export const unplaced = (desk: Desk, names: string[]): string[] => {
  const places = shownPlaces(desk, scopeOf(desk));
  return names.filter((name) => !places[name]);
};
