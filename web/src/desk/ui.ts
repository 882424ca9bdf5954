/** UI: what is open on the designer: the finder, panels, the drawer; nothing of it is in a document. */
import { create } from "zustand";
import type { Edge, Place } from "../document/types";

export type DrawerTab = "problems" | "code" | "table" | "diff";

/** Where a node that is searched for will go. */
export interface Finding {
  /** On the screen. */
  at: Place;
  /** On the canvas; none = where it fits. */
  place: Place | null;
  /** Node that the new one shall read. */
  from: string | null;
  /** Edge that it shall be put on. */
  edge: Edge | null;
}

/** How much a bar says. */
export const DENSITIES = ["compact", "usual", "full"] as const;
export type Density = (typeof DENSITIES)[number];
/** What the map is tinted by. */
export const TINTS = ["kind", "problems", "cost"] as const;
export type Tint = (typeof TINTS)[number];

/** What a person likes, kept in this browser. */
interface Kept {
  density: Density;
  tint: Tint;
  /** Rows in a step, for what a step holds in memory. */
  batch: number;
}

interface Ui extends Kept {
  finding: Finding | null;
  /** The node that shall be connected to what is chosen next. */
  joining: string | null;
  isSheet: boolean;
  /** The network is being saved under another name. */
  isNaming: boolean;
  drawer: DrawerTab | null;
  side: "ops" | "outline";
  /** The edge under the pointer. */
  hovered: string | null;
  /** Bars are on their way to where a tidying puts them. */
  isMoving: boolean;
  /** A button is held on the canvas: perhaps a bar is being dragged. */
  isHeld: boolean;
  /** Single letters act on the canvas; may be switched off (WCAG 2.1.4). */
  hasLetters: boolean;
  /** On narrow windows one panel is seen at a time. */
  panel: "canvas" | "ops" | "fields";
}

const LETTERS = "danlu.letters";
const KEPT = "danlu.drawing";

function kept(): Kept {
  const usual: Kept = { density: "usual", tint: "kind", batch: 256 };
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Kept>;
    return {
      density: DENSITIES.find((one) => one === found.density) ?? usual.density,
      tint: TINTS.find((one) => one === found.tint) ?? usual.tint,
      batch:
        Number.isInteger(found.batch) && Number(found.batch) > 0
          ? Number(found.batch)
          : usual.batch,
    };
  } catch {
    return usual;
  }
}

export const useUi = create<Ui>(() => ({
  ...kept(),
  finding: null,
  joining: null,
  isSheet: false,
  isNaming: false,
  drawer: null,
  side: "ops",
  hovered: null,
  isHeld: false,
  isMoving: false,
  hasLetters: typeof localStorage === "undefined" || localStorage.getItem(LETTERS) !== "off",
  panel: "canvas",
}));

export const setUi = (part: Partial<Ui>): void => useUi.setState(part);

export function setKept(part: Partial<Kept>): void {
  setUi(part);
  const { density, tint, batch } = useUi.getState();
  localStorage.setItem(KEPT, JSON.stringify({ density, tint, batch }));
}

const MOVE_MS = 260;

/** Let bars glide to their new places, where motion is wanted. */
export function glide(): void {
  setUi({ isMoving: true });
  setTimeout(() => setUi({ isMoving: false }), MOVE_MS);
}

/** The next density, and after the last the first again. */
export function turnDensity(): void {
  const at = DENSITIES.indexOf(useUi.getState().density);
  setKept({ density: DENSITIES[(at + 1) % DENSITIES.length] as Density });
}

export function setLetters(on: boolean): void {
  localStorage.setItem(LETTERS, on ? "on" : "off");
  setUi({ hasLetters: on });
}

export const toggleDrawer = (tab: DrawerTab): void =>
  setUi({ drawer: useUi.getState().drawer === tab ? null : tab });
