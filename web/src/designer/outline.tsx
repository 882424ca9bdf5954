/** Outline: the network as a tree of names, for search, for keys, and for those who cannot see the drawing. */
import { TextInput } from "@mantine/core";
import { ChevronDown, ChevronRight, Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useTitle } from "../canvas/catalogue";
import { shapeOf } from "../canvas/ops";
import { type Entered, useDesk, useDeskStore } from "../desk/desk";
import { problemsOf, reportOf, typeOf } from "../desk/paths";
import { graphOf, isOutput, outputOf, sourcesOf } from "../document/graph";
import { type Row, rowsOf } from "../document/outline";

interface OutlineProps {
  onShow: (name: string) => void;
  /** Keys that are not the tree's own do what they do on the canvas. */
  onKeys: (event: KeyboardEvent) => void;
}

/** More rows are searched rather than read. */
const MOST_SHOWN = 400;

const keyOf = (way: readonly Entered[], name: string): string =>
  [...way.map((step) => step.node), name].join("/");

/** Which blocks are shown: those one opened, and those one is in. */
function useOpen(way: readonly Entered[]) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const turn = (path: string, isOpen: boolean) =>
    setOpen((before) => {
      const next = new Set(before);
      if (isOpen) next.add(path);
      else next.delete(path);
      return next;
    });
  useEffect(() => {
    const trail = way.map((step, i) => keyOf(way.slice(0, i), step.node));
    if (trail.length) setOpen((before) => new Set([...before, ...trail]));
  }, [way]);
  return { open, turn };
}

/** What a row is, in words; of nodes in other blocks as well. */
function useSaying() {
  const { t } = useTranslation();
  const store = useDeskStore();
  const title = useTitle();
  return (row: Row) => {
    const desk = { ...store.getState(), way: row.way };
    const node = graphOf(desk.picture.network, row.way.at(-1)?.block ?? null).nodes[row.name];
    const shape = shapeOf(reportOf(desk, row.name)?.type ?? (node ? null : typeOf(desk, row.name)));
    const problems = problemsOf(desk, row.name);
    const bad = problems.length;
    const isBad = problems.some((one) => one.level !== "warning");
    if (!node)
      return { words: t(isOutput(row.name) ? "network.output" : "network.input"), shape, isBad };
    const sources = sourcesOf(node);
    const words = [
      node.block ?? title(node.op),
      sources.length ? t("designer.reads", { nodes: sources.join(", ") }) : t("designer.readsNone"),
      bad ? t("designer.problemCount", { count: bad }) : "",
    ];
    return { words: words.filter(Boolean).join("; "), shape, isBad };
  };
}

export function Outline({ onShow, onKeys }: OutlineProps) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const way = useDesk((desk) => desk.way);
  const network = useDesk((desk) => desk.picture.network);
  // Shapes and problems of rows are read when they are drawn.
  useDesk((desk) => desk.analysis);
  const selected = useDesk((desk) => desk.selected);
  const [query, setQuery] = useState("");
  const { open, turn } = useOpen(way);
  const rows = useMemo(() => rowsOf(network, open, query), [network, open, query]);
  const say = useSaying();
  const chosen = new Set(selected.map((name) => keyOf(way, name)));
  const current = rows.find((row) => chosen.has(row.path)) ?? rows[0];
  const isHere = (row: Row) => keyOf(way, row.name) === row.path;
  const choose = (row: Row) => {
    if (isHere(row)) store.getState().select([row.name]);
    else store.getState().set({ way: row.way, selected: [row.name], edge: null });
    onShow(row.name);
  };
  const goTo = (event: KeyboardEvent, next: Row | undefined) => {
    event.preventDefault();
    if (!next) return;
    // With Ctrl only the focus goes on; Space then takes one more, or lets it go.
    if (event.shiftKey && isHere(next))
      store.getState().select([...new Set([...selected, next.name])]);
    else if (!event.ctrlKey && !event.metaKey) choose(next);
    document.getElementById(`outline-${next.path}`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const id = (event.target as HTMLElement).id.replace(/^outline-/, "");
    const row = rows.find((one) => one.path === id) ?? current;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!row) return onKeys(event);
    if (step) goTo(event, rows[rows.indexOf(row) + step]);
    else if (event.key === "ArrowRight" && row.isOpen === false) turn(row.path, true);
    else if (event.key === "ArrowLeft" && row.isOpen) turn(row.path, false);
    else if (event.key === "ArrowLeft" && row.way.length)
      goTo(
        event,
        rows.find((one) => one.path === row.path.slice(0, row.path.lastIndexOf("/"))),
      );
    else if (event.key === " " && isHere(row)) {
      event.preventDefault();
      const rest = selected.filter((name) => name !== row.name);
      store.getState().select(rest.length < selected.length ? rest : [...selected, row.name]);
    } else if (event.key === "Enter" && row.isOpen !== null) {
      choose(row);
      store.getState().enter(row.name);
    } else onKeys(event);
  };
  return (
    <div className="outline">
      <TextInput
        className="outline-search"
        size="xs"
        type="search"
        aria-label={t("designer.searchNodes")}
        placeholder={t("designer.searchNodes")}
        leftSection={<Search size={14} />}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={(event) => {
          const [first] = rows;
          if (event.key !== "Enter" || event.nativeEvent.isComposing || !first) return;
          choose(first);
          document.querySelector<HTMLElement>(".canvas")?.focus({ preventScroll: true });
        }}
      />
      <div
        className="palette-list"
        role="tree"
        aria-label={t("designer.outline")}
        aria-multiselectable="true"
        onKeyDown={onKeyDown}
        tabIndex={-1}
      >
        {rows.slice(0, MOST_SHOWN).map((row) => {
          const said = say(row);
          const shown = isOutput(row.name) ? outputOf(row.name) : row.name;
          const Turn = row.isOpen ? ChevronDown : ChevronRight;
          return (
            <div
              key={row.path}
              id={`outline-${row.path}`}
              role="treeitem"
              aria-selected={chosen.has(row.path)}
              aria-level={row.way.length + 1}
              {...(row.isOpen === null ? {} : { "aria-expanded": row.isOpen })}
              aria-label={`${shown}: ${said.words}`}
              tabIndex={row === current ? 0 : -1}
              className={`outline-item ${said.isBad ? "bad" : ""}`}
              style={{ paddingInlineStart: 8 + 14 * row.way.length }}
              onClick={() => choose(row)}
              onKeyDown={() => {}}
            >
              {row.isOpen !== null && (
                <span
                  className="outline-turn"
                  aria-hidden
                  onClick={(event) => {
                    event.stopPropagation();
                    turn(row.path, !row.isOpen);
                  }}
                >
                  <Turn size={14} />
                </span>
              )}
              <span className="grow">{shown}</span>
              <span className="mono dim small">{said.shape}</span>
            </div>
          );
        })}
      </div>
      {rows.length > MOST_SHOWN && (
        <p className="dim small outline-more">
          {t("designer.outlineMore", { count: rows.length - MOST_SHOWN })}
        </p>
      )}
    </div>
  );
}
