/** Network: what holds for the whole: against which data it is checked, its totals, all ranges in one list. */
import { ActionIcon, NumberInput, Select } from "@mantine/core";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDataset, useDatasets } from "../api/queries";
import { isBlank, useDesk, useDeskStore } from "../desk/desk";
import { setKept, useUi } from "../desk/ui";
import { setRange } from "../document/fields";
import { sizeOf } from "../document/grammar";
import { useFormat } from "../locales/format";
import { useMetricName } from "../locales/metric";
import { Stat } from "../shell/page";
import { rangeText } from "../train/space";
import { Fixes } from "./fixes";

/** Columns that can be learnt. */
const GOALS = ["number", "category", "boolean"];

export function Against() {
  const { t } = useTranslation();
  const store = useDeskStore();
  const data = useDesk((desk) => desk.data);
  const target = useDesk((desk) => desk.target);
  const datasets = useDatasets().data?.map((one) => one.name) ?? [];
  const columns = useDataset(data ?? undefined).data?.version?.schema_.columns ?? [];
  const goals = columns.filter((one) => GOALS.includes(one.kind)).map((one) => one.name);
  return (
    <div className="fields">
      <Select
        size="xs"
        label={t("designer.against")}
        placeholder={t("designer.noData")}
        data={datasets}
        value={data}
        clearable
        clearButtonProps={{ "aria-label": t("do.clear") }}
        onChange={(value) => store.getState().set({ data: value, target: null })}
      />
      {data && (
        <Select
          size="xs"
          label={t("start.target")}
          data={goals}
          value={goals.includes(target ?? "") ? target : null}
          searchable
          onChange={(value) => store.getState().set({ target: value })}
        />
      )}
      {(!data || !target) && <p className="dim small">{t("designer.symbolic")}</p>}
    </div>
  );
}

export function useSpaceText(): (space: Record<string, Record<string, unknown>>) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (space) => {
    const size = sizeOf(space);
    if (!size.fields) return t("designer.noSpace");
    const fields = t("designer.fields", { count: size.fields });
    if (size.combinations > 1 && size.continuous)
      return t("designer.spaceBoth", {
        fields,
        combinations: format.short(size.combinations),
        continuous: size.continuous,
      });
    if (size.continuous) return t("designer.spaceContinuous", { fields });
    return t("designer.spaceCount", { fields, combinations: format.short(size.combinations) });
  };
}

export function NetworkFields() {
  const { t } = useTranslation();
  const store = useDeskStore();
  const format = useFormat();
  const metricName = useMetricName();
  const totals = useDesk((desk) => desk.analysis?.totals);
  const problems = useDesk((desk) => desk.analysis?.problems) ?? [];
  const blank = useDesk(isBlank);
  const batch = useUi((ui) => ui.batch);
  const space = useDesk((desk) => desk.picture.space);
  const spaceText = useSpaceText()(space);
  return (
    <div className="inspector-body">
      <h2>{t("noun.network")}</h2>
      <Against />
      <div className="stats small-stats">
        <Stat label={t("network.parameters")} value={format.short(totals?.parameters)} />
        <Stat label={t("network.macs")} value={format.short(totals?.macs)} />
      </div>
      <NumberInput
        size="xs"
        label={t("designer.batch")}
        description={t("designer.batchHint")}
        min={1}
        max={1_048_576}
        allowDecimal={false}
        value={batch}
        onChange={(value) => Number(value) >= 1 && setKept({ batch: Number(value) })}
      />
      {!blank && <Fixes problems={problems.slice(0, 3)} hasNames />}
      <h3>{t("designer.space")}</h3>
      <p className="dim small">{spaceText}</p>
      <ul className="ranges">
        {Object.entries(space).map(([key, range]) => (
          <li key={key}>
            <button
              type="button"
              className="plain"
              onClick={() => store.getState().select([key.split(".")[0] ?? ""])}
            >
              {key.startsWith("recipe.") ? metricName(key.slice(7)) : key}
            </button>
            <span className="mono dim">{rangeText(range)}</span>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={24}
              aria-label={t("designer.range.clearOf", { field: key })}
              onClick={() =>
                store
                  .getState()
                  .act("set_range", (p) => setRange(p, key, null), { args: { field: key } })
              }
            >
              <X size={13} />
            </ActionIcon>
          </li>
        ))}
      </ul>
      {Object.keys(space).length === 0 && <p className="dim small">{t("designer.rangeHint")}</p>}
    </div>
  );
}
