/** Upload: choose files and say what they are; the queue carries them, here one sees how far. */
import { Button, Modal, SegmentedControl, TextInput } from "@mantine/core";
import { FileUp, X } from "lucide-react";
import { type DragEvent, type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDatasets } from "../api/queries";
import { freeName, nameOf } from "../train/space";
import { dropPieces, unfinished } from "./pieces";
import { enqueue, useUploads } from "./queue";
import { Queue } from "./queued";
import { areParts, inOrder, refusalOf } from "./refuse";

/** `flights-2013.csv.gz` → `flights_2013`; a name without a letter of the alphabet becomes `dataset`. */
export const stemOf = (file: string): string =>
  nameOf(file.replace(/\.(csv|tsv|jsonl|ndjson|parquet|gz)\b/gi, "")) || "dataset";

/** 1234567 → 1.2 MB. */
function sizeOf(language: string, bytes: number): string {
  const [unit, size] = bytes < 1e6 ? (["kilobyte", 1e3] as const) : (["megabyte", 1e6] as const);
  const digits = { style: "unit", unit, maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(language, digits).format(bytes / size);
}

/** `2013-01.csv`, `2013-02.csv` → what they have in common. */
function commonStem(files: File[]): string {
  const [first = "", ...rest] = files.map((file) => file.name);
  let end = first.length;
  for (const other of rest) while (!other.startsWith(first.slice(0, end))) end -= 1;
  return stemOf(rest.length ? first.slice(0, end).replace(/[\d_-]+$/, "") || first : first);
}

function DropZone({ onFiles }: { onFiles: (files: File[]) => void }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onFiles([...event.dataTransfer.files]);
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
        <strong>{t("upload.drop")}</strong>
        <span className="small">{t("upload.forms")}</span>
      </button>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        data-testid="file"
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

function Chosen({ files, onRemove }: { files: File[]; onRemove: (file: File) => void }) {
  const { t, i18n } = useTranslation();
  return (
    <ul className="chosen">
      {files.map((file) => {
        const refusal = refusalOf(file);
        return (
          <li key={`${file.name} ${file.size}`} data-state={refusal ?? "taken"}>
            <bdi className="name">{file.name}</bdi>
            <span className="dim num">{sizeOf(i18n.language, file.size)}</span>
            <button type="button" className="bare" onClick={() => onRemove(file)}>
              <X size={15} aria-hidden />
              <span className="hidden">{t("upload.remove", { name: file.name })}</span>
            </button>
            {refusal && <p className="refusal">{t(`refusal.${refusal}`)}</p>}
          </li>
        );
      })}
    </ul>
  );
}

/** Files that came in part before the page was left: chosen again, they go on. */
function Unfinished() {
  const { t } = useTranslation();
  const moving = useUploads(({ items }) => items);
  const [, redraw] = useState(0);
  const left = unfinished(Date.now()).filter(
    (one) => !moving.some((item) => item.into === one.into && item.name === one.name),
  );
  return left.map((one) => (
    <p key={one.key} className="row tight small" data-state="unfinished">
      <span className="grow">{t("upload.unfinished", { name: one.name, into: one.into })}</span>
      <button
        type="button"
        className="bare link"
        onClick={() => void dropPieces(one).then(() => redraw((n) => n + 1))}
      >
        {t("upload.giveUp")}
      </button>
    </p>
  ));
}

interface UploadProps {
  isOpen: boolean;
  onClose: () => void;
  /** Append to this dataset; absent = a new one. */
  into?: string;
  /** Files that were dropped elsewhere on the page. */
  dropped?: File[];
}

export function Upload({ isOpen, onClose, into, dropped = [] }: UploadProps) {
  const { t } = useTranslation();
  const isBusy = useUploads(({ items }) => items.length > 0);
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      size="lg"
      title={into ? t("upload.append", { name: into }) : t("upload.title")}
      closeButtonProps={{ "aria-label": t("do.close") }}
    >
      <div className="stack">
        <Choose key={dropped.map((file) => file.name).join("/")} into={into} dropped={dropped} />
        <Unfinished />
        {isBusy && <Queue onLook={onClose} />}
      </div>
    </Modal>
  );
}

function Choose({ into, dropped }: { into: string | undefined; dropped: File[] }) {
  const { t } = useTranslation();
  const [files, setFiles] = useState<File[]>(() => inOrder(dropped));
  const [name, setName] = useState("");
  const [time, setTime] = useState("");
  const [asOne, setAsOne] = useState<boolean | null>(null);
  const known = useDatasets().data?.map((one) => one.name) ?? [];
  const good = files.filter((file) => refusalOf(file) === null);
  const isOne = good.length < 2 || (asOne ?? areParts(good));
  const stem = good.length ? commonStem(good) : "";
  const target = into ?? (nameOf(name) || freeName(stem, known));
  const add = (more: File[]) =>
    setFiles((old) =>
      inOrder([...old.filter((one) => !more.some((m) => m.name === one.name)), ...more]),
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const how = !into && time.trim() ? { time: time.trim() } : {};
    const taken = [...known];
    enqueue(
      good.map((file, index) => {
        if (into || isOne) return { into: target, file, how: index === 0 ? how : {} };
        const own = freeName(stemOf(file.name), taken);
        taken.push(own);
        return { into: own, file, how };
      }),
    );
    setFiles([]);
    setName("");
    setTime("");
  };
  return (
    <form className="stack" onSubmit={submit}>
      <DropZone onFiles={add} />
      {files.length > 0 && (
        <Chosen files={files} onRemove={(file) => setFiles(files.filter((one) => one !== file))} />
      )}
      {good.length > 1 && !into && (
        <SegmentedControl
          aria-label={t("upload.several")}
          data={[
            { value: "one", label: t("upload.asOne") },
            { value: "each", label: t("upload.asEach") },
          ]}
          value={isOne ? "one" : "each"}
          onChange={(value) => setAsOne(value === "one")}
        />
      )}
      {!into && good.length > 0 && (
        <div className="form">
          {isOne && (
            <TextInput
              label={t("col.name")}
              value={name}
              placeholder={freeName(stem, known)}
              description={known.includes(target) ? t("upload.appends", { name: target }) : null}
              inputWrapperOrder={["label", "input", "description"]}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          )}
          <TextInput
            label={t("upload.time")}
            description={t("upload.timeHint")}
            inputWrapperOrder={["label", "input", "description"]}
            value={time}
            onChange={(event) => setTime(event.currentTarget.value)}
          />
        </div>
      )}
      {files.length > 0 && (
        <Button type="submit" disabled={good.length === 0}>
          {t("upload.go", { count: good.length })}
        </Button>
      )}
    </form>
  );
}
