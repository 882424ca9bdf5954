/** Set: the standing order: which data, which experiment, and what starts a retrain. */
import { Button, Modal, NumberInput, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { http } from "../api/client";
import { useDatasets, useDeployments, useExperiments } from "../api/queries";
import { TroubleOf } from "../shell/trouble";

type Kind = "day" | "cron" | "rows";

interface SetLoopProps {
  isOpen: boolean;
  onClose: () => void;
  name?: string | undefined;
}

export function SetLoop({ isOpen, onClose, name }: SetLoopProps) {
  const { t } = useTranslation();
  const go = useNavigate();
  const queries = useQueryClient();
  const deployments = useDeployments().data ?? [];
  const datasets = useDatasets().data ?? [];
  const experiments = useExperiments().data ?? [];
  const [deployment, setDeployment] = useState<string | null>(null);
  const [data, setData] = useState<string | null>(null);
  const [experiment, setExperiment] = useState<string | null>(null);
  const [kind, setKind] = useState<Kind>("day");
  const [cron, setCron] = useState("0 3 * * *");
  const [rows, setRows] = useState(1000);
  const target = deployment ?? name ?? deployments[0]?.name ?? null;
  const source =
    experiment ??
    experiments.find((one) => one.spec.deploy === target)?.name ??
    experiments[0]?.name ??
    null;
  const table =
    data ?? experiments.find((one) => one.name === source)?.spec.data ?? datasets[0]?.name ?? null;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const trigger =
    kind === "rows" ? { rows } : kind === "cron" ? { cron, zone } : { every: "day", zone };
  const save = useMutation({
    mutationFn: () =>
      http.PUT("/api/v1/loops/{name}", {
        params: { path: { name: target ?? "" } },
        body: { data: table ?? "", experiment: source ?? "", ...trigger },
      }),
    onSuccess: () => {
      queries.invalidateQueries({ queryKey: ["loops"] });
      onClose();
      go(`/loops/${target}`);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={t("loop.setTitle")}
      closeButtonProps={{ "aria-label": t("do.close") }}
    >
      <form className="stack" onSubmit={submit}>
        <Select
          label={t("noun.deployment")}
          data={deployments.map((one) => one.name)}
          value={target}
          onChange={setDeployment}
          allowDeselect={false}
        />
        <Select
          label={t("noun.experiment")}
          description={t("loop.experimentHint")}
          data={experiments.map((one) => one.name)}
          value={source}
          onChange={setExperiment}
          allowDeselect={false}
        />
        <Select
          label={t("noun.dataset")}
          data={datasets.map((one) => one.name)}
          value={table}
          onChange={setData}
          allowDeselect={false}
        />
        <SegmentedControl
          aria-label={t("loop.triggers")}
          value={kind}
          onChange={(value) => setKind(value as Kind)}
          data={(["day", "cron", "rows"] as const).map((value) => ({
            value,
            label: t(`loop.kind.${value}`),
          }))}
        />
        {kind === "cron" && (
          <TextInput
            label={t("loop.cron")}
            description={t("loop.cronHint", { zone })}
            value={cron}
            onChange={(event) => setCron(event.currentTarget.value)}
          />
        )}
        {kind === "rows" && (
          <NumberInput
            label={t("loop.rows")}
            min={1}
            value={rows}
            onChange={(value) => setRows(Number(value))}
          />
        )}
        <TroubleOf error={save.error} />
        <Button type="submit" loading={save.isPending} disabled={!target || !source || !table}>
          {t("do.save")}
        </Button>
      </form>
    </Modal>
  );
}
