/** Backtest: what any model would have said on the last ripe days, beside what was served. */
import { Button, NumberInput, Select } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { History } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { http } from "../api/client";
import { useModels } from "../api/queries";
import type { Job } from "../api/records";
import { useFormat } from "../locales/format";
import { useMetricName } from "../locales/metric";
import { Empty } from "../shell/page";
import { State } from "../shell/state";
import { Table } from "../shell/table";
import { Trouble, TroubleOf } from "../shell/trouble";
import { type Backtest, type Measured, useBacktests } from "./measured";

const WEEK = 7;
const MOST_DAYS = 60;

function useInterval(): (found: Measured | null) => string {
  const format = useFormat();
  return (found) =>
    found
      ? `${format.metric(found.value)} [${format.metric(found.low)}, ${format.metric(found.high)}]`
      : "–";
}

function Outcome({ job }: { job: Job }) {
  const { t } = useTranslation();
  const format = useFormat();
  const metricName = useMetricName();
  const interval = useInterval();
  const model = String(job.args.model);
  if (job.state === "failed") return <Trouble problem={job.cause} />;
  if (job.state !== "done") return <State state={job.state} />;
  const found = job.result as unknown as Backtest;
  const { verdict } = found;
  const gain = verdict.difference ?? 0;
  const sure = (verdict.low ?? 0) > 0 ? "better" : (verdict.high ?? 0) < 0 ? "worse" : "even";
  return (
    <div className="stack" data-state="backtest">
      <div className="row">
        <strong>{model}</strong>
        <span className="num">
          {t("backtest.numbers", {
            metric: metricName(found.metric),
            model: format.metric(verdict.challenger),
            served: format.metric(verdict.champion),
            rows: format.count(verdict.rows),
          })}
        </span>
        <span className={`pill ${sure === "better" ? "good" : sure === "worse" ? "warn" : ""}`}>
          {t(`backtest.${sure}`, {
            gain: format.value(Math.abs(Math.round(gain * 1e4) / 1e4)),
          })}
        </span>
      </div>
      {found.seen > 0 && (
        <p className="dim small">
          {t(found.flattered ? "backtest.flattered" : "backtest.seen", {
            rows: format.count(found.seen),
            of: format.count(found.rows),
          })}
        </p>
      )}
      <Table
        label={t("backtest.title")}
        items={found.days}
        rowKey={(day) => day.day}
        columns={[
          { key: "day", head: t("loop.day"), cell: (day) => day.day },
          { key: "rows", head: t("col.rows"), right: true, cell: (day) => format.count(day.rows) },
          {
            key: "seen",
            head: t("backtest.learnt"),
            right: true,
            cell: (day) => format.count(day.seen),
          },
          {
            key: "served",
            head: t("backtest.served"),
            right: true,
            cell: (day) => interval(day.served),
          },
          { key: "model", head: model, right: true, cell: (day) => interval(day.model) },
        ]}
      />
    </div>
  );
}

export function BacktestView({ name, live }: { name: string; live: string | null }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const models = useModels().data ?? [];
  const jobs = useBacktests(name).data ?? [];
  const [picked, setPicked] = useState<string | null>(null);
  const [days, setDays] = useState(WEEK);
  const refs = models.map((model) => `${model.name}@${model.version}`);
  const model = picked ?? refs.find((ref) => ref !== live) ?? refs[0] ?? null;
  const start = useMutation({
    mutationFn: () =>
      http.POST("/api/v1/loops/{name}/backtest", {
        params: { path: { name } },
        body: { model: model ?? "", days },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate();
  };
  return (
    <div className="stack">
      <p className="dim">{t("backtest.lead")}</p>
      <form className="row" style={{ alignItems: "end" }} onSubmit={submit}>
        <Select
          label={t("noun.model")}
          data={refs}
          value={model}
          onChange={setPicked}
          allowDeselect={false}
          searchable
        />
        <NumberInput
          label={t("backtest.days")}
          min={1}
          max={MOST_DAYS}
          value={days}
          onChange={(value) => setDays(Number(value) || WEEK)}
          w={140}
        />
        <Button type="submit" loading={start.isPending} disabled={!model}>
          {t("backtest.run")}
        </Button>
      </form>
      <TroubleOf error={start.error} />
      {jobs[0] ? (
        <Outcome job={jobs[0]} />
      ) : (
        <Empty icon={History} title={t("backtest.none")}>
          {t("backtest.noneText")}
        </Empty>
      )}
    </div>
  );
}
