/** Champion: who answers now, who wants to, and how good it is against the promise. */
import { Crown, Swords } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useModel } from "../api/queries";
import type { LoopPage } from "../api/records";
import { useFormat } from "../locales/format";
import { useMetricName } from "../locales/metric";
import { metricsOf } from "../registry/metrics";
import type { Decay } from "./measured";

export function Champion({ page, decay }: { page: LoopPage; decay: Decay | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const metricName = useMetricName();
  const { deployment } = page;
  const week = decay?.week;
  const live = week?.live?.value ?? null;
  const model = useModel(deployment?.live ?? undefined).data;
  // Until a week is ripe, what the champion reached on its test split stands for it.
  const tested = metricsOf(model).find(([, name]) => name === page.metric)?.[2] ?? null;
  const shown = live ?? decay?.promise?.value ?? tested;
  const gain = week?.live && week.frozen ? week.live.value - week.frozen.value : null;
  const isBetter = gain !== null && gain >= 0 === (decay?.maximise ?? true);
  return (
    <>
      {shown !== null && (
        <div>
          <div className="dim small">
            {live !== null
              ? t("loop.liveOn", { metric: metricName(page.metric), day: week?.to })
              : t("loop.promisedNow", { metric: metricName(page.metric) })}
          </div>
          <div className="live-metric">{format.metric(shown)}</div>
          {gain !== null && decay?.first !== decay?.champion && (
            <div className={`pill ${isBetter ? "good" : "warn"}`} style={{ marginTop: 8 }}>
              {t("loop.againstFrozen", {
                gain: `${gain >= 0 ? "+" : "−"}${format.metric(Math.abs(gain))}`,
              })}
            </div>
          )}
        </div>
      )}
      <div className="row" style={{ justifyContent: "center", gap: "8px 28px" }}>
        <div className="row tight">
          <Crown size={17} color="var(--accent)" aria-hidden />
          <span className="dim">{t("noun.champion")}</span>
          {deployment?.live ? (
            <Link className="link" to={`/models/${deployment.live}`}>
              <strong>{deployment.live}</strong>
            </Link>
          ) : (
            <span>{t("loop.nobody")}</span>
          )}
        </div>
        {deployment?.challenger && (
          <div className="row tight">
            <Swords size={17} color="var(--calm)" aria-hidden />
            <span className="dim">{t("noun.challenger")}</span>
            <Link className="link" to={`/models/${deployment.challenger}`}>
              <strong>{deployment.challenger}</strong>
            </Link>
            <span className="pill calm">
              {deployment.challenger_share > 0
                ? format.percent(deployment.challenger_share)
                : t("deployment.shadow")}
            </span>
          </div>
        )}
      </div>
    </>
  );
}
