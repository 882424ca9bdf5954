/** Clipboard: nodes as JSON text, so that they go from network to network and from window to window. */

import { withPorts } from "./edit";
import { graphOf, placesOf, withGraph, withPlaces } from "./graph";
import { adopt, blocksFor, withBlockName } from "./library";
import { freeIn, takenIn } from "./names";
import type { BlockDocument, NodeDocument, Picture, Places, Scope, Space } from "./types";

export interface Clip {
  format: "danlu.clip";
  version: 1;
  nodes: Record<string, NodeDocument>;
  blocks: Record<string, BlockDocument>;
  space: Space;
  places: Places;
}

const picked = <T>(tree: Record<string, T>, keep: (key: string) => boolean): Record<string, T> =>
  Object.fromEntries(Object.entries(tree).filter(([key]) => keep(key)));

export function copy(picture: Picture, scope: Scope, names: string[]): Clip {
  const chosen = new Set(names);
  const nodes = picked(graphOf(picture.network, scope).nodes, (name) => chosen.has(name));
  return {
    format: "danlu.clip",
    version: 1,
    nodes,
    blocks: blocksFor(picture.network.blocks ?? {}, nodes),
    space:
      scope === null ? picked(picture.space, (key) => chosen.has(key.split(".")[0] ?? "")) : {},
    places: picked(placesOf(picture, scope), (name) => name in nodes),
  };
}

/** Read what was copied; null for any other text. */
export function clipFrom(text: string): Clip | null {
  try {
    const found = JSON.parse(text) as Partial<Clip> | null;
    if (found?.format !== "danlu.clip" || found.version !== 1) return null;
    const isWhole = [found.nodes, found.blocks, found.space, found.places].every(
      (part) => typeof part === "object" && part !== null,
    );
    return isWhole ? (found as Clip) : null;
  } catch {
    return null;
  }
}

interface Pasting {
  /** Keep edges from outside where the name exists here. */
  keepInputs?: boolean;
  /** Where a group may stand among what is there; else where its original stood. */
  aside?: (places: Places, group: Places) => Places;
}

export function paste(
  picture: Picture,
  scope: Scope,
  clip: Clip,
  { keepInputs = false, aside = (_, group) => group }: Pasting = {},
): { picture: Picture; names: string[] } {
  const found = adopt(picture, clip.blocks);
  const graph = graphOf(found.picture.network, scope);
  const taken = takenIn(graph);
  const names: Record<string, string> = {};
  for (const name of Object.keys(clip.nodes)) {
    names[name] = freeIn(taken, name, false);
    taken.add(names[name]);
  }
  const here = new Set([...graph.inputs, ...Object.keys(graph.nodes)]);
  const keeps = (source: string) => source in names || (keepInputs && here.has(source));
  const nodes = { ...graph.nodes };
  for (const [name, node] of Object.entries(clip.nodes)) {
    const ports: NonNullable<NodeDocument["in"]> = {};
    for (const [port, given] of Object.entries(node.in ?? {})) {
      const kept = [given]
        .flat()
        .filter(keeps)
        .map((source) => names[source] ?? source);
      if (kept.length) ports[port] = Array.isArray(given) ? kept : (kept[0] as string);
    }
    const { tied, ...rest } = withBlockName(node, found.names);
    const holds = tied && keeps(tied) ? { tied: names[tied] ?? tied } : {};
    nodes[names[name] as string] = withPorts({ ...rest, ...holds }, ports);
  }
  const pasted = withGraph(found.picture, scope, nodes);
  const there = placesOf(pasted, scope);
  const group = Object.entries(clip.places).map(([name, at]) => [names[name] ?? name, at] as const);
  const standing = aside(there, Object.fromEntries(group));
  const placed = withPlaces(pasted, scope, { ...there, ...standing });
  const ranges = Object.entries(clip.space).map(([key, range]) => {
    const [name = "", ...rest] = key.split(".");
    return [[names[name] ?? name, ...rest].join("."), range];
  });
  const space = { ...placed.space, ...Object.fromEntries(ranges) };
  return {
    picture: scope === null && ranges.length ? { ...placed, space } : placed,
    names: Object.values(names),
  };
}

/** A second of each node, with the same inputs. */
export const duplicate = (
  picture: Picture,
  scope: Scope,
  names: string[],
  aside?: Pasting["aside"],
) =>
  paste(picture, scope, copy(picture, scope, names), { keepInputs: true, ...(aside && { aside }) });
