/** Loops: the face of Danlu: the whole circle with live counts, why it turned, and what it decided. */
import { Button, Select, Tabs } from "@mantine/core";
import { type UseQueryResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { Play, RefreshCcwDot, Workflow } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { http } from "../api/client";
import { useDeployments, useLoop, useLoops, usePredictions } from "../api/queries";
import type { LoopPage, StationName } from "../api/records";
import { BacktestView } from "../circle/backtest";
import { Champion } from "../circle/champion";
import { Circle } from "../circle/circle";
import { AuditTrail, CycleTable } from "../circle/cycles";
import { FirstSteps } from "../circle/first";
import { Forward } from "../circle/forward";
import { LineageDrawer } from "../circle/lineage";
import { type Decay, useDecay, useDrift, useLoopAudit } from "../circle/measured";
import { RipeDays } from "../circle/ripe";
import { SetLoop } from "../circle/set";
import { Triggers } from "../circle/triggers";
import { useMetricName } from "../locales/metric";
import { PredictionTable } from "../serve/predictions";
import { Card, Empty, Page } from "../shell/page";
import { State } from "../shell/state";
import { Found, Loading, TroubleOf } from "../shell/trouble";

const LiveMetric = lazy(() => import("../circle/metric"));
const Inbox = lazy(() => import("../circle/inbox"));
const DriftView = lazy(() => import("../circle/drift"));

function linksOf(page: LoopPage): Partial<Record<StationName, string>> {
  const { loop, circle } = page;
  const champion = page.deployment?.live;
  return {
    data: `/datasets/${loop.data}`,
    network: `/experiments/${circle.experiment?.name ?? loop.experiment}?show=plan`,
    experiment: `/experiments/${circle.experiment?.name ?? loop.experiment}`,
    ...(champion ? { model: `/models/${champion}` } : {}),
    deployment: `/deployments/${loop.name}`,
    predictions: `/deployments/${loop.name}?show=predictions`,
    decisions: `/deployments/${loop.name}?show=predictions`,
    feedback: `/deployments/${loop.name}?show=predictions`,
    joined: `/datasets/${loop.data}?show=parts`,
  };
}

/** Stations as the picture wants them: the dataset by its own name, joined rows as a number. */
function stationsOf({ loop, circle }: LoopPage): LoopPage["circle"] {
  const { data, network, joined } = circle;
  return {
    ...circle,
    ...(data ? { data: { ...data, name: loop.data } } : {}),
    ...(network
      ? { network: { ...network, at: network.at ?? circle.experiment?.at ?? null } }
      : {}),
    ...(joined ? { joined: { ...joined, name: null } } : {}),
  };
}

const SHOWN = ["days", "inbox", "cycles", "backtest", "trace", "audit"] as const;

function Days({ page, decay }: { page: LoopPage; decay: UseQueryResult<Decay> }) {
  const { t } = useTranslation();
  const metricName = useMetricName();
  const drift = useDrift(page.loop.name);
  return (
    <div className="grid">
      <Card title={t("loop.metricTitle", { metric: metricName(page.metric) })} className="w8">
        <Suspense fallback={<Loading />}>
          <Found query={decay}>{(found) => <LiveMetric decay={found} />}</Found>
        </Suspense>
      </Card>
      <Card title={t("loop.triggers")} className="w4">
        <Triggers page={page} />
      </Card>
      <Card title={t("loop.drift.title")} className="w8">
        <Suspense fallback={<Loading />}>
          <Found query={drift}>{(found) => <DriftView drift={found} />}</Found>
        </Suspense>
      </Card>
      <Card title={t("ripe.title")} className="w4">
        <Found query={decay}>{(found) => <RipeDays decay={found} name={page.loop.name} />}</Found>
      </Card>
    </div>
  );
}

function Trace({ page, onPick }: { page: LoopPage; onPick: (id: string) => void }) {
  const { t } = useTranslation();
  const { name, data } = page.loop;
  const predictions = usePredictions(name, 12);
  return (
    <div className="grid loose">
      <Card title={t("loop.predictions")} flush className="w6">
        <PredictionTable items={predictions.data ?? []} name={name} onPick={onPick} />
      </Card>
      <Card title={t("forward.title")} className="w6">
        <Forward name={name} data={data} onPick={onPick} />
      </Card>
    </div>
  );
}

function One({ name }: { name: string }) {
  const { t } = useTranslation();
  const query = useLoop(name);
  const decay = useDecay(name);
  const audit = useLoopAudit(name);
  const [search, setSearch] = useSearchParams();
  const shown = SHOWN.find((one) => one === search.get("show")) ?? "days";
  const change = (news: Record<string, string | null>) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [key, value] of Object.entries(news)) {
          if (value) next.set(key, value);
          else next.delete(key);
        }
        return next;
      },
      { preventScrollReset: true },
    );
  const pick = (id: string | null) => change({ prediction: id });
  const panels = (page: LoopPage) => ({
    days: <Days page={page} decay={decay} />,
    inbox: page.deployment?.live ? (
      <Suspense fallback={<Loading />}>
        <Inbox name={name} live={page.deployment.live} />
      </Suspense>
    ) : null,
    cycles: (
      <Card title={t("loop.cycles")} flush>
        <CycleTable cycles={page.loop.cycles} />
      </Card>
    ),
    backtest: (
      <Card title={t("backtest.title")}>
        <BacktestView name={name} live={page.deployment?.live ?? null} />
      </Card>
    ),
    trace: <Trace page={page} onPick={pick} />,
    audit: (
      <Card title={t("loop.audit")}>
        <AuditTrail items={audit.data ?? []} />
      </Card>
    ),
  });
  return (
    <Found query={query}>
      {(page) => (
        <>
          <Circle
            stations={stationsOf(page)}
            links={linksOf(page)}
            centre={<Champion page={page} decay={decay.data} />}
          />
          <Tabs value={shown} onChange={(value) => change({ show: value })} keepMounted={false}>
            <Tabs.List mb={20}>
              {SHOWN.map((one) => (
                <Tabs.Tab key={one} value={one}>
                  {t(`loop.tab.${one}`)}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value={shown}>{panels(page)[shown]}</Tabs.Panel>
          </Tabs>
          <LineageDrawer name={name} id={search.get("prediction")} onClose={() => pick(null)} />
        </>
      )}
    </Found>
  );
}

export default function Loops() {
  const { t } = useTranslation();
  const go = useNavigate();
  const queries = useQueryClient();
  const { name: asked } = useParams();
  const loops = useLoops();
  const deployments = useDeployments();
  const [isSetting, setSetting] = useState(false);
  const name = asked ?? loops.data?.[0]?.name;
  const run = useMutation({
    mutationFn: () =>
      http.POST("/api/v1/loops/{name}/run", { params: { path: { name: name ?? "" } } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const retrain = run.isSuccess ? <State state="queued" /> : null;
  const actions = (
    <>
      {(loops.data?.length ?? 0) > 1 && (
        <Select
          aria-label={t("loop.choose")}
          data={loops.data?.map((loop) => loop.name) ?? []}
          value={name ?? null}
          onChange={(value) => value && go(`/loops/${value}`)}
          allowDeselect={false}
        />
      )}
      <Button
        variant="default"
        leftSection={<RefreshCcwDot size={16} />}
        onClick={() => setSetting(true)}
        disabled={!deployments.data?.length}
      >
        {name ? t("loop.change") : t("loop.set")}
      </Button>
      {name && (
        <Button
          leftSection={<Play size={16} />}
          loading={run.isPending}
          onClick={() => run.mutate()}
        >
          {t("loop.run")}
        </Button>
      )}
    </>
  );
  return (
    <Page title={name ?? t("rail.loops")} lead={t("loop.lead")} mark={retrain} actions={actions}>
      <TroubleOf error={run.error} />
      <Found query={loops}>
        {() =>
          name ? (
            <One name={name} />
          ) : (
            <>
              <FirstSteps />
              {Boolean(deployments.data?.length) && (
                <Card>
                  <Empty
                    icon={Workflow}
                    title={t("loop.none")}
                    action={<Button onClick={() => setSetting(true)}>{t("loop.set")}</Button>}
                  >
                    {t("loop.noneText")}
                  </Empty>
                </Card>
              )}
            </>
          )
        }
      </Found>
      <SetLoop isOpen={isSetting} onClose={() => setSetting(false)} name={name} />
    </Page>
  );
}
