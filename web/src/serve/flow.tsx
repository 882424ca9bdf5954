/** Flow: requests, latencies, errors and odd inputs of a deployment, over time and by model. */
import { SegmentedControl } from "@mantine/core";
import { ChartLine } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { Bars } from "../charts/small";
import { type Format, useFormat } from "../locales/format";
import { Card, Empty, Stat } from "../shell/page";
import { Table } from "../shell/table";
import { Found, Loading } from "../shell/trouble";
import { type Step, type Traffic, useTraffic, WINDOWS, type Window } from "./traffic";

const Curve = lazy(async () => ({ default: (await import("../charts/curve")).Curve }));

const QUANTILES = ["p50", "p95", "p99"] as const;
const TONES = { p50: "good", p95: "calm", p99: "accent" } as const;

const ms = (format: Format, value: number | null) =>
  value === null ? "–" : format.value(+value.toPrecision(3));

function Plots({ found }: { found: Traffic }) {
  const { t } = useTranslation();
  const x = found.series.map((step) => step.at);
  const read = (key: keyof Step) => found.series.map((step) => step[key]);
  // A step in which nobody asked has no latency: the line goes from one that has to the next.
  const timed = found.series.filter((step) => step.p50 !== null);
  return (
    <Suspense fallback={<Loading />}>
      <Card title={t("traffic.requests")} className="w6">
        <Curve
          label={t("traffic.requests")}
          time
          x={x}
          xLabel={t("col.time")}
          height={220}
          series={[
            {
              key: "requests",
              label: t("traffic.requests"),
              tone: "calm",
              values: read("requests"),
            },
            { key: "errors", label: t("traffic.errors"), tone: "accent", values: read("errors") },
            {
              key: "warned",
              label: t("traffic.warned"),
              tone: "dim",
              dashed: true,
              values: read("warned"),
            },
          ]}
        />
      </Card>
      <Card title={t("traffic.latencyMs")} className="w6">
        <Curve
          label={t("traffic.latencyMs")}
          time
          x={timed.map((step) => step.at)}
          xLabel={t("col.time")}
          height={220}
          series={QUANTILES.map((key) => ({
            key,
            label: t(`traffic.${key}`),
            tone: TONES[key],
            values: timed.map((step) => step[key]),
          }))}
        />
      </Card>
    </Suspense>
  );
}

function Models({ found }: { found: Traffic }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Card title={t("traffic.byModel")} flush>
      <Table
        label={t("traffic.byModel")}
        items={found.models}
        rowKey={(one) => `${one.model} ${one.shadow}`}
        columns={[
          {
            key: "model",
            head: t("noun.model"),
            cell: (one) => (
              <>
                <Link className="name" to={`/models/${one.model}`}>
                  {one.model}
                </Link>{" "}
                {one.shadow && <span className="pill">{t("traffic.shadow")}</span>}
              </>
            ),
          },
          ...(["requests", "rows", "errors", "warned"] as const).map((key) => ({
            key,
            head: t(`traffic.${key}`),
            right: true,
            cell: (one: Step) => format.count(one[key]),
          })),
          ...QUANTILES.map((key) => ({
            key,
            head: t("unit.ms", { value: t(`traffic.${key}`) }),
            right: true,
            cell: (one: Step) => ms(format, one[key]),
          })),
        ]}
      />
    </Card>
  );
}

function Odd({ found }: { found: Traffic }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const count = format.count(found.looked_at);
  const named = (code: string, column: string | null) => {
    const key = `odd.${code}`;
    const what = i18n.exists(key) ? t(key as "odd.unseen_category") : code.replaceAll("_", " ");
    return column ? `${column} · ${what}` : what;
  };
  return (
    <Card title={t("traffic.byColumn")} className="w6">
      {found.warnings.length === 0 ? (
        <p className="dim">{t("traffic.noOdd", { count })}</p>
      ) : (
        <div className="stack tight">
          <Bars
            items={found.warnings.map((one) => ({
              name: named(one.code, one.column),
              share: one.rows / Math.max(found.looked_at, 1),
              text: format.count(one.rows),
            }))}
          />
          <p className="dim small">{t("traffic.byColumnText", { count })}</p>
        </div>
      )}
    </Card>
  );
}

function Refusals({ found }: { found: Traffic }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const said = (code: string) =>
    i18n.exists(`refusal.${code}`) ? t(`refusal.${code}` as "refusal.wrong_type") : code;
  return (
    <Card title={t("traffic.refusals")} className="w6" flush={found.refusals.length > 0}>
      {found.refusals.length === 0 ? (
        <p className="dim">{t("traffic.noRefusals")}</p>
      ) : (
        <Table
          label={t("traffic.refusals")}
          items={found.refusals}
          rowKey={(one) => one.code}
          columns={[
            { key: "code", head: t("col.reason"), cell: (one) => said(one.code) },
            {
              key: "count",
              head: t("traffic.requests"),
              right: true,
              cell: (one) => format.count(one.requests),
            },
          ]}
        />
      )}
    </Card>
  );
}

export function TrafficView({ name }: { name: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [search, set] = useSearchParams();
  const asked = search.get("over") as Window | null;
  const window = asked && asked in WINDOWS ? asked : "day";
  const query = useTraffic(name, window);
  const windows = (
    <SegmentedControl
      size="xs"
      aria-label={t("traffic.over")}
      value={window}
      data={(Object.keys(WINDOWS) as Window[]).map((value) => ({
        value,
        label: t(`traffic.${value}`),
      }))}
      onChange={(over) => set({ show: "traffic", over }, { preventScrollReset: true })}
    />
  );
  return (
    <Found query={query}>
      {(found) => (
        <div className="grid" data-state="traffic">
          <Card title={t("traffic.over")} actions={windows}>
            <div className="stats">
              <Stat label={t("traffic.requests")} value={format.count(found.total.requests)} />
              {QUANTILES.map((key) => (
                <Stat
                  key={key}
                  label={t(`traffic.${key}`)}
                  value={t("unit.ms", { value: ms(format, found.total[key]) })}
                />
              ))}
              <Stat
                label={t("traffic.errors")}
                value={format.count(found.total.errors)}
                hint={format.percent(found.total.errors / Math.max(found.total.requests, 1))}
              />
              <Stat
                label={t("traffic.warned")}
                value={format.count(found.total.warned)}
                hint={t("loop.rowsOf", { rows: format.count(found.total.rows) })}
              />
            </div>
          </Card>
          {found.total.requests === 0 ? (
            <Card>
              <Empty icon={ChartLine} title={t("traffic.none")}>
                {t("traffic.noneText")}
              </Empty>
            </Card>
          ) : (
            <>
              <Plots found={found} />
              <Models found={found} />
              <Odd found={found} />
              <Refusals found={found} />
            </>
          )}
        </div>
      )}
    </Found>
  );
}
