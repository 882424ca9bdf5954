/** Networks: saved documents and what is proposed for your data, drawn top-down with shapes and costs. */
import { Button, Select, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Network as NetworkIcon, Save, Sparkles } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { http } from "../api/client";
import { useDataset, useDatasets, useExperiments, useNetwork, useNetworks } from "../api/queries";
import type { Analysis, NetworkDocument, NetworkProblem } from "../api/records";
import { Drawing, shapeOf } from "../canvas/drawing";
import { useFormat } from "../locales/format";
import { Card, Empty, Facts, Page, Stat } from "../shell/page";
import { Table } from "../shell/table";
import { Found, TroubleOf } from "../shell/trouble";
import { freeName, nameOf } from "../train/space";
import { Ranges, useAnalysis, useProposal } from "../train/start";

function All() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useNetworks();
  const propose = (
    <Button component={Link} to="/networks?propose=1" leftSection={<Sparkles size={16} />}>
      {t("network.propose")}
    </Button>
  );
  return (
    <Page
      title={t("rail.networks")}
      lead={t("network.lead")}
      actions={query.data?.length ? propose : null}
    >
      <Found query={query}>
        {(items) => (
          <Card flush>
            {items.length === 0 ? (
              <Empty icon={NetworkIcon} title={t("network.none")} action={propose}>
                {t("network.noneText")}
              </Empty>
            ) : (
              <Table
                label={t("rail.networks")}
                items={items}
                rowKey={(one) => one.name}
                columns={[
                  {
                    key: "name",
                    head: t("col.name"),
                    cell: (one) => (
                      <Link className="name" to={`/networks/${one.name}`}>
                        {one.name}
                      </Link>
                    ),
                  },
                  {
                    key: "nodes",
                    head: t("network.nodes"),
                    right: true,
                    cell: (one) => format.count(Object.keys(one.document.nodes).length),
                  },
                  {
                    key: "ranges",
                    head: t("network.ranges"),
                    right: true,
                    cell: (one) => format.count(Object.keys(one.space).length),
                  },
                  {
                    key: "revision",
                    head: t("network.revision"),
                    right: true,
                    cell: (one) => one.revision,
                  },
                  {
                    key: "hash",
                    head: t("col.hash"),
                    cell: (one) => <span className="mono dim">{one.hash.slice(0, 12)}</span>,
                  },
                  { key: "at", head: t("col.created"), cell: (one) => format.ago(one.created_at) },
                ]}
              />
            )}
          </Card>
        )}
      </Found>
    </Page>
  );
}

