/** Picture: the drawing as SVG or PNG, drawn anew from places and routes, not from the screen. */
import { brief, shapeOf } from "../canvas/ops";
import { pathOf, routesOf } from "../canvas/route";
import { isEnd, sizeOf } from "../canvas/size";
import { type DeskStore, scopeOf, shownPlaces } from "../desk/desk";
import { reportOf } from "../desk/paths";
import { edgeId, edgesOf, graphOf, isOutput, outputOf } from "../document/graph";
import { savePng, saveText } from "./files";

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

const HUES: Record<string, string> = { input: "#6a645c", output: "#6a645c" };
const FONT = 'font-family="Inter, system-ui, sans-serif"';

/** The scope one is in as an SVG document. */
export function svgOf(
  store: DeskStore,
  hueOf: (name: string) => string,
): { svg: string; width: number; height: number } {
  const desk = store.getState();
  const scope = scopeOf(desk);
  const graph = graphOf(desk.picture.network, scope);
  const places = shownPlaces(desk, scope);
  const boxes = Object.entries(places).map(([name, place]) => ({
    name,
    ...place,
    ...sizeOf(isEnd(name, graph.inputs)),
  }));
  const left = Math.min(0, ...boxes.map((box) => box.x)) - 40;
  const top = Math.min(0, ...boxes.map((box) => box.y)) - 24;
  const width = Math.max(...boxes.map((box) => box.x + box.width)) - left + 40;
  const height = Math.max(...boxes.map((box) => box.y + box.height)) - top + 24;
  const known = new Map(boxes.map((box) => [box.name, box]));
  const ends = edgesOf(graph).flatMap((edge) => {
    const [from, to] = [known.get(edge.from), known.get(edge.to)];
    if (!from || !to) return [];
    const start = { x: from.x + from.width / 2, y: from.y + from.height };
    return [
      {
        id: edgeId(edge),
        from: edge.from,
        to: edge.to,
        start,
        end: { x: to.x + to.width / 2, y: to.y },
      },
    ];
  });
  const wires = [...routesOf(ends, boxes).values()].map(
    (points) => `<path d="${pathOf(points)}" fill="none" stroke="#8a8379" stroke-width="1.6"/>`,
  );
  const bars = boxes.map((box) => {
    const node = graph.nodes[box.name];
    const name = isOutput(box.name) ? outputOf(box.name) : box.name;
    const values = node
      ? [node.op ?? node.block, brief(node, undefined)].filter(Boolean).join(" · ")
      : "";
    const hue = HUES[isOutput(box.name) ? "output" : node ? "" : "input"] ?? hueOf(box.name);
    const shape = shapeOf(reportOf(desk, box.name)?.type);
    const y = box.height / 2 + 4.5;
    return `<g transform="translate(${box.x} ${box.y})"><rect width="${box.width}" height="${box.height}" rx="9" fill="#fff" stroke="#cbc6bf"/><rect x="8" y="8" width="4" height="${box.height - 16}" rx="2" fill="${hue}"/><text x="22" y="${y}" ${FONT} font-size="13" font-weight="600" fill="#211f1c">${escaped(name)}<tspan dx="8" font-size="11.5" font-weight="400" fill="#6a645c">${escaped(values)}</tspan></text><text x="${box.width - 12}" y="${y}" ${FONT} font-size="12" text-anchor="end" fill="#211f1c">${escaped(shape)}</text></g>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}"><rect x="${left}" y="${top}" width="${width}" height="${height}" fill="#fdfcfa"/>${wires.join("")}${bars.join("")}</svg>`;
  return { svg, width, height };
}

/** Colour of a bar on the screen. */
function shownHue(name: string): string {
  const bar = document.querySelector(`[data-node="${CSS.escape(name)}"]`);
  return bar ? getComputedStyle(bar).getPropertyValue("--hue").trim() || "#9a9186" : "#9a9186";
}

export async function exportPicture(store: DeskStore, form: "svg" | "png"): Promise<void> {
  const { svg, width, height } = svgOf(store, shownHue);
  const name = store.getState().name;
  if (form === "svg") saveText(`${name}.svg`, svg, "image/svg+xml");
  else await savePng(`${name}.png`, svg, width, height);
}
