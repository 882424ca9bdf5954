/** Models: registered winners: how good, how tested at the gate, from what, and the bundle to take away. */
import { Button } from "@mantine/core";
import { Boxes, CircleCheck, CircleX, Download, Rocket } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { addressOf } from "../api/client";
import { useDeployments, useModel, useModels } from "../api/queries";
import type { Check, Gate, Model } from "../api/records";
import { useFormat } from "../locales/format";
import { useMetricName } from "../locales/metric";
import { Beside } from "../registry/beside";
import { detailOf } from "../registry/gate";
import { metricsOf } from "../registry/metrics";
import { Card, Empty, Facts, Page, Stat } from "../shell/page";
import { State } from "../shell/state";
import { Table } from "../shell/table";
import { Found } from "../shell/trouble";
import { useRowName } from "../train/ends";

const refOf = (model: Model): string => `${model.name}@${model.version}`;

function All() {
  const { t } = useTranslation();
  const format = useFormat();
  const metricName = useMetricName();
  const query = useModels();
  const deployments = useDeployments().data ?? [];
  const where = (model: Model) =>
    deployments.filter((one) => one.live === refOf(model)).map((one) => one.name);
  return (
    <Page title={t("rail.models")} lead={t("model.lead")}>
      <Found query={query}>
        {(items) => (
          <Card flush>
            {items.length === 0 ? (
              <Empty
                icon={Boxes}
                title={t("model.none")}
                action={
                  <Button component={Link} to="/experiments?start=1">
                    {t("experiment.start")}
                  </Button>
                }
              >
                {t("model.noneText")}
              </Empty>
            ) : (
              <Table
                label={t("rail.models")}
                items={items}
                rowKey={refOf}
                columns={[
                  {
                    key: "ref",
                    head: t("noun.model"),
                    cell: (one) => (
                      <Link className="name" to={`/models/${refOf(one)}`}>
                        {refOf(one)}
                      </Link>
                    ),
                  },
                  {
                    key: "metric",
                    head: t("col.metric"),
                    right: true,
                    cell: (one) => {
                      const [first] = metricsOf(one);
                      return first ? `${metricName(first[1])} ${format.metric(first[2])}` : "–";
                    },
                  },
                  {
                    key: "gate",
                    head: t("model.gate"),
                    cell: (one) => <GateState gate={one.gate} />,
                  },
                  {
                    key: "live",
                    head: t("model.answers"),
                    cell: (one) =>
                      where(one).map((name) => (
                        <span key={name} className="pill good">
                          {name}
                        </span>
                      )),
                  },
                  {
                    key: "experiment",
                    head: t("noun.experiment"),
                    cell: (one) => (
                      <Link className="name" to={`/experiments/${one.experiment}`}>
                        {one.experiment}
                      </Link>
                    ),
                  },
                  {
                    key: "at",
                    head: t("col.created"),
                    cell: (one) => (
                      <span title={format.time(one.created_at)}>{format.ago(one.created_at)}</span>
                    ),
                  },
                ]}
              />
            )}
          </Card>
        )}
      </Found>
    </Page>
  );
}

function GateState({ gate }: { gate: Gate }) {
  return (
    <State state={gate.passed === undefined ? "waiting" : gate.passed ? "passed" : "refused"} />
  );
}

