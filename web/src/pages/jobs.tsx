/** Jobs: work with a lease: imports, experiments, retrains; where each stands and how it ended. */
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ListTodo } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { http } from "../api/client";
import { useJobs } from "../api/queries";
import type { Job } from "../api/records";
import { useFormat } from "../locales/format";
import { Card, Empty, Page } from "../shell/page";
import { State } from "../shell/state";
import { Table } from "../shell/table";
import { Found, Loading, TroubleOf, useWords } from "../shell/trouble";
import { placeOf, subjectOf } from "../shell/work";

const Machine = lazy(() => import("../shell/machine"));

/** How far a job is, or what came of it, in the reader's words; what is not known is not said. */
function useSaid(): (job: Job) => string {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useWords();
  return (job) => {
    if (job.state === "failed") return job.cause?.code ? words(job.cause).title : "";
    if (job.state !== "done") {
      const { done, of, rows } = job.progress;
      if (typeof done === "number" && of) return t("job.did.done", { done, of: String(of) });
      return typeof rows === "number" ? t("job.did.rows", { rows: format.count(rows) }) : "";
    }
    const { version, model, idle, challenger, verdict } = job.result as Record<string, unknown>;
    if (idle) return t("job.did.idle");
    if (challenger) {
      const isTaken = (verdict as { promoted?: boolean } | undefined)?.promoted;
      return t(isTaken ? "job.did.promoted" : "job.did.kept", { model: String(challenger) });
    }
    if (model) return t("job.did.model", { model: String(model) });
    return typeof version === "number" ? t("job.did.version", { version }) : "";
  };
}

export default function Jobs() {
  const { t } = useTranslation();
  const format = useFormat();
  const said = useSaid();
  const queries = useQueryClient();
  const query = useJobs();
  const cancel = useMutation({
    mutationFn: (id: string) => http.DELETE("/api/v1/jobs/{id}", { params: { path: { id } } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
  return (
    <Page title={t("rail.jobs")} lead={t("job.lead")}>
      <TroubleOf error={cancel.error} />
      <Suspense fallback={<Loading />}>
        <Machine />
      </Suspense>
      <Found query={query}>
        {(items) => (
          <Card flush>
            {items.length === 0 ? (
              <Empty icon={ListTodo} title={t("job.none")}>
                {t("job.noneText")}
              </Empty>
            ) : (
              <Table
                label={t("rail.jobs")}
                items={items}
                rowKey={(one) => one.id}
                columns={[
                  { key: "kind", head: t("col.kind"), cell: (one) => t(`jobKind.${one.kind}`) },
                  {
                    key: "subject",
                    head: t("job.of"),
                    cell: (one) => (
                      <Link className="name" to={placeOf(one)}>
                        {subjectOf(one)}
                      </Link>
                    ),
                  },
                  {
                    key: "state",
                    head: t("col.state"),
                    cell: (one) => <State state={one.state} />,
                  },
                  {
                    key: "how",
                    head: t("job.progress"),
                    wrap: true,
                    cell: (one) => <span className="dim">{said(one)}</span>,
                  },
                  {
                    key: "attempt",
                    head: t("job.attempt"),
                    right: true,
                    cell: (one) => one.attempt,
                  },
                  {
                    key: "at",
                    head: t("col.created"),
                    cell: (one) => (
                      <span title={format.time(one.created_at)}>{format.ago(one.created_at)}</span>
                    ),
                  },
                  {
                    key: "cancel",
                    head: t("col.actions"),
                    isBare: true,
                    right: true,
                    cell: (one) =>
                      ["queued", "leased"].includes(one.state) && !one.cancel ? (
                        <Button
                          variant="subtle"
                          color="gray"
                          size="compact-sm"
                          loading={cancel.isPending && cancel.variables === one.id}
                          onClick={() => cancel.mutate(one.id)}
                        >
                          {t("do.cancel")}
                        </Button>
                      ) : null,
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
