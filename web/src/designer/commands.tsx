/** Commands: the palette over every action and node (Ctrl+K), and the sheet of keys (?). */
import { Modal, Switch, TextInput } from "@mantine/core";
import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { ActionContext } from "../actions/deeds";
import { show } from "../actions/deeds";
import { shownKey } from "../actions/keys";
import { ACTIONS, type ActionGroup, usable } from "../actions/table";
import { useNetworks } from "../api/queries";
import { scopeOf, useDesk } from "../desk/desk";
import { setLetters, setUi, useUi } from "../desk/ui";
import { graphOf } from "../document/graph";
import { type Choice, Pick } from "./pick";

const PLACES = ["datasets", "networks", "experiments", "models", "deployments", "loops"] as const;

export const Keys = ({ keys }: { keys: string[] }) => (
  <span className="keys">
    {keys.map((one) => (
      <kbd key={one}>{shownKey(one)}</kbd>
    ))}
  </span>
);

const matches = (text: string, query: string) =>
  query
    .toLowerCase()
    .split(/\s+/)
    .every((part) => text.toLowerCase().includes(part));

export function CommandPalette({ context }: { context: ActionContext }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const isOpen = useUi((ui) => ui.isPalette);
  const networks = useNetworks().data ?? [];
  const desk = useDesk((one) => one);
  const [query, setQuery] = useState("");
  const close = () => {
    setUi({ isPalette: false });
    setQuery("");
    setTimeout(() =>
      document.querySelector<HTMLElement>(".canvas")?.focus({ preventScroll: true }),
    );
  };
  if (!isOpen) return null;
  const line = (text: string, kind: string, keys: string[] = []) => (
    <span className="pick-line">
      <span className="grow">{text}</span>
      <span className="dim small">{kind}</span>
      <Keys keys={keys.slice(0, 1)} />
    </span>
  );
  const nodes = Object.keys(graphOf(desk.picture.network, scopeOf(desk)).nodes);
  const all: (Choice & { text: string })[] = [
    ...ACTIONS.filter(
      (action) =>
        usable(action, desk) && !action.id.startsWith("walk") && !action.id.startsWith("nudge"),
    ).map((action) => {
      const text = t(`act.${action.id}` as "act.add");
      return {
        id: action.id,
        text,
        run: () => {
          close();
          action.run(context);
        },
        node: line(text, t(`designer.sheet.${action.group}`), action.keys),
      };
    }),
    ...nodes.map((name) => ({
      id: `node ${name}`,
      text: name,
      run: () => {
        close();
        desk.select([name]);
        show(context, name);
      },
      node: line(name, t("noun.node")),
    })),
    ...networks.map((one) => ({
      id: `network ${one.name}`,
      text: one.name,
      run: () => {
        close();
        go(`/networks/${one.name}`);
      },
      node: line(one.name, t("noun.network")),
    })),
    ...PLACES.map((place) => ({
      id: `page ${place}`,
      text: t(`rail.${place}`),
      run: () => {
        close();
        go(`/${place}`);
      },
      node: line(t(`rail.${place}`), t("designer.page")),
    })),
  ];
  return (
    <Modal
      opened
      onClose={close}
      withCloseButton={false}
      size="lg"
      padding={0}
      yOffset="12vh"
      title={null}
      aria-label={t("designer.commands")}
      returnFocus={false}
      className="commands"
    >
      <Pick
        label={t("designer.commands")}
        placeholder={t("designer.commandsHint")}
        query={query}
        onQuery={setQuery}
        choices={all.filter((one) => matches(`${one.text} ${one.id}`, query)).slice(0, 60)}
        none={t("designer.noCommand")}
        onClose={close}
      />
    </Modal>
  );
}

const GROUPS: ActionGroup[] = ["edit", "node", "view", "go"];

/** Keys that are no actions of the table: those of the mouse and of fields. */
const MORE: [string, string[]][] = [
  ["palette", ["mod+k"]],
  ["range_field", ["alt+r"]],
];

export function Sheet() {
  const { t } = useTranslation();
  const isOpen = useUi((ui) => ui.isSheet);
  const hasLetters = useUi((ui) => ui.hasLetters);
  const [query, setQuery] = useState("");
  const lines = (group: ActionGroup) => {
    const own = ACTIONS.filter(
      (action) =>
        action.group === group && action.keys.length && !/_(down|left|right)$/.test(action.id),
    ).map((action): [string, string[]] => [action.id, action.keys]);
    const all = group === "go" ? [...own, ...MORE] : own;
    return all.filter(([id, keys]) =>
      matches(`${t(`act.${id}` as "act.add")} ${keys.map(shownKey).join(" ")}`, query),
    );
  };
  return (
    <Modal
      opened={isOpen}
      onClose={() => setUi({ isSheet: false })}
      size="xl"
      title={t("designer.sheet.title")}
      closeButtonProps={{ "aria-label": t("do.close") }}
    >
      <div className="stack">
        <div className="row apart">
          <TextInput
            size="xs"
            leftSection={<Search size={14} />}
            aria-label={t("designer.sheet.search")}
            placeholder={t("designer.sheet.search")}
            value={query}
            onChange={(event) => setQuery(event.currentTarget.value)}
          />
          <Switch
            size="xs"
            label={t("designer.sheet.letters")}
            checked={hasLetters}
            onChange={(event) => setLetters(event.currentTarget.checked)}
          />
        </div>
        <div className="sheet">
          {GROUPS.map((group) => (
            <section key={group}>
              <h3>{t(`designer.sheet.${group}`)}</h3>
              <dl>
                {lines(group).map(([id, keys]) => (
                  <div key={id}>
                    <dt>{t(`act.${id}` as "act.add")}</dt>
                    <dd>
                      <Keys keys={keys} />
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </div>
    </Modal>
  );
}