function Checks({ gate }: { gate: Gate }) {
  const { t, i18n } = useTranslation();
  const words = (name: string) =>
    i18n.exists(`check.${name}`) ? t(`check.${name}` as "check.golden") : name.replaceAll("_", " ");
  // English has the server's own words, which say the same.
  const particulars = (check: Check) => {
    const found = i18n.language === "en" ? null : detailOf(check);
    return found ? t(`gate.${found.code}` as "gate.latency", found.args) : check.detail;
  };
  if (!gate.checks?.length) return <p className="dim">{t("model.noGate")}</p>;
  return (
    <ul className="stack tight">
      {gate.checks.map((check) => (
        <li
          key={check.name}
          className="row tight"
          style={{ flexWrap: "nowrap", alignItems: "flex-start" }}
        >
          {check.passed ? (
            <CircleCheck
              size={17}
              color="var(--good)"
              style={{ flex: "none", marginTop: 2 }}
              aria-label={t("state.passed")}
            />
          ) : (
            <CircleX
              size={17}
              color="var(--bad)"
              style={{ flex: "none", marginTop: 2 }}
              aria-label={t("state.refused")}
            />
          )}
          <span>
            {words(check.name)} <span className="dim">{particulars(check)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function One({ name: ref }: { name: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const metricName = useMetricName();
  const nameOf = useRowName();
  const query = useModel(ref);
  const actions = (
    <>
      <Button
        component="a"
        href={addressOf("models", ref, "bundle")}
        download
        variant="default"
        leftSection={<Download size={16} />}
      >
        {t("model.bundle")}
      </Button>
      <Button component={Link} to={`/deployments?model=${ref}`} leftSection={<Rocket size={16} />}>
        {t("deployment.deploy")}
      </Button>
    </>
  );
  return (
    <Page
      title={ref}
      actions={actions}
      mark={query.data && <GateState gate={query.data.gate} />}
      back={{ to: "/models", name: t("rail.models") }}
    >
      <Found query={query}>
        {(model) => {
          const manifest = model.manifest as {
            lineage?: {
              data?: string;
              version?: number;
              parent?: string | null;
              baselines?: string[];
            };
            rows?: Record<string, number>;
            target?: string;
            task?: { kind?: string };
          };
          const { data, version, parent, baselines = [] } = manifest.lineage ?? {};
          const rows = Object.entries(manifest.rows ?? {});
          return (
            <>
              <Card>
                <div className="stats">
                  {metricsOf(model)
                    .slice(0, 6)
                    .map(([split, metric, value]) => (
                      <Stat
                        key={`${split} ${metric}`}
                        label={[
                          metricName(metric),
                          split && t(`split.${split}` as "split.test", { defaultValue: split }),
                        ]
                          .filter(Boolean)
                          .join(" · ")}
                        value={format.metric(value)}
                      />
                    ))}
                  {typeof model.gate.latency_ms === "number" && (
                    <Stat
                      label={t("model.latency")}
                      value={t("unit.ms", { value: format.value(model.gate.latency_ms) })}
                    />
                  )}
                  {typeof model.gate.memory_mb === "number" && (
                    <Stat
                      label={t("model.memory")}
                      value={t("unit.mb", { value: format.count(model.gate.memory_mb) })}
                    />
                  )}
                </div>
              </Card>
              <div className="grid">
                <Card title={t("model.gateReport")} className="w6">
                  <Checks gate={model.gate} />
                </Card>
                <Card title={t("model.lineage")} className="w6">
                  <Facts
                    items={[
                      [
                        t("noun.experiment"),
                        <Link key="e" className="link" to={`/experiments/${model.experiment}`}>
                          {model.experiment}
                        </Link>,
                      ],
                      [
                        t("model.members"),
                        [
                          ...model.trials.map((number) => t("trial.name", { number })),
                          ...baselines.map(nameOf),
                        ].join(" + ") || "–",
                      ],
                      [
                        t("experiment.warm"),
                        parent ? (
                          <Link key="p" className="link" to={`/models/${parent}`}>
                            {parent}
                          </Link>
                        ) : (
                          t("experiment.cold")
                        ),
                      ],
                      [
                        t("noun.dataset"),
                        data ? (
                          <Link
                            key="d"
                            className="link"
                            to={`/datasets/${data}?version=${version ?? ""}`}
                          >
                            {t("lineage.data", { name: data, version })}
                          </Link>
                        ) : (
                          "–"
                        ),
                      ],
                      [
                        t("col.rows"),
                        rows
                          .map(([split, count]) => `${split} ${format.count(count)}`)
                          .join(" · ") || "–",
                      ],
                      [t("noun.task"), manifest.task?.kind ?? "–"],
                      [t("col.target"), manifest.target ?? "–"],
                      [t("col.created"), format.time(model.created_at)],
                    ]}
                  />
                </Card>
                <Beside model={model} />
                <Card title={t("model.alone")}>
                  <p className="dim small" style={{ marginBottom: 8 }}>
                    {t("model.aloneText")}
                  </p>
                  <pre className="code">{`danlu serve ${ref}.zip`}</pre>
                </Card>
                <Card title={t("model.files")} flush>
                  <Table
                    label={t("model.files")}
                    items={Object.entries(model.files)}
                    rowKey={([file]) => file}
                    columns={[
                      {
                        key: "file",
                        head: t("col.name"),
                        cell: ([file]) => <span className="mono">{file}</span>,
                      },
                      {
                        key: "hash",
                        head: t("col.hash"),
                        cell: ([, hash]) => <span className="mono dim">{hash.slice(0, 24)}</span>,
                      },
                    ]}
                  />
                </Card>
              </div>
            </>
          );
        }}
      </Found>
    </Page>
  );
}

export default function Models() {
  const { name } = useParams();
  return name ? <One name={name} /> : <All />;
}
