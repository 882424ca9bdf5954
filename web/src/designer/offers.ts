/** Offers: what the command palette can do on the designer: its actions, and a way to every node. */
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { type ActionContext, show } from "../actions/deeds";
import { type Offer, useOffers } from "../actions/offers";
import { ACTIONS, keysOf, usable } from "../actions/table";
import { useTitle } from "../canvas/catalogue";
import { addWhat } from "../desk/adding";
import { scopeOf } from "../desk/desk";
import { setUi } from "../desk/ui";
import { graphOf, isOutput } from "../document/graph";
import { exportPicture } from "./picture";

export function useDesignerOffers(context: ActionContext): void {
  const { t } = useTranslation();
  const title = useTitle();
  const offers = useCallback((): Offer[] => {
    const desk = context.store.getState();
    const actions = ACTIONS.filter(
      (action) => usable(action, desk) && !/^(walk|more|nudge|palette)/.test(action.id),
    ).map((action) => ({
      id: action.id,
      text: t(`act.${action.id}` as "act.add"),
      kind: t(`designer.sheet.${action.group}`),
      keys: keysOf(action),
      run: () => action.run(context),
    }));
    const files: Offer[] = [
      ["saveAs", () => setUi({ isNaming: true })],
      ["exportSvg", () => void exportPicture(context.store, "svg")],
      ["exportPng", () => void exportPicture(context.store, "png")],
      ["import", () => document.querySelector<HTMLInputElement>(".import-file")?.click()],
    ].map(([id, run]) => ({
      id: id as string,
      text: t(`designer.${id as "saveAs"}`),
      kind: t("noun.network"),
      run: run as () => void,
    }));
    const nodes = Object.keys(graphOf(desk.picture.network, scopeOf(desk)).nodes).map((name) => ({
      id: `node ${name}`,
      text: name,
      kind: t("noun.node"),
      run: () => {
        desk.select([name]);
        show(context, name);
      },
    }));
    const [chosen = ""] = desk.selected;
    const from = desk.selected.length === 1 && !isOutput(chosen) ? chosen : null;
    const ops = [...context.ops.values()].map((entry) => ({
      id: `add ${entry.kind}`,
      text: `${t("designer.add")}: ${title(entry.kind)}`,
      kind: t("noun.op"),
      run: () => void addWhat(context.store.getState(), context.ops, { op: entry.kind }, { from }),
    }));
    return [...actions, ...files, ...nodes, ...ops];
  }, [context, t, title]);
  useOffers(offers);
}
