/** Difference: what changed between two versions, node by node and range by range. */
import { Equal, Minus, Pencil, Plus, TextCursorInput } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useDesk, useDeskStore } from "../desk/desk";
import { type Change, compare, type FieldChange } from "../document/compare";
import { valueText } from "../document/grammar";
import type { Picture } from "../document/types";
import { rangeText } from "../train/space";

const ICONS = { added: Plus, removed: Minus, changed: Pencil, renamed: TextCursorInput };

const shown = (value: unknown): string => {
  if (value === undefined) return "–";
  return valueText(value);
};

function Fields({ fields, text }: { fields: FieldChange[]; text: (value: unknown) => string }) {
  return (
    <ul className="diff-fields">
      {fields.map((field) => (
        <li key={field.field}>
          <span className="dim">{field.field}</span> <del className="mono">{text(field.from)}</del>{" "}
          <ins className="mono">{text(field.to)}</ins>
        </li>
      ))}
    </ul>
  );
}

export function DifferenceOf({
  from,
  to,
  onNode,
}: {
  from: Picture;
  to: Picture;
  onNode?: (name: string) => void;
}) {
  const { t } = useTranslation();
  const found = useMemo(() => compare(from, to), [from, to]);
  if (found.isSame)
    return (
      <p className="dim none">
        <Equal size={15} aria-hidden /> {t("designer.diff.none")}
      </p>
    );
  const ofRange = (value: unknown) =>
    value === undefined ? "–" : rangeText(value as Record<string, unknown>);
  return (
    <ul className="diff">
      {found.nodes.map((change) => {
        const Icon = ICONS[change.kind as Change];
        return (
          <li key={`${change.scope} ${change.name} ${change.kind}`} className={change.kind}>
            <Icon size={14} aria-label={t(`designer.diff.${change.kind}`)} />
            <button type="button" className="plain" onClick={() => onNode?.(change.name)}>
              {change.was ? `${change.was} → ` : ""}
              {[change.scope, change.name].filter(Boolean).join(" › ")}
            </button>
            <Fields fields={change.fields} text={shown} />
          </li>
        );
      })}
      {found.ranges.length > 0 && (
        <li className="changed">
          <Pencil size={14} aria-label={t("designer.diff.changed")} />
          <span>{t("designer.space")}</span>
          <Fields fields={found.ranges} text={ofRange} />
        </li>
      )}
    </ul>
  );
}

/** This drawing against what the server has. */
export function Difference() {
  const { t } = useTranslation();
  const store = useDeskStore();
  const saved = useDesk((desk) => desk.saved);
  const revision = useDesk((desk) => desk.revision);
  const picture = useDesk((desk) => desk.picture);
  if (!saved) return <p className="dim none">{t("designer.diff.unsaved")}</p>;
  return (
    <div className="stack tight">
      <p className="dim small">{t("designer.diff.against", { revision })}</p>
      <DifferenceOf from={saved} to={picture} onNode={(name) => store.getState().select([name])} />
    </div>
  );
}
