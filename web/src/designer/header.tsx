/** Header: where one is, what it costs, whether it is checked and kept, and the way to training. */
import { ActionIcon, Button, Menu, Tooltip } from "@mantine/core";
import {
  ChevronRight,
  Command,
  Ellipsis,
  FlaskConical,
  Maximize,
  Redo2,
  Save,
  Undo2,
  WandSparkles,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useBindings } from "../actions/bindings";
import type { ActionContext } from "../actions/deeds";
import { shownKey } from "../actions/keys";
import { openPalette } from "../actions/offers";
import { type Action, actionOf, usable } from "../actions/table";
import { isBlank, unsentOf, useDesk, useDeskStore } from "../desk/desk";
import type { Keeping } from "../desk/keep";
import { setUi, toggleDrawer, useUi } from "../desk/ui";
import { useSpaceText } from "../inspector/network";
import { useFormat } from "../locales/format";
import { NOW } from "../versions/sides";
import { useDiff } from "../versions/versions";
import { exportPicture } from "./picture";

function Crumbs() {
  const { t } = useTranslation();
  const store = useDeskStore();
  const name = useDesk((desk) => desk.name);
  const way = useDesk((desk) => desk.way);
  return (
    <nav className="crumbs" aria-label={t("designer.way")}>
      <Link to="/networks" className="dim">
        {t("rail.networks")}
      </Link>
      <ChevronRight size={13} aria-hidden className="dim" />
      <h1>
        {way.length ? (
          <button type="button" className="plain" onClick={() => store.getState().leave(0)}>
            {name}
          </button>
        ) : (
          name
        )}
      </h1>
      {way.map((step, i) => (
        <span key={`${step.node} ${i}`} className="crumb-step">
          <ChevronRight size={13} aria-hidden className="dim" />
          {i < way.length - 1 ? (
            <button type="button" className="plain" onClick={() => store.getState().leave(i + 1)}>
              {step.node}
            </button>
          ) : (
            <span aria-current="location">{step.node}</span>
          )}
        </span>
      ))}
    </nav>
  );
}

const TONES = {
  checked: "good",
  checking: "calm",
  starting: "warn",
  lost: "warn",
  failed: "bad",
  none: "",
} as const;

function Checked() {
  const { t } = useTranslation();
  // An empty drawing is no mistake.
  const checked = useDesk((desk) => (isBlank(desk) ? "none" : desk.checked));
  const errors = useDesk(
    (desk) => desk.analysis?.problems.filter((one) => one.level !== "warning").length ?? 0,
  );
  const isBad = checked === "checked" && errors > 0;
  return (
    <button
      type="button"
      className={`pill check-pill ${isBad ? "bad" : TONES[checked]}`}
      data-state={isBad ? "faulty" : checked}
      onClick={() => toggleDrawer("problems")}
    >
      <span
        className={checked === "checking" || checked === "starting" ? "dot beat" : "dot"}
        aria-hidden
      />
      {isBad ? t("designer.problemCount", { count: errors }) : t(`designer.check.${checked}`)}
    </button>
  );
}

function Totals() {
  const { t } = useTranslation();
  const format = useFormat();
  const totals = useDesk((desk) => desk.analysis?.totals);
  const isOld = useDesk((desk) => desk.checked !== "checked");
  const space = useDesk((desk) => desk.picture.space);
  const feasibility = useDesk((desk) => desk.feasibility);
  const spaceText = useSpaceText()(space);
  const batch = useUi((ui) => ui.batch);
  const held = totals?.activation_bytes === undefined ? undefined : totals.activation_bytes * batch;
  const items: [string, string][] = [
    [t("network.parameters"), format.short(totals?.parameters)],
    [t("network.macs"), format.short(totals?.macs)],
    [t("designer.memoryAt", { count: batch }), bytes(held, format)],
  ];
  return (
    <dl className={`totals ${isOld ? "old" : ""}`} data-testid="totals">
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div className="space">
        <dt>{t("designer.space")}</dt>
        <dd>
          {spaceText}
          {feasibility && feasibility.infeasible > 0 && (
            <span className="infeasible" title={feasibility.text}>
              {" "}
              {t("designer.infeasible", {
                share: format.percent(feasibility.infeasible / feasibility.tried, 0),
              })}
            </span>
          )}
        </dd>
      </div>
    </dl>
  );
}

