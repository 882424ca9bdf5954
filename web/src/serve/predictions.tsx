/** Predictions: what was asked last, what was answered, and what really happened. */
import { Sparkles } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { LoggedPrediction } from "../api/records";
import { useFormat } from "../locales/format";
import { Empty } from "../shell/page";
import { Table } from "../shell/table";
import { answerOf } from "./answer";

interface PredictionTableProps {
  items: LoggedPrediction[];
  name: string;
  onPick: (id: string) => void;
}

export function PredictionTable({ items, name, onPick }: PredictionTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  if (items.length === 0) {
    return (
      <Empty icon={Sparkles} title={t("predictions.none")}>
        {t("predictions.noneText", { name })}
      </Empty>
    );
  }
  const sure = (item: LoggedPrediction) => {
    const shares = Object.values(item.answer.probabilities ?? {});
    return shares.length ? format.percent(Math.max(...shares)) : "";
  };
  return (
    <Table
      label={t("predictions.title")}
      items={items}
      rowKey={(item) => item.id}
      onRow={(item) => onPick(item.id)}
      columns={[
        {
          key: "at",
          head: t("col.when"),
          cell: (item) => (
            <button
              type="button"
              className="plain"
              title={format.time(item.at)}
              onClick={() => onPick(item.id)}
            >
              {format.ago(item.at)}
            </button>
          ),
        },
        {
          key: "answer",
          head: t("col.answer"),
          cell: (item) => (
            <>
              <strong style={{ fontWeight: 580 }}>{format.value(answerOf(item.answer))}</strong>{" "}
              <span className="dim num">{sure(item)}</span>
            </>
          ),
        },
        { key: "decision", head: t("noun.decision"), cell: (item) => format.value(item.decision) },
        {
          key: "truth",
          head: t("noun.feedback"),
          cell: (item) =>
            item.feedback ? (
              format.value(item.feedback.truth)
            ) : (
              <span className="dim">{t("predictions.waiting")}</span>
            ),
        },
        {
          key: "model",
          head: t("noun.model"),
          cell: (item) => <span className="dim">{item.model}</span>,
        },
        {
          key: "latency",
          head: t("col.latency"),
          right: true,
          cell: (item) =>
            item.latency_us
              ? t("unit.ms", { value: format.value(Math.round(item.latency_us / 100) / 10) })
              : "–",
        },
      ]}
    />
  );
}
