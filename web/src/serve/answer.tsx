/** Answer: one prediction as a person reads it: the answer, how sure, and what was odd about the row. */
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Answer, Warning } from "../api/records";
import { Bars } from "../charts/small";
import { useFormat } from "../locales/format";

export function Warnings({ items }: { items: Warning[] }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  if (items.length === 0) return null;
  return (
    <div className="note">
      <TriangleAlert size={16} aria-hidden />
      <ul>
        {items.map((item) => {
          const key = `warning.${item.code}`;
          const values = {
            column: item.column ?? "",
            value: format.value(item.value),
            count: item.count ?? 0,
          };
          return (
            <li key={`${item.code} ${item.column}`}>
              {i18n.exists(key)
                ? t(key as "warning.unseen_category", values)
                : `${item.code} ${item.column ?? ""}`}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** The answer as one text: the label, or the value. */
export const answerOf = (answer: Pick<Answer, "label" | "value">): unknown =>
  answer.label ?? answer.value;

export function AnswerView({ answer }: { answer: Answer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const shares = Object.entries(answer.probabilities ?? {}).sort((a, b) => b[1] - a[1]);
  const isDecided =
    answer.decision !== undefined &&
    answer.decision !== null &&
    answer.decision !== answerOf(answer) &&
    typeof answer.decision !== "object";
  return (
    <div className="stack tight">
      <div className="answer">{format.value(answerOf(answer))}</div>
      {isDecided && (
        <div>
          <span className="dim">{t("noun.decision")}</span>{" "}
          <strong>{format.value(answer.decision)}</strong>
        </div>
      )}
      {shares.length > 0 && (
        <Bars
          items={shares
            .slice(0, 12)
            .map(([name, share], index) => ({ name, share, strong: index === 0 }))}
        />
      )}
      <Warnings items={answer.warnings ?? []} />
    </div>
  );
}
