/** Loops: the face of Danlu: the whole circle with live counts, why it turned, and what it decided. */
import { Button, Select } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Play, RefreshCcwDot, Workflow } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { http } from "../api/client";
import { useAudit, useDeployments, useLoop, useLoops, usePredictions } from "../api/queries";
import type { LoopPage, StationName } from "../api/records";
import { Champion } from "../circle/champion";
import { Circle } from "../circle/circle";
import { AuditTrail, CycleTable } from "../circle/cycles";
import { FirstSteps } from "../circle/first";
import { LineageDrawer } from "../circle/lineage";
import { SetLoop } from "../circle/set";
import { useFormat } from "../locales/format";
import { useMetricName } from "../locales/metric";
import { PredictionTable } from "../serve/predictions";
import { Card, Empty, Facts, Page } from "../shell/page";
import { State } from "../shell/state";
import { Found, Loading, TroubleOf } from "../shell/trouble";

const LiveMetric = lazy(() => import("../circle/metric"));

/** The trigger in words: every day at ..., every N rows. */
export function useTriggerWords(): (trigger: Record<string, unknown>) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (trigger) => {
    if (trigger.kind === "rows")
      return t("loop.trigger.rows", { rows: format.count(Number(trigger.rows)) });
    if (trigger.kind === "schedule")
      return t("loop.trigger.schedule", {
        cron: String(trigger.cron ?? ""),
        zone: String(trigger.zone ?? "UTC"),
      });
    if (trigger.kind === "manual") return t("loop.trigger.manual");
    return format.value(trigger);
  };
}

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

function Triggers({ page }: { page: LoopPage }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useTriggerWords();
  return (
    <Card title={t("loop.triggers")} className="w4">
      <Facts
        items={[
          [t("loop.when"), words(page.loop.trigger)],
          [
            t("loop.next"),
            page.next_at
              ? `${format.ago(page.next_at)} · ${format.time(page.next_at)}`
              : t("loop.notPlanned"),
          ],
          [t("loop.last"), page.loop.last_run ?? t("loop.never")],
          [
            t("loop.joinedTo"),
            page.loop.joined_to ? format.time(page.loop.joined_to) : t("loop.never"),
          ],
          [t("noun.dataset"), page.loop.data],
          [t("noun.experiment"), page.loop.experiment],
        ]}
      />
    </Card>
  );
}

function One({ name }: { name: string }) {
  const { t } = useTranslation();
  const metricName = useMetricName();
  const query = useLoop(name);
  const predictions = usePredictions(name, 12);
  const audit = [useAudit(`deployment/${name}`), useAudit(`loop/${name}`)].flatMap(
    (found) => found.data ?? [],
  );
  const [search, setSearch] = useSearchParams();
  const pick = (id: string | null) =>
    setSearch(id ? { prediction: id } : {}, { preventScrollReset: true });
  return (
    <Found query={query}>
      {(page) => (
        <>
          <Circle
            stations={stationsOf(page)}
            links={linksOf(page)}
            centre={<Champion page={page} />}
          />
          <div className="grid">
            <Card title={t("loop.metricTitle", { metric: metricName(page.metric) })} className="w8">
              <Suspense fallback={<Loading />}>
                <LiveMetric points={page.curve ?? []} metric={page.metric ?? ""} />
              </Suspense>
            </Card>
            <Triggers page={page} />
            <Card title={t("loop.cycles")} flush>
              <CycleTable cycles={page.loop.cycles} />
            </Card>
            <Card title={t("loop.predictions")} flush className="w7">
              <PredictionTable items={predictions.data ?? []} name={name} onPick={pick} />
            </Card>
            <Card title={t("loop.audit")} className="w5">
              <AuditTrail items={audit} />
            </Card>
          </div>
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
