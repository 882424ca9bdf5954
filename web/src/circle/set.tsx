/** Set: the standing order: which data, which experiment, and what starts a retrain. */
import {
  Button,
  Checkbox,
  Modal,
  NumberInput,
  SegmentedControl,
  Select,
  TextInput,
} from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { http } from "../api/client";
import { useDatasets, useDeployments, useExperiments, useLoops } from "../api/queries";
import type { Loop } from "../api/records";
import { TroubleOf } from "../shell/trouble";

type Clock = "none" | "day" | "week" | "cron";

/** What starts a retrain, as the form holds it: a clock, and numbers that are on or off. */
interface When {
  clock: Clock;
  cron: string;
  zone: string;
  rows: number | null;
  drift: number | null;
  decay: number | null;
  newData: boolean;
}

const EVERY: Record<string, Clock> = { "0 3 * * *": "day", "0 3 * * 1": "week" };
const MOST = { drift: 10, decay: 1 };
const USUAL = { rows: 1000, drift: 0.25, decay: 0.05 };

const here = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** How a loop runs now; a new one every day. */
function whenOf(loop: Loop | undefined): When {
  const all = loop ? [loop.trigger, ...(loop.more ?? [])] : [];
  const of = (kind: string) => all.find((trigger) => trigger.kind === kind);
  const schedule = of("schedule");
  const cron = String(schedule?.cron ?? "0 3 * * *");
  const number = (kind: string, field: string) =>
    of(kind) ? Number(of(kind)?.[field] ?? USUAL[kind as "rows"]) : null;
  return {
    clock: loop ? (schedule ? (EVERY[cron] ?? "cron") : "none") : "day",
    cron,
    zone: String(schedule?.zone ?? here()),
    rows: number("rows", "rows"),
    drift: number("drift", "index"),
    decay: number("decay", "share"),
    newData: Boolean(of("version")),
  };
}

/** The same as the server takes it. */
function bodyOf(when: When) {
  const { clock, cron, zone, rows, drift, decay, newData } = when;
  return {
    ...(clock === "cron" ? { cron, zone } : clock === "none" ? {} : { every: clock, zone }),
    ...(rows === null ? {} : { rows }),
    ...(drift === null ? {} : { drift }),
    ...(decay === null ? {} : { decay }),
    ...(newData ? { new_data: true } : {}),
  };
}

function WhenFields({ when, onChange }: { when: When; onChange: (when: When) => void }) {
  const { t } = useTranslation();
  const set = (news: Partial<When>) => onChange({ ...when, ...news });
  return (
    <fieldset className="when">
      <legend>{t("loop.triggers")}</legend>
      <SegmentedControl
        aria-label={t("loop.clock")}
        value={when.clock}
        onChange={(value) => set({ clock: value as Clock })}
        data={(["none", "day", "week", "cron"] as const).map((value) => ({
          value,
          label: t(`loop.kind.${value}`),
        }))}
        fullWidth
      />
      {when.clock === "cron" && (
        <TextInput
          label={t("loop.cron")}
          description={t("loop.cronHint")}
          value={when.cron}
          onChange={(event) => set({ cron: event.currentTarget.value })}
        />
      )}
      {when.clock !== "none" && (
        <TextInput
          label={t("loop.zone")}
          value={when.zone}
          onChange={(event) => set({ zone: event.currentTarget.value })}
        />
      )}
      {(["rows", "drift", "decay"] as const).map((kind) => (
        <div className="reason" key={kind}>
          <Checkbox
            label={t(`loop.on.${kind}`)}
            checked={when[kind] !== null}
            onChange={(event) => set({ [kind]: event.currentTarget.checked ? USUAL[kind] : null })}
          />
          <NumberInput
            aria-label={t(`loop.on.${kind}`)}
            w={110}
            disabled={when[kind] === null}
            value={when[kind] ?? USUAL[kind]}
            min={kind === "rows" ? 1 : 0.01}
            {...(kind === "rows" ? {} : { max: MOST[kind] })}
            step={kind === "rows" ? 100 : 0.05}
            decimalScale={kind === "rows" ? 0 : 3}
            onChange={(value) => set({ [kind]: Number(value) || USUAL[kind] })}
          />
        </div>
      ))}
      <Checkbox
        label={t("loop.on.version")}
        checked={when.newData}
        onChange={(event) => set({ newData: event.currentTarget.checked })}
      />
    </fieldset>
  );
}

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
  const loops = useLoops().data ?? [];
  const [when, setWhen] = useState<When | null>(null);
  const target = deployment ?? name ?? deployments[0]?.name ?? null;
  const source =
    experiment ??
    loops.find((one) => one.name === target)?.experiment ??
    experiments.find((one) => one.spec.deploy === target)?.name ??
    experiments[0]?.name ??
    null;
  const table =
    data ?? experiments.find((one) => one.name === source)?.spec.data ?? datasets[0]?.name ?? null;
  const before = loops.find((one) => one.name === target);
  const now = when ?? whenOf(before);
  const save = useMutation({
    mutationFn: () =>
      http.PUT("/api/v1/loops/{name}", {
        params: { path: { name: target ?? "" } },
        body: { data: table ?? "", experiment: source ?? "", ...bodyOf(now) },
      }),
    onSuccess: () => {
      queries.invalidateQueries({ queryKey: ["loops"] });
      setWhen(null);
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
        <WhenFields when={now} onChange={setWhen} />
        <TroubleOf error={save.error} />
        <Button type="submit" loading={save.isPending} disabled={!target || !source || !table}>
          {t("do.save")}
        </Button>
      </form>
    </Modal>
  );
}
