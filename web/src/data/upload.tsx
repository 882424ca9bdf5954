/** Upload: drop a file; it streams to the server as it is and becomes the next version of a dataset. */
import { Button, Checkbox, Modal, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FileUp } from "lucide-react";
import { type DragEvent, type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { addressOf, upload } from "../api/client";
import { useJob } from "../api/queries";
import { useFormat } from "../locales/format";
import { State } from "../shell/state";
import { Trouble, TroubleOf } from "../shell/trouble";
import { nameOf } from "../train/space";

/** `flights-2013.csv.gz` → `flights_2013`. */
export const stemOf = (file: string): string =>
  nameOf(file.replace(/\.(csv|tsv|jsonl|ndjson|parquet|gz|zip)\b/gi, ""));

/** A part may be called anything the address allows: letters, digits, dot, dash. */
const partOf = (file: string): string => file.replace(/[^A-Za-z0-9._-]+/g, "_").slice(-128);

function DropZone({ onFile, name }: { onFile: (file: File) => void; name: string }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  };
  return (
    <>
      <button
        type="button"
        className={`drop ${isOver ? "over" : ""}`}
        onClick={() => input.current?.click()}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <FileUp size={26} strokeWidth={1.5} aria-hidden />
        <strong>{name || t("upload.drop")}</strong>
        <span className="small">{t("upload.forms")}</span>
      </button>
      <input
        ref={input}
        type="file"
        hidden
        data-testid="file"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) onFile(file);
        }}
      />
    </>
  );
}

function ImportJob({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const job = useJob(id).data;
  const said = { ...job?.progress, ...job?.result } as { rows?: number; version?: number };
  return (
    <div className="stack tight" data-state={job?.state ?? "queued"}>
      <div className="row">
        <State state={job?.state ?? "queued"} />
        {said.version !== undefined && (
          <span>{t("upload.done", { name, version: said.version })}</span>
        )}
        {said.version === undefined && said.rows !== undefined && (
          <span className="num">{t("upload.reading", { rows: format.count(said.rows) })}</span>
        )}
      </div>
      {job?.state === "failed" && <Trouble problem={job.cause} />}
      {job?.state === "done" && (
        <Button component={Link} to={`/datasets/${name}`} onClick={onClose}>
          {t("upload.look", { name })}
        </Button>
      )}
    </div>
  );
}

interface UploadProps {
  isOpen: boolean;
  onClose: () => void;
  /** Append to this dataset; absent = a new one. */
  into?: string;
}

export function Upload({ isOpen, onClose, into }: UploadProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [name, setName] = useState("");
  const [time, setTime] = useState("");
  const [isTolerant, setTolerant] = useState(false);
  const [sent, setSent] = useState(0);
  const target = into ?? (nameOf(name) || stemOf(file?.name ?? ""));
  const send = useMutation({
    mutationFn: (chosen: File) => {
      const query = new URLSearchParams();
      if (!into && time.trim()) query.set("time", time.trim());
      if (isTolerant) query.set("accept_rejects", "true");
      return upload<{ job: string }>(
        `${addressOf("datasets", target, "parts", partOf(chosen.name))}?${query}`,
        chosen,
        setSent,
      );
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (file) send.mutate(file);
  };
  const close = () => {
    onClose();
    send.reset();
    setFile(null);
    setSent(0);
  };
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={into ? t("upload.append", { name: into }) : t("upload.title")}
      closeButtonProps={{ "aria-label": t("do.close") }}
    >
      <form className="stack" onSubmit={submit}>
        <DropZone
          onFile={setFile}
          name={
            file ? `${file.name} · ${t("unit.mb", { value: format.value(file.size / 1e6) })}` : ""
          }
        />
        {!into && (
          <div className="form">
            <TextInput
              label={t("col.name")}
              value={name}
              placeholder={stemOf(file?.name ?? "") || t("upload.nameHint")}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <TextInput
              label={t("upload.time")}
              description={t("upload.timeHint")}
              inputWrapperOrder={["label", "input", "description"]}
              value={time}
              onChange={(event) => setTime(event.currentTarget.value)}
            />
          </div>
        )}
        <Checkbox
          label={t("upload.tolerant")}
          checked={isTolerant}
          onChange={(event) => setTolerant(event.currentTarget.checked)}
        />
        {send.isPending && (
          <div
            className="track"
            role="progressbar"
            aria-label={t("upload.sending")}
            aria-valuenow={Math.round(sent * 100)}
            aria-valuemin={0}
            aria-valuemax={100}
          >
            <i style={{ width: `${sent * 100}%` }} />
          </div>
        )}
        <TroubleOf error={send.error} />
        {send.data ? (
          <ImportJob id={send.data.job} name={target} onClose={close} />
        ) : (
          <Button type="submit" disabled={!file || !target} loading={send.isPending}>
            {t("upload.go")}
          </Button>
        )}
      </form>
    </Modal>
  );
}
