/** Edit: commands on nodes, edges and places; each makes a new picture of the one it is given. */
import {
  BLOCK_OUTPUT,
  closesCircle,
  type Graph,
  graphOf,
  isOutput,
  outputOf,
  placesOf,
  sourcesOf,
  withGraph,
  withPlaces,
} from "./graph";
import {
  type Edge,
  type NodeDocument,
  type Picture,
  type Place,
  type Places,
  Refused,
  type Scope,
} from "./types";

type Ports = NonNullable<NodeDocument["in"]>;

/** Nodes that do not read anything drop the empty list of edges. */
export function withPorts(node: NodeDocument, ports: Ports): NodeDocument {
  const { in: _, ...rest } = node;
  return Object.keys(ports).length ? { ...rest, in: ports } : rest;
}

export function addNode(
  picture: Picture,
  scope: Scope,
  name: string,
  node: NodeDocument,
  place?: Place,
): Picture {
  const graph = graphOf(picture.network, scope);
  const added = withGraph(picture, scope, { ...graph.nodes, [name]: node });
  return place ? withPlaces(added, scope, { ...placesOf(added, scope), [name]: place }) : added;
}

export function setNode(picture: Picture, scope: Scope, name: string, node: NodeDocument): Picture {
  const graph = graphOf(picture.network, scope);
  return withGraph(picture, scope, { ...graph.nodes, [name]: node });
}

/** Join `from` to a port; a port for one edge lets go of the edge it had. */
export function connect(
  picture: Picture,
  scope: Scope,
  from: string,
  to: string,
  port: string,
  many = false,
): Picture {
  const graph = graphOf(picture.network, scope);
  if (isOutput(to)) {
    const outputs = { ...graph.outputs, [outputOf(to)]: from };
    return withGraph(picture, scope, graph.nodes, outputs);
  }
  const node = graph.nodes[to];
  if (!node) return picture;
  if (closesCircle(graph, from, to)) throw new Refused("circle", { from, to });
  const before = [node.in?.[port] ?? []].flat();
  const value = many ? [...before, from] : from;
  return setNode(picture, scope, to, withPorts(node, { ...node.in, [port]: value }));
}

const withoutEdge = (node: NodeDocument, edge: Edge): NodeDocument => {
  const ports = { ...node.in };
  const given = ports[edge.port];
  if (Array.isArray(given)) {
    const rest = given.filter((_, position) => position !== edge.position);
    if (rest.length) ports[edge.port] = rest;
    else delete ports[edge.port];
  } else delete ports[edge.port];
  return withPorts(node, ports);
};

export function disconnect(picture: Picture, scope: Scope, edge: Edge): Picture {
  const graph = graphOf(picture.network, scope);
  if (isOutput(edge.to)) {
    const { [outputOf(edge.to)]: _, ...outputs } = graph.outputs;
    return withGraph(picture, scope, graph.nodes, outputs);
  }
  const node = graph.nodes[edge.to];
  return node ? setNode(picture, scope, edge.to, withoutEdge(node, edge)) : picture;
}

const redirected = (given: string | string[], from: string, to: string): string | string[] =>
  Array.isArray(given)
    ? given.map((one) => (one === from ? to : one))
    : given === from
      ? to
      : given;

/** Everything that reads `from` reads `to` instead. */
export function redirect(graph: Graph, from: string, to: string): Graph {
  const nodes = Object.fromEntries(
    Object.entries(graph.nodes).map(([name, node]) => {
      if (node.tied !== from && !sourcesOf(node).includes(from)) return [name, node];
      const ports = Object.fromEntries(
        Object.entries(node.in ?? {}).map(([port, given]) => [port, redirected(given, from, to)]),
      );
      const moved = withPorts(node, ports);
      return [name, node.tied === from ? { ...moved, tied: to } : moved];
    }),
  );
  const outputs = Object.fromEntries(
    Object.entries(graph.outputs).map(([output, source]) => [
      output,
      source === from ? to : source,
    ]),
  );
  return { ...graph, nodes, outputs };
}

/** Put a new node in the middle of an edge. */
export function insertOn(
  picture: Picture,
  scope: Scope,
  edge: Edge,
  name: string,
  node: NodeDocument,
  ports: { in: string; many: boolean },
  place?: Place,
): Picture {
  const joined = withPorts(node, { [ports.in]: ports.many ? [edge.from] : edge.from });
  const added = addNode(picture, scope, name, joined, place);
  const graph = graphOf(added.network, scope);
  if (isOutput(edge.to)) {
    const outputs = { ...graph.outputs, [outputOf(edge.to)]: name };
    return withGraph(added, scope, graph.nodes, outputs);
  }
  const reader = graph.nodes[edge.to];
  const given = reader?.in?.[edge.port];
  if (!reader || given === undefined) return added;
  const value = Array.isArray(given)
    ? given.map((one, position) => (position === edge.position ? name : one))
    : name;
  return setNode(added, scope, edge.to, withPorts(reader, { ...reader.in, [edge.port]: value }));
}

