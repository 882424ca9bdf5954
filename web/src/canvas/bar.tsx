/** Bar: one node in one line: what it is, what it is set to, what it costs, what it gives. */
import { Handle, type Node, type NodeProps, Position, useConnection } from "@xyflow/react";
import { CircleAlert, CircleOff, Link2, Lock, Shuffle, SlidersHorizontal } from "lucide-react";
import { memo, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { OpPort } from "../api/records";
import { scopeOf, useDesk, useDeskStore } from "../desk/desk";
import { problemsOf, reportOf, typeOf } from "../desk/paths";
import { useUi } from "../desk/ui";
import { isExpression } from "../document/expression";
import { graphOf, isOutput, outputOf } from "../document/graph";
import { legalOf } from "../document/names";
import { rename } from "../document/rename";
import type { NodeDocument } from "../document/types";
import { useFormat } from "../locales/format";
import { useCatalogue } from "./catalogue";
import { groupOf, OpIcon } from "./icons";
import { accepts, brief, portsOf, shapeOf } from "./ops";
import { portAt, sizeOf } from "./size";

export type BarNode = Node<{ isEnd: boolean; ports: string[] }, "bar" | "end">;

/** Type at the node from which an edge is being drawn; undefined while none is. */
function useOffered(id: string) {
  const from = useConnection((connection) =>
    connection.inProgress && connection.fromHandle?.type === "source"
      ? connection.fromNode.id
      : null,
  );
  const type = useDesk((desk) => (from ? typeOf(desk, from) : null));
  return from && from !== id ? { type } : undefined;
}

function Ports({ id, ports, width }: { id: string; ports: OpPort[]; width: number }) {
  const offered = useOffered(id);
  return ports.map((port, i) => {
    const look = offered ? (accepts(port.wants, offered.type) ? "open" : "shut") : "";
    return (
      <Handle
        key={port.name}
        id={port.name}
        type="target"
        position={Position.Top}
        className={look}
        style={{ left: portAt(i, ports.length, width) }}
        title={ports.length > 1 ? port.name : undefined}
      />
    );
  });
}

/** The name, or the field to type it in; `at` tells the places apart where it may be typed. */
export function NameOf({ id, at = id }: { id: string; at?: string }) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const isNaming = useDesk((desk) => desk.naming === at);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isNaming) input.current?.select();
  }, [isNaming]);
  const shown = isOutput(id) ? outputOf(id) : id;
  if (!isNaming) return <span className="name">{shown}</span>;
  const end = (text: string | null) => {
    const desk = store.getState();
    if (desk.naming !== at) return;
    desk.set({ naming: null });
    const name = text === null ? shown : legalOf(text) || text;
    if (name === shown) return;
    const isDone = desk.act("rename", (picture) => rename(picture, scopeOf(desk), id, name), {
      args: { from: shown, name },
      select: [isOutput(id) ? `→${name}` : name],
    });
    if (isDone) renamePlaces(store, id, isOutput(id) ? `→${name}` : name);
  };
  return (
    <input
      ref={input}
      className="naming nodrag nopan"
      aria-label={t("designer.name")}
      defaultValue={shown}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.nativeEvent.isComposing) return;
        if (event.key !== "Enter" && event.key !== "Escape") return;
        end(event.key === "Enter" ? event.currentTarget.value : null);
        document.querySelector<HTMLElement>(".canvas")?.focus({ preventScroll: true });
      }}
      onBlur={(event) => end(event.currentTarget.value)}
    />
  );
}

/** Places that are not in the document go by name, too. */
function renamePlaces(store: ReturnType<typeof useDeskStore>, from: string, to: string): void {
  const desk = store.getState();
  const key = scopeOf(desk) ?? "";
  const { [from]: place, ...rest } = desk.auto[key] ?? {};
  if (place) desk.set({ auto: { ...desk.auto, [key]: { ...rest, [to]: place } } });
}

const repeatText = (node: NodeDocument): string =>
  node.repeat === undefined || node.repeat === 1
    ? ""
    : `×${isExpression(node.repeat) ? node.repeat.var : node.repeat}`;

