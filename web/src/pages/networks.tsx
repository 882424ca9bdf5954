/** Networks: saved documents, what is proposed for your data, and the designer on one of them. */
import { Button, Select, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Network as NetworkIcon, PencilRuler, Save, Sparkles } from "lucide-react";
import { lazy, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { http, Refusal } from "../api/client";
import {
  useDataset,
  useDatasets,
  useDrafts,
  useExperiments,
  useNetwork,
  useNetworks,
} from "../api/queries";
import type { NetworkDocument } from "../api/records";
import { Drawing } from "../canvas/drawing";
import { openDesk } from "../designer/open";
import { fetchDraft } from "../desk/autosave";
import type { DeskStore } from "../desk/desk";
import { useFormat } from "../locales/format";
import { Card, Empty, Page, Stat } from "../shell/page";
import { Table } from "../shell/table";
import { Found, Loading, TroubleOf } from "../shell/trouble";
import { Ranges, useAnalysis, useProposal } from "../train/proposal";
import { freeName, nameOf } from "../train/space";

const Designer = lazy(() => import("../designer/designer"));

/** What is being drawn beyond its version, or before there is any: found from every machine. */
function Drafts() {
  const { t } = useTranslation();
  const format = useFormat();
  const drafts = useDrafts().data ?? [];
  if (!drafts.length) return null;
  return (
    <Card title={t("network.drafts")}>
      <div className="stack tight" data-state="drafts">
        {drafts.map((one) => (
          <div key={one.name} className="row tight">
            <Link className="name" to={`/networks/${one.name}`}>
              {one.name}
            </Link>
            <span className="dim small">
              {t(one.on ? "network.draftOn" : "network.draftNew", {
                by: one.by,
                ago: format.ago(one.at),
                revision: one.on,
              })}
            </span>
          </div>
        ))}
      </div>
    </Card>
  );
}

function All() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useNetworks();
  const free = freeName("network", query.data?.map((one) => one.name) ?? []);
  const propose = (
    <div className="row tight">
      <Button
        component={Link}
        to={`/networks/${free}`}
        variant="default"
        leftSection={<PencilRuler size={16} />}
      >
        {t("network.draw")}
      </Button>
      <Button component={Link} to="/networks?propose=1" leftSection={<Sparkles size={16} />}>
        {t("network.propose")}
      </Button>
    </div>
  );
  return (
    <Page
      title={t("rail.networks")}
      lead={t("network.lead")}
      actions={query.data?.length ? propose : null}
    >
      <Drafts />
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

interface PictureProps {
  document: NetworkDocument;
  space: Record<string, Record<string, unknown>>;
  data: string | null | undefined;
  target: string | null | undefined;
}

/** A proposal drawn beside what is known of it. */
function Picture({ document, space, data, target }: PictureProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const analysis = useAnalysis(document, data, target);
  const totals = analysis.data?.totals;
  return (
    <div className="grid loose">
      <Card className="w8">
        <Drawing document={document} analysis={analysis.data} />
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
        {Object.keys(space).length > 0 && (
          <Card title={t("experiment.space", { count: Object.keys(space).length })}>
            <Ranges space={space} />
          </Card>
        )}
      </div>
    </div>
  );
}

const GOALS = ["number", "category", "boolean"];

/** What the network learns, as far as an experiment or the data tell. */
function useAgainst(name: string): { data: string | null; target: string | null } | null {
  const datasets = useDatasets();
  const experiments = useExperiments();
  const all = experiments.data ?? [];
  const own = all.find((one) => one.spec.network?.name === name || one.plan.network?.name === name);
  const spec = (own ?? all[0])?.spec;
  const data = spec?.data ?? datasets.data?.[0]?.name ?? null;
  const columns = useDataset(data ?? undefined);
  if (datasets.isPending || experiments.isPending || (data && columns.isPending)) return null;
  // Nothing was learnt from it yet: the last column that can be is the usual place of a target.
  const last = columns.data?.version?.schema_.columns.findLast((one) => GOALS.includes(one.kind));
  return { data, target: spec?.target ?? last?.name ?? null };
}

const isMissing = (error: unknown): boolean =>
  error instanceof Refusal && error.problem.status === 404;

/** The designer on a saved network, or on a new one when nothing has this name yet. */
function One({ name }: { name: string }) {
  const { t } = useTranslation();
  const query = useNetwork(name);
  const against = useAgainst(name);
  const [store, setStore] = useState<DeskStore | null>(null);
  const isNew = isMissing(query.error);
  // Asked anew at each opening, and once: what is drawn afterwards comes by the drawing itself.
  const draft = useQuery({
    queryKey: ["draft", name],
    queryFn: () => fetchDraft(name),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  const isKnown = !draft.isPending;
  const drawn = draft.data ?? null;
  const { data: network, refetch } = query;
  const isOld =
    network !== undefined &&
    (drawn?.on ?? 0) > network.revision &&
    query.dataUpdatedAt < draft.dataUpdatedAt;
  useEffect(() => {
    if (store || !against || !isKnown) return;
    if (isOld) void refetch();
    else if (network || isNew) setStore(openDesk(name, network ?? null, drawn, against));
  }, [store, against, isKnown, isOld, network, drawn, isNew, name, refetch]);
  if (store) return <Designer store={store} />;
  if (query.error instanceof Refusal && query.error.problem.status === 422)
    return <p role="alert">{t("said.name_illegal", { name })}</p>;
  return query.error && !isNew ? <TroubleOf error={query.error} /> : <Loading />;
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
    .filter((column) => GOALS.includes(column.kind))
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
  if (name) return <One key={name} name={name} />;
  return search.has("propose") ? <Propose /> : <All />;
}