/** Without these nodes: their edges, ranges and places go with them. */
export function remove(picture: Picture, scope: Scope, names: string[]): Picture {
  const gone = new Set(names.filter((name) => !isOutput(name)));
  const graph = graphOf(picture.network, scope);
  const kept = Object.entries(graph.nodes).filter(([name]) => !gone.has(name));
  const nodes = Object.fromEntries(kept.map(([name, node]) => [name, withoutSources(node, gone)]));
  const dropped = names.filter(isOutput).map(outputOf);
  const outputs = Object.fromEntries(
    Object.entries(graph.outputs).filter(
      ([output, source]) => !gone.has(source) && !dropped.includes(output),
    ),
  );
  const left = withGraph(picture, scope, nodes, outputs);
  const inputs = scope === null ? withoutInputs(left, gone) : left;
  const places = placesOf(inputs, scope);
  const stay = Object.fromEntries(Object.entries(places).filter(([name]) => !names.includes(name)));
  const placed =
    Object.keys(stay).length === Object.keys(places).length
      ? inputs
      : withPlaces(inputs, scope, stay);
  return scope === null ? withoutRanges(placed, gone) : placed;
}

function withoutSources(node: NodeDocument, gone: Set<string>): NodeDocument {
  const isTouched = sourcesOf(node).some((source) => gone.has(source));
  if (!isTouched && !(node.tied && gone.has(node.tied))) return node;
  const ports: Ports = {};
  for (const [port, given] of Object.entries(node.in ?? {})) {
    if (Array.isArray(given)) {
      const rest = given.filter((source) => !gone.has(source));
      if (rest.length) ports[port] = rest;
    } else if (!gone.has(given)) ports[port] = given;
  }
  const left = withPorts(node, ports);
  if (!left.tied || !gone.has(left.tied)) return left;
  const { tied: _, ...free } = left;
  return free;
}

function withoutInputs(picture: Picture, gone: Set<string>): Picture {
  const { inputs } = picture.network;
  const kept = Object.entries(inputs).filter(([name]) => !gone.has(name));
  if (kept.length === Object.keys(inputs).length) return picture;
  return { ...picture, network: { ...picture.network, inputs: Object.fromEntries(kept) } };
}

export function withoutRanges(picture: Picture, gone: Set<string>): Picture {
  const kept = Object.entries(picture.space).filter(([key]) => !gone.has(key.split(".")[0] ?? ""));
  if (kept.length === Object.keys(picture.space).length) return picture;
  return { ...picture, space: Object.fromEntries(kept) };
}

/** Delete nodes and let whoever read them read what they read first. */
export function removeAndJoin(picture: Picture, scope: Scope, names: string[]): Picture {
  let joined = picture;
  for (const name of names) {
    const graph = graphOf(joined.network, scope);
    const node = graph.nodes[name];
    const source = node ? sourcesOf(node)[0] : undefined;
    if (!node) continue;
    if (source !== undefined) {
      const next = redirect(graph, name, source);
      joined = withGraph(joined, scope, next.nodes, next.outputs);
    }
    joined = remove(joined, scope, [name]);
  }
  return joined;
}

/** Take nodes off their edges: neighbours are joined, the nodes stay. */
export function detach(picture: Picture, scope: Scope, name: string): Picture {
  const node = graphOf(picture.network, scope).nodes[name];
  if (!node) return picture;
  const keys = Object.keys(graphOf(picture.network, scope).nodes);
  const joined = removeAndJoin(picture, scope, [name]);
  const graph = graphOf(joined.network, scope);
  const free = withPorts(node, {});
  const nodes = Object.fromEntries(
    keys.flatMap((key) =>
      key === name ? [[key, free]] : graph.nodes[key] ? [[key, graph.nodes[key]]] : [],
    ),
  ) as Record<string, NodeDocument>;
  const kept = withGraph({ ...joined, space: picture.space }, scope, nodes, graph.outputs);
  return withPlaces(kept, scope, placesOf(picture, scope));
}

export const move = (picture: Picture, scope: Scope, places: Places): Picture =>
  withPlaces(picture, scope, { ...placesOf(picture, scope), ...places });

/** Show a node as an output under a new name. */
export function addOutput(picture: Picture, scope: Scope, output: string, from = ""): Picture {
  const graph = graphOf(picture.network, scope);
  const name = scope === null ? output : BLOCK_OUTPUT;
  return withGraph(picture, scope, graph.nodes, { ...graph.outputs, [name]: from });
}

export function addInput(picture: Picture, scope: Scope, name: string, place?: Place): Picture {
  const { network } = picture;
  const block = scope === null ? undefined : network.blocks?.[scope];
  const next =
    scope === null || !block
      ? { ...network, inputs: { ...network.inputs, [name]: {} } }
      : {
          ...network,
          blocks: { ...network.blocks, [scope]: { ...block, inputs: [...block.inputs, name] } },
        };
  const added = { ...picture, network: next };
  return place ? withPlaces(added, scope, { ...placesOf(added, scope), [name]: place }) : added;
}
