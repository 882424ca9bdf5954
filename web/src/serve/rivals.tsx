/** Rivals: a challenger beside the champion: started in the shadow, given a share, promoted or withdrawn. */
import { Button, NumberInput, Select } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ArrowUpFromLine, Swords, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { http } from "../api/client";
import { useModels } from "../api/queries";
import type { Deployment } from "../api/records";
import { useFormat } from "../locales/format";
import { Card, Empty } from "../shell/page";
import { Table } from "../shell/table";
import { TroubleOf } from "../shell/trouble";
import { type Judged, useRivals } from "./traffic";

function useDeed<T>(deed: (given: T) => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: deed,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["deployments"] }),
  });
}

const inPath = (name: string) => ({ params: { path: { name } } });

/** Choose a model and how much it answers; 0 is the shadow. */
function Start({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation();
  const others = (useModels().data ?? [])
    .map((one) => `${one.name}@${one.version}`)
    .filter((ref) => ref !== deployment.live);
  const [model, setModel] = useState<string | null>(deployment.challenger ?? null);
  const [share, setShare] = useState<number | string>(
    Math.round(deployment.challenger_share * 1000) / 10,
  );
  const chosen = model ?? others[0] ?? null;
  const start = useDeed(() =>
    http.POST("/api/v1/deployments/{name}/challenger", {
      ...inPath(deployment.name),
      body: { model: chosen ?? "", share: Number(share) / 100 },
    }),
  );
  if (!chosen) return <p className="dim">{t("rival.notOther")}</p>;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate(undefined);
  };
  return (
    <form className="stack tight" onSubmit={submit}>
      <div className="row end">
        <Select
          className="grow"
          label={t("noun.model")}
          data={others}
          value={chosen}
          onChange={setModel}
          allowDeselect={false}
          searchable
        />
        <NumberInput
          label={t("rival.share")}
          min={0}
          max={100}
          suffix=" %"
          value={share}
          onChange={setShare}
          style={{ width: 150 }}
        />
        <Button type="submit" variant="default" loading={start.isPending}>
          {t(deployment.challenger ? "rival.change" : "rival.go")}
        </Button>
      </div>
      <p className="dim small">
        {Number(share) > 0 ? t("rival.canary", { share: `${share} %` }) : t("rival.shadow")}
      </p>
      <TroubleOf error={start.error} />
    </form>
  );
}

/** Both, judged by what came true. */
function Sides({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation();
  const format = useFormat();
  const found = useRivals(deployment.name, deployment.challenger).data;
  const sides = [found?.champion, found?.challenger].filter((one): one is Judged => Boolean(one));
  if (sides.length < 2) return null;
  const good = (one: Judged) =>
    one.right !== null
      ? format.percent(one.right)
      : one.off !== null
        ? format.value(one.off)
        : t("rival.noFeedback");
  const isValue = sides.some((one) => one.off !== null);
  return (
    <div className="stack tight" data-state="rivals">
      <Table
        label={t("rival.title")}
        items={sides}
        rowKey={(one) => one.model}
        columns={[
          {
            key: "model",
            head: t("noun.model"),
            cell: (one) => (
              <Link className="name" to={`/models/${one.model}`}>
                {one.model}
              </Link>
            ),
          },
          {
            key: "role",
            head: t("rival.role"),
            cell: (one) => t(one.model === deployment.live ? "noun.champion" : "noun.challenger"),
          },
          {
            key: "answered",
            head: t("rival.answered"),
            right: true,
            cell: (one) => format.count(one.answered),
          },
          {
            key: "good",
            head: t(isValue ? "rival.off" : "rival.right"),
            right: true,
            cell: good,
          },
          {
            key: "judged",
            head: t("noun.feedback"),
            right: true,
            cell: (one) => format.count(one.judged),
          },
        ]}
      />
      {found?.same && (
        <p className="dim small" style={{ padding: "0 20px" }}>
          {found.same.rows === 0
            ? t("rival.waiting")
            : found.same.agree === null
              ? t("rival.apartBy", {
                  apart: format.value(found.same.apart),
                  rows: format.count(found.same.rows),
                })
              : t("rival.agreeOn", {
                  share: format.percent(found.same.agree),
                  rows: format.count(found.same.rows),
                })}
        </p>
      )}
    </div>
  );
}

export function Rivals({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation();
  const { name, challenger } = deployment;
  const promote = useDeed(() => http.POST("/api/v1/deployments/{name}/promote", inPath(name)));
  const withdraw = useDeed(() =>
    http.DELETE("/api/v1/deployments/{name}/challenger", inPath(name)),
  );
  const actions = challenger && (
    <div className="row tight">
      <Button
        variant="default"
        size="xs"
        leftSection={<X size={14} />}
        loading={withdraw.isPending}
        onClick={() => withdraw.mutate(undefined)}
      >
        {t("rival.withdraw")}
      </Button>
      <Button
        size="xs"
        leftSection={<ArrowUpFromLine size={14} />}
        loading={promote.isPending}
        onClick={() => promote.mutate(undefined)}
      >
        {t("rival.promote")}
      </Button>
    </div>
  );
  return (
    <Card title={t("rival.title")} actions={actions} flush={Boolean(challenger)}>
      <div className="stack">
        {challenger ? (
          <Sides deployment={deployment} />
        ) : (
          <Empty icon={Swords} title={t("rival.none")}>
            {t("rival.noneText")}
          </Empty>
        )}
        <div style={challenger ? { padding: "0 20px 12px" } : undefined}>
          <Start key={`${deployment.live} ${challenger}`} deployment={deployment} />
        </div>
        <TroubleOf error={promote.error ?? withdraw.error} />
      </div>
    </Card>
  );
}
