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
import type { Experiment, Trial } from "../api/records";
import { Drawing } from "../canvas/drawing";
import { useFormat } from "../locales/format";
import { useMetricName } from "../locales/metric";
import { Card, Empty, Facts, Page, Stat } from "../shell/page";
import { State } from "../shell/state";
import { Table } from "../shell/table";
import { Found, Loading, Trouble, TroubleOf } from "../shell/trouble";
import { secondsLeft } from "../train/again";
import { bestTrial } from "../train/curves";
import { Cohorts, Ends, Findings } from "../train/ends";
import { Ranges, StartExperiment, useAnalysis } from "../train/start";
import { Leaderboard, TrialTable } from "../train/trials";

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

function Numbers({ experiment, trials }: { experiment: Experiment; trials: Trial[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const metricName = useMetricName();
  const { plan, spec, result } = experiment;
  const ended = trials.filter((trial) => !["waiting", "running"].includes(trial.state)).length;
  const best = bestTrial(trials, plan.metric ?? "valid_loss", plan);
  const test = Object.entries(result.test ?? {});
  const whole = spec.trials ?? trials.length;
  const spent = (experiment.finished_at ?? Date.now() / 1000) - experiment.created_at;
  const left = experiment.state === "running" ? secondsLeft(ended, whole, spent) : null;
  return (
    <Card>
      <div className="stats">
        <Stat
          label={t("experiment.trials")}
          value={`${format.count(ended)} / ${format.count(whole)}`}
          hint={
            <div className="track" style={{ width: 120, marginTop: 6 }}>
              <i style={{ width: `${(ended / Math.max(whole, 1)) * 100}%` }} />
            </div>
          }
        />
        <Stat
          label={t("experiment.bestOf", { metric: metricName(plan.metric) })}
          value={format.metric(best?.metric)}
          hint={best && t("trial.name", { number: best.number })}
        />
        {test.slice(0, 3).map(([name, value]) => (
          <Stat
            key={name}
            label={t("experiment.testOf", { metric: metricName(name) })}
            value={format.metric(value)}
          />
        ))}
        {result.model && (
          <Stat
            label={t("noun.model")}
            value={
              <Link className="link" to={`/models/${result.model}`}>
                {result.model}
              </Link>
            }
          />
        )}
        <Stat
          label={t("col.time")}
          value={format.duration(spent)}
          hint={
            experiment.finished_at
              ? format.ago(experiment.finished_at)
              : left !== null && t("experiment.left", { time: format.duration(left) })
          }
        />
      </div>
    </Card>
  );
}

function PlanTab({ experiment, trials }: { experiment: Experiment; trials: Trial[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { plan, spec } = experiment;
  const network = plan.network ?? spec.network ?? undefined;
  const space = plan.space ?? spec.space ?? {};
  const analysis = useAnalysis(network ?? undefined, spec.data, spec.target);
  const rows = Object.entries(plan.rows ?? {}).map(
    ([name, count]) => `${name} ${format.count(count)}`,
  );
  const recipe = Object.entries(plan.recipe ?? spec.recipe ?? {}).filter(
    ([, value]) => value !== null && typeof value !== "object",
  );
  return (
    <div className="grid loose">
      <div className="w5 stack" style={{ gap: 20 }}>
        <Card title={t("experiment.plan")}>
          <Facts
            items={[
              [t("noun.dataset"), `${spec.data}${spec.version ? ` v${spec.version}` : ""}`],
              [t("col.target"), spec.target],
              [t("noun.task"), plan.task ?? spec.task ?? "–"],
              [t("experiment.split"), format.value(plan.split?.method)],
              [t("col.rows"), rows.join(" · ") || "–"],
              [t("start.epochs"), format.value(spec.epochs ?? plan.recipe?.epochs)],
              [t("experiment.seed"), format.value(spec.seed ?? 0)],
              [t("start.deploy"), spec.deploy ?? "–"],
              [
                t("experiment.warm"),
                spec.warm ? format.value(spec.warm.model) : t("experiment.cold"),
              ],
            ]}
          />
        </Card>
        <Cohorts experiment={experiment} trials={trials} />
        <Card title={t("experiment.space", { count: Object.keys(space).length })}>
          <Ranges space={space} />
        </Card>
        {recipe.length > 0 && (
          <Card title={t("noun.recipe")}>
            <Facts
              items={recipe.map(([name, value]) => [
                name,
                <span key={name} className="mono">
                  {format.value(value)}
                </span>,
              ])}
            />
          </Card>
        )}
      </div>
      <Card title={network?.name ?? t("noun.network")} className="w7">
        {network ? (
          <Drawing document={network} analysis={analysis.data} />
        ) : (
          <p className="dim">{t("experiment.noNetwork")}</p>
        )}
      </Card>
    </div>
  );
}

function One({ name }: { name: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [search, setSearch] = useSearchParams();
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
              <Trouble problem={{ code: "experiment_cause", title: experiment.cause }} />
            )}
            <Numbers experiment={experiment} trials={trials} />
            <Findings experiment={experiment} />
            <Ends experiment={experiment} trials={trials} />
            <Tabs
              value={search.get("show") ?? "trials"}
              onChange={(value) => setSearch(value && value !== "trials" ? { show: value } : {})}
              keepMounted={false}
            >
              <Tabs.List mb={20}>
                <Tabs.Tab value="trials">{t("experiment.training")}</Tabs.Tab>
                <Tabs.Tab value="plan">{t("experiment.planTab")}</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="trials">
                <div className="grid">
                  <Card title={t("experiment.curves")} className="w7">
                    <Suspense fallback={<Loading />}>
                      <LiveCurves trials={trials} plan={experiment.plan} />
                    </Suspense>
                  </Card>
                  <Card title={t("experiment.board")} flush className="w5">
                    <Leaderboard rows={board} plan={experiment.plan} />
                  </Card>
                  <Card title={t("experiment.trials")} flush>
                    <TrialTable trials={trials} plan={experiment.plan} />
                  </Card>
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
