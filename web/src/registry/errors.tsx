/** Errors: where a model errs: figures, confusion, calibration, and the rows behind a cell. */
import { Button, SegmentedControl, Select } from "@mantine/core";
import { Tags, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useDataset } from "../api/queries";
import type { Model } from "../api/records";
import { useFormat } from "../locales/format";
import { Card } from "../shell/page";
import { Table } from "../shell/table";
import { Loading, TroubleOf } from "../shell/trouble";
import { Calibration } from "./calibration";
import { Cases } from "./cases";
import { lineageOf } from "./chain";
import { Confusion } from "./confusion";
import { Figures } from "./figures";
import { type Order as By, casesBy, MOST_SHOWN, ORDERS, orderOf } from "./matrix";
import { type Mistakes, useMistakes } from "./mistakes";

const refOf = (model: Model): string => `${model.name}@${model.version}`;

function Classes({ found }: { found: Mistakes }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Table
      label={t("mistakes.classes")}
      items={(found.by_class ?? []).slice(0, MOST_SHOWN)}
      rowKey={(one) => one.name}
      columns={[
        { key: "name", head: t("mistakes.class"), cell: (one) => one.name },
        { key: "rows", head: t("col.rows"), right: true, cell: (one) => format.count(one.rows) },
        {
          key: "recall",
          head: t("mistakes.recall"),
          right: true,
          cell: (one) => format.percent(one.recall),
        },
        {
          key: "precision",
          head: t("mistakes.precision"),
          right: true,
          cell: (one) => format.percent(one.precision),
        },
      ]}
    />
  );
}

/** Versions of the data that came after the model: asked whole, for it has learnt from none of their new rows. */
function Rows({ model, value }: { model: Model; value: number | undefined }) {
  const { t } = useTranslation();
  const [search, set] = useSearchParams();
  const { data, version = 0 } = lineageOf(model);
  const lines = useDataset(data).data?.versions ?? [];
  const newest = lines[0]?.version ?? version;
  const rowsOf = (asked: number) => lines.find((line) => line.version === asked)?.rows;
  const isSame = (asked: number) => rowsOf(asked) === rowsOf(version);
  if (newest <= version) return null;
  const later = Array.from({ length: Math.min(newest - version, 20) }, (_, i) => newest - i);
  return (
    <Select
      size="xs"
      w={250}
      aria-label={t("mistakes.askedOf")}
      value={String(value ?? version)}
      allowDeselect={false}
      data={[
        { value: String(version), label: t("mistakes.testRows") },
        ...later.map((one) => ({
          value: String(one),
          label: t(isSame(one) ? "mistakes.sameRows" : "mistakes.newRows", { version: one }),
        })),
      ]}
      onChange={(next) => {
        const news = new URLSearchParams(search);
        for (const key of ["truth", "said"]) news.delete(key);
        if (next && Number(next) !== version) news.set("on", next);
        else news.delete("on");
        set(news, { preventScrollReset: true });
      }}
    />
  );
}

interface OrderProps {
  form: Mistakes["form"];
  order: By;
  isFixing: boolean;
  onSet: (key: "by" | "fix", value: string | null) => void;
  onAll: (() => void) | undefined;
}

/** What is done with the worst rows: their order, and whether their labels are corrected. */
function Order({ form, order, isFixing, onSet, onAll }: OrderProps) {
  const { t } = useTranslation();
  return (
    <div className="row tight">
      {onAll && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          leftSection={<X size={14} />}
          onClick={onAll}
        >
          {t("mistakes.allCases")}
        </Button>
      )}
      {form === "classes" && (
        <SegmentedControl
          size="xs"
          aria-label={t("mistakes.order")}
          value={order}
          onChange={(value) => onSet("by", value === "loss" ? null : value)}
          data={ORDERS.map((value) => ({ value, label: t(`mistakes.by.${value}`) }))}
        />
      )}
      <Button
        variant="default"
        size="compact-sm"
        aria-pressed={isFixing}
        leftSection={<Tags size={14} />}
        onClick={() => onSet("fix", isFixing ? null : "1")}
      >
        {t(isFixing ? "labels.look" : "labels.correct")}
      </Button>
    </div>
  );
}

export function Errors({ model }: { model: Model }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [search, setSearch] = useSearchParams();
  const on = Number(search.get("on")) || undefined;
  const [truth, said] = [search.get("truth") ?? undefined, search.get("said") ?? undefined];
  const all = useMistakes(refOf(model), { version: on });
  const cell = useMistakes(truth || said ? refOf(model) : undefined, { version: on, truth, said });
  const order = orderOf(search.get("by"));
  const isFixing = search.has("fix");
  const set = (key: "by" | "fix", value: string | null) => {
    const news = new URLSearchParams(search);
    if (value) news.set(key, value);
    else news.delete(key);
    setSearch(news, { preventScrollReset: true, replace: true });
  };
  const pick = (picked: { truth: string; said: string } | null) => {
    const news = new URLSearchParams(search);
    for (const key of ["truth", "said"] as const) {
      if (picked) news.set(key, picked[key]);
      else news.delete(key);
    }
    setSearch(news, { preventScrollReset: true });
  };
  const found = all.data;
  const shown = truth || said ? cell.data : found;
  return (
    <>
      <Card title={t("mistakes.figures")} flush actions={<Rows model={model} value={on} />}>
        <Figures model={model} found={found?.metrics ?? {}} on={on} />
        {found && (
          <p className="dim small" style={{ padding: "6px 20px 8px" }}>
            {t(`mistakes.asked.${on && found.part === "test" ? "corrected" : found.part}`, {
              rows: format.count(found.rows),
              version: found.version,
            })}
          </p>
        )}
      </Card>
      {all.error && <TroubleOf error={all.error} />}
      {all.isLoading && (
        <Card title={t("mistakes.confusion")}>
          <Loading />
        </Card>
      )}
      {found?.confusion && (
        <Card title={t("mistakes.confusion")} className="w6" flush>
          <div className="stack">
            <div style={{ padding: "6px 20px 0" }}>
              <Confusion found={found} picked={{ truth, said }} onPick={pick} />
            </div>
            <Classes found={found} />
          </div>
        </Card>
      )}
      {found && <Calibration found={found} className="w6" />}
      {shown && (
        <Card
          title={
            truth
              ? t("mistakes.cell", { truth, said, rows: shown.cases.length })
              : t("mistakes.cases")
          }
          flush
          className={shown.form === "value" ? "w6" : ""}
          actions={
            <Order
              form={shown.form}
              order={order}
              isFixing={isFixing}
              onSet={set}
              onAll={truth ? () => pick(null) : undefined}
            />
          }
        >
          <Cases
            key={`${truth} ${said} ${shown.version}`}
            found={shown}
            cases={casesBy(shown.cases, order)}
            correct={isFixing ? String(model.manifest.target ?? "") || null : null}
          />
        </Card>
      )}
    </>
  );
}
