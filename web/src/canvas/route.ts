/** Route: the ways of edges around the bars between their ends. */
import type { Place } from "../document/types";

export interface Box {
  name: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Ends {
  id: string;
  from: string;
  to: string;
  start: Place;
  end: Place;
}

const CLEAR = 16;
const STUB = 12;
const LANE = 10;
const TURNS = 8;
const ROUND = 9;

interface Lane {
  x: number;
  top: number;
  bottom: number;
}

/** Boxes by the rows they touch, so that a line is held against its neighbours only. */
class Rows {
  private readonly rows = new Map<number, Box[]>();

  constructor(boxes: Box[]) {
    for (const box of boxes)
      for (let row = rowOf(box.y); row <= rowOf(box.y + box.height); row++) {
        const there = this.rows.get(row);
        if (there) there.push(box);
        else this.rows.set(row, [box]);
      }
  }

  between(top: number, bottom: number): Box[] {
    const found: Box[] = [];
    for (let row = rowOf(top); row <= rowOf(bottom); row++)
      found.push(...(this.rows.get(row) ?? []));
    return found;
  }
}

const rowOf = (y: number): number => Math.floor(y / 96);

/** Boxes that a vertical line would run through. */
function inTheWay(rows: Rows, x: number, top: number, bottom: number): Box[] {
  return rows
    .between(top, bottom)
    .filter(
      (box) =>
        box.y + box.height > top + 1 &&
        box.y < bottom - 1 &&
        x > box.x - CLEAR / 2 &&
        x < box.x + box.width + CLEAR / 2,
    );
}

/** The nearest free line left or right of what is in the way. */
function laneBeside(rows: Rows, ends: Ends, top: number, bottom: number): number {
  const search = (away: 1 | -1): number => {
    let x = ends.end.x;
    for (let turn = 0; turn < TURNS; turn++) {
      const hits = inTheWay(rows, x, top, bottom);
      if (!hits.length) break;
      x =
        away > 0
          ? Math.max(...hits.map((box) => box.x + box.width)) + CLEAR
          : Math.min(...hits.map((box) => box.x)) - CLEAR;
    }
    return x;
  };
  const cost = (x: number) => Math.abs(x - ends.start.x) + Math.abs(x - ends.end.x);
  const [left, right] = [search(-1), search(1)];
  return cost(left) < cost(right) ? left : right;
}

/** A line of its own where another edge runs already. */
function spaced(lanes: Lane[], lane: Lane, away: number): Lane {
  let x = lane.x;
  const hits = (one: Lane) =>
    Math.abs(one.x - x) < LANE - 1 && one.top < lane.bottom && one.bottom > lane.top;
  while (lanes.some(hits)) x += away * LANE;
  const found = { ...lane, x };
  lanes.push(found);
  return found;
}

/**
 * Points of every edge: down, across in the gap between bars, down; beside what is in the way.
 *
 * `hints` are lines that the layout kept free for long edges.
 */
export function routesOf(
  all: Ends[],
  boxes: Box[],
  hints: Map<string, number> = new Map(),
): Map<string, Place[]> {
  const rows = new Rows(boxes);
  const lanes: Lane[] = [];
  const ways = new Map<string, Place[]>();
  for (const ends of all) {
    const { start, end } = ends;
    if (Math.abs(start.x - end.x) < 1 && end.y > start.y) {
      const hits = inTheWay(rows, start.x, start.y, end.y);
      if (hits.every((box) => box.name === ends.from || box.name === ends.to)) {
        ways.set(ends.id, [start, end]);
        continue;
      }
    }
    const isDown = end.y >= start.y + STUB;
    const gap = isDown ? Math.min(STUB, (end.y - start.y) / 2) : STUB;
    const [from, to] = [start.y + gap, end.y - gap];
    const [top, bottom] = [Math.min(from, to), Math.max(from, to)];
    const isFree = (x: number) => !inTheWay(rows, x, top, bottom).length;
    const hint = hints.get(ends.id);
    const isShort = isDown && end.y - start.y < STUB * 4;
    let x = [end.x, start.x, ...(hint === undefined ? [] : [hint])].find(isFree);
    if (!isShort && (x === undefined || (x !== end.x && x !== start.x))) {
      const wish = x ?? laneBeside(rows, ends, top, bottom);
      x = spaced(lanes, { x: wish, top, bottom }, wish < (start.x + end.x) / 2 ? -1 : 1).x;
    }
    const line = x ?? end.x;
    ways.set(ends.id, [
      start,
      { x: start.x, y: from },
      { x: line, y: from },
      { x: line, y: to },
      { x: end.x, y: to },
      end,
    ]);
  }
  return ways;
}

/** A way through points with round corners. */
export function pathOf(points: readonly Place[]): string {
  const turns = points.filter((point, i) => {
    const before = points[i - 1];
    return !before || Math.hypot(point.x - before.x, point.y - before.y) > 0.5;
  });
  const [first, ...rest] = turns;
  if (!first) return "";
  let path = `M${first.x} ${first.y}`;
  for (const [i, point] of rest.entries()) {
    const before = turns[i] as Place;
    const after = rest[i + 1];
    if (!after) {
      path += `L${point.x} ${point.y}`;
      break;
    }
    const reach = Math.min(ROUND, gapOf(before, point) / 2, gapOf(point, after) / 2);
    const [a, b] = [towards(point, before, reach), towards(point, after, reach)];
    path += `L${a.x} ${a.y}Q${point.x} ${point.y} ${b.x} ${b.y}`;
  }
  return path;
}

const gapOf = (a: Place, b: Place): number => Math.hypot(a.x - b.x, a.y - b.y);

function towards(from: Place, to: Place, reach: number): Place {
  const gap = gapOf(from, to) || 1;
  return {
    x: from.x + ((to.x - from.x) * reach) / gap,
    y: from.y + ((to.y - from.y) * reach) / gap,
  };
}

/** The plain way between two points, for a bar that is being dragged. */
export const plainWay = (start: Place, end: Place): string => {
  const bend = Math.max(Math.abs(end.y - start.y) * 0.5, 24);
  return `M${start.x} ${start.y}C${start.x} ${start.y + bend} ${end.x} ${end.y - bend} ${end.x} ${end.y}`;
};

/** The point halfway along, for a label. */
export function middleOf(points: readonly Place[]): Place {
  const at = (points.length - 1) / 2;
  const [a, b] = [points[Math.floor(at)], points[Math.ceil(at)]];
  return a && b ? { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } : { x: 0, y: 0 };
}

/** The edge nearest to a point, if it is within reach. */
export function nearestWay(ways: Map<string, Place[]>, at: Place, reach = 26): string | null {
  let best: [string, number] | null = null;
  for (const [id, points] of ways)
    for (let i = 1; i < points.length; i++) {
      const gap = gapTo(points[i - 1] as Place, points[i] as Place, at);
      if (gap < reach && (!best || gap < best[1])) best = [id, gap];
    }
  return best?.[0] ?? null;
}

/** The edge that runs through a box, the one nearest to its middle if there are several. */
export function wayThrough(ways: Map<string, Place[]>, box: Omit<Box, "name">): string | null {
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const crosses = (a: Place, b: Place) =>
    Math.max(a.x, b.x) >= box.x &&
    Math.min(a.x, b.x) <= box.x + box.width &&
    Math.max(a.y, b.y) >= box.y &&
    Math.min(a.y, b.y) <= box.y + box.height;
  const through = [...ways].filter(([, points]) =>
    points.some((point, i) => i > 0 && crosses(points[i - 1] as Place, point)),
  );
  return nearestWay(new Map(through), middle, box.width);
}

function gapTo(a: Place, b: Place, at: Place): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const along = dx * dx + dy * dy || 1;
  const share = Math.min(Math.max(((at.x - a.x) * dx + (at.y - a.y) * dy) / along, 0), 1);
  return Math.hypot(at.x - a.x - share * dx, at.y - a.y - share * dy);
}
