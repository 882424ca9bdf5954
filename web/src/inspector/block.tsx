/** Block: its name, ports and parameters, while one is inside it. */
import { ActionIcon, Button, TextInput } from "@mantine/core";
import { ChevronDown, ChevronUp, GripVertical, Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCatalogue } from "../canvas/catalogue";
import { useDesk, useDeskStore } from "../desk/desk";
import { moveInput } from "../document/blocks";
import { setBlockParam } from "../document/fields";
import { blockOf } from "../document/graph";
import { isLegal, legalOf } from "../document/names";
import { renameBlock } from "../document/rename";
import { Field } from "./field";
import { parameterSchema } from "./fields";

/** The ports of the block in their order: dragged, or moved by its buttons. */
function Ports({ block }: { block: string }) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const inputs = useDesk((desk) => blockOf(desk.picture.network, block).inputs);
  const [held, setHeld] = useState<string | null>(null);
  const put = (name: string, to: number) =>
    store
      .getState()
      .act("move_input", (p) => moveInput(p, block, name, to), { args: { name, block } });
  if (inputs.length < 2) return null;
  return (
    <>
      <h3>{t("designer.ports.title")}</h3>
      <ol className="ports">
        {inputs.map((name, i) => (
          <li
            key={name}
            draggable
            className={held === name ? "held" : ""}
            onDragStart={() => setHeld(name)}
            onDragEnd={() => setHeld(null)}
            onDragOver={(event) => held && event.preventDefault()}
            onDrop={(event) => {
              event.preventDefault();
              event.stopPropagation();
              if (held && held !== name) put(held, i);
              setHeld(null);
            }}
          >
            <GripVertical size={14} aria-hidden className="dim" />
            <span className="grow mono">{name}</span>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={24}
              disabled={i === 0}
              aria-label={t("designer.ports.up", { name })}
              onClick={() => put(name, i - 1)}
            >
              <ChevronUp size={14} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={24}
              disabled={i === inputs.length - 1}
              aria-label={t("designer.ports.down", { name })}
              onClick={() => put(name, i + 1)}
            >
              <ChevronDown size={14} />
            </ActionIcon>
          </li>
        ))}
      </ol>
    </>
  );
}

export function BlockFields({ block }: { block: string }) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const found = useDesk((desk) => blockOf(desk.picture.network, block));
  const network = useDesk((desk) => desk.picture.network);
  const ops = useCatalogue();
  const way = useDesk((desk) => desk.way);
  const [name, setName] = useState(block);
  const [added, setAdded] = useState("");
  const rename = () => {
    const to = legalOf(name);
    if (!to || to === block) return setName(block);
    const desk = store.getState();
    const entered = way.map((step) => (step.block === block ? { ...step, block: to } : step));
    if (
      desk.act("rename_block", (p) => renameBlock(p, block, to), {
        args: { from: block, name: to },
      })
    )
      desk.set({ way: entered });
  };
  return (
    <div className="inspector-body" data-group="block">
      <h2>{t("designer.block")}</h2>
      <TextInput
        size="xs"
        label={t("designer.name")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        onBlur={rename}
        onKeyDown={(event) => event.key === "Enter" && !event.nativeEvent.isComposing && rename()}
      />
      <p className="dim small">{t("designer.blockText")}</p>
      <Ports block={block} />
      <h3>{t("designer.blockParams")}</h3>
      <div className="fields">
        {Object.entries(found.params ?? {}).map(([param, value]) => (
          <div
            key={param}
            className="row tight"
            style={{ flexWrap: "nowrap", alignItems: "flex-end" }}
          >
            <div className="grow">
              <Field
                name={param}
                schema={parameterSchema(network, block, param, ops)}
                value={value}
                range={undefined}
                canHaveRange={false}
                isFocused={false}
                onRange={() => {}}
                onValue={(next, isTyping) =>
                  store
                    .getState()
                    .act("set_param", (p) => setBlockParam(p, block, param, next ?? value), {
                      args: { field: param },
                      ...(isTyping ? { burst: `${block}/${param}` } : {}),
                    })
                }
              />
            </div>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={26}
              aria-label={t("designer.removeParam", { name: param })}
              onClick={() =>
                store.getState().act("set_param", (p) => setBlockParam(p, block, param, undefined))
              }
            >
              <X size={14} />
            </ActionIcon>
          </div>
        ))}
      </div>
      <form
        className="row tight end"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isLegal(added)) return;
          store
            .getState()
            .act("set_param", (p) => setBlockParam(p, block, added, 1), { args: { field: added } });
          setAdded("");
        }}
      >
        <TextInput
          className="grow"
          size="xs"
          aria-label={t("designer.newParam")}
          placeholder={t("designer.newParam")}
          value={added}
          onChange={(event) =>
            setAdded(legalOf(event.currentTarget.value) || event.currentTarget.value)
          }
        />
        <Button
          type="submit"
          size="xs"
          variant="light"
          disabled={!isLegal(added)}
          leftSection={<Plus size={14} />}
        >
          {t("designer.add")}
        </Button>
      </form>
    </div>
  );
}
