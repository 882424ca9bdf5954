/** Try: a form made from the deployment's schema; the answer beside it, and a place to say it was wrong. */
import { Button, NumberInput, Select, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { MessageSquareReply, Send, Wand2 } from "lucide-react";
import { type FormEvent, lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { http, one } from "../api/client";
import { useFormSchema } from "../api/queries";
import type { Answers, FormColumn, FormSchema } from "../api/records";
import { useFormat } from "../locales/format";
import { Card, Empty } from "../shell/page";
import { Found, TroubleOf } from "../shell/trouble";
import { AnswerView } from "./answer";
import { rowOf, startOf, type Typed, truthOf } from "./form";
import { Snippets } from "./snippets";

const PictureField = lazy(async () => ({ default: (await import("./picture")).PictureField }));

/** `2013-01-01 05:15:00` as the browser's own field wants it: seconds only if there are any. */
const localOf = (value: string): string =>
  value
    .replace(" ", "T")
    .slice(0, 19)
    .replace(/:00$/, (end) => (value.length > 16 ? "" : end));

const inPath = (name: string) => ({ params: { path: { name } } });

interface FieldProps {
  column: FormColumn;
  value: string;
  onChange: (value: string) => void;
}

function Field({ column, value, onChange }: FieldProps) {
  const { t } = useTranslation();
  const format = useFormat();
  if (column.kind === "boolean") {
    const data = [
      { value: "true", label: t("try.yes") },
      { value: "false", label: t("try.no") },
    ];
    return (
      <Select
        label={column.name}
        data={data}
        value={value || null}
        onChange={(next) => onChange(next ?? "")}
        clearable
        placeholder={t("data.missing")}
        clearButtonProps={{ "aria-label": t("do.clear") }}
      />
    );
  }
  if (column.kind === "category" && column.values?.length) {
    const data = [...new Set(column.values.map(String))];
    return (
      <Select
        label={column.name}
        data={data.includes(value) || !value ? data : [value, ...data]}
        value={value || null}
        onChange={(next) => onChange(next ?? "")}
        searchable
        clearable
        placeholder={t("data.missing")}
        clearButtonProps={{ "aria-label": t("do.clear") }}
        limit={200}
      />
    );
  }
  if (column.kind === "number") {
    const range =
      typeof column.low === "number" && typeof column.high === "number"
        ? t("try.range", { low: format.value(column.low), high: format.value(column.high) })
        : undefined;
    return (
      <NumberInput
        label={column.name}
        value={value}
        onChange={(next) => onChange(String(next))}
        hideControls
        placeholder={range ?? t("data.missing")}
        {...(range ? { title: range } : {})}
      />
    );
  }
  if (column.kind === "datetime") {
    return (
      <TextInput
        type="datetime-local"
        step={1}
        label={column.name}
        value={localOf(value)}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  if (column.kind === "image") {
    return (
      <Suspense>
        <PictureField column={column} value={value} onChange={onChange} />
      </Suspense>
    );
  }
  return (
    <TextInput
      label={column.name}
      value={value}
      placeholder={t("data.missing")}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function Wrong({ name, schema, answers }: { name: string; schema: FormSchema; answers: Answers }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const answer = answers.predictions[0];
  const [truth, setTruth] = useState("");
  const classes = [...new Set((schema.classes ?? []).map(String))];
  const send = useMutation({
    mutationFn: () =>
      http.POST("/api/v1/deployments/{name}/feedback", {
        ...inPath(name),
        body: { rows: [{ id: answer?.id ?? "", truth: truthOf(schema, truth) }] },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["deployments", name] }),
  });
  if (send.isSuccess) return <output className="pill good">{t("try.thanks")}</output>;
  return (
    <div className="stack tight">
      <div className="row end">
        {classes.length > 0 ? (
          <Select
            className="grow"
            label={t("try.truth", { target: schema.target })}
            data={classes}
            value={truth || null}
            onChange={(next) => setTruth(next ?? "")}
          />
        ) : (
          <NumberInput
            className="grow"
            label={t("try.truth", { target: schema.target })}
            value={truth}
            onChange={(next) => setTruth(String(next))}
            hideControls
          />
        )}
        <Button
          variant="default"
          leftSection={<MessageSquareReply size={16} />}
          disabled={!truth}
          loading={send.isPending}
          onClick={() => send.mutate()}
        >
          {t("try.send")}
        </Button>
      </div>
      <TroubleOf error={send.error} />
    </div>
  );
}

function Ready({ name, schema }: { name: string; schema: FormSchema }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [typed, setTyped] = useState<Typed>(() => startOf(schema));
  const row = rowOf(schema, typed);
  const ask = useMutation({
    mutationFn: () =>
      one<Answers>(
        http.POST("/api/v1/deployments/{name}/predict", {
          ...inPath(name),
          body: { key: null, rows: [row] },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["deployments", name] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  const answer = ask.data?.predictions[0];
  return (
    <div className="grid loose">
      <Card
        title={t("try.title")}
        className="w7"
        actions={<span className="dim small">{t("try.target", { target: schema.target })}</span>}
      >
        <form className="stack" onSubmit={submit}>
          <div className="form">
            {schema.columns.map((column) => (
              <Field
                key={column.name}
                column={column}
                value={typed[column.name] ?? ""}
                onChange={(value) => setTyped((before) => ({ ...before, [column.name]: value }))}
              />
            ))}
          </div>
          <div className="row">
            <Button type="submit" leftSection={<Send size={16} />} loading={ask.isPending}>
              {t("try.ask")}
            </Button>
            <Button
              variant="subtle"
              color="gray"
              leftSection={<Wand2 size={16} />}
              onClick={() => setTyped(startOf(schema))}
            >
              {t("try.example")}
            </Button>
          </div>
        </form>
      </Card>
      <div className="w5 stack" style={{ gap: 20 }}>
        <Card
          title={t("col.answer")}
          actions={ask.data && <span className="dim small">{ask.data.model}</span>}
        >
          <TroubleOf error={ask.error} />
          {answer && ask.data ? (
            <div className="stack" data-state="answered" aria-live="polite">
              <AnswerView answer={answer} />
              <Wrong key={answer.id} name={name} schema={schema} answers={ask.data} />
            </div>
          ) : (
            !ask.error && (
              <Empty icon={Send} title={t("try.none")}>
                {t("try.noneText")}
              </Empty>
            )
          )}
        </Card>
        <Snippets name={name} row={row} />
      </div>
    </div>
  );
}

export function Try({ name, live }: { name: string; live: string }) {
  const query = useFormSchema(name, live);
  return (
    <Found query={query}>{(schema) => <Ready key={live} name={name} schema={schema} />}</Found>
  );
}
