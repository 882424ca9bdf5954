/** Standing: who answers, how a deployment is doing now, and why not where it is not. */
import { CircleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useCounts } from "../api/queries";
import type { Deployment, Gate } from "../api/records";
import { useFormat } from "../locales/format";
import { Checks } from "../registry/checks";
import { Card, Stat } from "../shell/page";
import { Trouble } from "../shell/trouble";
import { useHealth } from "./traffic";

/** One word for where a deployment stands. */
export function standing(one: Deployment): string {
  if (one.refused?.code) return "refused";
  if (one.wanted && one.wanted !== one.live) return "starting";
  return one.live ? "live" : "empty";
}

/** Why a wanted model was not taken: the refusal, and the gate's report that it rests on. */
export function Refused({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation();
  const { refused } = deployment;
  const report = refused.args?.report as Gate | undefined;
  const tail = refused.args?.tail as string | undefined;
  // Records from before do not name the model in the report.
  const model = report?.checks && (refused.args?.model as string | undefined);
  if (!refused.code) return null;
  return (
    <div className="stack tight" data-state="refused">
      {model ? (
        <div className="trouble" role="alert">
          <CircleAlert size={18} aria-hidden />
          <div>{t("deployment.refused", { model })}</div>
        </div>
      ) : (
        <Trouble problem={report?.checks ? { ...refused, title: "", fix: "" } : refused} />
      )}
      {report?.checks && report.checks.length > 0 && (
        <Card title={t("model.gateReport")}>
          <Checks gate={report} />
        </Card>
      )}
      {tail && <Tail text={tail} />}
    </div>
  );
}

function Tail({ text }: { text: string }) {
  const { t } = useTranslation();
  return (
    <Card title={t("health.tail")}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className="code" style={{ maxHeight: 220, overflow: "auto" }} tabIndex={0}>
        {text}
      </pre>
    </Card>
  );
}

/** Whether a real prediction succeeds now; silent while it does. */
export function NotReady({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation();
  const health = useHealth(deployment.name, deployment.live).data;
  if (!health || health.ready) return null;
  const tail = health.tail ?? (typeof health.cause === "string" ? "" : health.cause?.args?.tail);
  return (
    <div className="stack tight" data-state="not-ready">
      {health.cause && typeof health.cause !== "string" ? (
        <Trouble problem={health.cause} />
      ) : (
        <div className="trouble" role="alert">
          <CircleAlert size={18} aria-hidden />
          <div>
            <div>{t("health.text")}</div>
            {health.cause && <div className="fix">{health.cause}</div>}
          </div>
        </div>
      )}
      {tail ? <Tail text={String(tail)} /> : null}
    </div>
  );
}

export function Status({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation();
  const format = useFormat();
  const counts = useCounts(deployment.name).data;
  const health = useHealth(deployment.name, deployment.live).data;
  const model = (ref: string | null | undefined) =>
    ref ? (
      <Link className="link" to={`/models/${ref}`}>
        {ref}
      </Link>
    ) : (
      "–"
    );
  const delay = counts?.delays?.p90;
  return (
    <Card>
      <div className="stats">
        <Stat
          label={t("noun.champion")}
          value={model(deployment.live)}
          hint={deployment.previous && t("deployment.before", { model: deployment.previous })}
        />
        {deployment.wanted && deployment.wanted !== deployment.live && (
          <Stat
            label={t("deployment.wanted")}
            value={deployment.wanted}
            hint={t("deployment.gating")}
          />
        )}
        {deployment.challenger && (
          <Stat
            label={t("noun.challenger")}
            value={model(deployment.challenger)}
            hint={
              deployment.challenger_share > 0
                ? t("deployment.canary", { share: format.percent(deployment.challenger_share) })
                : t("deployment.shadow")
            }
          />
        )}
        {health?.ready && health.latency_ms !== undefined && (
          <Stat
            label={t("health.now")}
            value={t("unit.ms", { value: format.value(health.latency_ms) })}
            hint={t("health.ready")}
          />
        )}
        <Stat
          label={t("circle.predictions")}
          value={format.count(counts?.predictions)}
          hint={format.ago(counts?.last_prediction_at)}
        />
        <Stat
          label={t("noun.feedback")}
          value={format.count(counts?.feedback)}
          hint={
            delay
              ? t("deployment.delay", { time: format.duration(delay) })
              : format.ago(counts?.last_feedback_at)
          }
        />
        <Stat label={t("deployment.durability")} value={t(`durability.${deployment.durability}`)} />
      </div>
    </Card>
  );
}
