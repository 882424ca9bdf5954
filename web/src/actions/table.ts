/** Table: every action of the designer, with its keys; menus, palette, sheet and canvas all read it. */
import type { Desk } from "../desk/desk";
import { tidyNow } from "../desk/tidying";
import { setUi, toggleDrawer, turnDensity, useUi } from "../desk/ui";
import { isOutput } from "../document/graph";
import { boundTo } from "./bindings";
import {
  type ActionContext,
  blockChosen,
  connectTwo,
  copyChosen,
  deleteAndJoin,
  deleteChosen,
  duplicateChosen,
  hasAny,
  hasNodes,
  leaveOff,
  lookAt,
  mend,
  moreInput,
  moreOutput,
  nextWire,
  nudge,
  oneNode,
  openFields,
  openFinder,
  openRange,
  pasteHere,
  selectAll,
  toggle,
  unpackChosen,
  walkMore,
  walkTo,
} from "./deeds";
import { openPalette } from "./offers";

export type ActionGroup = "edit" | "node" | "view" | "go";

export interface Action {
  id: string;
  group: ActionGroup;
  keys: string[];
  /** Whether it has something to act on. */
  when?: (desk: Desk) => boolean;
  run: (context: ActionContext) => void;
}

const walks = (["up", "down", "left", "right"] as const).map(
  (way): Action => ({
    id: `walk_${way}`,
    group: "go",
    keys: [way],
    run: (context) => walkTo(context, way),
  }),
);
const adds = (["up", "down", "left", "right"] as const).map(
  (way): Action => ({
    id: `more_${way}`,
    group: "go",
    keys: [`mod+${way}`],
    when: (desk) => desk.selected.length > 0,
    run: (context) => walkMore(context, way),
  }),
);
const STEP = { up: [0, -20], down: [0, 20], left: [-20, 0], right: [20, 0] } as const;
const nudges = (["up", "down", "left", "right"] as const).map(
  (way): Action => ({
    id: `nudge_${way}`,
    group: "node",
    keys: [`shift+${way}`],
    when: (desk) => desk.selected.length > 0,
    run: (context) => nudge(context, STEP[way][0], STEP[way][1]),
  }),
);

export const ACTIONS: Action[] = [
  { id: "add", group: "edit", keys: ["/", "shift+a"], run: openFinder },
  {
    id: "undo",
    group: "edit",
    keys: ["mod+z"],
    when: (d) => d.history.past.length > 0,
    run: ({ store }) => store.getState().undo(),
  },
  {
    id: "redo",
    group: "edit",
    keys: ["mod+shift+z", "mod+y"],
    when: (d) => d.history.future.length > 0,
    run: ({ store }) => store.getState().redo(),
  },
  { id: "copy", group: "edit", keys: ["mod+c"], when: hasNodes, run: copyChosen },
  {
    id: "cut",
    group: "edit",
    keys: ["mod+x"],
    when: hasNodes,
    run: (c) => {
      copyChosen(c);
      deleteAndJoin(c);
    },
  },
  { id: "paste", group: "edit", keys: ["mod+v"], run: (c) => void pasteHere(c, false) },
  { id: "paste_joined", group: "edit", keys: ["mod+shift+v"], run: (c) => void pasteHere(c, true) },
  { id: "duplicate", group: "edit", keys: ["mod+d"], when: hasNodes, run: duplicateChosen },
  { id: "delete", group: "edit", keys: ["del"], when: hasAny, run: deleteChosen },
  { id: "delete_join", group: "edit", keys: ["mod+del"], when: hasNodes, run: deleteAndJoin },
  { id: "select_all", group: "edit", keys: ["mod+a"], run: selectAll },
  {
    id: "connect",
    group: "node",
    keys: ["c"],
    when: (d) =>
      d.selected.length === 2 || (d.selected.length === 1 && !isOutput(d.selected[0] ?? "")),
    run: connectTwo,
  },
  {
    id: "rename",
    group: "node",
    keys: ["f2"],
    when: (d) => d.selected.length === 1,
    run: ({ store }) => store.getState().set({ naming: store.getState().selected[0] ?? null }),
  },
  {
    id: "fields",
    group: "node",
    keys: ["enter"],
    when: (d) => d.selected.length > 0,
    run: openFields,
  },
  {
    id: "range",
    group: "node",
    keys: ["r"],
    when: hasNodes,
    run: openRange,
  },
  { id: "range_field", group: "node", keys: ["alt+r"], when: hasNodes, run: openRange },
  { id: "toggle", group: "node", keys: ["m"], when: hasNodes, run: (c) => toggle(c, "enabled") },
  { id: "freeze", group: "node", keys: [], when: hasNodes, run: (c) => toggle(c, "frozen") },
  { id: "make_block", group: "node", keys: ["mod+g"], when: hasNodes, run: blockChosen },
  {
    id: "unpack_block",
    group: "node",
    keys: ["mod+shift+g"],
    when: (d) => Boolean(oneNode(d)?.[1].block),
    run: unpackChosen,
  },
  {
    id: "fix",
    group: "node",
    keys: ["."],
    when: (d) => Boolean(d.analysis?.problems.length),
    run: mend,
  },
  { id: "add_input", group: "node", keys: [], run: moreInput },
  {
    id: "add_output",
    group: "node",
    keys: [],
    when: (d) => d.way.length === 0 && hasNodes(d) && oneNode(d) !== null,
    run: moreOutput,
  },
  ...nudges,
  { id: "tidy", group: "view", keys: ["l"], run: ({ store }) => void tidyNow(store) },
  { id: "fit", group: "view", keys: ["f"], run: (c) => lookAt(c, false) },
  { id: "fit_all", group: "view", keys: ["shift+f"], run: (c) => lookAt(c, true) },
  { id: "density", group: "view", keys: ["v"], run: turnDensity },
  { id: "problems", group: "view", keys: [], run: () => toggleDrawer("problems") },
  { id: "code", group: "view", keys: [], run: () => toggleDrawer("code") },
  { id: "table", group: "view", keys: [], run: () => toggleDrawer("table") },
  { id: "compare", group: "view", keys: [], run: () => toggleDrawer("diff") },
  {
    id: "outline",
    group: "view",
    keys: ["mod+f"],
    run: () => {
      setUi({ side: "outline" });
      queueMicrotask(() =>
        document.querySelector<HTMLInputElement>(".outline-search input")?.focus(),
      );
    },
  },
  ...walks,
  ...adds,
  { id: "wire", group: "go", keys: ["p"], run: nextWire },
  { id: "leave", group: "go", keys: ["esc"], run: leaveOff },
  { id: "save", group: "go", keys: ["mod+s"], run: ({ save }) => save() },
  { id: "train", group: "go", keys: ["mod+enter"], run: ({ train }) => train() },
  { id: "palette", group: "go", keys: ["mod+k"], run: openPalette },
  {
    id: "sheet",
    group: "go",
    keys: ["?"],
    run: () => setUi({ isSheet: !useUi.getState().isSheet }),
  },
];

/** The keys of an action as they are now. */
export const keysOf = (action: Action): readonly string[] => boundTo(action.id, action.keys);

/** Another action that a key belongs to. */
export const holderOf = (key: string, except: string): Action | undefined =>
  ACTIONS.find((one) => one.id !== except && keysOf(one).includes(key));

export const actionOf = (id: string): Action => ACTIONS.find((one) => one.id === id) as Action;
export const usable = (action: Action, desk: Desk): boolean => action.when?.(desk) ?? true;
