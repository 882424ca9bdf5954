/** Drawer: problems, code, table and difference, below the canvas. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useCatalogue, useTitle } from "../canvas/catalogue";
import { brief, shapeOf } from "../canvas/ops";
import { Code } from "../code/code";
import { scopeOf, useDesk, useDeskStore } from "../desk/desk";
import { reportOf } from "../desk/paths";
import { type DrawerTab, setUi, toggleDrawer, useUi } from "../desk/ui";
import { graphOf, sourcesOf } from "../document/graph";
import { Fixes } from "../inspector/fixes";
import { useFormat } from "../locales/format";
import { Table } from "../shell/table";
import { Difference } from "./difference";

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
