/** Changes: what differs between two networks as a list, node by node and range by range. */
import { Equal } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Comparison, FieldChange, NodeChange } from "../document/compare";
import { valueText } from "../document/grammar";
import { rangeText } from "../train/space";
import { SIGNS } from "./drawn";

export const shownValue = (value: unknown): string =>
  value === undefined ? "–" : valueText(value);
export const shownRange = (value: unknown): string =>
  value === undefined ? "–" : rangeText(value as Record<string, unknown>);

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

interface ChangesProps {
  found: Comparison;
  chosen?: string | null;
  onNode?: (change: NodeChange) => void;
}

export function Changes({ found, chosen, onNode }: ChangesProps) {
  const { t } = useTranslation();
  if (found.isSame)
    return (
      <p className="dim none" data-state="same">
        <Equal size={15} aria-hidden /> {t("designer.diff.none")}
      </p>
    );
  return (
    <ul className="diff">
      {found.nodes.map((change) => (
        <li
          key={`${change.scope} ${change.name} ${change.kind}`}
          className={`${change.kind} ${chosen === change.name ? "chosen" : ""}`}
        >
          <b className="sign" role="img" aria-label={t(`designer.diff.${change.kind}`)}>
            {SIGNS[change.kind]}
          </b>
          <button type="button" className="plain" onClick={() => onNode?.(change)}>
            {[change.scope, change.was ? `${change.was} → ${change.name}` : change.name]
              .filter(Boolean)
              .join(" › ")}
          </button>
          <Fields fields={change.fields} text={shownValue} />
        </li>
      ))}
      {found.ranges.length > 0 && (
        <li className="changed">
          <b className="sign" role="img" aria-label={t("designer.diff.changed")}>
            {SIGNS.changed}
          </b>
          <span>{t("designer.space")}</span>
          <Fields fields={found.ranges} text={shownRange} />
        </li>
      )}
    </ul>
  );
}
