/** Relabel: labels corrected by hand, one or many at once; applied they are the dataset's next version. */
import { Button, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { http, one } from "../api/client";
import type { Json } from "../api/records";
import { useFormat } from "../locales/format";
import { Table, type TableColumn } from "../shell/table";
import { TroubleOf } from "../shell/trouble";
import { Value } from "../shell/value";
import { versionMade } from "./made";
import "./data.css";

type Label = string | number | null;

/** A row whose label is doubted: by rows like it, or by a model. */
export interface Doubted {
  row: number;
  truth: string | number;
  said: string | number;
  confidence?: number;
  loss?: number;
  values: Json;
}

interface RelabelProps<T extends Doubted> {
  data: string;
  version: number;
  column: string;
  /** What it can be; undefined where it is a quantity. */
  classes: string[] | undefined;
  cases: T[];
  /** Who says another label: rows like it, or a model. */
  by: "others" | "model";
  onOpen: (one: T) => void;
  onMade?: (version: number) => void;
}

const FEW = 20;
/** Columns of a row that are shown beside its label. */
const SEEN = 4;
const NONE = "\u0000";
/** More classes than this are typed, with suggestions, not picked from a list in every row. */
const MOST_CHOICES = 40;
const CLASSES = "classes-known";

export function Relabel<T extends Doubted>(props: RelabelProps<T>) {
  const { data, version, column, classes, cases, by, onOpen, onMade } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const [wish, setWish] = useState<Record<number, Label>>({});
  const [picked, setPicked] = useState<number[]>([]);
  const [most, setMost] = useState(FEW);
  const shown = cases.slice(0, most);
  const wanted = (row: number, label: Label) => {
    const { [row]: _, ...others } = wish;
    const was = cases.find((one) => one.row === row)?.truth;
    setWish(label === was ? others : { ...others, [row]: label });
  };
  const all = (label: (one: T) => Label) => {
    const news = { ...wish };
    for (const one of cases.filter(({ row }) => picked.includes(row))) {
      const found = label(one);
      if (found === one.truth) delete news[one.row];
      else news[one.row] = found;
    }
    setWish(news);
  };
  const isAll = shown.length > 0 && shown.every(({ row }) => picked.includes(row));
  const columns: TableColumn<T>[] = [
    {
      key: "pick",
      head: t("labels.pick"),
      isBare: true,
      cell: ({ row }) => (
        <input
          type="checkbox"
          className="tick"
          aria-label={t("labels.pickRow", { row: row + 1 })}
          checked={picked.includes(row)}
          onChange={() =>
            setPicked(picked.includes(row) ? picked.filter((one) => one !== row) : [...picked, row])
          }
        />
      ),
    },
    {
      key: "row",
      head: t("mistakes.row"),
      cell: (one) => (
        <button type="button" className="plain" onClick={() => onOpen(one)}>
          {format.count(one.row + 1)}
        </button>
      ),
    },
    { key: "was", head: t("labels.label"), cell: (one) => <bdi>{format.value(one.truth)}</bdi> },
    {
      key: "said",
      head: t(`labels.said.${by}`),
      cell: (one) => (
        <span className="row tight">
          <bdi>{format.value(one.said)}</bdi>
          {one.confidence !== undefined && (
            <span className="dim num">{format.percent(one.confidence)}</span>
          )}
        </span>
      ),
    },
    {
      key: "now",
      head: t("labels.now"),
      cell: (one) => (
        <Choice
          one={one}
          classes={classes}
          value={one.row in wish ? (wish[one.row] ?? null) : one.truth}
          isChanged={one.row in wish}
          onChange={(label) => wanted(one.row, label)}
        />
      ),
    },
    {
      key: "values",
      head: t("mistakes.values"),
      wrap: true,
      cell: ({ values }) => (
        <span className="small dim">
          {Object.entries(values)
            .slice(0, SEEN)
            .map(([name, value]) => (
              <bdi key={name} style={{ marginInlineEnd: 10 }}>
                {name} <Value value={value} />
              </bdi>
            ))}
        </span>
      ),
    },
  ];
  return (
    <div data-state="relabel">
      <div className="bar row tight" role="toolbar" aria-label={t("labels.bulk")}>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => setPicked(isAll ? [] : shown.map(({ row }) => row))}
        >
          {isAll ? t("labels.pickNone") : t("labels.pickAll", { count: shown.length })}
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          disabled={picked.length === 0}
          onClick={() => all((one) => one.said)}
        >
          {t(`labels.takeSaid.${by}`)}
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          disabled={picked.length === 0}
          onClick={() => all(() => null)}
        >
          {t("labels.takeNone")}
        </Button>
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          disabled={picked.length === 0}
          onClick={() => all((one) => one.truth)}
        >
          {t("labels.keep")}
        </Button>
        <span className="dim small num" aria-live="polite">
          {t("labels.picked", { count: picked.length })}
        </span>
      </div>
      {classes && classes.length > MOST_CHOICES && (
        <datalist id={CLASSES}>
          {classes.map((label) => (
            <option key={label} value={label} />
          ))}
        </datalist>
      )}
      <Table
        label={t("labels.title")}
        items={shown}
        rowKey={({ row }) => row}
        rowClass={({ row }) => (row in wish ? "best" : "")}
        columns={columns}
      />
      {cases.length > most && (
        <div className="bar">
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            onClick={() => setMost(cases.length)}
          >
            {t("mistakes.more", { count: cases.length })}
          </Button>
        </div>
      )}
      <Apply
        asked={{ data, version, column, labels: wish }}
        onMade={onMade}
        onOver={() => {
          setWish({});
          setPicked([]);
        }}
      />
    </div>
  );
}

