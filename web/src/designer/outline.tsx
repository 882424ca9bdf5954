/** Outline: the network as a tree of names, for search, for keys, and for those who cannot see the drawing. */
import { TextInput } from "@mantine/core";
import { Search } from "lucide-react";
import { type KeyboardEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useTitle } from "../canvas/catalogue";
import { shapeOf } from "../canvas/ops";
import { scopeOf, useDesk, useDeskStore } from "../desk/desk";
import { problemsOf, reportOf, typeOf } from "../desk/paths";
import { graphOf, isOutput, outputId, outputOf, sourcesOf } from "../document/graph";

/** Nodes so that each comes after what it reads, as far as that goes. */
function inOrder(nodes: Record<string, { in?: Record<string, string | string[]> }>): string[] {
  const done = new Set<string>();
  const visit = (name: string, trail: Set<string>) => {
    const node = nodes[name];
    if (!node || done.has(name) || trail.has(name)) return;
    for (const source of sourcesOf(node)) visit(source, new Set([...trail, name]));
    done.add(name);
  };
  for (const name of Object.keys(nodes)) visit(name, new Set());
  return [...done];
}

interface OutlineProps {
  onShow: (name: string) => void;
  /** Keys that are not the tree's own do what they do on the canvas. */
  onKeys: (event: KeyboardEvent) => void;
}

export function Outline({ onShow, onKeys }: OutlineProps) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const scope = useDesk(scopeOf);
  const network = useDesk((desk) => desk.picture.network);
  const analysis = useDesk((desk) => desk.analysis);
  const selected = useDesk((desk) => desk.selected);
  const title = useTitle();
  const [query, setQuery] = useState("");
  const graph = useMemo(() => graphOf(network, scope), [network, scope]);
  const names = useMemo(() => {
    const size = Object.keys(graph.nodes).length;
    const nodes = size > 2_000 ? Object.keys(graph.nodes) : inOrder(graph.nodes);
    return [...graph.inputs, ...nodes, ...Object.keys(graph.outputs).map(outputId)];
  }, [graph]);
  const shown = names.filter((name) => name.includes(query.trim().toLowerCase()));
  const current = selected[0] && shown.includes(selected[0]) ? selected[0] : shown[0];
  const desk = { ...store.getState(), analysis };
  const say = (name: string): string => {
    const node = graph.nodes[name];
    if (!node) return t(isOutput(name) ? "network.output" : "network.input");
    const sources = sourcesOf(node);
    const found = problemsOf(desk, name).length;
    return [
      node.block ?? title(node.op),
      sources.length ? t("designer.reads", { nodes: sources.join(", ") }) : t("designer.readsNone"),
      found ? t("designer.problemCount", { count: found }) : "",
    ]
      .filter(Boolean)
      .join("; ");
  };
  const choose = (name: string) => {
    store.getState().select([name]);
    onShow(name);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = shown.indexOf(current ?? "");
    const focused = (event.target as HTMLElement).id.replace(/^outline-/, "");
    const from = shown.includes(focused) ? shown.indexOf(focused) : at;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const next = shown[Math.min(Math.max(from + step, 0), shown.length - 1)];
      if (!next) return;
      // With Ctrl only the focus goes on; Space then takes one more, or lets it go.
      if (event.shiftKey) store.getState().select([...new Set([...selected, next])]);
      else if (!event.ctrlKey && !event.metaKey) choose(next);
      document.getElementById(`outline-${next}`)?.focus();
    } else if (event.key === " " && shown.includes(focused)) {
      event.preventDefault();
      const rest = selected.filter((name) => name !== focused);
      store.getState().select(rest.length < selected.length ? rest : [...selected, focused]);
    } else if (event.key === "Enter" && current && graph.nodes[current]?.block)
      store.getState().enter(current);
    else onKeys(event);
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
          const first = shown[0];
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
        {shown.map((name) => (
          <div
            key={name}
            id={`outline-${name}`}
            role="treeitem"
            aria-selected={selected.includes(name)}
            aria-level={1}
            aria-label={`${isOutput(name) ? outputOf(name) : name}: ${say(name)}`}
            tabIndex={name === current ? 0 : -1}
            className={`outline-item ${problemsOf(desk, name).length ? "bad" : ""}`}
            onClick={() => choose(name)}
            onKeyDown={() => {}}
          >
            <span className="grow">{isOutput(name) ? outputOf(name) : name}</span>
            <span className="mono dim small">
              {shapeOf(
                reportOf(desk, name)?.type ?? (graph.nodes[name] ? null : typeOf(desk, name)),
              )}
            </span>
          </div>
        ))}
      </div>
    </div>
  );
}
