/** Finder: search at the pointer for what to add; what fits there comes first. */
import { useReactFlow } from "@xyflow/react";
import { Blocks } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { show } from "../actions/deeds";
import type { OpEntry } from "../api/records";
import { useCatalogue, useGroup, useTitle } from "../canvas/catalogue";
import { OpIcon } from "../canvas/icons";
import { accepts, found, groupsOf, presetOf, titleOf } from "../canvas/ops";
import { addWhat, type What } from "../desk/adding";
import { useDesk, useDeskStore } from "../desk/desk";
import { typeOf } from "../desk/paths";
import { recentFirst } from "../desk/recent";
import { type Finding, setUi, useUi } from "../desk/ui";
import { useEffectOf } from "./effect";
import { useBlocks } from "./palette";
import { type Choice, Pick } from "./pick";
import { isShelved, type ShelfEntry, useShelf } from "./shelf";

const WIDTH = 320;
const HEIGHT = 380;

const focusCanvas = () =>
  document.querySelector<HTMLElement>(".canvas")?.focus({ preventScroll: true });

function Open({ finding }: { finding: Finding }) {
  const { t, i18n } = useTranslation();
  const store = useDeskStore();
  const ops = useCatalogue();
  const title = useTitle();
  const groupName = useGroup();
  const blocks = useBlocks();
  const flow = useReactFlow();
  const [query, setQuery] = useState("");
  const from = finding.edge?.from ?? finding.from;
  const type = useDesk((desk) => (from ? typeOf(desk, from) : null));
  const close = () => {
    setUi({ finding: null });
    focusCanvas();
  };
  const use = (what: What) => {
    const { place, edge } = finding;
    show(
      { store, flow },
      addWhat(store.getState(), ops, what, { place, from: finding.from, edge }),
    );
    close();
  };
  const shelf = useShelf();
  const entries = useMemo(() => {
    const ordered: (OpEntry | ShelfEntry)[] = [
      ...recentFirst(groupsOf(ops).flatMap(([, all]) => all)),
      ...shelf,
    ];
    const fits = (entry: OpEntry) => !from || entry.ports.some((port) => accepts(port.wants, type));
    const all = found(ordered, query);
    // What fits comes first; with nothing typed the rest is left out.
    return query.trim()
      ? [...all.filter(fits), ...all.filter((one) => !fits(one))]
      : all.filter(fits);
  }, [ops, shelf, query, from, type]);
  const whatOf = (entry: OpEntry | ShelfEntry): What =>
    isShelved(entry)
      ? { block: entry.kind, blocks: entry.blocks }
      : { op: entry.kind, params: presetOf(entry, query) };
  const named = blocks.filter((name) => name.includes(query.trim().toLowerCase()));
  const [at, setAt] = useState<What | null>(null);
  const effect = useEffectOf(at, finding, ops);
  const onAt = useCallback(
    (choice: (Choice & { what?: What }) | undefined) => setAt(choice?.what ?? null),
    [],
  );
  const choices: (Choice & { what: What })[] = [
    ...entries.map((entry) => ({
      id: isShelved(entry) ? `shelf ${entry.from} ${entry.kind}` : entry.kind,
      what: whatOf(entry),
      run: () => use(whatOf(entry)),
      node: (
        <span className="pick-line" data-group={entry.group}>
          <span className="tile">
            {isShelved(entry) ? (
              <Blocks size={14} aria-hidden />
            ) : (
              <OpIcon entry={entry} size={14} />
            )}
          </span>
          <span className="grow">
            {isShelved(entry) ? titleOf(entry, i18n.language, entry.kind) : title(entry.kind)}
          </span>
          <span className="dim small">
            {(isShelved(entry) && entry.from) || groupName(entry.group)}
          </span>
        </span>
      ),
    })),
    ...named.map((name) => ({
      id: `block ${name}`,
      what: { block: name },
      run: () => use({ block: name }),
      node: (
        <span className="pick-line" data-group="block">
          <span className="tile">
            <Blocks size={14} aria-hidden />
          </span>
          <span className="grow">{name}</span>
          <span className="dim small">{t("group.block")}</span>
        </span>
      ),
    })),
  ];
  const left = Math.max(8, Math.min(finding.at.x, innerWidth - WIDTH - 8));
  const top = Math.max(8, Math.min(finding.at.y, innerHeight - HEIGHT - 8));
  return (
    <>
      <button
        type="button"
        className="pick-shade"
        aria-label={t("do.close")}
        tabIndex={-1}
        onClick={close}
      />
      <div className="pick-frame" style={{ left, top, width: WIDTH }}>
        <Pick
          label={t("designer.addNode")}
          placeholder={from ? t("designer.addAfter", { node: from }) : t("designer.searchOps")}
          query={query}
          onQuery={setQuery}
          choices={choices}
          none={t("designer.noOps")}
          onClose={close}
          onAt={onAt}
        />
        <p className={`pick-effect mono ${effect?.isBad ? "bad-text" : ""}`} aria-live="polite">
          {effect?.text ?? ""}
        </p>
      </div>
    </>
  );
}

export function Finder() {
  const finding = useUi((ui) => ui.finding);
  return finding ? <Open key={`${finding.at.x} ${finding.at.y}`} finding={finding} /> : null;
}