function bytes(value: number | undefined, format: ReturnType<typeof useFormat>): string {
  if (value === undefined) return format.count(null);
  const units = ["B", "KB", "MB", "GB"];
  let [size, at] = [value, 0];
  while (size >= 1000 && at < units.length - 1) {
    size /= 1000;
    at += 1;
  }
  return `${format.value(Number(size.toPrecision(3)))} ${units[at]}`;
}

function Do({
  action,
  context,
  icon,
}: {
  action: Action;
  context: ActionContext;
  icon: React.ReactNode;
}) {
  const { t } = useTranslation();
  const isUsable = useDesk((desk) => usable(action, desk));
  const name = t(`act.${action.id}` as "act.add");
  const [key] = useBindings()(action.id, action.keys);
  const label = key ? `${name}  ${shownKey(key)}` : name;
  return (
    <Tooltip label={label} openDelay={300}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={30}
        aria-label={name}
        disabled={!isUsable}
        onClick={() => action.run(context)}
      >
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}

function More({ context }: { context: ActionContext }) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const diff = useDiff();
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={30} aria-label={t("rail.more")}>
          <Ellipsis size={17} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => context.save()}>{t("act.save")}</Menu.Item>
        <Menu.Item onClick={() => setUi({ isNaming: true })}>{t("designer.saveAs")}</Menu.Item>
        <Menu.Item onClick={() => diff.set([String(store.getState().revision || NOW), NOW])}>
          {t("versions.menu")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => void exportPicture(store, "svg")}>
          {t("designer.exportSvg")}
        </Menu.Item>
        <Menu.Item onClick={() => void exportPicture(store, "png")}>
          {t("designer.exportPng")}
        </Menu.Item>
        <Menu.Item
          onClick={() => document.querySelector<HTMLInputElement>(".import-file")?.click()}
        >
          {t("designer.import")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => setUi({ isSheet: true })}>{t("act.sheet")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

export function Header({ context, keeping }: { context: ActionContext; keeping: Keeping }) {
  const { t } = useTranslation();
  const unsent = useDesk(unsentOf);
  const revision = useDesk((desk) => desk.revision);
  const draft = useDesk((desk) => desk.draft.state);
  const isWaiting = keeping.isWaiting || (draft === "waiting" && unsent > 0);
  const drawn = t(draft === "kept" ? "designer.drafted" : "designer.unsent", { count: unsent });
  const kept = unsent ? drawn : t("designer.kept", { revision });
  return (
    <header className="designer-head">
      <Crumbs />
      <Totals />
      <div className="designer-tools">
        <Checked />
        <span
          className="dim small kept"
          data-state={unsent ? "unsent" : "kept"}
          data-draft={draft}
          title={unsent ? t(`designer.draft.${draft}`) : undefined}
        >
          {isWaiting ? t("designer.waiting", { count: unsent }) : kept}
        </span>
        <span className="tool-group">
          <Do action={actionOf("undo")} context={context} icon={<Undo2 size={16} />} />
          <Do action={actionOf("redo")} context={context} icon={<Redo2 size={16} />} />
          <Do action={actionOf("tidy")} context={context} icon={<WandSparkles size={16} />} />
          <Do action={actionOf("fit_all")} context={context} icon={<Maximize size={16} />} />
          <Tooltip label={`${t("designer.commands")}  ${shownKey("mod+k")}`} openDelay={300}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={30}
              aria-label={t("designer.commands")}
              onClick={openPalette}
            >
              <Command size={16} />
            </ActionIcon>
          </Tooltip>
          <More context={context} />
        </span>
        <Button
          size="xs"
          variant="default"
          leftSection={<Save size={15} />}
          loading={keeping.isSaving}
          disabled={!unsent}
          onClick={() => context.save()}
        >
          {t("do.save")}
        </Button>
        <Button size="xs" leftSection={<FlaskConical size={15} />} onClick={() => context.train()}>
          {t("act.train")}
        </Button>
      </div>
    </header>
  );
}
