/** Projects: one team's datasets, networks, models and keys, apart from all others. */
import { Button, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FolderKanban, Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { http } from "../api/client";
import { useProjects, useWho } from "../api/queries";
import { useFormat } from "../locales/format";
import { Card, Empty, Page } from "../shell/page";
import { Table } from "../shell/table";
import { Found, TroubleOf } from "../shell/trouble";
import { nameOf } from "../train/space";

export default function Projects() {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const query = useProjects();
  const who = useWho().data;
  const [name, setName] = useState("");
  const create = useMutation({
    mutationFn: () => http.POST("/api/v1/projects", { body: { name: nameOf(name) } }),
    onSuccess: () => {
      setName("");
      queries.invalidateQueries({ queryKey: ["projects"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Page title={t("rail.projects")} lead={t("project.lead")}>
      <Card>
        <form className="row end" onSubmit={submit}>
          <TextInput
            label={t("col.name")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button
            type="submit"
            leftSection={<Plus size={16} />}
            disabled={!nameOf(name)}
            loading={create.isPending}
          >
            {t("project.create")}
          </Button>
        </form>
      </Card>
      <TroubleOf error={create.error} />
      <Found query={query}>
        {(items) => (
          <Card flush>
            {items.length === 0 ? (
              <Empty icon={FolderKanban} title={t("project.none")} />
            ) : (
              <Table
                label={t("rail.projects")}
                items={items}
                rowKey={(one) => one.name}
                columns={[
                  {
                    key: "name",
                    head: t("col.name"),
                    cell: (one) => (
                      <span className="row tight">
                        {one.name}
                        {one.name === who?.project && (
                          <span className="pill accent">{t("project.here")}</span>
                        )}
                      </span>
                    ),
                  },
                  { key: "at", head: t("col.created"), cell: (one) => format.time(one.created_at) },
                ]}
              />
            )}
          </Card>
        )}
      </Found>
    </Page>
  );
}
