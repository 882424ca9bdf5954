/** Size: every bar of a kind is as large as the others, whatever it says. */
import { isOutput } from "../document/graph";
import type { Place, Places } from "../document/types";

export const BAR = { width: 320, height: 36 };
export const END = { width: 200, height: 32 };
export const PITCH = 60;

export const sizeOf = (isEnd: boolean) => (isEnd ? END : BAR);

export const isEnd = (name: string, inputs: readonly string[]): boolean =>
  isOutput(name) || inputs.includes(name);

/** Where port `i` of `count` sits on the upper edge, from the left. */
export const portAt = (i: number, count: number, width: number): number =>
  ((i + 1) / (count + 1)) * width;

const ROWS = 3;
const COLUMN = BAR.width + 40;
const MOST_COLUMNS = 100;

const isFree = (places: Places, at: Place): boolean =>
  !Object.values(places).some(
    (one) => Math.abs(one.x - at.x) < BAR.width - 40 && Math.abs(one.y - at.y) < BAR.height + 6,
  );

/** A place near the wish where nothing stands: a little below, else beside rather than far away. */
export function freePlace(places: Places, wish: Place): Place {
  const [left, top] = [Math.round(wish.x), Math.round(wish.y)];
  for (let column = 0; column < MOST_COLUMNS; column++)
    for (let row = 0; row < ROWS; row++) {
      const at = { x: left + column * COLUMN, y: top + row * PITCH };
      if (isFree(places, at)) return at;
    }
  return { x: left, y: top };
}

/** Places of a group as it stands, moved aside as far as nothing of it covers what is there. */
export function freeAside(places: Places, group: Places): Places {
  for (let column = 0; column < MOST_COLUMNS; column++) {
    const moved = Object.entries(group).map(
      ([name, at]) => [name, { x: at.x + column * COLUMN, y: at.y }] as const,
    );
    if (moved.every(([, at]) => isFree(places, at))) return Object.fromEntries(moved);
  }
  return group;
}
