/** Walk: from bar to bar along the edges, by keys. */
import { type Desk, scopeOf, shownPlaces } from "../desk/desk";
import { edgesOf, graphOf, outputId } from "../document/graph";
import type { Place } from "../document/types";

export type Direction = "up" | "down" | "left" | "right";

const gap = (a: Place, b: Place) => Math.hypot(a.x - b.x, a.y - b.y);

/** The bar that a step in a direction leads to; null where the way ends. */
export function stepFrom(
  desk: Pick<Desk, "picture" | "auto" | "way">,
  from: string,
  to: Direction,
): string | null {
  const scope = scopeOf(desk);
  const graph = graphOf(desk.picture.network, scope);
  const places = shownPlaces(desk, scope);
  const here = places[from];
  const edges = edgesOf(graph);
  if (!here) return null;
  const nearest = (names: string[]) =>
    names
      .filter((name) => places[name] && name !== from)
      .sort((a, b) => gap(here, places[a] as Place) - gap(here, places[b] as Place))[0] ?? null;
  if (to === "up")
    return nearest(edges.filter((edge) => edge.to === from).map((edge) => edge.from));
  if (to === "down")
    return nearest(edges.filter((edge) => edge.from === from).map((edge) => edge.to));
  const sign = to === "right" ? 1 : -1;
  const beside = Object.entries(places).filter(
    ([name, place]) =>
      name !== from && (place.x - here.x) * sign > 20 && Math.abs(place.y - here.y) < 130,
  );
  return nearest(beside.map(([name]) => name));
}

/** Where a walk begins: the first input, node or output. */
export function firstOf(desk: Pick<Desk, "picture" | "way">): string | null {
  const graph = graphOf(desk.picture.network, scopeOf(desk));
  return (
    graph.inputs[0] ??
    Object.keys(graph.nodes)[0] ??
    Object.keys(graph.outputs).map(outputId)[0] ??
    null
  );
}
