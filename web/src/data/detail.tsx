/** Detail: all there is to say of one column, and beside it what it was in another version. */
import { useTranslation } from "react-i18next";
import type { Column, ColumnProfile } from "../api/records";
import { useFormat } from "../locales/format";
import { Facts } from "../shell/page";
import type { Drift, Moved } from "./asks";
import { Bins, Labels, MovedPlot } from "./plots";

/** Stability index: below the first nothing happened, above the second a lot. */
const [STABLE, MOVED] = [0.1, 0.25];

export function Shift({ psi }: { psi: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [tone, word] =
    psi > MOVED
      ? (["bad", "moved"] as const)
      : psi > STABLE
        ? (["warn", "shifted"] as const)
        : (["good", "stable"] as const);
  return (
    <span className={`pill ${tone}`}>
      {t(`drift.${word}`)}
      <span className="num">{format.value(Number(psi.toFixed(psi < 0.1 ? 3 : 2)))}</span>
    </span>
  );
}

const POINTS = ["0", "0.05", "0.25", "0.5", "0.75", "0.95", "1"] as const;

function useFacts(profile: ColumnProfile, rows: number): [string, string][] {
  const { t } = useTranslation();
  const format = useFormat();
  const shown = (value: unknown) =>
    format.value(String(value ?? "").includes("T") ? String(value).replace("T", " ") : value);
  const facts: [string, string][] = [
    [
      t("col.missing"),
      `${format.count(profile.missing)} (${format.percent((profile.missing ?? 0) / Math.max(rows, 1))})`,
    ],
    [t("col.distinct"), format.count(profile.distinct)],
  ];
  if (profile.mean !== undefined && profile.mean !== null)
    facts.push([
      t("data.mean"),
      `${format.value(profile.mean)} ± ${format.value(profile.std ?? 0)}`,
    ]);
  for (const point of POINTS) {
    const value = profile.quantiles?.[point];
    if (value === undefined) continue;
    const name =
      point === "0"
        ? t("data.least")
        : point === "1"
          ? t("data.most")
          : format.percent(Number(point), 0);
    facts.push([name, shown(value)]);
  }
  return facts;
}

interface DetailProps {
  column: Column;
  profile: ColumnProfile;
  rows: number;
  moved?: Moved | undefined;
  drift?: Drift | null | undefined;
}

export function Detail({ column, profile, rows, moved, drift }: DetailProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const facts = useFacts(profile, rows);
  const known = Math.max(rows - (profile.missing ?? 0), 1);
  // Labels that come once each are no distribution.
  const common = (profile.top?.[0]?.[1] ?? 0) > 1 ? (profile.top ?? []) : [];
  const top = common.map(([value, count]) => ({
    name: format.value(typeof value === "boolean" ? String(value) : value),
    now: count / known,
  }));
  const rest = 1 - top.reduce((sum, item) => sum + item.now, 0);
  if (top.length && rest > 0.0005)
    top.push({ name: t("data.others"), now: rest, isRest: true } as (typeof top)[number]);
  return (
    <div className="detail" data-state="detail">
      <Facts items={facts} />
      <div className="stack tight">
        {profile.histogram ? (
          <Bins
            edges={profile.histogram.edges}
            counts={profile.histogram.counts}
            label={t("data.histogram", { name: column.name })}
          />
        ) : top.length ? (
          <Labels items={top} label={t("data.histogram", { name: column.name })} />
        ) : (
          <p className="dim small">{t("data.unplotted")}</p>
        )}
        {(profile.distinct ?? 0) > 20 && top.length > 0 && (
          <p className="dim small">
            {t("data.labelsShown", { count: 20, of: format.count(profile.distinct) })}
          </p>
        )}
      </div>
      {moved && drift && (
        <div className="stack tight">
          <div className="row tight">
            <Shift psi={moved.psi} />
            <span className="small">
              {t(`drift.${drift.compared === "new" ? "ofNew" : "ofAll"}`, {
                rows: format.count(drift.rows),
                against: drift.against,
              })}
            </span>
          </div>
          <MovedPlot moved={moved} />
          <p className="dim small">
            {t("drift.key")}{" "}
            {moved.missing !== moved.missing_before &&
              t("drift.missing", {
                before: format.percent(moved.missing_before),
                now: format.percent(moved.missing),
              })}
          </p>
          {moved.new && moved.new.count > 0 && (
            <p className="small">
              {t("drift.new", { count: moved.new.count, share: format.percent(moved.new.share) })}{" "}
              <bdi className="mono">{moved.new.labels.join(", ")}</bdi>
            </p>
          )}
        </div>
      )}
    </div>
  );
}
