/** Queue: at the foot of the rail: what is worked on, what waits, and what it takes of the machine. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useUnfinished } from "../api/queries";
import { Shares } from "./machine";
import { useUsage } from "./usage";
import { subjectOf } from "./work";

export default function Queue() {
  const { t } = useTranslation();
  const jobs = useUnfinished().data ?? [];
  const usage = useUsage().data;
  const under = jobs.filter((job) => job.state === "leased");
  const waiting = jobs.length - under.length;
  const [first] = under;
  return (
    <Link className="queue" to="/jobs" data-state={jobs.length ? "busy" : "idle"}>
      <span className="row apart" style={{ flexWrap: "nowrap" }}>
        <span className="cut">
          {first ? `${t(`jobKind.${first.kind}`)} ${subjectOf(first)}` : t("queue.idle")}
        </span>
        {first && <span className="dot beat" aria-hidden />}
      </span>
      {jobs.length > 1 && (
        <span className="dim small num">{t("queue.more", { under: under.length, waiting })}</span>
      )}
      {usage && <Shares usage={usage} isBrief />}
    </Link>
  );
}
