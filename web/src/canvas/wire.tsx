/** Wire: an edge through its route; under the pointer it tells its type. */
import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps } from "@xyflow/react";
import { memo } from "react";
import { useDesk } from "../desk/desk";
import { reportOf, typeOf } from "../desk/paths";
import { useUi } from "../desk/ui";
import type { Place } from "../document/types";
import { typeText } from "./ops";
import { middleOf, pathOf, plainWay } from "./route";

export type WireEdge = Edge<{ points?: Place[] | undefined }, "wire">;

const isAt = (point: Place | undefined, x: number, y: number) =>
  point !== undefined && Math.abs(point.x - x) < 2 && Math.abs(point.y - y) < 6;

function Label({ source, points }: { source: string; points: Place[] }) {
  const type = useDesk((desk) => typeOf(desk, source));
  const at = middleOf(points);
  if (!type) return null;
  return (
    <EdgeLabelRenderer>
      <div
        className="wire-label"
        style={{ transform: `translate(-50%, -50%) translate(${at.x}px, ${at.y}px)` }}
      >
        {typeText(type)}
      </div>
    </EdgeLabelRenderer>
  );
}

export const Wire = memo(function Wire({
  id,
  source,
  sourceX,
  sourceY,
  targetX,
  targetY,
  data,
  selected,
}: EdgeProps<WireEdge>) {
  const isHovered = useUi((ui) => ui.hovered === id);
  const isGrey = useDesk((desk) => reportOf(desk, source)?.type === null);
  const points = data?.points;
  const start = { x: sourceX, y: sourceY - 1 };
  const end = { x: targetX, y: targetY - 1 };
  // While a bar is dragged the route is not that of this place: a plain way until it is put down.
  const fits = points && isAt(points[0], sourceX, sourceY) && isAt(points.at(-1), targetX, targetY);
  const shown = fits ? [start, ...points.slice(1, -1), end] : [start, end];
  return (
    <>
      <BaseEdge
        id={id}
        path={fits ? pathOf(shown) : plainWay(start, end)}
        interactionWidth={22}
        className={`wire ${selected ? "selected" : ""} ${isHovered ? "hovered" : ""} ${isGrey ? "grey" : ""}`}
        markerEnd="url(#wire-tip)"
      />
      {(isHovered || selected) && <Label source={source} points={shown} />}
    </>
  );
});

/** The tip that every wire ends in. */
export function Tip() {
  return (
    <svg className="tips" aria-hidden="true">
      <defs>
        <marker
          id="wire-tip"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="8"
          markerHeight="8"
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M1 1 7 4 1 7Z" />
        </marker>
      </defs>
    </svg>
  );
}
