/** Lineage: from one prediction back to its model, trials, network and data. */
import { Drawer } from "@mantine/core";
import { Boxes, Database, FlaskConical, MessageSquareReply, Network, Sparkles } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useLineage } from "../api/queries";
import type { Json, Lineage } from "../api/records";
import { Drawing } from "../canvas/drawing";
import { useFormat } from "../locales/format";
import { AnswerView } from "../serve/answer";
import { Facts } from "../shell/page";
import { Found } from "../shell/trouble";
import { Value } from "../shell/value";

function Values({ values }: { values: Json }) {
  return (
    <div className="tags">
      {Object.entries(values).map(([name, value]) => (
        <span className="tag" key={name}>
          <span className="dim">{name}</span>
          <span className="num">
            <Value value={value} />
          </span>
        </span>
      ))}
    </div>
  );
}

function Step({
  icon,
  title,
  to,
  children,
}: {
  icon: ReactNode;
  title: string;
  to?: string | undefined;
  children?: ReactNode;
}) {
  return (
    <li>
      <span className="knot" aria-hidden>
        {icon}
      </span>
      <h3>
        {to ? (
          <Link className="link" to={to}>
            {title}
          </Link>
        ) : (
          title
        )}
      </h3>
      {children}
    </li>
  );
}

function Trail({ lineage }: { lineage: Lineage }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { prediction, feedback, model, experiment, trials, network, data } = lineage;
  return (
    <ol className="trail" data-state="lineage">
      <Step
        icon={<Sparkles size={13} />}
        title={t("lineage.prediction", { time: format.time(prediction.at) })}
      >
        <div className="stack tight">
          <AnswerView
            answer={{
              ...prediction.answer,
              id: prediction.id,
              decision: prediction.decision,
              warnings: prediction.warnings ?? [],
            }}
          />
          <Values values={prediction.row} />
          <span className="mono dim small">{prediction.id}</span>
        </div>
      </Step>
      <Step icon={<MessageSquareReply size={13} />} title={t("noun.feedback")}>
        {feedback.length === 0 ? (
          <p className="dim">{t("lineage.noFeedback")}</p>
        ) : (
          feedback.map((entry) => (
            <p key={entry.at}>
              <strong>{format.value(entry.truth)}</strong>{" "}
              <span className="dim">{format.time(entry.at)}</span>
            </p>
          ))
        )}
      </Step>
      <Step
        icon={<Boxes size={13} />}
        title={prediction.model}
        to={model ? `/models/${prediction.model}` : undefined}
      >
        {model && <Values values={(model.metrics.test as Json | undefined) ?? model.metrics} />}
      </Step>
      {experiment && (
        <Step
          icon={<FlaskConical size={13} />}
          title={t("lineage.trials", {
            name: experiment.name,
            trials: trials.map((trial) => trial.number).join(", "),
          })}
          to={`/experiments/${experiment.name}`}
        >
          <div className="stack tight">
            {trials.map((trial) => (
              <div key={trial.number}>
                <Link className="link" to={`/experiments/${experiment.name}?trial=${trial.number}`}>
                  {t("lineage.trial", { number: trial.number })}
                </Link>
                <Values values={trial.values} />
              </div>
            ))}
          </div>
        </Step>
      )}
      {network && (
        <Step
          icon={<Network size={13} />}
          title={t("lineage.network", { name: network.name })}
          to={experiment ? `/experiments/${experiment.name}?show=plan` : undefined}
        >
          <div className="card" style={{ zoom: 0.78 }}>
            <Drawing document={network} />
          </div>
        </Step>
      )}
      {data && (
        <Step
          icon={<Database size={13} />}
          title={t("lineage.data", { name: data.name, version: data.version })}
          to={`/datasets/${data.name}?version=${data.version}`}
        >
          <Facts
            items={[
              [t("col.rows"), format.count(data.rows)],
              [
                t("col.parts"),
                data.parts
                  .map((part) => part.name)
                  .slice(-6)
                  .join(", "),
              ],
              [
                t("col.hash"),
                <span key="h" className="mono">
                  {data.hash.slice(0, 16)}
                </span>,
              ],
            ]}
          />
        </Step>
      )}
    </ol>
  );
}

export function LineageDrawer({
  name,
  id,
  onClose,
}: {
  name: string;
  id: string | null;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const query = useLineage(name, id);
  return (
    <Drawer
      opened={Boolean(id)}
      onClose={onClose}
      position="right"
      size={520}
      title={t("lineage.title")}
      closeButtonProps={{ "aria-label": t("do.close") }}
    >
      {id && <Found query={query}>{(lineage) => <Trail lineage={lineage} />}</Found>}
    </Drawer>
  );
}
