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

interface Ui {
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
  /** Single letters act on the canvas; may be switched off (WCAG 2.1.4). */
  hasLetters: boolean;
  /** On narrow windows one panel is seen at a time. */
  panel: "canvas" | "ops" | "fields";
}

const LETTERS = "danlu.letters";

export const useUi = create<Ui>(() => ({
  finding: null,
  joining: null,
  isSheet: false,
  isNaming: false,
  drawer: null,
  side: "ops",
  hovered: null,
  hasLetters: typeof localStorage === "undefined" || localStorage.getItem(LETTERS) !== "off",
  panel: "canvas",
}));

export const setUi = (part: Partial<Ui>): void => useUi.setState(part);

export function setLetters(on: boolean): void {
  localStorage.setItem(LETTERS, on ? "on" : "off");
  setUi({ hasLetters: on });
}

export const toggleDrawer = (tab: DrawerTab): void =>
  setUi({ drawer: useUi.getState().drawer === tab ? null : tab });
