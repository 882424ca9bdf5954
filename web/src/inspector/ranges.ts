/** Ranges: what a field shows of its range, and what setting one does; inside blocks by way of parameters. */
import { useTranslation } from "react-i18next";
import { scopeOf, useDesk, useDeskStore } from "../desk/desk";
import { setRange } from "../document/fields";
import { reach, reachOf } from "../document/reach";
import type { Picture, Range } from "../document/types";

export interface Ranged {
  range: Range | undefined;
  onRange: (range: Range | null) => void;
  note?: string;
}

/** Ranges of a field of these nodes, by its name and what it is when nobody set it. */
export function useRanges(): (names: readonly string[], param: string, usual: unknown) => Ranged {
  const { t } = useTranslation();
  const store = useDeskStore();
  const scope = useDesk(scopeOf);
  const way = useDesk((desk) => desk.way);
  const network = useDesk((desk) => desk.picture.network);
  const space = useDesk((desk) => desk.picture.space);
  return (names, param, usual) => {
    const [node = ""] = names;
    const key = reachOf(network, way, { node, param });
    const put = (picture: Picture, name: string, range: Range | null): Picture => {
      const field = { node: name, param };
      const found = reachOf(picture.network, way, field);
      if (range && scope !== null) return reach(picture, way, field, range, usual);
      return found ? setRange(picture, found, range) : picture;
    };
    const onRange = (range: Range | null) => {
      const change = (picture: Picture) =>
        names.reduce((next, name) => put(next, name, range), picture);
      store.getState().act("set_range", change, { args: { field: param } });
    };
    const [step] = way;
    const block = way.at(-1)?.block;
    const note =
      key || !step ? {} : { note: t("designer.range.inside", { block, node: step.node }) };
    return { range: key ? space[key] : undefined, onRange, ...note };
  };
}
