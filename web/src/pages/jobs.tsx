/** Jobs: work with a lease: imports, experiments, retrains; where each stands and how it ended. */
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ListTodo } from "lucide-react";
import { useTranslation } from "react-i18next";
import { http } from "../api/client";
import { useJobs } from "../api/queries";
import type { Job } from "../api/records";
import { useFormat } from "../locales/format";
import { Card, Empty, Page } from "../shell/page";
import { State } from "../shell/state";
import { Table } from "../shell/table";
import { Found, TroubleOf, useWords } from "../shell/trouble";

const subjectOf = (job: Job): string =>
  String(job.args.name ?? job.args.dataset ?? job.args.loop ?? job.args.experiment ?? "");

export default function Jobs() {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useWords();
  const queries = useQueryClient();
  const query = useJobs();
  const cancel = useMutation({
    mutationFn: (id: string) => http.DELETE("/api/v1/jobs/{id}", { params: { path: { id } } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const how = (job: Job) => {
    if (job.state === "failed" && job.cause?.code) return words(job.cause).title;
    const found = job.state === "done" ? job.result : job.progress;
    const parts = Object.entries(found).filter(
      ([, value]) => typeof value === "number" || typeof value === "string",
    );
    return parts
      .slice(0, 4)
      .map(([key, value]) => `${key} ${format.value(value)}`)
      .join(" · ");
  };
  return (
    <Page title={t("rail.jobs")} lead={t("job.lead")}>
      <TroubleOf error={cancel.error} />
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
                  { key: "subject", head: t("job.of"), cell: subjectOf },
                  {
                    key: "state",
                    head: t("col.state"),
                    cell: (one) => <State state={one.state} />,
                  },
                  {
                    key: "how",
                    head: t("job.progress"),
                    wrap: true,
                    cell: (one) => <span className="dim">{how(one)}</span>,
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
