/** Traits: what holds for any node: on, frozen, how often, and whose weights it uses. */
import { Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { scopeOf, useDesk, useDeskStore } from "../desk/desk";
import { setTrait, type Trait } from "../document/fields";
import { graphOf } from "../document/graph";
import type { NodeDocument } from "../document/types";
import { Field } from "./field";
import { useRanges } from "./ranges";

const ENABLED = { type: "boolean", default: true, role: "size" };
const REPEAT = { type: "integer", minimum: 1, maximum: 1000, default: 1, role: "size" };

/** Nodes whose weights this one may use: of its own op first. */
function useLenders(name: string, node: NodeDocument): string[] {
  const scope = useDesk(scopeOf);
  const nodes = useDesk((desk) => graphOf(desk.picture.network, scope).nodes);
  const others = Object.entries(nodes).filter(([one, other]) => one !== name && !other.tied);
  const alike = others.filter(([, other]) =>
    node.op === "tied" ? other.op !== undefined : other.op === node.op && other.op !== undefined,
  );
  return alike.map(([one]) => one);
}

export function Traits({ name, node }: { name: string; node: NodeDocument }) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const scope = useDesk(scopeOf);
  const rangesOf = useRanges();
  const lenders = useLenders(name, node);
  const set = (trait: Trait, value: unknown, isTyping = false) =>
    store.getState().act("set_trait", (p) => setTrait(p, scope, name, trait, value), {
      args: { trait },
      ...(isTyping ? { burst: `${name}.${trait}` } : {}),
    });
  const repeat = typeof node.repeat === "number" ? node.repeat : 1;
  const options = node.tied && !lenders.includes(node.tied) ? [node.tied, ...lenders] : lenders;
  return (
    <div className="traits">
      <Field
        name="enabled"
        label={t("designer.trait.enabled")}
        schema={ENABLED}
        value={node.enabled}
        canHaveRange={scope === null}
        isFocused={false}
        onValue={(value) => set("enabled", value)}
        {...rangesOf([name], "enabled", true)}
      />
      {!node.choices && (
        <Field
          name="repeat"
          label={t("designer.trait.repeat")}
          schema={REPEAT}
          value={node.repeat}
          canHaveRange
          isFocused={false}
          onValue={(value, isTyping) => set("repeat", value ?? 1, isTyping)}
          {...rangesOf([name], "repeat", 1)}
        />
      )}
      <Switch
        size="xs"
        label={t("designer.trait.frozen")}
        checked={Boolean(node.frozen)}
        onChange={(event) => set("frozen", event.currentTarget.checked)}
      />
      {(repeat > 1 || typeof node.repeat === "object") && (
        <Switch
          size="xs"
          label={t("designer.trait.shared")}
          checked={Boolean(node.shared)}
          onChange={(event) => set("shared", event.currentTarget.checked)}
        />
      )}
      {options.length > 0 && (
        <label className="tied">
          <span>{t("designer.trait.tied")}</span>
          <select
            className="words"
            value={node.tied ?? ""}
            onChange={(event) => set("tied", event.currentTarget.value)}
          >
            <option value="">{t("designer.trait.own")}</option>
            {options.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}
