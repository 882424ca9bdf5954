/** Report: what an import is, before it is opened: what has no op, what repeats, what to know. */
import { Button, Modal, Progress } from "@mantine/core";
import { FileUp, Lock } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk } from "../desk/desk";
import type { NetworkDocument } from "../document/types";
import { useFormat } from "../locales/format";
import { useWords } from "../shell/trouble";
import type { Fault } from "./read";
import { type Incoming, isLarge } from "./use";

const MOST_LISTED = 50;
const countOf = (network: NetworkDocument): number => Object.keys(network.nodes).length;

function Report({ incoming }: { incoming: Incoming }) {
  const { t, i18n } = useTranslation();
  const { asked } = incoming;
  if (!asked) return null;
  const { network, blocks, unmapped, notes, repeats } = asked;
  const button = (one: NetworkDocument, key: "open" | "openBlocks", isMain: boolean) => (
    <Button variant={isMain ? "filled" : "default"} onClick={() => incoming.open(one)}>
      {isLarge(one) ? t("incoming.openReadOnly") : t(`incoming.${key}`)}
      {` (${t("versions.nodes", { count: countOf(one) })})`}
    </Button>
  );
  return (
    <div className="stack" data-state="imported">
      <p>
        {t("incoming.is", {
          form: t(`incoming.form.${asked.form}` as "incoming.form.onnx"),
          nodes: t("versions.nodes", { count: countOf(network) }),
        })}
      </p>
      {isLarge(network) && <p>{t(blocks ? "incoming.large" : "incoming.largeFlat")}</p>}
      {unmapped.length > 0 && (
        <section>
          <h3>{t("incoming.unmapped", { count: unmapped.length })}</h3>
          <ul className="import-list">
            {unmapped.slice(0, MOST_LISTED).map((one) => (
              <li key={one.node}>
                <b className="mono">{one.op}</b> {t("incoming.at", { node: one.node })}{" "}
                <span className="dim">{one.why}</span>
              </li>
            ))}
          </ul>
          {unmapped.length > MOST_LISTED && (
            <p className="dim">{t("incoming.more", { count: unmapped.length - MOST_LISTED })}</p>
          )}
          <p className="dim small">{t("incoming.unmappedHint")}</p>
        </section>
      )}
      {notes.length > 0 && (
        <ul className="import-list">
          {notes.map((note) => {
            const key = `incoming.note.${note.code}`;
            const isKnown = i18n.exists(key);
            return (
              <li key={note.text}>
                {isKnown
                  ? t(key as "incoming.note.token_padding", { value: note.value })
                  : note.text}
              </li>
            );
          })}
        </ul>
      )}
      {repeats.length > 0 && (
        <section>
          <h3>{t("incoming.repeats", { count: repeats.length })}</h3>
          <ul className="import-list">
            {repeats.slice(0, MOST_LISTED).map((one) => (
              <li key={one.nodes[0]}>
                {t("incoming.repeat", { nodes: one.nodes.length, times: one.times })}{" "}
                <span className="dim mono">{one.nodes.slice(0, 4).join(", ")}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <div className="row">
        {blocks && button(blocks, "openBlocks", true)}
        {button(network, "open", !blocks)}
        <Button variant="subtle" color="gray" onClick={incoming.drop}>
          {t("do.cancel")}
        </Button>
      </div>
    </div>
  );
}

/** What keeps this drawing from being changed. */
function OnlyLooked({ incoming }: { incoming: Incoming }) {
  const { t } = useTranslation();
  const readOnly = useDesk((desk) => desk.readOnly);
  if (!readOnly) return null;
  return (
    <output className="note import-note" data-state="read-only">
      <Lock size={17} aria-hidden />
      <span className="grow">
        {t(`incoming.readOnly.${readOnly.why}`, {
          version: readOnly.version,
          count: readOnly.nodes,
        })}
      </span>
      <Button size="compact-xs" variant="subtle" onClick={incoming.leave}>
        {t("incoming.back")}
      </Button>
    </output>
  );
}

/** Why a file was not taken; the drawing is as it was. */
function Refused({ fault, onClose }: { fault: Fault; onClose: () => void }) {
  const { t } = useTranslation();
  const words = useWords();
  const told =
    "refusal" in fault
      ? words(fault.refusal.problem)
      : {
          title: t(
            `designer.importFault.${fault.code}` as "designer.importFault.unreadable",
            fault.args,
          ),
          fix: "",
        };
  return (
    <div className="note import-note" role="alert" data-state="import-refused">
      <FileUp size={17} aria-hidden />
      <span className="grow">
        {told.title} <span className="dim">{told.fix}</span>{" "}
        <span className="dim">{t("incoming.refused")}</span>
      </span>
      <Button size="compact-xs" variant="subtle" onClick={onClose}>
        {t("do.close")}
      </Button>
    </div>
  );
}

export function Imports({ incoming }: { incoming: Incoming }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { fault, asked } = incoming;
  // What was pasted is read at once.
  const reading = incoming.reading?.file ? incoming.reading : null;
  return (
    <>
      <OnlyLooked incoming={incoming} />
      {reading && (
        <output className="note import-note" aria-busy="true">
          <FileUp size={17} aria-hidden />
          <span className="grow">
            {t("incoming.reading", { file: reading.file })}
            {reading.share !== null && reading.share < 1
              ? ` ${format.percent(reading.share, 0)}`
              : ""}
          </span>
          <Progress
            w={140}
            value={(reading.share ?? 1) * 100}
            animated={reading.share === null || reading.share >= 1}
            aria-label={t("incoming.reading", { file: reading.file })}
          />
        </output>
      )}
      {fault && <Refused fault={fault} onClose={incoming.drop} />}
      <Modal
        opened={asked !== null}
        onClose={incoming.drop}
        size="lg"
        title={t("incoming.title", { file: asked?.file ?? "" })}
        closeButtonProps={{ "aria-label": t("do.close") }}
      >
        <Report incoming={incoming} />
      </Modal>
    </>
  );
}
