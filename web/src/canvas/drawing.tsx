/** Drawing: a network as bars from top to bottom, with shapes and parameters when they are known. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Analysis, NetworkDocument, TensorType } from "../api/records";
import { useFormat } from "../locales/format";
import { BAR, layout, type Placed, wayOf } from "./layers";

const HUES: Record<string, string> = {
  columns: "data",
  embedding: "data",
  dense: "weight",
  activation: "shape",
  dropout: "noise",
  batch_norm: "norm",
  layer_norm: "norm",
  concat: "join",
  add: "join",
  multiply: "join",
};

/** What is laid over a bar: how hot, and the figure itself. */
export interface Heat {
  /** 0..1; null = nothing is known of it. */
  share: number | null;
  text: string;
  isBroken: boolean;
}

interface DrawingProps {
  document: NetworkDocument;
  analysis?: Analysis | undefined;
  selected?: string | null;
  onSelect?: (name: string) => void;
  onOpen?: (name: string) => void;
  heat?: ReadonlyMap<string, Heat>;
}

/** `features=64` as 64; several axes joined by ×. */
export const shapeOf = (type: TensorType | null | undefined): string =>
  type ? type.axes.map((axis) => axis.size ?? "?").join("×") || "1" : "";

/** The values that tell a node apart, shortest form: `64`, `relu`, `p 0.1`. */
export function brief(params: Record<string, unknown> = {}): string {
  const bare = new Set(["units", "kind", "channels", "function", "name"]);
  return Object.entries(params)
    .filter(([, value]) => typeof value !== "object")
    .slice(0, 2)
    .map(([key, value]) => (bare.has(key) ? String(value) : `${key} ${value}`))
    .join(", ");
}

/** The bar's temperature: a tint, its length as a line at the foot, and the figure. */
function Tint({ heat }: { heat: Heat }) {
  const share = heat.share ?? 0;
  return (
    <>
      <rect
        className="tint"
        width={BAR.width}
        height={BAR.height}
        rx={9}
        style={{
          opacity: 0.05 + 0.4 * share,
          visibility: heat.share === null ? "hidden" : "visible",
        }}
      />
      <rect
        className="gauge"
        x={22}
        y={BAR.height - 5}
        width={BAR.width - 34}
        height={2.5}
        rx={1}
      />
      <rect
        className="gauge full"
        x={22}
        y={BAR.height - 5}
        width={(BAR.width - 34) * share}
        height={2.5}
        rx={1}
      />
    </>
  );
}

const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

function Bar({ placed, ...props }: DrawingProps & { placed: Placed }) {
  const { t } = useTranslation();
  const format = useFormat();
  const node = props.document.nodes[placed.name];
  const found = props.analysis?.nodes[placed.name];
  const bad = props.analysis?.problems.some((problem) => problem.node === placed.name);
  const op =
    node?.op ?? node?.block ?? t(`network.${placed.kind === "output" ? "output" : "input"}`);
  const title = placed.kind === "output" ? placed.name.slice(1) : placed.name;
  const detail = [
    op === title ? "" : op,
    brief(node?.params),
    typeof node?.repeat === "number" && node.repeat > 1 ? `×${node.repeat}` : "",
  ]
    .filter(Boolean)
    .join(" · ");
  const cost = found?.parameters ? format.short(found.parameters) : "";
  const isNode = placed.kind === "node" && props.onSelect;
  const hue = placed.kind === "node" ? (HUES[node?.op ?? ""] ?? "other") : placed.kind;
  const choose = () => props.onSelect?.(placed.name);
  const heat = props.heat?.get(placed.name);
  const label = [
    title,
    heat?.text,
    detail,
    shapeOf(found?.type),
    cost && t("network.parametersOf", { count: cost }),
  ]
    .filter(Boolean)
    .join(", ");
  const shape = (
    <>
      <rect className="plate" width={BAR.width} height={BAR.height} rx={9} />
      {heat && <Tint heat={heat} />}
      <rect className="hue" width={4} height={BAR.height - 16} x={8} y={8} rx={2} />
      <text className="name" x={22} y={19}>
        {cut(title, 24)}
      </text>
      <text className="detail" x={22} y={35}>
        {cut(detail, 32)}
      </text>
      <text className="shape" x={BAR.width - 12} y={19} textAnchor="end">
        {heat?.text ?? shapeOf(found?.type)}
      </text>
      <text className="detail" x={BAR.width - 12} y={35} textAnchor="end">
        {heat ? shapeOf(found?.type) : cost}
      </text>
    </>
  );
  const where = `translate(${placed.x - BAR.width / 2} ${placed.y})`;
  const marks = {
    bad,
    hot: heat,
    selected: props.selected === placed.name,
    broken: heat?.isBroken,
  };
  const look = [
    "bar",
    hue,
    ...Object.entries(marks).flatMap(([mark, is]) => (is ? mark : [])),
  ].join(" ");
  if (!isNode) {
    return (
      // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a group inside SVG is no control
      <g className={look} transform={where} role="img" aria-label={label}>
        {shape}
      </g>
    );
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: an HTML button cannot stand inside SVG
    <g
      className={`${look} go`}
      transform={where}
      role="button"
      tabIndex={0}
      aria-label={label}
      aria-pressed={props.selected === placed.name}
      data-bar={placed.name}
      onClick={choose}
      onDoubleClick={() => props.onOpen?.(placed.name)}
      onKeyDown={(event) => (event.key === "Enter" || event.key === " ") && choose()}
    >
      {shape}
    </g>
  );
}

export function Drawing(props: DrawingProps) {
  const { t } = useTranslation();
  const placed = useMemo(() => layout(props.document), [props.document]);
  const pad = 6;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    // biome-ignore lint/a11y/useSemanticElements: no fieldset, and no landmark beside that of the card
    <div className="drawing" role="group" aria-label={t("network.drawing")} tabIndex={0}>
      <svg
        width={placed.width + pad * 2}
        height={placed.height + pad * 2}
        viewBox={`${-pad} ${-pad} ${placed.width + pad * 2} ${placed.height + pad * 2}`}
      >
        <title>{t("network.drawing")}</title>
        {placed.edges.map((edge) => (
          <path key={`${edge.from}>${edge.to}`} className="edge" d={wayOf(edge.points)} />
        ))}
        {placed.nodes.map((node) => (
          <Bar key={node.name} placed={node} {...props} />
        ))}
      </svg>
    </div>
  );
}
