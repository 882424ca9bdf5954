/** Ring: where the stations of the loop stand and how the arcs between them run, wide or narrow. */
import { STATIONS, type StationName } from "../api/records";

export interface Stand {
  name: StationName;
  x: number;
  y: number;
}

export interface Arc {
  from: StationName;
  to: StationName;
  way: string;
  /** Where the arc's label sits. */
  x: number;
  y: number;
  anchor: "start" | "middle" | "end";
}

export interface Ring {
  isWide: boolean;
  width: number;
  height: number;
  card: { width: number; height: number };
  stands: Stand[];
  arcs: Arc[];
  centre: { x: number; y: number; width: number };
}

const NARROW_BELOW = 860;
const TAU = Math.PI * 2;

/** Angles at which `count` points divide an ellipse into stretches of equal length, from the top, clockwise. */
export function evenAngles(rx: number, ry: number, count: number, start: number): number[] {
  const steps = 1440;
  const lengths = [0];
  for (let i = 1; i <= steps; i++) {
    const [a, b] = [start + ((i - 1) / steps) * TAU, start + (i / steps) * TAU];
    lengths.push(
      (lengths[i - 1] ?? 0) +
        Math.hypot(rx * (Math.cos(b) - Math.cos(a)), ry * (Math.sin(b) - Math.sin(a))),
    );
  }
  const whole = lengths[steps] ?? 1;
  return Array.from({ length: count }, (_, i) => {
    const at = lengths.findIndex((length) => length >= (i / count) * whole);
    return start + (at / steps) * TAU;
  });
}

const next = (index: number): StationName => STATIONS[(index + 1) % STATIONS.length] as StationName;

/** Room that the words of an arc take, about: "14 min. ago". */
export const LABEL = { width: 78, height: 16 };
/** Words and stations keep this far apart. */
export const APART = 10;

/** The middle of a label that is anchored at a point. */
const label = (x: number, y: number, anchor: Arc["anchor"]): { x: number; y: number } => ({
  x: anchor === "start" ? x + LABEL.width / 2 : anchor === "end" ? x - LABEL.width / 2 : x,
  y,
});

const isOver = (
  at: { x: number; y: number },
  stand: Stand,
  card: { width: number; height: number },
): boolean =>
  Math.abs(at.x - stand.x) < (card.width + LABEL.width) / 2 + APART &&
  Math.abs(at.y - stand.y) < (card.height + LABEL.height) / 2 + APART;

/** Whether the words of an arc lie over a station. */
export const isCovered = (arc: Arc, { stands, card }: Ring): boolean =>
  stands.some((stand) => isOver(label(arc.x, arc.y, arc.anchor), stand, card));

function wide(width: number): Ring {
  const card = { width: 152, height: 70 };
  const rx = Math.min(width, 1240) / 2 - card.width / 2 - 4;
  const ry = 222;
  const [cx, cy] = [width / 2, ry + card.height / 2 + 8];
  const height = cy * 2;
  const angles = evenAngles(rx, ry, STATIONS.length, -Math.PI / 2);
  const on = (angle: number): [number, number] => [
    cx + rx * Math.cos(angle),
    cy + ry * Math.sin(angle),
  ];
  const stands = STATIONS.map((name, i) => {
    const [x, y] = on(angles[i] ?? 0);
    return { name, x, y };
  });
  const isInside = (stand: Stand, angle: number, margin: number): boolean => {
    const [x, y] = on(angle);
    return (
      Math.abs(x - stand.x) < card.width / 2 + margin &&
      Math.abs(y - stand.y) < card.height / 2 + margin
    );
  };
  const arcs = stands.map((stand, i): Arc => {
    const goal = stands[(i + 1) % stands.length] as Stand;
    let from = angles[i] ?? 0;
    let to = (angles[(i + 1) % angles.length] ?? 0) + (i + 1 === stands.length ? TAU : 0);
    while (isInside(stand, from, 5) && from < to) from += 0.002;
    while (isInside(goal, to, 9) && to > from) to -= 0.002;
    const [ax, ay] = on(from);
    const [bx, by] = on(to);
    const [mx, my] = on((from + to) / 2);
    // Beside the line, on the inner side, so that the line itself stays whole.
    const normal = Math.hypot((cx - mx) / rx ** 2, (cy - my) / ry ** 2) || 1;
    const [nx, ny] = [(cx - mx) / rx ** 2 / normal, (cy - my) / ry ** 2 / normal];
    const anchor = nx > 0.4 ? "start" : nx < -0.4 ? "end" : "middle";
    // On a short arc that is not far enough: further in, until the words clear every station.
    let push = 0;
    const touches = () =>
      stands.some((one) =>
        isOver(label(mx + nx * (12 + push), my + ny * (18 + push), anchor), one, card),
      );
    while (touches() && push < 120) push += 2;
    const x = mx + nx * (12 + push);
    const y = my + ny * (18 + push);
    return {
      from: stand.name,
      to: next(i),
      way: `M${ax.toFixed(1)} ${ay.toFixed(1)}A${rx} ${ry} 0 0 1 ${bx.toFixed(1)} ${by.toFixed(1)}`,
      x,
      y,
      anchor,
    };
  });
  return {
    isWide: true,
    width,
    height,
    card,
    stands,
    arcs,
    centre: { x: cx, y: cy, width: Math.max(280, rx * 2 - card.width - 130) },
  };
}

function narrow(width: number): Ring {
  const left = 26;
  const card = { width: width - left - 2, height: 58 };
  const pitch = card.height + 30;
  const x = left + card.width / 2;
  const stands = STATIONS.map((name, i) => ({ name, x, y: i * pitch + card.height / 2 + 2 }));
  const arcs = stands.map((stand, i): Arc => {
    const goal = stands[i + 1];
    const foot = stand.y + card.height / 2 + 3;
    if (goal) {
      const head = goal.y - card.height / 2 - 6;
      return {
        from: stand.name,
        to: goal.name,
        way: `M${x} ${foot}V${head}`,
        x: x + 14,
        y: (foot + head) / 2,
        anchor: "start",
      };
    }
    const first = stands[0] as Stand;
    const way = `M${left - 3} ${stand.y}H20Q8 ${stand.y} 8 ${stand.y - 12}V${first.y + 12}Q8 ${first.y} 20 ${first.y}H${left - 6}`;
    const y = (stand.y + first.y) / 2;
    return { from: stand.name, to: first.name, way, x: 8, y, anchor: "start" };
  });
  return {
    isWide: false,
    width,
    height: stands.length * pitch - 26,
    card,
    stands,
    arcs,
    centre: { x: 0, y: 0, width },
  };
}

export const ring = (width: number): Ring => (width < NARROW_BELOW ? narrow(width) : wide(width));
