/** Drift: how far each column of the week to a day lies from the data the champion was made from. */
import { Waves } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Curve, type Series } from "../charts/curve";
import { useTones } from "../charts/tones";
import { useFormat } from "../locales/format";
import { Empty } from "../shell/page";
import { Table } from "../shell/table";
import { type Drift, momentOf } from "./measured";

/** Above the first a column is looked at, above the second it has moved. */
const LITTLE = 0.1;
const MUCH = 0.25;
const DRAWN = 4;

function DriftCurve({ drift }: { drift: Drift }) {
  const { t } = useTranslation();
  const tones = useTones();
  const { x, series } = useMemo(() => {
    const much: Series = {
      key: "much",
      tone: "dim",
      dashed: true,
      label: t("loop.drift.much"),
      values: drift.days.map(() => MUCH),
    };
    const said = drift.columns.filter((one) => one.of === "answers");
    const columns = drift.columns.filter((one) => one.of !== "answers");
    const lines = [...said, ...columns.slice(0, DRAWN)].map(
      ({ column, of }, index): Series => ({
        key: column,
        tone: "calm",
        hue: tones.hues[index % tones.hues.length] ?? "",
        label: of === "answers" ? `${column} · ${t("loop.drift.answers")}` : column,
        values: drift.days.map((day) => day.psi[column] ?? null),
      }),
    );
    return {
      x: drift.days.map((day) => momentOf(day.day)),
      series: [much, ...lines],
    };
  }, [drift, tones, t]);
  return (
    <Curve
      label={t("loop.drift.title")}
      x={x}
      xLabel={t("loop.day")}
      series={series}
      time
      height={220}
    />
  );
}

export default function DriftView({ drift }: { drift: Drift }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (drift.days.length === 0) {
    return (
      <Empty icon={Waves} title={t("loop.drift.none")}>
        {t("loop.drift.noneText")}
      </Empty>
    );
  }
  const level = (psi: number, moved: boolean) =>
    moved ? "moved" : psi > MUCH ? "chance" : psi > LITTLE ? "little" : "calm";
  return (
    <div className="stack">
      <p className="dim small">
        {t("loop.drift.against", {
          day: drift.days.at(-1)?.day,
          data: drift.data,
          version: drift.version,
          model: drift.champion,
        })}
      </p>
      <DriftCurve drift={drift} />
      <div className="tall">
        <Table
          label={t("loop.drift.title")}
          items={drift.columns}
          rowKey={(one) => one.column}
          columns={[
            {
              key: "column",
              head: t("col.column"),
              cell: (one) => (
                <span className="row tight" style={{ flexWrap: "nowrap" }}>
                  <span className="mono">{one.column}</span>
                  {one.of === "answers" && (
                    <span className="pill" title={t("loop.drift.answersHint")}>
                      {t("loop.drift.answers")}
                    </span>
                  )}
                </span>
              ),
            },
            {
              key: "psi",
              head: t("loop.drift.index"),
              right: true,
              cell: (one) => (
                <span className="num" title={t("loop.drift.byChance", { value: one.by_chance })}>
                  {format.value(Math.round(one.psi * 1000) / 1000)}
                </span>
              ),
            },
            {
              key: "level",
              head: t("loop.drift.level"),
              cell: (one) => {
                const found = level(one.psi, one.moved);
                const tone = found === "moved" ? "warn" : found === "calm" ? "good" : "calm";
                return <span className={`pill ${tone}`}>{t(`loop.drift.is.${found}`)}</span>;
              },
            },
            {
              key: "missing",
              head: t("loop.drift.missing"),
              right: true,
              cell: (one) =>
                `${format.percent(one.missing_before)} → ${format.percent(one.missing)}`,
            },
            {
              key: "new",
              head: t("loop.drift.new"),
              right: true,
              cell: (one) => format.percent(one.new),
            },
          ]}
        />
      </div>
    </div>
  );
}
