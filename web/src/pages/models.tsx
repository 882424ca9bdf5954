/** Models: registered winners: how good, how tested at the gate, from what, and the bundle to take away. */
import { Button, Menu } from "@mantine/core";
import { Boxes, Download, Rocket } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { addressOf } from "../api/client";
import { useDeployments, useModel, useModels } from "../api/queries";
import type { Model } from "../api/records";
import { useFormat } from "../locales/format";
import { useMetricName } from "../locales/metric";
import { Beside } from "../registry/beside";
import { Chain } from "../registry/chain";
import { Checks, GateState } from "../registry/checks";
import { Errors } from "../registry/errors";
import { metricsOf } from "../registry/metrics";
import { useCard } from "../registry/mistakes";
import { ModelTags } from "../registry/tags";
import { Card, Empty, Page, Stat } from "../shell/page";
import { Table } from "../shell/table";
import { Found } from "../shell/trouble";

const refOf = (model: Model): string => `${model.name}@${model.version}`;

/** Chips of the tags there are; one shows its models only. */
function TagFilter({
  models,
  tag,
  onTag,
}: {
  models: Model[];
  tag: string | null;
  onTag: (tag: string | null) => void;
}) {
  const { t } = useTranslation();
  const words = [...new Set(models.flatMap((one) => one.tags ?? []))].sort();
  if (words.length === 0) return null;
  return (
    <fieldset className="bar row tight">
      <legend className="hidden">{t("model.tags")}</legend>
      {[null, ...words].map((word) => (
        <button
          type="button"
          key={word ?? ""}
          className="tag chip"
          aria-pressed={word === tag}
          onClick={() => onTag(word)}
        >
          <bdi>{word ?? t("model.allTags")}</bdi>
        </button>
      ))}
    </fieldset>
  );
}

function All() {
  const { t } = useTranslation();
  const format = useFormat();
  const metricName = useMetricName();
  const query = useModels();
  const deployments = useDeployments().data ?? [];
  const [search, setSearch] = useSearchParams();
  const tag = search.get("tag");
  const setTag = (word: string | null) => setSearch(word ? { tag: word } : {});
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
              <>
                <TagFilter models={items} tag={tag} onTag={setTag} />
                <Table
                  label={t("rail.models")}
                  items={items.filter((one) => !tag || one.tags?.includes(tag))}
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
                      key: "tags",
                      head: t("model.tags"),
                      wrap: true,
                      cell: (one) => (
                        <span className="tags">
                          {(one.tags ?? []).map((word) => (
                            <bdi className="tag" key={word}>
                              {word}
                            </bdi>
                          ))}
                        </span>
                      ),
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
                        <span title={format.time(one.created_at)}>
                          {format.ago(one.created_at)}
                        </span>
                      ),
                    },
                  ]}
                />
              </>
            )}
          </Card>
        )}
      </Found>
    </Page>
  );
}

/** What can be taken away: the whole bundle, the graph alone. */
function TakeAway({ name }: { name: string }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<Download size={16} />}>
          {t("model.export")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(["bundle", "onnx"] as const).map((form) => (
          <Menu.Item key={form} component="a" href={addressOf("models", name, form)} download>
            {t(`model.exportAs.${form}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function ModelCard({ name }: { name: string }) {
  const { t } = useTranslation();
  const card = useCard(name).data;
  if (!card) return null;
  return (
    <Card title={t("model.card")} className="w6">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className="code card-text" tabIndex={0}>
        {card.text}
      </pre>
    </Card>
  );
}

/** What it costs to answer with it. */
function Costs({ model }: { model: Model }) {
  const { t } = useTranslation();
  const format = useFormat();
  const metricName = useMetricName();
  const manifest = model.manifest as {
    rows?: Record<string, number>;
    target?: string;
  };
  const [first] = metricsOf(model);
  const rows = Object.entries(manifest.rows ?? {});
  return (
    <Card>
      <div className="stats">
        {first && <Stat label={metricName(first[1])} value={format.metric(first[2])} />}
        <Stat label={t("col.target")} value={manifest.target ?? "–"} />
        {rows.length > 0 && (
          <Stat
            label={t("col.rows")}
            value={format.count(rows.reduce((sum, [, count]) => sum + count, 0))}
            hint={rows
              .map(
                ([split, count]) =>
                  `${t(`split.${split}` as "split.test", { defaultValue: split })} ${format.count(count)}`,
              )
              .join(" · ")}
          />
        )}
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
        {typeof model.gate.size_mb === "number" && (
          <Stat
            label={t("model.size")}
            value={t("unit.mb", { value: format.value(model.gate.size_mb) })}
          />
        )}
        <Stat label={t("col.created")} value={format.ago(model.created_at)} />
      </div>
      <ModelTags model={model} />
    </Card>
  );
}

function One({ name: ref }: { name: string }) {
  const { t } = useTranslation();
  const query = useModel(ref);
  const actions = (
    <>
      <TakeAway name={ref} />
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
        {(model) => (
          <>
            <Costs model={model} />
            <Card title={t("model.lineage")}>
              <Chain model={model} />
            </Card>
            <div className="grid">
              <Errors model={model} />
              <Beside model={model} />
              <Card title={t("model.gateReport")} className="w6">
                <Checks gate={model.gate} />
              </Card>
              <ModelCard name={ref} />
              <Card title={t("model.alone")} className="w6">
                <p className="dim small" style={{ marginBottom: 8 }}>
                  {t("model.aloneText")}
                </p>
                <pre className="code">{`danlu serve ${ref}.zip`}</pre>
              </Card>
              <Card title={t("model.files")} flush className="w6">
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
        )}
      </Found>
    </Page>
  );
}

export default function Models() {
  const { name } = useParams();
  return name ? <One name={name} /> : <All />;
}
