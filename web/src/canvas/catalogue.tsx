/** Catalogue: the ops, known to every part of the designer. */
import { createContext, useContext } from "react";
import { useTranslation } from "react-i18next";
import type { OpEntry } from "../api/records";
import { type Ops, titleOf } from "./ops";

export const OpsContext = createContext<Ops>(new Map());
export const useCatalogue = (): Ops => useContext(OpsContext);

/** Title of an op in the reader's language; for a block its name. */
export function useTitle(): (kind: string | undefined) => string {
  const ops = useCatalogue();
  const { i18n } = useTranslation();
  return (kind) => titleOf(ops.get(kind ?? ""), i18n.language, kind ?? "");
}

/** Name of a group; one that came after the translations is shown as it is called. */
export function useGroup(): (group: string) => string {
  const { t, i18n } = useTranslation();
  return (group) => {
    const key = `group.${group}`;
    if (i18n.exists(key)) return t(`group.${group}` as "group.layers");
    return group.charAt(0).toUpperCase() + group.slice(1).replaceAll("_", " ");
  };
}

export type { OpEntry };
