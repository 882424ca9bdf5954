/** Choices: what a node may be: each with its own fields, one of them in force, all of them searchable. */
import { ActionIcon, Select } from "@mantine/core";
import { Shuffle, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useCatalogue, useTitle } from "../canvas/catalogue";
import { scopeOf, useDesk, useDeskStore } from "../desk/desk";
import { addChoice, dropChoice, setChoiceParam } from "../document/choices";
import { setTrait } from "../document/fields";
import type { ChoiceDocument, NodeDocument } from "../document/types";
import { Field } from "./field";
import { fieldsOf } from "./fields";
import { useRanges } from "./ranges";

/** Add something else that the node may be. */
export function AddChoice({ name }: { name: string }) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const ops = useCatalogue();
  const title = useTitle();
  const scope = useDesk(scopeOf);
  const way = useDesk((desk) => desk.way);
  const blocks = useDesk((desk) => desk.picture.network.blocks) ?? {};
  const inside = new Set(way.map((step) => step.block));
  const data = [
    ...Object.keys(blocks)
      .filter((block) => !inside.has(block))
      .map((block) => ({ value: `block ${block}`, label: block })),
    ...[...ops.keys()].map((op) => ({ value: `op ${op}`, label: title(op) })),
  ];
  const add = (chosen: string | null) => {
    const [kind = "", what = ""] = (chosen ?? "").split(" ");
    if (!what) return;
    const option: ChoiceDocument = kind === "op" ? { op: what } : { block: what };
    store
      .getState()
      .act("add_choice", (p) => addChoice(p, scope, name, option), { args: { name, what } });
  };
  return (
    <Select
      size="xs"
      className="add-choice"
      leftSection={<Shuffle size={13} />}
      aria-label={t("designer.choices.add")}
      placeholder={t("designer.choices.add")}
      data={data}
      value={null}
      searchable
      onChange={add}
    />
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
    <details className="choice">
      <summary>
        <span className="grow">
          {choice} <span className="dim small">{what.block ?? title(what.op)}</span>
        </span>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={24}
          aria-label={t("designer.choices.drop", { name: choice })}
          onClick={(event) => {
            event.preventDefault();
            drop();
          }}
        >
          <X size={13} />
        </ActionIcon>
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
