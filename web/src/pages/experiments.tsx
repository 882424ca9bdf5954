/** Experiments: every search, live: plan, curves, trials, and the leaderboard with the baselines on it. */
import { Button, Tabs } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import {
  Copy,
  FileText,
  FlaskConical,
  GitCompareArrows,
  Plus,
  RotateCcw,
  Square,
} from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { addressOf, http } from "../api/client";
import { useExperiment, useExperiments, useLeaderboard, useTrials } from "../api/queries";
import { useFormat } from "../locales/format";
import { useMetricName } from "../locales/metric";
import { Card, Empty, Page } from "../shell/page";
import { State } from "../shell/state";
import { Table } from "../shell/table";
import { Found, Loading, Trouble, TroubleOf } from "../shell/trouble";
import { Ends, Findings } from "../train/ends";
import { Numbers } from "../train/numbers";
import { PlanTab } from "../train/plan";
import { StartExperiment } from "../train/start";
import { Leaderboard, TrialTable } from "../train/trials";
import { useView } from "../train/view";

const TrialView = lazy(() => import("../train/trial").then((m) => ({ default: m.TrialView })));
const Machine = lazy(() => import("../shell/machine"));
const LiveCurves = lazy(() => import("../train/live"));

function All() {
  const { t } = useTranslation();
  const format = useFormat();
  const metricName = useMetricName();
  const query = useExperiments();
  const start = (
    <Button component={Link} to="/experiments?start=1" leftSection={<Plus size={16} />}>
      {t("experiment.start")}
    </Button>
  );
  return (
    <Page
      title={t("rail.experiments")}
      lead={t("experiment.lead")}
      actions={query.data?.length ? start : null}
    >
      <Found query={query}>
        {(items) => (
          <Card flush>
            {items.length === 0 ? (
              <Empty icon={FlaskConical} title={t("experiment.none")} action={start}>
                {t("experiment.noneText")}
              </Empty>
            ) : (
              <Table
                label={t("rail.experiments")}
                items={items}
                rowKey={(one) => one.name}
                columns={[
                  {
                    key: "name",
                    head: t("col.name"),
                    cell: (one) => (
                      <Link className="name" to={`/experiments/${one.name}`}>
                        {one.name}
                      </Link>
                    ),
                  },
                  {
                    key: "state",
                    head: t("col.state"),
                    cell: (one) => <State state={one.state} />,
                  },
                  { key: "data", head: t("noun.dataset"), cell: (one) => one.spec.data },
                  { key: "target", head: t("col.target"), cell: (one) => one.spec.target },
                  {
                    key: "trials",
                    head: t("col.trials"),
                    right: true,
                    cell: (one) => format.count(one.spec.trials ?? 24),
                  },
                  {
                    key: "metric",
                    head: t("col.best"),
                    right: true,
                    cell: (one) =>
                      one.result.best?.metric != null
                        ? `${metricName(one.plan.metric)} ${format.metric(one.result.best.metric)}`
                        : "–",
                  },
                  {
                    key: "model",
                    head: t("noun.model"),
                    cell: (one) =>
                      one.result.model ? (
                        <Link className="name" to={`/models/${one.result.model}`}>
                          {one.result.model}
                        </Link>
                      ) : (
                        "–"
                      ),
                  },
                  {
                    key: "at",
                    head: t("col.started"),
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

function One({ name }: { name: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { show, trial, pinned, setShow, pin, to } = useView();
  const query = useExperiment(name);
  const trials = useTrials(name).data ?? [];
  const board = useLeaderboard(name).data ?? query.data?.result.leaderboard ?? [];
  const act = useMutation({
    mutationFn: (verb: "stop" | "resume") =>
      http.POST(`/api/v1/experiments/{name}/${verb}`, { params: { path: { name } } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["experiments"] }),
  });
  const state = query.data?.state;
  const isGoing = state === "queued" || state === "running";
  const canResume = state === "stopped" || state === "failed";
  const actions = (
    <>
      {isGoing && (
        <Button
          variant="default"
          leftSection={<Square size={15} />}
          loading={act.isPending}
          onClick={() => act.mutate("stop")}
        >
          {t("experiment.stop")}
        </Button>
      )}
      {canResume && (
        <Button
          leftSection={<RotateCcw size={15} />}
          loading={act.isPending}
          onClick={() => act.mutate("resume")}
        >
          {t("experiment.resume")}
        </Button>
      )}
      {query.data && (
        <>
          <Button
            component={Link}
            to={`/experiments?start=${query.data.spec.data}&again=${name}`}
            variant="default"
            leftSection={<Copy size={15} />}
          >
            {t("experiment.clone")}
          </Button>
          <Button
            component="a"
            href={addressOf("experiments", name, "report")}
            download
            variant="default"
            leftSection={<FileText size={15} />}
          >
            {t("experiment.report")}
          </Button>
          <Button
            component={Link}
            to={`/compare?of=${name}`}
            leftSection={<GitCompareArrows size={15} />}
          >
            {t("rail.compare")}
          </Button>
        </>
      )}
    </>
  );
  const lead =
    query.data &&
    t("experiment.of", { target: query.data.spec.target, data: query.data.spec.data });
  return (
    <Page
      title={name}
      lead={lead}
      mark={state && <State state={state} />}
      actions={actions}
      back={{ to: "/experiments", name: t("rail.experiments") }}
    >
      <TroubleOf error={act.error} />
      <Found query={query}>
        {(experiment) => (
          <>
            {experiment.cause && (
              <Trouble
                problem={
                  experiment.result.problem ?? {
                    code: "experiment_cause",
                    title: experiment.cause,
                  }
                }
              />
            )}
            <Numbers experiment={experiment} trials={trials} />
            <Findings experiment={experiment} />
            {trial !== null ? (
              <Suspense fallback={<Loading />}>
                <TrialView
                  experiment={experiment}
                  trials={trials}
                  number={trial}
                  pinned={pinned}
                  onPin={pin}
                  to={to}
                />
              </Suspense>
            ) : (
              <Ends experiment={experiment} trials={trials} />
            )}
            <Tabs
              value={show}
              onChange={setShow}
              keepMounted={false}
              display={trial === null ? "block" : "none"}
            >
              <Tabs.List mb={20}>
                <Tabs.Tab value="trials">{t("experiment.training")}</Tabs.Tab>
                <Tabs.Tab value="plan">{t("experiment.planTab")}</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="trials">
                <div className="grid">
                  <Card title={t("experiment.curves")} className="w7">
                    <Suspense fallback={<Loading />}>
                      <LiveCurves trials={trials} plan={experiment.plan} pinned={pinned} />
                    </Suspense>
                  </Card>
                  <Card title={t("experiment.board")} flush className="w5">
                    <Leaderboard rows={board} plan={experiment.plan} />
                  </Card>
                  <Card title={t("experiment.trials")} flush>
                    <TrialTable
                      trials={trials}
                      plan={experiment.plan}
                      pinned={pinned}
                      onPin={pin}
                      to={to}
                    />
                  </Card>
                  <Suspense fallback={<Loading />}>
                    <Machine since={experiment.created_at} until={experiment.finished_at ?? null} />
                  </Suspense>
                </div>
              </Tabs.Panel>
              <Tabs.Panel value="plan">
                <PlanTab experiment={experiment} trials={trials} />
              </Tabs.Panel>
            </Tabs>
          </>
        )}
      </Found>
    </Page>
  );
}

export default function Experiments() {
  const { name } = useParams();
  const [search] = useSearchParams();
  const from = search.get("start");
  if (name) return <One name={name} />;
  return from ? <StartExperiment from={from} /> : <All />;
}
