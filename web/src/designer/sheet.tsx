/** Sheet: every key, searchable; each may be given another, and back. */
import { ActionIcon, Button, Modal, Switch, TextInput } from "@mantine/core";
import { Pencil, RotateCcw, Search } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { bind, isRebound, isReserved, unbind, useBindings } from "../actions/bindings";
import { keyOf, shownKey } from "../actions/keys";
import { ACTIONS, type Action, type ActionGroup, holderOf, keysOf } from "../actions/table";
import { setLetters, setUi, useUi } from "../desk/ui";
import { Keys, matches } from "../shell/commands";

const GROUPS: ActionGroup[] = ["edit", "node", "view", "go"];
const MODIFIERS = new Set(["control", "shift", "alt", "meta", "altgraph", "dead", "process"]);

/** Waits for the key that an action shall have; one that another has is told before it is taken. */
function Capture({ action, onEnd }: { action: Action; onEnd: () => void }) {
  const { t } = useTranslation();
  const [key, setKey] = useState("");
  const name = (id: string) => t(`act.${id}` as "act.add");
  const holder = key ? holderOf(key, action.id) : undefined;
  const take = (wanted: string) => {
    const other = holderOf(wanted, action.id);
    if (other)
      bind(
        other.id,
        keysOf(other).filter((one) => one !== wanted),
      );
    bind(action.id, [wanted]);
    onEnd();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || MODIFIERS.has(event.key.toLowerCase())) return;
    if (event.key === "Tab") return;
    event.stopPropagation();
    event.preventDefault();
    const pressed = keyOf(event.nativeEvent);
    if (pressed === "esc") return onEnd();
    if (pressed === "enter" && holder) return take(key);
    setKey(pressed);
    if (!isReserved(pressed) && !holderOf(pressed, action.id)) take(pressed);
  };
  const text = !key
    ? t("designer.sheet.press", { action: name(action.id) })
    : isReserved(key)
      ? t("designer.sheet.reserved", { key: shownKey(key) })
      : t("designer.sheet.taken", { key: shownKey(key), action: name(holder?.id ?? "") });
  return (
    <div className="key-capture" role="alertdialog" aria-label={text}>
      <input
        // biome-ignore lint/a11y/noAutofocus: the next key is what was asked for
        autoFocus
        readOnly
        value={key ? shownKey(key) : ""}
        aria-label={text}
        onKeyDown={onKeyDown}
      />
      <p className="small" role="status">
        {text}
      </p>
      {holder && (
        <Button size="compact-xs" onClick={() => take(key)}>
          {t("designer.sheet.takeIt")}
        </Button>
      )}
      <Button size="compact-xs" variant="subtle" color="gray" onClick={onEnd}>
        {t("do.cancel")}
      </Button>
    </div>
  );
}

function Line({ action }: { action: Action }) {
  const { t } = useTranslation();
  const keys = useBindings()(action.id, action.keys);
  const [isWaiting, setWaiting] = useState(false);
  const name = t(`act.${action.id}` as "act.add");
  return (
    <div className="key-line">
      <dt>{name}</dt>
      <dd>
        <Keys keys={keys} />
        {isRebound(action.id) && (
          <ActionIcon
            variant="subtle"
            color="gray"
            size={24}
            aria-label={t("designer.sheet.resetOf", { action: name })}
            onClick={() => unbind(action.id)}
          >
            <RotateCcw size={13} />
          </ActionIcon>
        )}
        <ActionIcon
          variant="subtle"
          color="gray"
          size={24}
          aria-label={t("designer.sheet.change", { action: name })}
          onClick={() => setWaiting(true)}
        >
          <Pencil size={13} />
        </ActionIcon>
        {isWaiting && <Capture action={action} onEnd={() => setWaiting(false)} />}
      </dd>
    </div>
  );
}

export function Sheet() {
  const { t } = useTranslation();
  const isOpen = useUi((ui) => ui.isSheet);
  const hasLetters = useUi((ui) => ui.hasLetters);
  const keys = useBindings();
  const [query, setQuery] = useState("");
  const shown = ACTIONS.filter((action) => {
    const now = keys(action.id, action.keys).map(shownKey).join(" ");
    return matches(`${t(`act.${action.id}` as "act.add")} ${now}`, query);
  });
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
          <div className="row">
            <Switch
              size="xs"
              label={t("designer.sheet.letters")}
              checked={hasLetters}
              onChange={(event) => setLetters(event.currentTarget.checked)}
            />
            <Button
              size="compact-xs"
              variant="subtle"
              color="gray"
              disabled={!ACTIONS.some((action) => isRebound(action.id))}
              onClick={() => unbind()}
            >
              {t("designer.sheet.reset")}
            </Button>
          </div>
        </div>
        <div className="sheet">
          {GROUPS.map((group) => (
            <section key={group}>
              <h3>{t(`designer.sheet.${group}`)}</h3>
              <dl>
                {shown
                  .filter((action) => action.group === group)
                  .map((action) => (
                    <Line key={action.id} action={action} />
                  ))}
              </dl>
            </section>
          ))}
        </div>
        <p className="dim small">{t("designer.sheet.mouse")}</p>
      </div>
    </Modal>
  );
}
