/** Ripe: how late feedback comes, how much of each day is in, and which days count already. */
import { Hourglass } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../locales/format";
import { HowFeedback } from "../serve/how";
import { Empty, Facts } from "../shell/page";
import type { Decay } from "./measured";

const SHOWN = 12;

export function RipeDays({ decay, name }: { decay: Decay; name: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { delays } = decay;
  if (delays.p99 === undefined) {
    return (
      <>
        <Empty icon={Hourglass} title={t("ripe.none")}>
          {t("ripe.noneText")}
        </Empty>
        <HowFeedback name={name} />
      </>
    );
  }
  const days = decay.days.slice(-SHOWN).reverse();
  return (
    <div className="stack">
      <Facts
        items={[
          [t("ripe.half"), format.duration(delays.p50)],
          [t("ripe.most"), format.duration(delays.p90)],
          [t("ripe.all"), format.duration(delays.p99)],
          [t("ripe.before"), decay.ripe_before ? format.time(decay.ripe_before) : "–"],
        ]}
      />
      <ul className="ripe" aria-label={t("ripe.days")}>
        {days.map((day) => {
          const share = day.rows ? day.joined / day.rows : 0;
          return (
            <li key={day.day} className={day.ripe ? "is-ripe" : ""}>
              <span className="num">{day.day}</span>
              <span className="bar" aria-hidden>
                <i style={{ width: `${share * 100}%` }} />
              </span>
              <span className="num dim">{format.percent(share, 0)}</span>
              <span className={`pill ${day.ripe ? "good" : ""}`}>
                {t(day.ripe ? "ripe.yes" : "ripe.no")}
              </span>
            </li>
          );
        })}
      </ul>
      <p className="dim small">{t("ripe.note")}</p>
    </div>
  );
}
