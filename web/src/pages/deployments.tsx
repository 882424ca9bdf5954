/** Deployments: names behind which models serve: who answers, try it, promote, roll back. */
import { Button, Modal, NumberInput, Select, Tabs, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ArrowUpFromLine, Plus, Rocket, Undo2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { http } from "../api/client";
import { useDeployment, useDeployments, useModels, usePredictions } from "../api/queries";
import { LineageDrawer } from "../circle/lineage";
import { useFormat } from "../locales/format";
import { TrafficView } from "../serve/flow";
import { PredictionTable } from "../serve/predictions";
import { Rivals } from "../serve/rivals";
import { NotReady, Refused, Status, standing } from "../serve/standing";
import { Try } from "../serve/try";
import { Card, Empty, Page } from "../shell/page";
import { State } from "../shell/state";
import { Table } from "../shell/table";
import { Found, TroubleOf } from "../shell/trouble";
import { nameOf } from "../train/space";

function Create({
  isOpen,
  onClose,
  model,
}: {
  isOpen: boolean;
  onClose: () => void;
  model: string | null;
}) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const models = useModels().data?.map((one) => `${one.name}@${one.version}`) ?? [];
  const known = useDeployments().data ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const [name, setName] = useState("");
  const [share, setShare] = useState<number | string>("");
  const [durability, setDurability] = useState<string | null>(null);
  const ref = chosen ?? model ?? models[0] ?? null;
  const target = nameOf(name) || (ref?.split("@")[0] ?? "");
  const before = known.find((one) => one.name === target);
  const isThere = Boolean(before?.live);
  const create = useMutation({
    mutationFn: () =>
      http.POST("/api/v1/deployments", {
        body: {
          name: target,
          model: ref ?? "",
          ...(isThere && share !== "" ? { challenger_share: Number(share) / 100 } : {}),
          ...(durability ? { durability } : {}),
        },
      }),
    onSuccess: () => {
      queries.invalidateQueries({ queryKey: ["deployments"] });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={t("deployment.deploy")}
      closeButtonProps={{ "aria-label": t("do.close") }}
    >
      <form className="stack" onSubmit={submit}>
        <Select
          label={t("noun.model")}
          data={models}
          value={ref}
          onChange={setChosen}
          allowDeselect={false}
          searchable
        />
        <TextInput
          label={t("col.name")}
          value={name}
          placeholder={target}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {isThere && (
          <NumberInput
            label={t("deployment.share")}
            description={t("deployment.shareHint")}
            min={0}
            max={100}
            suffix="%"
            value={share}
            onChange={setShare}
          />
        )}
        <Select
          label={t("deployment.durability")}
          data={DURABILITIES.map((value) => ({ value, label: t(`durability.${value}`) }))}
          value={durability ?? before?.durability ?? "full"}
          onChange={setDurability}
          allowDeselect={false}
        />
        <TroubleOf error={create.error} />
        <Button type="submit" loading={create.isPending} disabled={!ref || !target}>
          {create.isPending ? t("deployment.gating") : t("deployment.deploy")}
        </Button>
      </form>
    </Modal>
  );
}

function All() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useDeployments();
  const [search, setSearch] = useSearchParams();
  const create = (
    <Button leftSection={<Plus size={16} />} onClick={() => setSearch({ model: "" })}>
      {t("deployment.deploy")}
    </Button>
  );
  return (
    <Page
      title={t("rail.deployments")}
      lead={t("deployment.lead")}
      actions={query.data?.length ? create : null}
    >
      <Found query={query}>
        {(items) => (
          <Card flush>
            {items.length === 0 ? (
              <Empty icon={Rocket} title={t("deployment.none")} action={create}>
                {t("deployment.noneText")}
              </Empty>
            ) : (
              <Table
                label={t("rail.deployments")}
                items={items}
                rowKey={(one) => one.name}
                columns={[
                  {
                    key: "name",
                    head: t("col.name"),
                    cell: (one) => (
                      <Link className="name" to={`/deployments/${one.name}`}>
                        {one.name}
                      </Link>
                    ),
                  },
                  {
                    key: "state",
                    head: t("col.state"),
                    cell: (one) => <State state={standing(one)} />,
                  },
                  { key: "live", head: t("noun.champion"), cell: (one) => one.live ?? "–" },
                  {
                    key: "challenger",
                    head: t("noun.challenger"),
                    cell: (one) => one.challenger ?? "–",
                  },
                  {
                    key: "durability",
                    head: t("deployment.durability"),
                    cell: (one) => t(`durability.${one.durability}`),
                  },
                  { key: "at", head: t("col.created"), cell: (one) => format.ago(one.created_at) },
                ]}
              />
            )}
          </Card>
        )}
      </Found>
      <Create
        isOpen={search.has("model")}
        onClose={() => setSearch({})}
        model={search.get("model") || null}
      />
    </Page>
  );
}

const DURABILITIES = ["full", "relaxed", "off"] as const;
const TABS = ["try", "predictions", "traffic", "challenger"] as const;

function One({ name }: { name: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [search, setSearch] = useSearchParams();
  const query = useDeployment(name);
  const predictions = usePredictions(name, 50);
  const act = useMutation({
    mutationFn: (verb: "promote" | "rollback") =>
      http.POST(`/api/v1/deployments/{name}/${verb}`, { params: { path: { name } } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["deployments"] }),
  });
  const one = query.data;
  const set = (values: Record<string, string>) => setSearch(values, { preventScrollReset: true });
  const actions = (
    <>
      {one?.previous && (
        <Button
          variant="default"
          leftSection={<Undo2 size={16} />}
          loading={act.isPending}
          onClick={() => act.mutate("rollback")}
        >
          {t("deployment.rollback")}
        </Button>
      )}
      {one?.challenger && (
        <Button
          leftSection={<ArrowUpFromLine size={16} />}
          loading={act.isPending}
          onClick={() => act.mutate("promote")}
        >
          {t("deployment.promote")}
        </Button>
      )}
    </>
  );
  const tab = search.get("show") ?? "try";
  return (
    <Page
      title={name}
      mark={one && <State state={standing(one)} />}
      actions={actions}
      back={{ to: "/deployments", name: t("rail.deployments") }}
    >
      <TroubleOf error={act.error} />
      <Found query={query}>
        {(deployment) => (
          <>
            <Refused deployment={deployment} />
            <NotReady deployment={deployment} />
            <Status deployment={deployment} />
            <Tabs
              value={tab}
              onChange={(value) => set(value && value !== "try" ? { show: value } : {})}
              keepMounted={false}
            >
              <Tabs.List mb={20}>
                {TABS.map((value) => (
                  <Tabs.Tab key={value} value={value}>
                    {t(`deployment.tab.${value}`)}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
              <Tabs.Panel value="try">
                {deployment.live ? (
                  <Try name={name} live={deployment.live} />
                ) : (
                  <Card>
                    <Empty icon={Rocket} title={t("deployment.nobody")}>
                      {t("deployment.nobodyText")}
                    </Empty>
                  </Card>
                )}
              </Tabs.Panel>
              <Tabs.Panel value="predictions">
                <Card flush>
                  <PredictionTable
                    items={predictions.data ?? []}
                    name={name}
                    onPick={(id) => set({ show: "predictions", prediction: id })}
                  />
                </Card>
              </Tabs.Panel>
              <Tabs.Panel value="traffic">
                <TrafficView name={name} />
              </Tabs.Panel>
              <Tabs.Panel value="challenger">
                <Rivals deployment={deployment} />
              </Tabs.Panel>
            </Tabs>
            <LineageDrawer
              name={name}
              id={search.get("prediction")}
              onClose={() => set({ show: "predictions" })}
            />
          </>
        )}
      </Found>
    </Page>
  );
}

export default function Deployments() {
  const { name } = useParams();
  return name ? <One name={name} /> : <All />;
}
