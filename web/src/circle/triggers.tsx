/** Triggers: what starts a retrain, in words, and when the clock will start the next three. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { LoopPage } from "../api/records";
import { useFormat } from "../locales/format";
import { Facts } from "../shell/page";

type Trigger = Record<string, unknown>;

/** The trigger in words: every day at ..., every N rows. */
export function useTriggerWords(): (trigger: Trigger) => string {
  const { t } = useTranslation();
  const format = useFormat();
  const words: Record<string, (trigger: Trigger) => string> = {
    rows: (one) => t("loop.trigger.rows", { rows: format.count(Number(one.rows)) }),
    schedule: (one) =>
      t("loop.trigger.schedule", { cron: String(one.cron ?? ""), zone: String(one.zone ?? "UTC") }),
    drift: (one) => t("loop.trigger.drift", { index: format.value(one.index) }),
    decay: (one) => t("loop.trigger.decay", { share: format.percent(Number(one.share)) }),
    version: () => t("loop.trigger.version"),
    manual: () => t("loop.trigger.manual"),
  };
  return (trigger) => words[String(trigger.kind)]?.(trigger) ?? format.value(trigger);
}

/** A time as the schedule's own zone reads it. */
function useZoned(): (at: number, zone: string) => string {
  const { i18n } = useTranslation();
  return (at, zone) =>
    new Intl.DateTimeFormat(i18n.language, {
      dateStyle: "medium",
      timeStyle: "short",
      timeZone: zone,
    }).format(at * 1000);
}

export function Triggers({ page }: { page: LoopPage }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useTriggerWords();
  const zoned = useZoned();
  const { loop } = page;
  const all: Trigger[] = [loop.trigger, ...(loop.more ?? [])];
  const schedule = all.find((trigger) => trigger.kind === "schedule");
  const zone = String(schedule?.zone ?? "UTC");
  const coming = page.coming ?? [];
  return (
    <div className="stack">
      <ul className="reasons" aria-label={t("loop.when")}>
        {all.map((trigger) => (
          <li key={String(trigger.kind)}>{words(trigger)}</li>
        ))}
      </ul>
      {coming.length > 0 && (
        <div>
          <h3 className="minor">{t("loop.coming", { zone })}</h3>
          <ol className="coming">
            {coming.map((at) => (
              <li key={at}>
                <span className="num">{zoned(at, zone)}</span>{" "}
                <span className="dim">{format.ago(at)}</span>
              </li>
            ))}
          </ol>
          <p className="dim small">{t("loop.misfire")}</p>
        </div>
      )}
      <Facts
        items={[
          [t("loop.last"), loop.last_run ?? t("loop.never")],
          [t("loop.joinedTo"), loop.joined_to ? format.time(loop.joined_to) : t("loop.never")],
          [
            t("noun.dataset"),
            <Link key="data" className="link" to={`/datasets/${loop.data}`}>
              {loop.data}
            </Link>,
          ],
          [
            t("noun.experiment"),
            <Link key="experiment" className="link" to={`/experiments/${loop.experiment}`}>
              {loop.experiment}
            </Link>,
          ],
        ]}
      />
    </div>
  );
}
