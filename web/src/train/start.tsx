/** Start: what to learn from which data, with the network that is proposed for it. */
import { Button, NumberInput, Select, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FlaskConical } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { http, one } from "../api/client";
import {
  useDataset,
  useDatasets,
  useDeployments,
  useExperiment,
  useExperiments,
  useNetworks,
} from "../api/queries";
import type { Analysis, Experiment, NetworkDocument, Proposal } from "../api/records";
import { Drawing } from "../canvas/drawing";
import { Card, Empty, Page } from "../shell/page";
import { Found, TroubleOf } from "../shell/trouble";
import { againOf, type Change } from "./again";
import { freeName, nameOf, rangeText } from "./space";

export function useProposal(data: string | null, target: string | null) {
  return useQuery({
    queryKey: ["proposal", data, target],
    queryFn: () =>
      one<Proposal>(
        http.POST("/api/v1/networks/propose", { body: { data: data ?? "", target: target ?? "" } }),
      ),
    enabled: Boolean(data && target),
    staleTime: 300_000,
  });
}

export function useAnalysis(
  document: NetworkDocument | undefined,
  data: string | null | undefined,
  target: string | null | undefined,
) {
  return useQuery({
    queryKey: ["analysis", JSON.stringify(document), data, target],
    queryFn: () =>
      one<Analysis>(
        http.POST("/api/v1/networks/analyze", {
          body: { network: { ...document }, data: data ?? null, target: target ?? null },
        }),
      ),
    enabled: Boolean(document && data && target),
    staleTime: 300_000,
    retry: 4,
  });
}

export function Ranges({ space }: { space: Record<string, Record<string, unknown>> }) {
  return (
    <div className="tags">
      {Object.entries(space).map(([field, range]) => (
        <span className="tag" key={field}>
          <span className="dim">{field}</span>
          <span className="mono">{rangeText(range)}</span>
        </span>
      ))}
    </div>
  );
}

function ProposedNetwork({ data, target }: { data: string; target: string }) {
  const { t } = useTranslation();
  const proposal = useProposal(data, target);
  const analysis = useAnalysis(proposal.data?.network, data, target);
  return (
    <Found query={proposal}>
      {(found) => (
        <div className="stack">
          <div>
            <div className="dim small" style={{ marginBottom: 6 }}>
              {t("start.ranges", { count: Object.keys(found.space).length })}
            </div>
            <Ranges space={found.space} />
          </div>
          <Drawing document={found.network} analysis={analysis.data} />
        </div>
      )}
    </Found>
  );
}

/** The search that is asked for again, once it is known; else a new one. */
export function StartExperiment({ from }: { from: string }) {
  const [search] = useSearchParams();
  const name = search.get("again");
  const query = useExperiment(name ?? undefined);
  if (!name) return <Start from={from} />;
  return <Found query={query}>{(again) => <Start from={from} again={again} />}</Found>;
}

