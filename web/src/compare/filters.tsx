/** Filters: what is left out, said in words, each to be taken away; the same by keyboard as by brush. */
import { Button, Checkbox, MultiSelect, NumberInput, Popover, Select } from "@mantine/core";
import { Filter, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../locales/format";
import type { Field } from "./runs";
import { scaleOf } from "./scale";
import { type Compared, useNames } from "./use";
import { type Brush, HIDEABLE } from "./view";

const TOPS = ["", "5", "20", "100", "10%", "50%"];

function AddFilter({ compared }: { compared: Compared }) {
  const { t } = useTranslation();
  const names = useNames(compared.plan, false);
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState<string | null>(null);
  const [low, setLow] = useState<number | string>("");
  const [high, setHigh] = useState<number | string>("");
  const [words, setWords] = useState<string[]>([]);
  const field: Field | undefined =
    compared.fields.find((one) => one.name === name) ?? compared.fields[0];
  if (!field) return null;
  const scale = scaleOf(field, compared.runs, false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const brush: Brush = scale.words
      ? words
      : [low === "" ? scale.low : Number(low), high === "" ? scale.high : Number(high)];
    compared.brush({ [field.name]: brush });
    setOpen(false);
  };
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-start" trapFocus withinPortal>
      <Popover.Target>
        <Button
          variant="default"
          size="xs"
          leftSection={<Filter size={14} />}
          onClick={() => setOpen(!isOpen)}
        >
          {t("compare.addFilter")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("compare.addFilter")}>
        <form className="stack tight" style={{ width: 260 }} onSubmit={submit}>
          <Select
            size="xs"
            label={t("compare.field")}
            data={compared.fields.map((one) => ({ value: one.name, label: names.ofField(one) }))}
            value={field.name}
            allowDeselect={false}
            onChange={(value) => {
              setName(value);
              setLow("");
              setHigh("");
              setWords([]);
            }}
            comboboxProps={{ withinPortal: false }}
          />
          {scale.words ? (
            <MultiSelect
              size="xs"
              label={t("compare.among")}
              data={scale.words}
              value={words}
              onChange={setWords}
              comboboxProps={{ withinPortal: false }}
            />
          ) : (
            <div className="row tight" style={{ flexWrap: "nowrap" }}>
              <NumberInput
                size="xs"
                label={t("compare.from")}
                value={low}
                placeholder={String(Number(scale.low.toPrecision(4)))}
                onChange={setLow}
              />
              <NumberInput
                size="xs"
                label={t("compare.to")}
                value={high}
                placeholder={String(Number(scale.high.toPrecision(4)))}
                onChange={setHigh}
              />
            </div>
          )}
          <Button
            type="submit"
            size="xs"
            disabled={scale.words ? words.length === 0 : low === "" && high === ""}
          >
            {t("compare.apply")}
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}

export function Filters({ compared }: { compared: Compared }) {
  const { t } = useTranslation();
  const format = useFormat();
  const names = useNames(compared.plan, false);
  const { view, set, fields, runs, shown } = compared;
  const topName = (top: string) =>
    top === ""
      ? t("compare.all")
      : top.endsWith("%")
        ? t("compare.bestShare", { share: top })
        : t("compare.bestCount", { count: Number(top) });
  const text = (brush: Brush) =>
    typeof brush[0] === "number"
      ? `${format.value(brush[0])} … ${format.value(brush[1])}`
      : brush.join(", ");
  const brushed = fields.filter((field) => view.brushes[field.name]);
  return (
    <div className="row filters">
      <Select
        size="xs"
        w={150}
        aria-label={t("compare.top")}
        data={TOPS.map((value) => ({ value: value || "all", label: topName(value) }))}
        value={view.top || "all"}
        allowDeselect={false}
        onChange={(value) => set({ top: !value || value === "all" ? "" : value })}
      />
      {HIDEABLE.map((what) => (
        <Checkbox
          key={what}
          size="xs"
          label={t(`compare.hide.${what}`)}
          checked={view.hide.includes(what)}
          onChange={(event) =>
            set({
              hide: event.currentTarget.checked
                ? [...view.hide, what]
                : view.hide.filter((one) => one !== what),
            })
          }
        />
      ))}
      {compared.out > 0 && (
        <Checkbox
          size="xs"
          label={t("compare.discarded", { count: compared.out })}
          checked={view.out !== ""}
          onChange={(event) => set({ out: event.currentTarget.checked ? "1" : "" })}
        />
      )}
      <AddFilter compared={compared} />
      {brushed.map((field) => (
        <button
          type="button"
          key={field.name}
          className="tag chip"
          aria-label={t("compare.unfilter", { field: names.ofField(field) })}
          onClick={() => compared.brush({ [field.name]: null })}
        >
          <span className="dim">{names.ofField(field)}</span>
          <span className="num">{text(view.brushes[field.name] ?? [])}</span>
          <X size={13} aria-hidden />
        </button>
      ))}
      <output className="dim small num">
        {t("compare.shown", { count: shown.length, all: format.count(runs.length) })}
      </output>
      {(brushed.length > 0 || view.hide.length > 0 || view.top) && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          onClick={() => set({ brushes: {}, hide: [], top: "" })}
        >
          {t("compare.clear")}
        </Button>
      )}
    </div>
  );
}
