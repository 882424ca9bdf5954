/** Inspector: the fields of what is selected, made from the op's schema; nothing here knows an op by name. */
import { ActionIcon, Button, Menu, Tooltip } from "@mantine/core";
import { Blocks, BookOpen, ChevronRight, Ellipsis } from "lucide-react";
import { memo, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { OpEntry } from "../api/records";
import { NameOf } from "../canvas/bar";
import { useCatalogue, useTitle } from "../canvas/catalogue";
import { Drawing } from "../canvas/drawing";
import { groupOf, OpIcon } from "../canvas/icons";
import { propertiesOf, typeText } from "../canvas/ops";
import { scopeOf, useDesk, useDeskStore } from "../desk/desk";
import { problemsOf, reportOf } from "../desk/paths";
import { useUi } from "../desk/ui";
import { setOp, setParam } from "../document/fields";
import { asNetwork, edgeId, edgesOf, graphOf } from "../document/graph";
import { isSame } from "../document/patch";
import type { NodeDocument } from "../document/types";
import { useFormat } from "../locales/format";
import { Facts } from "../shell/page";
import { BlockFields } from "./block";
import { AddChoice, Choices } from "./choices";
import { EndFields } from "./end";
import { Field } from "./field";
import { fieldsOf } from "./fields";
import { Fixes } from "./fixes";
import { NetworkFields } from "./network";
import { useRanges } from "./ranges";
import { Traits } from "./traits";
import { WireFields } from "./wire";

/** More bars are no picture at the side. */
const MOST_SHOWN = 60;

function useFields(names: readonly string[]) {
  const store = useDeskStore();
  const ops = useCatalogue();
  const scope = useDesk(scopeOf);
  const onValue = (param: string) => (value: unknown, isTyping: boolean) => {
    store
      .getState()
      .act(
        "set_param",
        (picture) =>
          names.reduce((next, name) => setParam(next, scope, name, param, value), picture),
        { args: { field: param }, ...(isTyping ? { burst: `${names.join()}.${param}` } : {}) },
      );
  };
  const rangesOf = useRanges();
  return { onValue, rangesOf, ops, scope };
}

export function Parameters({ names }: { names: readonly string[] }) {
  const { onValue, rangesOf, ops, scope } = useFields(names);
  const nodes = useDesk((desk) => graphOf(desk.picture.network, scope).nodes);
  const network = useDesk((desk) => desk.picture.network);
  const asked = useDesk((desk) => desk.field);
  const store = useDeskStore();
  useEffect(() => {
    // The field has the focus by now; the wish is fulfilled once.
    if (asked !== null) store.getState().set({ field: null });
  }, [asked, store]);
  const all = names
    .map((name) => nodes[name])
    .filter((node): node is NodeDocument => node !== undefined);
  const [first] = all;
  if (!first) return null;
  const lists = all.map((node) => fieldsOf(node, ops, network));
  const shared = (lists[0] ?? []).filter(([name, schema]) =>
    lists.every((list) => list.some(([other, one]) => other === name && isSame(one, schema))),
  );
  const name = names[0] ?? "";
  return (
    <div className="fields">
      {shared.map(([param, schema], i) => {
        const value = first.params?.[param];
        const agree = all.every((node) => isSame(node.params?.[param], value));
        return (
          <Field
            key={`${name} ${param}`}
            name={param}
            schema={agree ? schema : { ...schema, default: undefined }}
            value={agree ? value : undefined}
            canHaveRange={schema.role !== undefined || scope !== null}
            isFocused={
              asked !== null && (asked.split("!")[0] ? asked.startsWith(`${param}!`) : i === 0)
            }
            onValue={onValue(param)}
            {...rangesOf(names, param, schema.default)}
          />
        );
      })}
    </div>
  );
}

function ChangeOp({ name }: { name: string }) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const ops = useCatalogue();
  const scope = useDesk(scopeOf);
  const title = useTitle();
  const node = useDesk((desk) => graphOf(desk.picture.network, scope).nodes[name]);
  const group = ops.get(node?.op ?? "")?.group;
  const kin = [...ops.values()].filter((entry) => entry.group === group && entry.kind !== node?.op);
  if (!kin.length) return null;
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={26} aria-label={t("designer.changeOp")}>
          <Ellipsis size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: "auto" }}>
        <Menu.Label>{t("designer.changeOp")}</Menu.Label>
        {kin.map((entry) => (
          <Menu.Item
            key={entry.kind}
            onClick={() =>
              store
                .getState()
                .act("set_op", (p) =>
                  setOp(p, scope, name, entry.kind, Object.keys(propertiesOf(entry))),
                )
            }
          >
            {title(entry.kind)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function About({ name, entry }: { name: string; entry: OpEntry | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const report = useDesk((desk) => reportOf(desk, name));
  return (
    <>
      {report?.type && (
        <Facts
          items={[
            [
              t("network.shape"),
              <span key="type" className="mono">
                {typeText(report.type)}
              </span>,
            ],
            [t("network.parameters"), format.count(report.parameters)],
            [t("network.macs"), format.count(report.macs)],
          ]}
        />
      )}
      {entry && (
        <details className="about">
          <summary>
            <BookOpen size={13} aria-hidden /> {t("designer.about")}
          </summary>
          <p>{entry.doc.replaceAll("``", "")}</p>
          {entry.formula && <p className="mono">{entry.formula}</p>}
          {entry.paper && <p className="dim">{entry.paper}</p>}
        </details>
      )}
    </>
  );
}

/** What is in a block, to be looked at where it is used. */
function Inside({ name, block }: { name: string; block: string }) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const analysis = useDesk((desk) => desk.analysis);
  const found = useDesk((desk) => desk.picture.network.blocks?.[block]);
  const document = useMemo(() => found && asNetwork(block, found), [block, found]);
  if (!document || Object.keys(document.nodes).length > MOST_SHOWN) return null;
  const node = graphOf(store.getState().picture.network, scopeOf(store.getState())).nodes[name];
  const way = [...store.getState().way, { node: name, block }];
  const desk = { ...store.getState(), analysis, way };
  const nodes = Object.keys(document.nodes).flatMap((one) => {
    const report = reportOf(desk, one);
    return report ? [[one, report] as const] : [];
  });
  return (
    <details className="about inside">
      <summary>{t("designer.inside", { block: node?.block ?? block })}</summary>
      <Drawing
        document={document}
        analysis={{ nodes: Object.fromEntries(nodes), totals: {}, problems: [] }}
      />
    </details>
  );
}

function OneNode({ name, node }: { name: string; node: NodeDocument }) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const ops = useCatalogue();
  const title = useTitle();
  const entry = ops.get(node.op ?? "");
  const problems = useDesk((desk) => desk.analysis);
  const found = problems ? problemsOf(store.getState(), name) : [];
  return (
    <div className="inspector-body" data-group={groupOf(node, entry)}>
      <div className="inspector-head">
        <span className="tile">
          <OpIcon node={node} entry={entry} size={18} />
        </span>
        <div className="grow">
          <Tooltip label={t("act.rename")} openDelay={400}>
            <button
              type="button"
              className="plain title"
              onClick={() => store.getState().set({ naming: `@${name}` })}
            >
              <NameOf id={name} at={`@${name}`} />
            </button>
          </Tooltip>
          <div className="dim small">
            {node.block ?? title(node.op ?? node.choices?.[node.choose ?? ""]?.op)}
          </div>
        </div>
        {node.op && <ChangeOp name={name} />}
      </div>
      <Fixes problems={found} />
      {node.block && (
        <Button
          size="xs"
          variant="light"
          leftSection={<Blocks size={14} />}
          rightSection={<ChevronRight size={14} />}
          onClick={() => store.getState().enter(name)}
        >
          {t("designer.enterBlock", { block: node.block })}
        </Button>
      )}
      {node.block && <Inside name={name} block={node.block} />}
      {node.choices ? <Choices name={name} node={node} /> : <Parameters names={[name]} />}
      <Traits name={name} node={node} />
      {!node.choices && <AddChoice name={name} />}
      <About name={name} entry={entry} />
    </div>
  );
}

/** The fields of these; drawn anew only when what they are of changes. */
const Shown = memo(function Shown({
  selected,
  wire,
}: {
  selected: readonly string[];
  wire: string;
}) {
  const { t } = useTranslation();
  const scope = useDesk(scopeOf);
  const nodes = useDesk((desk) => graphOf(desk.picture.network, scope).nodes);
  const network = useDesk((desk) => desk.picture.network);
  const [name = ""] = selected;
  const node = nodes[name];
  const edge = wire && edgesOf(graphOf(network, scope)).find((one) => edgeId(one) === wire);
  if (edge) return <WireFields key={wire} edge={edge} />;
  if (selected.length === 1 && node) return <OneNode key={name} name={name} node={node} />;
  if (selected.length === 1) return <EndFields key={name} name={name} />;
  if (selected.length > 1) {
    const inner = selected.filter((one) => nodes[one]);
    return (
      <div className="inspector-body">
        <h2>{t("designer.several", { count: selected.length })}</h2>
        <p className="dim small">{t("designer.severalText")}</p>
        <Parameters names={inner} />
      </div>
    );
  }
  return scope === null ? <NetworkFields /> : <BlockFields key={scope} block={scope} />;
});

/** What is selected, or the network itself; while a bar is dragged, what was: fields cost frames. */
export function Inspector() {
  const selected = useDesk((desk) => desk.selected);
  const wire = useDesk((desk) => desk.edge) ?? "";
  const picture = useDesk((desk) => desk.picture);
  const isHeld = useUi((ui) => ui.isHeld);
  const kept = useRef({ selected, wire, picture });
  if (!isHeld || kept.current.picture !== picture) kept.current = { selected, wire, picture };
  return <Shown selected={kept.current.selected} wire={kept.current.wire} />;
}