function Start({ from, again }: { from: string; again?: Experiment }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const [search] = useSearchParams();
  const asked = search.get("change");
  const change: Change | null = asked === "batch" || asked === "rate" ? asked : null;
  const same = again && againOf(again, change);
  const queries = useQueryClient();
  const datasets = useDatasets();
  const networks = useNetworks().data ?? [];
  const experiments = useExperiments().data ?? [];
  const deployments = useDeployments().data ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const [target, setTarget] = useState<string | null>(again?.spec.target ?? search.get("target"));
  const [network, setNetwork] = useState<string | null>(search.get("network"));
  const [name, setName] = useState("");
  const [trials, setTrials] = useState<number | string>(again?.spec.trials ?? 24);
  const [epochs, setEpochs] = useState<number | string>(again?.spec.epochs ?? "");
  const [deploy, setDeploy] = useState("");
  const known = datasets.data?.map((one) => one.name) ?? [];
  const data = chosen ?? (known.includes(from) ? from : (known[0] ?? null));
  const columns = useDataset(data ?? undefined).data?.version?.schema_.columns ?? [];
  const goals = columns
    .filter((column) => ["number", "category", "boolean"].includes(column.kind))
    .map((column) => column.name);
  const goal = target && goals.includes(target) ? target : null;
  const proposed = freeName(
    again?.name ?? goal ?? data ?? "",
    experiments.map((one) => one.name),
  );
  const wanted = nameOf(name) || proposed;
  const saved = networks.find((one) => one.name === network);
  const start = useMutation({
    mutationFn: () => {
      const own = saved ? { network: saved.name, space: saved.space } : {};
      const budget = { trials: Number(trials), epochs: epochs === "" ? null : Number(epochs) };
      return http.POST("/api/v1/experiments", {
        body: {
          name: wanted,
          data: data ?? "",
          target: goal ?? "",
          deploy: nameOf(deploy) || null,
          seed: 0,
          ...same,
          ...budget,
          ...own,
        },
      });
    },
    onSuccess: () => {
      queries.invalidateQueries({ queryKey: ["experiments"] });
      go(`/experiments/${wanted}`);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate();
  };
  return (
    <Page
      title={t("start.title")}
      lead={t("start.lead")}
      back={{ to: "/experiments", name: t("rail.experiments") }}
    >
      <div className="grid loose">
        <Card title={t("start.what")} className="w5">
          <form className="stack" onSubmit={submit}>
            {again && (
              <p className="pill calm" style={{ alignSelf: "flex-start" }}>
                {t("start.again", { name: again.name })}
                {change && ` · ${t(`ends.${change}`)}`}
              </p>
            )}
            <Select
              label={t("noun.dataset")}
              data={known}
              value={data}
              onChange={setChosen}
              allowDeselect={false}
              searchable
            />
            <Select
              label={t("start.target")}
              description={t("start.targetHint")}
              data={goals}
              value={goal}
              onChange={setTarget}
              searchable
              required
              nothingFoundMessage={t("start.noTarget")}
            />
            <Select
              label={t("noun.network")}
              placeholder={t("start.propose")}
              description={t("start.networkHint")}
              data={networks.map((one) => one.name)}
              value={network}
              onChange={setNetwork}
              clearable
              clearButtonProps={{ "aria-label": t("do.clear") }}
            />
            <div className="form">
              <NumberInput
                label={t("start.trials")}
                min={1}
                max={1000}
                value={trials}
                onChange={setTrials}
              />
              <NumberInput
                label={t("start.epochs")}
                min={1}
                max={10000}
                value={epochs}
                onChange={setEpochs}
                placeholder={t("start.auto")}
              />
            </div>
            <div className="form">
              <TextInput
                label={t("start.name")}
                value={name}
                placeholder={proposed}
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <TextInput
                label={t("start.deploy")}
                value={deploy}
                placeholder={deployments[0]?.name ?? proposed}
                description={t("start.deployHint")}
                inputWrapperOrder={["label", "input", "description", "error"]}
                onChange={(event) => setDeploy(event.currentTarget.value)}
              />
            </div>
            <TroubleOf error={start.error} />
            <Button
              type="submit"
              size="md"
              loading={start.isPending}
              disabled={!data || !goal || !trials}
              leftSection={<FlaskConical size={17} />}
            >
              {t("start.go", { count: Number(trials) || 0 })}
            </Button>
          </form>
        </Card>
        <Card
          title={saved?.name ?? again?.plan.network?.name ?? t("start.proposed")}
          className="w7"
        >
          {saved ? (
            <Drawing document={saved.document} />
          ) : again?.plan.network ? (
            <Drawing document={again.plan.network} />
          ) : data && goal ? (
            <ProposedNetwork data={data} target={goal} />
          ) : (
            <Empty icon={FlaskConical} title={t("start.choose")}>
              {t("start.chooseText")}
            </Empty>
          )}
        </Card>
      </div>
    </Page>
  );
}