function Badges({ id, node }: { id: string; node: NodeDocument }) {
  const { t } = useTranslation();
  const hasRange = useDesk(
    (desk) =>
      scopeOf(desk) === null &&
      Object.keys(desk.picture.space).some((key) => key.startsWith(`${id}.`)),
  );
  const repeat = repeatText(node);
  return (
    <span className="badges">
      {repeat && <b className="times">{repeat}</b>}
      {node.choices && <Shuffle size={13} aria-label={t("designer.badge.choice")} />}
      {hasRange && <SlidersHorizontal size={13} aria-label={t("designer.badge.range")} />}
      {node.frozen && <Lock size={13} aria-label={t("designer.badge.frozen")} />}
      {node.tied && <Link2 size={13} aria-label={t("designer.badge.tied", { node: node.tied })} />}
      {node.enabled === false && <CircleOff size={13} aria-label={t("designer.badge.off")} />}
    </span>
  );
}

export const Bar = memo(function Bar({ id, selected }: NodeProps<BarNode>) {
  const { t } = useTranslation();
  const format = useFormat();
  const ops = useCatalogue();
  const node = useDesk((desk) => graphOf(desk.picture.network, scopeOf(desk)).nodes[id]);
  const blocks = useDesk((desk) => desk.picture.network.blocks);
  const report = useDesk((desk) => reportOf(desk, id));
  const troubles = useDesk(
    (desk) => problemsOf(desk, id).filter((one) => one.level !== "warning").length,
  );
  const warnings = useDesk((desk) => problemsOf(desk, id).length) - troubles;
  const isFull = useUi((ui) => ui.density === "full");
  if (!node) return null;
  const kind = node.choices?.[node.choose ?? ""]?.op ?? node.op;
  const entry = ops.get(kind ?? "");
  const values = node.block ?? brief(node, entry);
  const isKin = id.replace(/_\d+$/, "") === (kind ?? node.block);
  const state = troubles ? "broken" : (report?.state ?? "");
  const cost = report?.parameters ? format.short(report.parameters) : "";
  const { width } = sizeOf(false);
  return (
    <div
      className={`node ${selected ? "selected" : ""} ${node.enabled === false ? "off" : ""} ${state}`}
      data-group={groupOf(node, entry)}
      data-node={id}
    >
      <Ports id={id} ports={portsOf(node, ops, blocks)} width={width} />
      <span className="tile">
        <OpIcon node={node} entry={entry} />
      </span>
      <NameOf id={id} />
      <span className="values">{[isKin ? "" : kind, values].filter(Boolean).join(" · ")}</span>
      <Badges id={id} node={node} />
      {isFull && (
        <span className="all">
          {[
            kind ?? node.block,
            brief(node, entry, 8),
            cost && t("network.parametersOf", { count: cost }),
            report?.macs && t("designer.macsOf", { count: format.short(report.macs) }),
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
      )}
      {cost && (
        <span className="cost" title={t("network.parameters")}>
          {cost}
        </span>
      )}
      {report?.state === "unknown" && !troubles ? (
        <span
          className="gives unsure"
          title={t("designer.unknown", { node: report.because_of ?? "" })}
        >
          ?
        </span>
      ) : (
        <span className="gives">{shapeOf(report?.type)}</span>
      )}
      {(troubles > 0 || warnings > 0) && (
        <span
          className={`trouble-mark ${troubles ? "" : "mild"}`}
          title={t("designer.problemCount", { count: troubles + warnings })}
        >
          <CircleAlert size={12} aria-hidden />
          {troubles + warnings}
        </span>
      )}
      <Handle type="source" position={Position.Bottom} />
    </div>
  );
});

export const End = memo(function End({ id, selected }: NodeProps<BarNode>) {
  const { t } = useTranslation();
  const isOut = isOutput(id);
  const type = useDesk((desk) => {
    if (!isOut) return typeOf(desk, id);
    const source = graphOf(desk.picture.network, scopeOf(desk)).outputs[outputOf(id)];
    return source ? typeOf(desk, source) : null;
  });
  const troubles = useDesk((desk) => problemsOf(desk, id).length);
  const offered = useOffered(id);
  return (
    <div
      className={`node end ${selected ? "selected" : ""} ${troubles ? "broken" : ""}`}
      data-group={isOut ? "output" : "input"}
      data-node={id}
    >
      {isOut && (
        <Handle id="" type="target" position={Position.Top} className={offered ? "open" : ""} />
      )}
      <span className="kind">{t(isOut ? "network.output" : "network.input")}</span>
      <NameOf id={id} />
      <span className="gives">{shapeOf(type)}</span>
      {!isOut && <Handle type="source" position={Position.Bottom} />}
    </div>
  );
});
