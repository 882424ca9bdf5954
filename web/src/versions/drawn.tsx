/** Drawn: two networks as one drawing; what came, went, changed or was renamed has a sign and a colour. */
import { SegmentedControl } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { brief } from "../canvas/drawing";
import { BAR, layout, type Placed, wayOf } from "../canvas/layers";
import type { Comparison, NodeChange } from "../document/compare";
import { valueText } from "../document/grammar";
import { scopesOf } from "../document/graph";
import type { NetworkDocument, NodeDocument, Scope } from "../document/types";
import { edgeKey, type Mark, unionOf } from "../document/union";

/** More than these are listed, not drawn: nobody could find them in a drawing. */
const MOST_DRAWN = 600;
export const SIGNS: Record<Mark, string> = {
  added: "+",
  removed: "−",
  changed: "~",
  renamed: "→",
  same: "",
};

const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

const shown = (value: unknown): string => (value === undefined ? "–" : valueText(value));

/** What one line can say of a change: the first field, and how many more. */
function changeText(change: NodeChange): string {
  const [first, ...more] = change.fields;
  const field = first ? `${first.field} ${shown(first.from)} → ${shown(first.to)}` : "";
  const rest = more.length ? ` +${more.length}` : "";
  return [change.was ? `${change.was} →` : "", field + rest].filter(Boolean).join(" ");
}

interface BarProps {
  placed: Placed;
  node: NodeDocument | undefined;
  mark: Mark;
  change: NodeChange | undefined;
  isChosen: boolean;
  onChoose: () => void;
}

function Bar({ placed, node, mark, change, isChosen, onChoose }: BarProps) {
  const { t } = useTranslation();
  const name = placed.name.replace(/^→/, "");
  const op =
    node?.op ?? node?.block ?? t(`network.${placed.kind === "output" ? "output" : "input"}`);
  const detail = change && changeText(change) ? changeText(change) : `${op} ${brief(node?.params)}`;
  const state = mark === "same" ? "" : t(`designer.diff.${mark}`);
  const look = `bar union ${mark} ${isChosen ? "selected" : ""}`;
  const inside = (
    <>
      <rect className="plate" width={BAR.width} height={BAR.height} rx={9} />
      <text className="sign" x={18} y={28} textAnchor="middle">
        {SIGNS[mark]}
      </text>
      <text className="name" x={34} y={19}>
        {cut(name, 26)}
      </text>
      <text className="detail" x={34} y={35}>
        {cut(detail, 42)}
      </text>
    </>
  );
  const where = `translate(${placed.x - BAR.width / 2} ${placed.y})`;
  const label = [name, state, detail].filter(Boolean).join(", ");
  if (mark === "same")
    return (
      // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a group inside SVG is no control
      <g className={look} transform={where} role="img" aria-label={label}>
        {inside}
      </g>
    );
  return (
    // biome-ignore lint/a11y/useSemanticElements: an HTML button cannot stand inside SVG
    <g
      className={`${look} go`}
      transform={where}
      role="button"
      tabIndex={0}
      aria-label={label}
      aria-pressed={isChosen}
      onClick={onChoose}
      onKeyDown={(event) => (event.key === "Enter" || event.key === " ") && onChoose()}
    >
      {inside}
    </g>
  );
}

interface DrawnProps {
  from: NetworkDocument;
  to: NetworkDocument;
  found: Comparison;
  chosen: string | null;
  onChoose: (name: string, scope: Scope) => void;
}

/** Scopes with something to see: the network, and blocks that changed inside. */
function shownScopes({ from, to, found }: DrawnProps): Scope[] {
  const inside = new Set(found.nodes.map((one) => one.scope));
  const blocks = [...new Set([...scopesOf(to), ...scopesOf(from)])];
  return blocks.filter((scope) => scope === null || inside.has(scope));
}

export function Drawn(props: DrawnProps) {
  const { t } = useTranslation();
  const { from, to, found, chosen, onChoose } = props;
  const scopes = shownScopes(props);
  const [wished, setWished] = useState<Scope>(null);
  const scope = scopes.includes(wished) ? wished : null;
  const frame = useRef<HTMLDivElement>(null);
  const union = useMemo(() => unionOf(from, to, found.nodes, scope), [from, to, found, scope]);
  const isMany = Object.keys(union.document.nodes).length > MOST_DRAWN;
  const placed = useMemo(() => (isMany ? null : layout(union.document)), [isMany, union]);
  useEffect(() => {
    if (placed) frame.current?.querySelector(".bar.go")?.scrollIntoView({ block: "nearest" });
  }, [placed]);
  const changeOf = (name: string) =>
    found.nodes.find((one) => one.scope === scope && one.name === name);
  return (
    <div className="drawn-both">
      <div className="row tight legend sign-keys">
        {(["added", "removed", "changed", "renamed"] as const).map((mark) => (
          <span key={mark} className={`sign-key ${mark}`}>
            <b aria-hidden>{SIGNS[mark]}</b> {t(`designer.diff.${mark}`)}
          </span>
        ))}
        {scopes.length > 1 && (
          <SegmentedControl
            size="xs"
            value={scope ?? ""}
            onChange={(value) => setWished(value || null)}
            data={scopes.map((one) => ({ value: one ?? "", label: one ?? t("noun.network") }))}
          />
        )}
      </div>
      {!placed ? (
        <p className="dim none">{t("versions.tooMany", { most: MOST_DRAWN })}</p>
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: no fieldset, and no landmark
        <div
          className="drawing"
          role="group"
          aria-label={t("versions.drawing")}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          ref={frame}
        >
          <svg
            width={placed.width + 12}
            height={placed.height + 12}
            viewBox={`-6 -6 ${placed.width + 12} ${placed.height + 12}`}
          >
            <title>{t("versions.drawing")}</title>
            {placed.edges.map((edge) => (
              <path
                key={edgeKey(edge.from, edge.to)}
                className={`edge ${union.edges.get(edgeKey(edge.from, edge.to)) ?? ""}`}
                d={wayOf(edge.points)}
              />
            ))}
            {placed.nodes.map((one) => (
              <Bar
                key={one.name}
                placed={one}
                node={union.document.nodes[one.name]}
                mark={union.marks.get(one.name) ?? "same"}
                change={changeOf(one.name)}
                isChosen={chosen === one.name}
                onChoose={() => onChoose(one.name, scope)}
              />
            ))}
          </svg>
        </div>
      )}
    </div>
  );
}
