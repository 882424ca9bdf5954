/** Drawer: problems, code, table and difference, below the canvas. */
import { ActionIcon, CopyButton, SegmentedControl, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Check, Copy, Download, X } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { http, one } from "../api/client";
import { useCatalogue, useTitle } from "../canvas/catalogue";
import { brief, shapeOf } from "../canvas/ops";
import { scopeOf, useDesk, useDeskStore } from "../desk/desk";
import { reportOf } from "../desk/paths";
import { type DrawerTab, setUi, toggleDrawer, useUi } from "../desk/ui";
import { graphOf, sourcesOf } from "../document/graph";
import { jsonLines, type Line } from "../document/open";
import type { NetworkDocument } from "../document/types";
import { Fixes } from "../inspector/fixes";
import { useFormat } from "../locales/format";
import { Table } from "../shell/table";
import { TroubleOf } from "../shell/trouble";
import { Difference } from "./difference";
import { saveText } from "./files";

type Face = "yaml" | "json" | "py" | "torch";
const SUFFIX: Record<Face, string> = { yaml: "yaml", json: "json", py: "py", torch: "py" };

/** Text of another face of the network, from the server. */
async function convert(
  network: NetworkDocument,
  to: "py" | "torch",
  data: string | null,
  target: string | null,
) {
  const about = data && target ? { data, target } : {};
  const body = { network: { ...network }, to, dark: false, ...about };
  const found = await one<{ text: string | null }>(http.POST("/api/v1/networks/convert", { body }));
  return found.text ?? "";
}

/** As YAML; what holds only values stands in one line. */
async function yamlOf(network: NetworkDocument): Promise<string> {
  const { Document, isCollection, isPair, visit } = await import("yaml");
  const found = new Document(network);
  visit(found, {
    Collection: (_, tree) => {
      const parts = tree.items.map((item) => (isPair(item) ? item.value : item));
      tree.flow = !parts.some((part) => isCollection(part) && part.items.length > 0);
    },
  });
  return found.toString({ lineWidth: 100, flowCollectionPadding: false });
}

