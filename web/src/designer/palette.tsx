/** Palette: every op of the catalogue by group, searched in any language, dragged or clicked onto the canvas. */
import { TextInput } from "@mantine/core";
import { useReactFlow } from "@xyflow/react";
import { Blocks, Search } from "lucide-react";
import { type DragEvent, type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { show } from "../actions/deeds";
import type { OpEntry } from "../api/records";
import { DRAGGED } from "../canvas/canvas";
import { useCatalogue, useGroup, useTitle } from "../canvas/catalogue";
import { OpIcon } from "../canvas/icons";
import { found, groupsOf, presetOf, titleOf } from "../canvas/ops";
import { addWhat, tailOf, type What } from "../desk/adding";
import { scopeOf, useDesk, useDeskStore } from "../desk/desk";
import { graphOf, isOutput } from "../document/graph";
import { isShelved, type ShelfEntry, useShelf } from "./shelf";

/** Blocks of this network that may be used here: not the one we are in, nor one that holds it. */
export function useBlocks(): string[] {
  const blocks = useDesk((desk) => desk.picture.network.blocks);
  const way = useDesk((desk) => desk.way);
  const inside = new Set(way.map((step) => step.block));
  return Object.keys(blocks ?? {}).filter((name) => !inside.has(name));
}

function Item({
  what,
  group,
  icon,
  title,
  hint,
  onUse,
}: {
  what: What;
  group: string;
  icon: ReactNode;
  title: string;
  hint?: string;
  onUse: (what: What) => void;
}) {
  const drag = (event: DragEvent) => {
    event.dataTransfer.setData(DRAGGED, JSON.stringify(what));
    event.dataTransfer.effectAllowed = "copy";
  };
  return (
    <button
      type="button"
      className="palette-item"
      data-group={group}
      data-op={"op" in what ? what.op : what.block}
      draggable
      onDragStart={drag}
      onClick={() => onUse(what)}
      title={hint}
    >
      <span className="tile">{icon}</span>
      {title}
    </button>
  );
}

export function Palette() {
  const { t, i18n } = useTranslation();
  const store = useDeskStore();
  const ops = useCatalogue();
  const groupName = useGroup();
  const title = useTitle();
  const blocks = useBlocks();
  const flow = useReactFlow();
  const [query, setQuery] = useState("");
  const shelf = useShelf();
  const groups = useMemo(() => groupsOf(ops), [ops]);
  const answers = useMemo(() => found([...ops.values(), ...shelf], query), [ops, shelf, query]);
  const whatOf = (entry: OpEntry | ShelfEntry): What =>
    isShelved(entry)
      ? { block: entry.kind, blocks: entry.blocks }
      : { op: entry.kind, params: presetOf(entry, query) };
  const use = (what: What) => {
    const desk = store.getState();
    const graph = graphOf(desk.picture.network, scopeOf(desk));
    const [chosen] = desk.selected;
    const from = desk.selected.length === 1 && chosen && !isOutput(chosen) ? chosen : tailOf(graph);
    show({ store, flow }, addWhat(desk, ops, what, { from }));
  };
  const item = (entry: OpEntry | ShelfEntry) => {
    const isBlock = isShelved(entry);
    return (
      <Item
        key={isBlock ? `${entry.from}/${entry.kind}` : entry.kind}
        what={whatOf(entry)}
        group={entry.group}
        icon={isBlock ? <Blocks size={14} aria-hidden /> : <OpIcon entry={entry} size={14} />}
        title={isBlock ? titleOf(entry, i18n.language, entry.kind) : title(entry.kind)}
        hint={entry.doc.replaceAll("``", "")}
        onUse={use}
      />
    );
  };
  const shelves = [
    [t("designer.shelf.ready"), shelf.filter((one) => !one.from)],
    [t("designer.shelf.project"), shelf.filter((one) => one.from)],
  ] as const;
  return (
    <div className="palette">
      <TextInput
        size="xs"
        type="search"
        aria-label={t("designer.searchOps")}
        placeholder={t("designer.searchOps")}
        leftSection={<Search size={14} />}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.nativeEvent.isComposing || !answers[0]) return;
          use(whatOf(answers[0]));
          setQuery("");
        }}
      />
      <div className="palette-list">
        {query.trim() ? (
          <section>
            {answers.length ? (
              answers.map(item)
            ) : (
              <p className="dim small">{t("designer.noOps")}</p>
            )}
          </section>
        ) : (
          <>
            {blocks.length > 0 && (
              <section>
                <h2>{t("group.block")}</h2>
                {blocks.map((name) => (
                  <Item
                    key={name}
                    what={{ block: name }}
                    group="block"
                    icon={<Blocks size={14} aria-hidden />}
                    title={name}
                    onUse={use}
                  />
                ))}
              </section>
            )}
            {groups.map(([group, entries]) => (
              <section key={group}>
                <h2>{groupName(group)}</h2>
                {entries.map(item)}
              </section>
            ))}
            {shelves.map(
              ([name, entries]) =>
                entries.length > 0 && (
                  <section key={name}>
                    <h2>{name}</h2>
                    {entries.map(item)}
                  </section>
                ),
            )}
          </>
        )}
      </div>
    </div>
  );
}
