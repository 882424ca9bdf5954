/** End: an input with what it reads, or an output with what it shows. */
import { MultiSelect, TagsInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { NameOf } from "../canvas/bar";
import { typeText } from "../canvas/ops";
import { scopeOf, useDesk, useDeskStore } from "../desk/desk";
import { problemsOf, typeOf } from "../desk/paths";
import { setInput } from "../document/fields";
import { graphOf, isOutput, outputOf } from "../document/graph";
import type { Json } from "../document/types";
import { Facts } from "../shell/page";
import { Fixes } from "./fixes";

const KINDS = ["number", "category", "boolean", "datetime", "text", "image"];

const without = (selector: Json, key: string, values: string[]): Json => {
  const { [key]: _, ...rest } = selector;
  return values.length ? { ...rest, [key]: values } : rest;
};

function Reads({ name }: { name: string }) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const selector = useDesk((desk) => desk.picture.network.inputs[name]) ?? {};
  const set = (key: string, values: string[]) =>
    store.getState().act("set_input", (p) => setInput(p, name, without(selector, key, values)), {
      args: { name },
    });
  return (
    <div className="fields">
      <MultiSelect
        size="xs"
        label={t("designer.kinds")}
        description={t("designer.kindsHint")}
        data={KINDS}
        value={(selector.kinds as string[]) ?? []}
        onChange={(values) => set("kinds", values)}
        clearable
        clearButtonProps={{ "aria-label": t("do.clear") }}
      />
      <TagsInput
        size="xs"
        label={t("designer.columns")}
        value={(selector.columns as string[]) ?? []}
        onChange={(values) => set("columns", values)}
        clearable
        clearButtonProps={{ "aria-label": t("do.clear") }}
      />
    </div>
  );
}

export function EndFields({ name }: { name: string }) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const scope = useDesk(scopeOf);
  const isOut = isOutput(name);
  const source = useDesk((desk) => graphOf(desk.picture.network, scope).outputs[outputOf(name)]);
  const type = useDesk((desk) => typeOf(desk, isOut ? (source ?? "") : name));
  const analysis = useDesk((desk) => desk.analysis);
  return (
    <div className="inspector-body">
      <div className="inspector-head">
        <div className="grow">
          <button
            type="button"
            className="plain title"
            onClick={() => store.getState().set({ naming: `@${name}` })}
          >
            <NameOf id={name} at={`@${name}`} />
          </button>
          <div className="dim small">{t(isOut ? "network.output" : "network.input")}</div>
        </div>
      </div>
      {analysis && <Fixes problems={problemsOf(store.getState(), name)} />}
      {type && (
        <Facts
          items={[
            [
              t("network.shape"),
              <span key="type" className="mono">
                {typeText(type)}
              </span>,
            ],
          ]}
        />
      )}
      {!isOut && scope === null && <Reads name={name} />}
      <p className="dim small">{t(isOut ? "designer.outputText" : "designer.inputText")}</p>
    </div>
  );
}
