/** Columns: the profile of a version: what is missing, how many values, how they are spread. */
import { useTranslation } from "react-i18next";
import type { Column, ColumnProfile, Version } from "../api/records";
import { Histogram } from "../charts/small";
import { type Format, useFormat } from "../locales/format";
import { Table } from "../shell/table";

/** `12 … 97`, or the three commonest values. */
export function spread(profile: ColumnProfile | undefined, format: Format): string {
  if (!profile) return "";
  const { quantiles, top } = profile;
  const [low, high] = [
    quantiles?.["0"] ?? quantiles?.["0.0"],
    quantiles?.["1"] ?? quantiles?.["1.0"],
  ];
  if (low !== undefined && high !== undefined)
    return `${format.value(low)} … ${format.value(high)}`;
  return (top ?? [])
    .slice(0, 3)
    .map(([value]) => format.value(value))
    .join(", ");
}

function TopValues({ top, rows }: { top: [unknown, number][]; rows: number }) {
  const format = useFormat();
  return (
    <div className="tops">
      {top.slice(0, 3).map(([value, count]) => (
        <div key={String(value)}>
          <span className="name">{format.value(value)}</span>
          <span className="track calm">
            <i style={{ width: `${(count / Math.max(rows, 1)) * 100}%` }} />
          </span>
          <span className="dim num">{format.percent(count / Math.max(rows, 1), 0)}</span>
        </div>
      ))}
    </div>
  );
}

export function ColumnTable({ version }: { version: Version }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const of = (column: Column) => version.profile.columns?.[column.name];
  const kind = (name: string) =>
    i18n.exists(`kind.${name}`) ? t(`kind.${name}` as "kind.number") : name;
  return (
    <Table
      label={t("data.profile")}
      items={version.schema_.columns}
      rowKey={(column) => column.name}
      columns={[
        {
          key: "name",
          head: t("col.column"),
          cell: (column) => (
            <span className="row tight">
              <strong style={{ fontWeight: 560 }}>{column.name}</strong>
              {version.schema_.time === column.name && (
                <span className="pill accent">{t("data.time")}</span>
              )}
            </span>
          ),
        },
        {
          key: "kind",
          head: t("col.kind"),
          cell: (column) => <span className="pill">{kind(column.kind)}</span>,
        },
        {
          key: "missing",
          head: t("col.missing"),
          right: true,
          cell: (column) => {
            const missing = of(column)?.missing ?? 0;
            return missing ? (
              <span style={{ color: "var(--warn)" }}>
                {format.percent(missing / Math.max(version.rows, 1))}
              </span>
            ) : (
              <span className="dim">0</span>
            );
          },
        },
        {
          key: "distinct",
          head: t("col.distinct"),
          right: true,
          cell: (column) => format.count(of(column)?.distinct),
        },
        {
          key: "spread",
          head: t("col.spread"),
          cell: (column) => {
            const profile = of(column);
            if (profile?.histogram)
              return (
                <Histogram
                  counts={profile.histogram.counts}
                  label={t("data.histogram", { name: column.name })}
                />
              );
            return profile?.top?.length ? (
              <TopValues top={profile.top} rows={version.rows} />
            ) : null;
          },
        },
        {
          key: "range",
          head: t("col.range"),
          cell: (column) => <span className="num dim">{spread(of(column), format)}</span>,
        },
      ]}
    />
  );
}