/** Lines with the node each of them writes, told by the name that begins them. */
function linesOf(text: string, names: Set<string>, face: Face): Line[] {
  const pattern =
    face === "yaml" ? /^ {2,6}([a-z][a-z0-9_]*):/ : /\b(?:self\.|name=")?([a-z][a-z0-9_]*)\b/g;
  return text.split("\n").map((line) => {
    const found =
      face === "yaml"
        ? [line.match(pattern)?.[1] ?? ""]
        : [...line.matchAll(pattern as RegExp)].map((match) => match[1] ?? "");
    const node = found.find((word) => names.has(word));
    return { text: line, node: node ? `/${node}` : null };
  });
}

function Code() {
  const { t } = useTranslation();
  const store = useDeskStore();
  const network = useDesk((desk) => desk.picture.network);
  const selected = useDesk((desk) => desk.selected);
  const scope = useDesk(scopeOf);
  const [face, setFace] = useState<Face>("yaml");
  const body = useRef<HTMLPreElement>(null);
  const names = useMemo(() => new Set(Object.keys(network.nodes)), [network]);
  const data = useDesk((desk) => desk.data);
  const target = useDesk((desk) => desk.target);
  const text = useQuery({
    queryKey: ["code", face, network, data, target],
    queryFn: () =>
      face === "py" || face === "torch" ? convert(network, face, data, target) : yamlOf(network),
    enabled: face !== "json",
    placeholderData: (before, query) => (query?.queryKey[1] === face ? before : undefined),
    gcTime: 1_000,
    retry: false,
  });
  const lines = useMemo(
    () => (face === "json" ? jsonLines(network) : linesOf(text.data ?? "", names, face)),
    [face, network, text.data, names],
  );
  const here = (line: Line) =>
    line.node !== null && selected.some((name) => line.node === `${scope ?? ""}/${name}`);
  useEffect(() => {
    if (selected.length) body.current?.querySelector(".here")?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  const whole = lines.map((line) => line.text).join("\n");
  return (
    <div className="code-view">
      <div className="row tight code-tools">
        <SegmentedControl
          size="xs"
          value={face}
          onChange={(value) => setFace(value as Face)}
          data={(["yaml", "json", "py", "torch"] as Face[]).map((one) => ({
            value: one,
            label: t(`designer.face.${one}`),
          }))}
        />
        <CopyButton value={whole}>
          {({ copied, copy }) => (
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={copy}
              aria-label={t("designer.copyCode")}
            >
              {copied ? <Check size={15} /> : <Copy size={15} />}
            </ActionIcon>
          )}
        </CopyButton>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t("designer.download")}
          onClick={() => saveText(`${store.getState().name}.${SUFFIX[face]}`, whole)}
        >
          <Download size={15} />
        </ActionIcon>
      </div>
      {face !== "json" && <TroubleOf error={text.error} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre ref={body} tabIndex={0}>
        {lines.map((line, i) => {
          const name = line.node?.split("/")[1] ?? "";
          const block = line.node?.split("/")[0] ?? "";
          const canGo = line.node !== null && block === (scope ?? "");
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the outline gives the same by keyboard
            <code
              key={i}
              className={here(line) ? "here" : ""}
              onClick={() => canGo && store.getState().select([name])}
            >
              {line.text || " "}
            </code>
          );
        })}
      </pre>
    </div>
  );
}

function NodeTable() {
  const { t } = useTranslation();
  const format = useFormat();
  const store = useDeskStore();
  const ops = useCatalogue();
  const title = useTitle();
  const scope = useDesk(scopeOf);
  const network = useDesk((desk) => desk.picture.network);
  const analysis = useDesk((desk) => desk.analysis);
  const desk = { ...store.getState(), analysis };
  const items = Object.entries(graphOf(network, scope).nodes).slice(0, 2_000);
  return (
    <Table
      label={t("designer.tab.table")}
      items={items}
      rowKey={([name]) => name}
      onRow={([name]) => store.getState().select([name])}
      columns={[
        { key: "name", head: t("col.name"), cell: ([name]) => <b>{name}</b> },
        { key: "op", head: t("noun.op"), cell: ([, node]) => node.block ?? title(node.op) },
        {
          key: "values",
          head: t("designer.values"),
          cell: ([, node]) => brief(node, ops.get(node.op ?? "")),
        },
        { key: "from", head: t("designer.from"), cell: ([, node]) => sourcesOf(node).join(", ") },
        {
          key: "shape",
          head: t("network.shape"),
          cell: ([name]) => <span className="mono">{shapeOf(reportOf(desk, name)?.type)}</span>,
        },
        {
          key: "parameters",
          head: t("network.parameters"),
          right: true,
          cell: ([name]) => format.count(reportOf(desk, name)?.parameters),
        },
        {
          key: "macs",
          head: t("network.macs"),
          right: true,
          cell: ([name]) => format.count(reportOf(desk, name)?.macs),
        },
      ]}
    />
  );
}

function Problems() {
  const { t } = useTranslation();
  const problems = useDesk((desk) => desk.analysis?.problems) ?? [];
  if (!problems.length) return <p className="dim none">{t("designer.noProblems")}</p>;
  return <Fixes problems={problems} hasNames />;
}

const TABS: DrawerTab[] = ["problems", "code", "table", "diff"];

export function Drawer() {
  const { t } = useTranslation();
  const open = useUi((ui) => ui.drawer);
  const count = useDesk((desk) => desk.analysis?.problems.length ?? 0);
  const bad = useDesk(
    (desk) => desk.analysis?.problems.some((one) => one.level !== "warning") ?? false,
  );
  return (
    <section className={`drawer ${open ? "open" : ""}`} aria-label={t("designer.drawer")}>
      <div className="drawer-tabs">
        {TABS.map((tab) => (
          <button
            key={tab}
            type="button"
            aria-expanded={open === tab}
            className={open === tab ? "on" : ""}
            onClick={() => toggleDrawer(tab)}
          >
            {t(`designer.tab.${tab}`)}
            {tab === "problems" && count > 0 && (
              <span className={`count ${bad ? "bad" : ""}`}>{count}</span>
            )}
          </button>
        ))}
        <span className="grow" />
        {open && (
          <Tooltip label={t("do.close")}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={26}
              aria-label={t("do.close")}
              onClick={() => setUi({ drawer: null })}
            >
              <X size={15} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      {open && (
        <div className="drawer-body">
          {open === "problems" && <Problems />}
          {open === "code" && <Code />}
          {open === "table" && <NodeTable />}
          {open === "diff" && <Difference />}
        </div>
      )}
    </section>
  );
}
