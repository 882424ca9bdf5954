/** Compare: trials of one search or several side by side; one brush filters table, curves and scatter alike. */
import { Button, MultiSelect } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { Check, FlaskConical, GitCompareArrows, Link2 } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useExperiments } from "../api/queries";
import type { Experiment } from "../api/records";
import { Errors } from "../compare/errors";
import { Filters } from "../compare/filters";
import { Networks } from "../compare/networks";
import { Importance, Pair } from "../compare/pair";
import { Parallel } from "../compare/parallel";
import { differencesOf, type Run } from "../compare/runs";
import { Scatter } from "../compare/scatter";
import { Runs } from "../compare/table";
import { MOST_EXPERIMENTS, useComparedView, useRuns, useView } from "../compare/use";
import type { View } from "../compare/view";
import { Card, Empty, Page } from "../shell/page";
import { Loading, TroubleOf } from "../shell/trouble";

const Curves = lazy(() => import("../compare/curves"));

function Nothing({ experiment }: { experiment: Experiment | undefined }) {
  const { t } = useTranslation();
  const again = experiment
    ? `/experiments?start=${experiment.spec.data}&target=${experiment.spec.target}`
    : "/experiments?start=1";
  return (
    <Card>
      <Empty
        icon={GitCompareArrows}
        title={t("compare.none")}
        action={
          <Button component={Link} to={again} leftSection={<FlaskConical size={16} />}>
            {t("compare.train")}
          </Button>
        }
      >
        {t("compare.noneText")}
      </Empty>
    </Card>
  );
}

function Parts({
  runs,
  experiments,
  view,
  set,
}: {
  runs: Run[];
  experiments: Experiment[];
  view: View;
  set: (news: Partial<View>) => void;
}) {
  const { t } = useTranslation();
  const compared = useComparedView(runs, experiments, view, set);
  const differ = differencesOf(experiments);
  return (
    <>
      {differ.length > 0 && (
        <div className="trouble" role="note">
          <div>
            <div>{t("compare.notComparable")}</div>
            <div className="fix">
              {t("compare.differIn", {
                what: differ.map((what) => t(`compare.differ.${what}`)).join(", "),
              })}
            </div>
          </div>
        </div>
      )}
      <Filters compared={compared} />
      <Parallel compared={compared} />
      <div className="grid">
        <Suspense
          fallback={
            <div className="w7">
              <Loading />
            </div>
          }
        >
          <Curves compared={compared} />
        </Suspense>
        <Scatter compared={compared} />
        <Runs compared={compared} />
        <Pair compared={compared} />
        <Importance compared={compared} />
        <Networks compared={compared} />
        <Errors compared={compared} />
      </div>
    </>
  );
}

export default function Compare() {
  const { t } = useTranslation();
  const [view, set] = useView();
  const known = useExperiments();
  const clipboard = useClipboard({ timeout: 1500 });
  const all = known.data ?? [];
  const newest = all.find((one) => (one.spec.trials ?? 2) > 1) ?? all[0];
  const of = (view.of.length > 0 ? view.of : newest ? [newest.name] : []).slice(
    0,
    MOST_EXPERIMENTS,
  );
  const { runs, experiments, error, isLoading } = useRuns(of);
  const trials = runs.filter((run) => run.kind === "trial").length;
  const actions = (
    <>
      {all.length > 0 && (
        <MultiSelect
          aria-label={t("compare.experiments")}
          data={all.map((one) => one.name)}
          value={of}
          maxValues={MOST_EXPERIMENTS}
          onChange={(names) => set({ of: names, pick: [], brushes: {}, sort: "", log: null })}
          style={{ minWidth: 260, maxWidth: 520 }}
        />
      )}
      <Button
        variant="default"
        leftSection={clipboard.copied ? <Check size={15} /> : <Link2 size={15} />}
        onClick={() => clipboard.copy(location.href)}
      >
        {clipboard.copied ? t("do.copied") : t("compare.link")}
      </Button>
    </>
  );
  return (
    <Page title={t("rail.compare")} lead={t("compare.lead")} actions={actions}>
      <TroubleOf error={error ?? known.error} />
      {known.isLoading || isLoading ? (
        <Loading />
      ) : trials < 2 ? (
        <Nothing experiment={experiments[0]} />
      ) : (
        <Parts runs={runs} experiments={experiments} view={view} set={set} />
      )}
    </Page>
  );
}