function NodeCard({
  document,
  name,
  analysis,
}: {
  document: NetworkDocument;
  name: string;
  analysis: Analysis | undefined;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const node = document.nodes[name];
  const found = analysis?.nodes[name];
  if (!node) return null;
  const axes = found?.type?.axes.map((axis) => `${axis.name} ${axis.size ?? "?"}`).join(" × ");
  return (
    <Card title={name}>
      <Facts
        items={[
          [t("noun.op"), node.op ?? node.block ?? ""],
          ...Object.entries(node.params ?? {}).map(([key, value]): [string, ReactNode] => [
            key,
            <span key={key} className="mono">
              {format.value(value)}
            </span>,
          ]),
          ...Object.entries(node.in ?? {}).map(([port, source]): [string, ReactNode] => [
            t("network.from", { port }),
            [source].flat().join(", "),
          ]),
          [
            t("network.shape"),
            axes ? `${axes} (${found?.type?.dtype})` : shapeOf(found?.type) || "–",
          ],
          [t("network.parameters"), format.count(found?.parameters)],
          [t("network.macs"), format.count(found?.macs)],
        ]}
      />
    </Card>
  );
}

function Problems({ analysis }: { analysis: Analysis | undefined }) {
  const { t, i18n } = useTranslation();
  if (!analysis?.problems.length) return null;
  const words = ({ code, args, text }: NetworkProblem) =>
    (i18n.language === "en" ? text : "") ||
    (i18n.exists(`problem.${code}`)
      ? t(`problem.${code}` as "problem.shape", args ?? {})
      : (text ?? code));
  return (
    <Card title={t("network.problems", { count: analysis.problems.length })}>
      <ul className="stack tight">
        {analysis.problems.map((problem) => (
          <li key={`${problem.code} ${problem.node} ${problem.port}`}>
            <strong>{problem.node}</strong> {words(problem)}
            {problem.fixes?.length ? (
              <div className="dim small">
                {t("network.fixes", { fixes: problem.fixes.map((fix) => fix.title).join(" · ") })}
              </div>
            ) : null}
          </li>
        ))}
      </ul>
    </Card>
  );
}

interface PictureProps {
  document: NetworkDocument;
  space: Record<string, Record<string, unknown>>;
  data: string | null | undefined;
  target: string | null | undefined;
}

/** The drawing beside what is known of it; the designer of a later issue takes the drawing's place. */
function Picture({ document, space, data, target }: PictureProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [selected, setSelected] = useState<string | null>(null);
  const analysis = useAnalysis(document, data, target);
  const totals = analysis.data?.totals;
  return (
    <div className="grid loose">
      <Card className="w8">
        <Drawing
          document={document}
          analysis={analysis.data}
          selected={selected}
          onSelect={setSelected}
        />
      </Card>
      <div className="w4 stack" style={{ gap: 20 }}>
        <TroubleOf error={analysis.error} />
        {totals && (
          <Card>
            <div className="stats">
              <Stat label={t("network.parameters")} value={format.short(totals.parameters)} />
              <Stat label={t("network.macs")} value={format.short(totals.macs)} />
              <Stat
                label={t("network.nodes")}
                value={format.count(Object.keys(document.nodes).length)}
              />
            </div>
          </Card>
        )}
        <Problems analysis={analysis.data} />
        {selected ? (
          <NodeCard document={document} name={selected} analysis={analysis.data} />
        ) : (
          <p className="dim small">{t("network.select")}</p>
        )}
        {Object.keys(space).length > 0 && (
          <Card title={t("experiment.space", { count: Object.keys(space).length })}>
            <Ranges space={space} />
          </Card>
        )}
      </div>
    </div>
  );
}

function One({ name }: { name: string }) {
  const { t } = useTranslation();
  const query = useNetwork(name);
  const datasets = useDatasets().data ?? [];
  const experiments = useExperiments().data ?? [];
  const spec =
    experiments.find((one) => one.spec.network?.name === name || one.plan.network?.name === name)
      ?.spec ?? experiments[0]?.spec;
  return (
    <Page title={name} back={{ to: "/networks", name: t("rail.networks") }}>
      <Found query={query}>
        {(network) => (
          <Picture
            document={network.document}
            space={network.space}
            data={spec?.data ?? datasets[0]?.name}
            target={spec?.target}
          />
        )}
      </Found>
    </Page>
  );
}

function Propose() {
  const { t } = useTranslation();
  const go = useNavigate();
  const queries = useQueryClient();
  const datasets = useDatasets().data?.map((one) => one.name) ?? [];
  const networks = useNetworks().data?.map((one) => one.name) ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const [target, setTarget] = useState<string | null>(null);
  const [name, setName] = useState("");
  const data = chosen ?? datasets[0] ?? null;
  const columns = useDataset(data ?? undefined).data?.version?.schema_.columns ?? [];
  const goals = columns
    .filter((column) => ["number", "category", "boolean"].includes(column.kind))
    .map((column) => column.name);
  const proposal = useProposal(data, target);
  const saved = nameOf(name) || freeName(target ?? "network", networks);
  const save = useMutation({
    mutationFn: () =>
      http.PUT("/api/v1/networks/{name}", {
        params: { path: { name: saved } },
        body: {
          document: { ...proposal.data?.network, name: saved },
          space: proposal.data?.space ?? {},
          layout: {},
        },
      }),
    onSuccess: () => {
      queries.invalidateQueries({ queryKey: ["networks"] });
      go(`/networks/${saved}`);
    },
  });
  return (
    <Page
      title={t("network.propose")}
      lead={t("network.proposeLead")}
      back={{ to: "/networks", name: t("rail.networks") }}
    >
      <Card>
        <div className="row end">
          <Select
            label={t("noun.dataset")}
            data={datasets}
            value={data}
            onChange={setChosen}
            allowDeselect={false}
          />
          <Select
            label={t("start.target")}
            data={goals}
            value={target}
            onChange={setTarget}
            searchable
          />
          <TextInput
            label={t("col.name")}
            value={name}
            placeholder={saved}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button
            leftSection={<Save size={16} />}
            disabled={!proposal.data}
            loading={save.isPending}
            onClick={() => save.mutate()}
          >
            {t("do.save")}
          </Button>
        </div>
      </Card>
      <TroubleOf error={save.error} />
      {data && target && (
        <Found query={proposal}>
          {(found) => (
            <Picture document={found.network} space={found.space} data={data} target={target} />
          )}
        </Found>
      )}
    </Page>
  );
}

export default function Networks() {
  const { name } = useParams();
  const [search] = useSearchParams();
  if (name) return <One name={name} />;
  return search.has("propose") ? <Propose /> : <All />;
}