interface ChoiceProps {
  one: Doubted;
  classes: string[] | undefined;
  value: Label;
  isChanged: boolean;
  onChange: (label: Label) => void;
}

/** Another label for one row: one of the known classes, a number, or none. */
function Choice({ one, classes, value, isChanged, onChange }: ChoiceProps) {
  const { t } = useTranslation();
  const name = t("labels.nowOf", { row: one.row + 1 });
  const look = `kind ${isChanged ? "changed" : ""}`;
  if (!classes)
    return (
      <input
        className={look}
        aria-label={name}
        type="number"
        step="any"
        value={value ?? ""}
        onChange={({ currentTarget: to }) => onChange(to.value === "" ? null : Number(to.value))}
      />
    );
  if (classes.length > MOST_CHOICES)
    return (
      <input
        key={String(value)}
        className={look}
        aria-label={name}
        list={CLASSES}
        placeholder={t("labels.none")}
        defaultValue={value ?? ""}
        onBlur={({ currentTarget: to }) => {
          const label = to.value.trim() || null;
          if (label === null || classes.includes(label)) onChange(label);
          else to.value = String(value ?? "");
        }}
      />
    );
  return (
    <select
      className={look}
      aria-label={name}
      value={value === null ? NONE : String(value)}
      onChange={({ currentTarget: to }) => onChange(to.value === NONE ? null : to.value)}
    >
      {classes.map((label) => (
        <option key={label} value={label}>
          {label}
        </option>
      ))}
      <option value={NONE}>{t("labels.none")}</option>
    </select>
  );
}

interface ApplyProps {
  asked: { data: string; version: number; column: string; labels: Record<number, Label> };
  onMade: ((version: number) => void) | undefined;
  onOver: () => void;
}

/** The bar that makes a version of it, and says when there is one. */
function Apply({ asked, onMade, onOver }: ApplyProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const [note, setNote] = useState("");
  const [share, setShare] = useState(0);
  const { data, version, column, labels } = asked;
  const count = Object.keys(labels).length;
  const apply = useMutation({
    mutationFn: async () => {
      const { job } = await one<{ job: string }>(
        http.POST("/api/v1/datasets/{name}/labels", {
          params: { path: { name: data } },
          body: { version, column, labels, note },
        }),
      );
      return versionMade(job, setShare);
    },
    onSuccess: (made) => {
      queries.invalidateQueries({ queryKey: ["datasets"] });
      setNote("");
      onOver();
      onMade?.(made);
    },
  });
  if (!count && apply.data === undefined) return null;
  return (
    <section className="correct stack tight" aria-label={t("labels.apply")} aria-live="polite">
      {apply.data !== undefined && (
        <p className="row tight" data-state="relabelled">
          <Check size={16} aria-hidden />
          {t("labels.made", { version: apply.data })}
          <Link className="link" to={`/datasets/${data}?version=${apply.data}&show=versions`}>
            {t("lineage.data", { name: data, version: apply.data })}
          </Link>
        </p>
      )}
      <TroubleOf error={apply.error} />
      {count > 0 && (
        <form
          className="row tight"
          onSubmit={(event) => {
            event.preventDefault();
            apply.mutate();
          }}
        >
          <TextInput
            size="sm"
            w={280}
            aria-label={t("labels.note")}
            placeholder={t("labels.note")}
            maxLength={500}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <Button type="submit" size="sm" loading={apply.isPending}>
            {t("labels.set", { count })}
          </Button>
          <Button
            size="sm"
            variant="subtle"
            disabled={apply.isPending}
            onClick={() => {
              apply.reset();
              onOver();
            }}
          >
            {t("kinds.discard")}
          </Button>
          <span className="dim small">
            {apply.isPending ? format.percent(share, 0) : t("labels.hint")}
          </span>
        </form>
      )}
    </section>
  );
}
