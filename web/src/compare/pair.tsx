/** Pair: what differs between two runs, field by field; and which fields mattered in the search. */
import { ArrowRight, Scale } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Bars } from "../charts/small";
import { useFormat } from "../locales/format";
import { Card, Empty } from "../shell/page";
import { Table } from "../shell/table";
import type { Field, Run } from "./runs";
import { type Compared, useNames } from "./use";

export function Importance({ compared }: { compared: Compared }) {
  const { t } = useTranslation();
  const told = compared.experiments.filter(
    (one) => Object.keys(one.result.importance ?? {}).length > 0,
  );
  return (
    <Card title={t("compare.importance")} className="w5">
      {told.length === 0 ? (
        <p className="dim">{t("compare.noImportance")}</p>
      ) : (
        <div className="stack">
          {told.map((one) => (
            <div key={one.name} className="stack tight">
              {told.length > 1 && <h3 className="small">{one.name}</h3>}
              <Bars
                items={Object.entries(one.result.importance ?? {})
                  .sort((a, b) => b[1] - a[1])
                  .slice(0, 12)
                  .map(([name, share], index) => ({ name, share, strong: index === 0 }))}
              />
            </div>
          ))}
          <p className="dim small">{t("compare.importanceHint")}</p>
        </div>
      )}
    </Card>
  );
}

export function Pair({ compared }: { compared: Compared }) {
  const { t } = useTranslation();
  const format = useFormat();
  const names = useNames(compared.plan, compared.experiments.length > 1);
  const picked = compared.view.pick
    .map((key) => compared.runs.find((run) => run.key === key))
    .filter((run): run is Run => run !== undefined);
  const isChosen = picked.length >= 2;
  const [a, b] = isChosen ? picked : compared.shown.filter((run) => run.kind === "trial");
  const title = t("compare.pair");
  if (!a || !b)
    return (
      <Card title={title} className="w7">
        <Empty icon={Scale} title={title}>
          {t("compare.noPair")}
        </Empty>
      </Card>
    );
  const differing = compared.fields.filter((field) => field.read(a) !== field.read(b));
  const change = (field: Field) => {
    const [before, after] = [field.read(a), field.read(b)];
    if (typeof before !== "number" || typeof after !== "number") return "";
    const by = after - before;
    return `${by > 0 ? "+" : "−"}${format.value(Math.abs(by))}`;
  };
  return (
    <Card title={title} flush className="w7">
      <p className="row tight small" style={{ padding: "0 20px 6px" }}>
        {names.ofRun(a)}
        <ArrowRight size={14} aria-hidden />
        {names.ofRun(b)}
        {!isChosen && <span className="dim">{t("compare.pairHint")}</span>}
      </p>
      <Table
        label={title}
        items={differing}
        rowKey={(field) => field.name}
        columns={[
          { key: "field", head: t("compare.field"), cell: (field) => names.ofField(field) },
          {
            key: "a",
            head: names.ofRun(a),
            right: true,
            cell: (field) => <span className="mono">{format.value(field.read(a))}</span>,
          },
          {
            key: "b",
            head: names.ofRun(b),
            right: true,
            cell: (field) => <span className="mono">{format.value(field.read(b))}</span>,
          },
          { key: "by", head: t("compare.change"), right: true, cell: change },
        ]}
      />
    </Card>
  );
}
