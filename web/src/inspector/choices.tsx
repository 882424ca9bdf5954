/** Choices: what a node may be: each with its own fields, one of them in force, all of them searchable. */
import { ActionIcon, Button } from "@mantine/core";
import { Shuffle, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCatalogue, useTitle } from "../canvas/catalogue";
import { found, presetOf } from "../canvas/ops";
import { Pick } from "../designer/pick";
import { scopeOf, useDesk, useDeskStore } from "../desk/desk";
import { addChoice, dropChoice, setChoiceParam } from "../document/choices";
import { setTrait } from "../document/fields";
import type { ChoiceDocument, NodeDocument } from "../document/types";
import { Field } from "./field";
import { fieldsOf } from "./fields";
import { useRanges } from "./ranges";

/** Add something else that the node may be: a button, then a list to search in. */
export function AddChoice({ name }: { name: string }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  if (isOpen) return <Adding name={name} onClose={() => setOpen(false)} />;
  return (
    <Button
      size="xs"
      variant="default"
      className="add-choice"
      leftSection={<Shuffle size={13} />}
      onClick={() => setOpen(true)}
    >
      {t("designer.choices.add")}
    </Button>
  );
}

function Adding({ name, onClose }: { name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const ops = useCatalogue();
  const title = useTitle();
  const scope = useDesk(scopeOf);
  const way = useDesk((desk) => desk.way);
  const blocks = useDesk((desk) => desk.picture.network.blocks) ?? {};
  const [query, setQuery] = useState("");
  const inside = new Set(way.map((step) => step.block));
  const add = (option: ChoiceDocument) => {
    const what = option.op ?? option.block ?? "";
    store
      .getState()
      .act("add_choice", (p) => addChoice(p, scope, name, option), { args: { name, what } });
    onClose();
  };
  const line = (text: string, dim: string) => (
    <span className="pick-line">
      <span className="grow">{text}</span>
      <span className="dim small">{dim}</span>
    </span>
  );
  const named = Object.keys(blocks).filter(
    (block) => !inside.has(block) && block.includes(query.trim().toLowerCase()),
  );
  return (
    <div className="pick-inline">
      <Pick
        label={t("designer.choices.add")}
        placeholder={t("designer.searchOps")}
        query={query}
        onQuery={setQuery}
        choices={[
          ...named.map((block) => ({
            id: `block ${block}`,
            run: () => add({ block }),
            node: line(block, t("group.block")),
          })),
          ...found(ops.values(), query).map((entry) => ({
            id: entry.kind,
            run: () => add({ op: entry.kind, params: presetOf(entry, query) }),
            node: line(title(entry.kind), entry.kind),
          })),
        ]}
        none={t("designer.noOps")}
        onClose={onClose}
      />
    </div>
  );
}

function Choice({ name, choice, what }: { name: string; choice: string; what: ChoiceDocument }) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const ops = useCatalogue();
  const title = useTitle();
  const scope = useDesk(scopeOf);
  const network = useDesk((desk) => desk.picture.network);
  const rangesOf = useRanges();
  const fields = fieldsOf(what, ops, network);
  const drop = () =>
    store
      .getState()
      .act("drop_choice", (p) => dropChoice(p, scope, name, choice), { args: { name: choice } });
  return (
    <div className="choice-line">
      <ActionIcon
        className="choice-drop"
        variant="subtle"
        color="gray"
        size={24}
        aria-label={t("designer.choices.drop", { name: choice })}
        onClick={drop}
      >
        <X size={13} />
      </ActionIcon>
      <details className="choice">
        <summary>
          {choice} <span className="dim small">{what.block ?? title(what.op)}</span>
        </summary>
        <div className="fields">
          {fields.map(([param, schema]) => (
            <Field
              key={param}
              name={param}
              schema={schema}
              value={what.params?.[param]}
              canHaveRange={scope === null && schema.role !== undefined}
              isFocused={false}
              onValue={(value, isTyping) =>
                store
                  .getState()
                  .act("set_param", (p) => setChoiceParam(p, scope, name, [choice, param], value), {
                    args: { field: param },
                    ...(isTyping ? { burst: `${name}.${choice}.${param}` } : {}),
                  })
              }
              {...rangesOf([name], `${choice}.${param}`, schema.default)}
            />
          ))}
          {fields.length === 0 && <p className="dim small">{t("designer.choices.noFields")}</p>}
        </div>
      </details>
    </div>
  );
}

export function Choices({ name, node }: { name: string; node: NodeDocument }) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const scope = useDesk(scopeOf);
  const rangesOf = useRanges();
  const names = Object.keys(node.choices ?? {});
  const schema = { enum: names, default: names[0], role: "size" };
  return (
    <div className="fields">
      <Field
        name="choose"
        label={t("designer.choices.choose")}
        schema={schema}
        value={node.choose}
        canHaveRange={scope === null}
        isFocused={false}
        onValue={(value) =>
          store
            .getState()
            .act("set_trait", (p) => setTrait(p, scope, name, "choose", value ?? names[0]), {
              args: { trait: "choose" },
            })
        }
        {...rangesOf([name], "choose", names[0])}
      />
      {Object.entries(node.choices ?? {}).map(([choice, what]) => (
        <Choice key={choice} name={name} choice={choice} what={what} />
      ))}
      <AddChoice name={name} />
    </div>
  );
}
