/** Circle: the whole loop on one picture: stations with live counts, arcs with last times, the champion inside. */
import { useElementSize } from "@mantine/hooks";
import {
  Boxes,
  Database,
  DatabaseZap,
  FlaskConical,
  type LucideIcon,
  MessageSquareReply,
  Network,
  Rocket,
  Signpost,
  Sparkles,
} from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Station, StationName } from "../api/records";
import { type Format, useFormat } from "../locales/format";
import { type Arc, type Ring, ring, type Stand } from "./ring";

const ICONS: Record<StationName, LucideIcon> = {
  data: Database,
  network: Network,
  experiment: FlaskConical,
  model: Boxes,
  deployment: Rocket,
  predictions: Sparkles,
  decisions: Signpost,
  feedback: MessageSquareReply,
  joined: DatabaseZap,
};

const STATES = new Set([
  "live",
  "queued",
  "running",
  "finished",
  "failed",
  "stopped",
  "refused",
  "starting",
]);

interface CircleProps {
  stations: Partial<Record<StationName, Station>>;
  links: Partial<Record<StationName, string>>;
  centre: ReactNode;
}

/** What a station says: its big text and what the number counts. */
function said(station: Station | undefined, format: Format): { big: string; number: string } {
  if (!station) return { big: "–", number: "" };
  const number =
    station.count === null || station.count === undefined ? "" : format.count(station.count);
  return station.name ? { big: station.name, number } : { big: number || "–", number: "" };
}

const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

function StationCard({
  stand,
  geometry,
  station,
  to,
}: {
  stand: Stand;
  geometry: Ring;
  station: Station | undefined;
  to: string | undefined;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { width, height } = geometry.card;
  const Icon = ICONS[stand.name];
  const words = said(station, format);
  const unit = words.number
    ? t(`circle.unit.${stand.name}`, { count: station?.count ?? 0, number: words.number })
    : "";
  const title = t(`circle.${stand.name}`);
  const isEmpty = !station || (!station.name && !station.count);
  const body = (
    <g
      className={`station ${isEmpty ? "none" : ""} ${station?.state === "running" ? "busy" : ""}`}
      transform={`translate(${stand.x - width / 2} ${stand.y - height / 2})`}
    >
      <rect className="plate" width={width} height={height} rx={12} />
      <Icon
        x={13}
        y={geometry.isWide ? 12 : 21}
        width={16}
        height={16}
        strokeWidth={1.8}
        aria-hidden
      />
      <text className="title" x={36} y={geometry.isWide ? 25 : 24}>
        {title}
      </text>
      <text
        className="big"
        x={geometry.isWide ? 13 : 36}
        y={geometry.isWide ? (unit ? 44 : 50) : 44}
      >
        {cut(words.big, geometry.isWide ? 16 : 22)}
      </text>
      {unit && (
        <text
          className="unit"
          x={geometry.isWide ? 13 : width - 14}
          y={geometry.isWide ? 60 : 44}
          textAnchor={geometry.isWide ? "start" : "end"}
        >
          {unit}
        </text>
      )}
      {station?.state && STATES.has(station.state) && (
        <circle className={`beacon ${station.state}`} cx={width - 15} cy={20} r={4} />
      )}
    </g>
  );
  const label = [
    title,
    words.big,
    unit,
    STATES.has(station?.state ?? "") ? t(`state.${station?.state}` as "state.live") : "",
  ]
    .filter(Boolean)
    .join(", ");
  if (to) {
    return (
      <Link to={to} aria-label={label}>
        {body}
      </Link>
    );
  }
  return (
    // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a group inside SVG is no control
    <g role="img" aria-label={label}>
      {body}
    </g>
  );
}

function ArcLine({
  arc,
  station,
  isWide,
}: {
  arc: Arc;
  station: Station | undefined;
  isWide: boolean;
}) {
  const format = useFormat();
  const isActive = Boolean(station?.at);
  const isBack = !isWide && arc.to === "data";
  const text = isActive && !isBack ? format.ago(station?.at) : "";
  return (
    <g className={isActive ? "arc active" : "arc"}>
      <path d={arc.way} markerEnd="url(#arrow)" />
      {station?.at && (
        <circle
          key={station.at}
          className="spark-dot"
          r={4}
          style={{ offsetPath: `path("${arc.way}")` }}
        />
      )}
      {text && (
        <g transform={`translate(${arc.x} ${arc.y})`} aria-hidden>
          <text className="time" y={4} textAnchor={arc.anchor}>
            {text}
          </text>
        </g>
      )}
    </g>
  );
}

export function Circle({ stations, links, centre }: CircleProps) {
  const { t } = useTranslation();
  const { ref, width } = useElementSize();
  const geometry = width > 0 ? ring(width) : null;
  return (
    <div ref={ref} className="circle" data-state={geometry ? "drawn" : "measuring"}>
      {geometry && (
        <>
          {!geometry.isWide && <div className="centre">{centre}</div>}
          <div style={{ position: "relative", height: geometry.height }}>
            {/* biome-ignore lint/a11y/useSemanticElements: a drawing whose parts are links is a group, not an image */}
            <svg
              width={geometry.width}
              height={geometry.height}
              role="group"
              aria-label={t("circle.label")}
            >
              <defs>
                <marker
                  id="arrow"
                  viewBox="0 0 8 8"
                  refX={5.5}
                  refY={4}
                  markerWidth={9}
                  markerHeight={9}
                  markerUnits="userSpaceOnUse"
                  orient="auto"
                >
                  <path className="tip" d="M1 1 6 4 1 7" />
                </marker>
              </defs>
              {geometry.arcs.map((arc) => (
                <ArcLine
                  key={arc.from}
                  arc={arc}
                  station={stations[arc.to === "data" ? "joined" : arc.to]}
                  isWide={geometry.isWide}
                />
              ))}
              {geometry.stands.map((stand) => (
                <StationCard
                  key={stand.name}
                  stand={stand}
                  geometry={geometry}
                  station={stations[stand.name]}
                  to={links[stand.name]}
                />
              ))}
            </svg>
            {geometry.isWide && (
              <div
                className="centre inside"
                style={{
                  left: geometry.centre.x,
                  top: geometry.centre.y,
                  width: geometry.centre.width,
                }}
              >
                {centre}
              </div>
            )}
          </div>
        </>
      )}
    </div>
  );
}
