/** Table: the runs that are shown, with only the columns in which they differ; tick one to draw its curve. */
import { Button } from "@mantine/core";
import { FileDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { saveText } from "../designer/files";
import { useFormat } from "../locales/format";
import { Long, type LongColumn } from "../shell/long";
import { Card } from "../shell/page";
import { State } from "../shell/state";
import { csvOf } from "./csv";
import { Restore, TakeOut } from "./out";
import { METRIC, type Run } from "./runs";
import { type Compared, useNames } from "./use";

export function Runs({ compared }: { compared: Compared }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { view, shown, fields } = compared;
  const isAcross = compared.experiments.length > 1;
  const names = useNames(compared.plan, false);
  const across: LongColumn<Run>[] = isAcross
    ? [
        {
          key: "experiment",
          head: t("noun.experiment"),
          cell: (run) => (
            <Link className="name" to={`/experiments/${run.experiment}`}>
              {run.experiment}
            </Link>
          ),
        },
      ]
    : [];
  const columns: LongColumn<Run>[] = [
    {
      key: "pick",
      head: t("compare.draw"),
      isBare: true,
      cell: (run) =>
        run.curve.length > 0 && (
          <input
            type="checkbox"
            className="tick"
            aria-label={t("compare.drawOf", { name: names.ofRun(run) })}
            checked={view.pick.includes(run.key)}
            onChange={() => compared.toggle(run.key)}
          />
        ),
    },
    ...across,
    {
      key: "name",
      head: t("noun.trial"),
      cell: (run) => (
        <span className="row tight" style={{ flexWrap: "nowrap" }}>
          {names.ofRun(run)}
          {run.kind === "baseline" && <span className="pill">{t("experiment.baseline")}</span>}
        </span>
      ),
    },
    {
      key: "state",
      head: t("col.state"),
      cell: (run) =>
        run.isOut ? <Restore run={run} name={names.ofRun(run)} /> : <State state={run.state} />,
    },
    ...fields.map(
      (field): LongColumn<Run> => ({
        key: field.name,
        head: names.ofField(field),
        sort: field.name,
        right: field.type === "number",
        cell: (run) => {
          const value = field.read(run);
          if (field.name === METRIC) return <strong>{format.metric(run.metric)}</strong>;
          if (field.kind === "value") return <span className="mono">{format.value(value)}</span>;
          return typeof value === "number" ? format.value(value) : "–";
        },
      }),
    ),
  ];
  const save = () =>
    saveText(
      `${compared.experiments.map((one) => one.name).join("-")}.csv`,
      csvOf(shown, fields),
      "text/csv;charset=utf-8",
    );
  return (
    <Card
      title={t("compare.table")}
      flush
      actions={
        <div className="row tight">
          <TakeOut compared={compared} />
          <Button
            variant="subtle"
            color="gray"
            size="compact-sm"
            leftSection={<FileDown size={15} />}
            onClick={save}
          >
            {t("compare.csv")}
          </Button>
        </div>
      }
    >
      <Long
        label={t("compare.table")}
        items={shown}
        columns={columns}
        rowKey={(run) => run.key}
        rowClass={(run) => (view.pick.includes(run.key) ? "best" : "")}
        sort={view.sort || (compared.maximise ? `-${METRIC}` : METRIC)}
        onSort={(sort) => compared.set({ sort })}
      />
    </Card>
  );
}
