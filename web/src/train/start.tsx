/** Start: what to learn from which data, with the network that is proposed for it. */
import { Button, Checkbox, NumberInput, Select, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FlaskConical } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { http } from "../api/client";
import {
  useDataset,
  useDatasets,
  useDeployments,
  useExperiment,
  useExperiments,
  useNetworks,
} from "../api/queries";
import type { Experiment } from "../api/records";
import { Drawing } from "../canvas/drawing";
import { splitIn } from "../data/split";
import { useFormat } from "../locales/format";
import { Card, Empty, Page } from "../shell/page";
import { Found, TroubleOf } from "../shell/trouble";
import { adviceIn, againOf, estimateOf } from "./again";
import { Reasons, useReasonsNot } from "./cannot";
import { Ranges, useAnalysis, useProposal } from "./proposal";
import { freeName, nameOf } from "./space";

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
  const format = useFormat();
  const advice = adviceIn(search.get("change"));
  const same = again && againOf(again, advice);
  const queries = useQueryClient();
  const datasets = useDatasets();
  const networks = useNetworks().data ?? [];
  const experiments = useExperiments().data ?? [];
  const deployments = useDeployments().data ?? [];
  const split = splitIn(search.get("split"));
  const [chosen, setChosen] = useState<string | null>(null);
  const [target, setTarget] = useState<string | null>(again?.spec.target ?? search.get("target"));
  const [network, setNetwork] = useState<string | null>(search.get("network"));
  const [name, setName] = useState("");
  const [trials, setTrials] = useState<number | string>(again?.spec.trials ?? 24);
  const [epochs, setEpochs] = useState<number | string>(again?.spec.epochs ?? "");
  const [deploy, setDeploy] = useState("");
  const [watch, setWatch] = useState(again?.spec.watch ?? true);
  const known = datasets.data?.map((one) => one.name) ?? [];
  const data = chosen ?? (known.includes(from) ? from : (known[0] ?? null));
  const columns = useDataset(data ?? undefined).data?.version?.schema_.columns;
  const goals = (columns ?? [])
    .filter((column) => ["number", "category", "boolean"].includes(column.kind))
    .map((column) => column.name);
  const goal = target && goals.includes(target) ? target : null;
  const proposed = freeName(
    again?.name ?? goal ?? data ?? "",
    experiments.map((one) => one.name),
  );
  const wanted = nameOf(name) || proposed;
  const saved = networks.find((one) => one.name === network);
  const reasons = useReasonsNot({
    known: datasets.data && known,
    data,
    goals: columns && goals,
    goal,
    saved,
    trials,
  });
  const hasNoRange = saved ? Object.keys(saved.space).length === 0 && !same?.space : false;
  const most = hasNoRange ? 1 : Number(trials) || 0;
  const estimate = data
    ? estimateOf({ data, trials: most, epochs: epochs === "" ? null : Number(epochs) }, experiments)
    : null;
  const start = useMutation({
    mutationFn: () => {
      const own = saved ? { network: saved.name, space: saved.space } : {};
      const budget = { trials: most, epochs: epochs === "" ? null : Number(epochs), watch };
      return http.POST("/api/v1/experiments", {
        body: {
          name: wanted,
          data: data ?? "",
          target: goal ?? "",
          deploy: nameOf(deploy) || null,
          seed: 0,
          ...same,
          ...(split ? { split: { ...split } } : {}),
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
                {advice &&
                  ` · ${t("ends.with", { field: advice.field, from: format.value(advice.from), to: format.value(advice.to) })}`}
              </p>
            )}
            {split && (
              <p className="small">
                {t("splitter.used", {
                  method: t(`splitter.by.${split.method}`),
                  key: split.key ?? "",
                  valid: format.percent(split.valid, 0),
                  test: format.percent(split.test, 0),
                })}
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
              id="target"
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
                id="trials"
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
            <Checkbox
              label={t("start.watch")}
              description={t("start.watchHint")}
              checked={watch}
              onChange={(event) => setWatch(event.currentTarget.checked)}
            />
            {hasNoRange && <p className="dim small">{t("start.oneTrial")}</p>}
            <p className="dim small num">
              {estimate === null
                ? t("experiment.noEstimate")
                : t("start.estimate", { time: format.duration(estimate) })}
            </p>
            <TroubleOf error={start.error} />
            <Reasons reasons={reasons} />
            <Button
              type="submit"
              size="md"
              loading={start.isPending}
              disabled={reasons.length > 0}
              leftSection={<FlaskConical size={17} />}
            >
              {t("start.go", { count: most })}
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
