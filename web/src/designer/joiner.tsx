/** Joiner: connects by keys: the name of what shall read the selected node, chosen from a list. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCatalogue } from "../canvas/catalogue";
import { accepts, portsOf } from "../canvas/ops";
import { type Desk, scopeOf, useDesk, useDeskStore } from "../desk/desk";
import { typeOf } from "../desk/paths";
import { setUi, useUi } from "../desk/ui";
import { connect } from "../document/edit";
import { closesCircle, graphOf, outputId, outputOf } from "../document/graph";
import { type Choice, Pick } from "./pick";

interface End {
  to: string;
  port: string;
  many: boolean;
  fits: boolean;
  isFree: boolean;
}

/** Every port that an edge from this node may lead to; those that fit and are free come first. */
function endsFor(desk: Desk, ops: ReturnType<typeof useCatalogue>, from: string): End[] {
  const graph = graphOf(desk.picture.network, scopeOf(desk));
  const type = typeOf(desk, from);
  const inner = Object.entries(graph.nodes)
    .filter(([name]) => !closesCircle(graph, from, name))
    .flatMap(([name, node]) =>
      portsOf(node, ops, desk.picture.network.blocks).map((port) => ({
        to: name,
        port: port.name,
        many: Boolean(port.many),
        fits: accepts(port.wants, type),
        isFree: Boolean(port.many) || !node.in?.[port.name],
      })),
    );
  const outer = Object.entries(graph.outputs).map(([output, source]) => ({
    to: outputId(output),
    port: "",
    many: false,
    fits: true,
    isFree: !source,
  }));
  const rank = (end: End) => (end.fits ? 0 : 2) + (end.isFree ? 0 : 1);
  return [...inner, ...outer].sort((a, b) => rank(a) - rank(b));
}

function Open({ from }: { from: string }) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const ops = useCatalogue();
  const [query, setQuery] = useState("");
  const ends = useDesk((desk) => desk.picture) && endsFor(store.getState(), ops, from);
  const close = () => {
    setUi({ joining: null });
    document.querySelector<HTMLElement>(".canvas")?.focus({ preventScroll: true });
  };
  const join = ({ to, port, many }: End) => {
    const desk = store.getState();
    const args = { from, to: outputOf(to) };
    desk.act("connect", (p) => connect(p, scopeOf(desk), from, to, port, many), { args });
    close();
  };
  const shown = ends.filter((end) => end.to.includes(query.trim().toLowerCase()));
  const choices: Choice[] = shown.map((end) => ({
    id: `${end.to}:${end.port}`,
    run: () => join(end),
    node: (
      <span className="pick-line">
        <span className="grow">{end.to.replace("→", "")}</span>
        <span className="dim small mono">{end.port}</span>
        <span className="dim small">
          {end.fits
            ? t(end.isFree ? "designer.join.free" : "designer.join.instead")
            : t("designer.join.misfit")}
        </span>
      </span>
    ),
  }));
  const frame = document.querySelector(".canvas")?.getBoundingClientRect();
  const left = (frame?.left ?? 0) + Math.max(8, ((frame?.width ?? 600) - 340) / 2);
  return (
    <>
      <button
        type="button"
        className="pick-shade"
        aria-label={t("do.close")}
        tabIndex={-1}
        onClick={close}
      />
      <div className="pick-frame" style={{ left, top: (frame?.top ?? 0) + 60, width: 340 }}>
        <Pick
          label={t("designer.join.title", { node: from })}
          placeholder={t("designer.join.title", { node: from })}
          query={query}
          onQuery={setQuery}
          choices={choices}
          none={t("designer.join.none")}
          onClose={close}
        />
      </div>
    </>
  );
}

export function Joiner() {
  const joining = useUi((ui) => ui.joining);
  return joining === null ? null : <Open key={joining} from={joining} />;
}
