/** Many: what waits for its truth, as a table; several rows are told in one go. */
import { Button, Checkbox, Select } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { FormSchema } from "../api/records";
import { useFormat } from "../locales/format";
import { answerOf } from "../serve/answer";
import { truthOf } from "../serve/form";
import { Table } from "../shell/table";
import { accepted, type Said, type Waiting } from "./labels";

interface ManyProps {
  schema: FormSchema;
  items: Waiting[];
  front: string | undefined;
  onSay: (said: Said[]) => void;
  onPick: (id: string) => void;
}

export function Many({ schema, items, front, onSay, onPick }: ManyProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const picked = items.filter((one) => chosen.has(one.id));
  const classes = schema.classes ?? [];
  const choose = (ids: string[], isOn: boolean) =>
    setChosen((before) => {
      const next = new Set(before);
      for (const id of ids) {
        if (isOn) next.add(id);
        else next.delete(id);
      }
      return next;
    });
  const all = picked.length === items.length;
  const send = (rows: Said[]) => {
    onSay(rows);
    setChosen(new Set());
  };
  return (
    <div className="stack tight">
      <div className="row tight" style={{ flexWrap: "wrap" }}>
        <Checkbox
          label={t("inbox.all")}
          checked={all && items.length > 0}
          indeterminate={!all && picked.length > 0}
          onChange={(event) =>
            choose(
              items.map((one) => one.id),
              event.currentTarget.checked,
            )
          }
        />
        <Button
          size="compact-sm"
          disabled={picked.length === 0}
          onClick={() => send(picked.map(accepted))}
        >
          {t("inbox.acceptMany", { count: picked.length })}
        </Button>
        {classes.length > 0 && (
          <Select
            size="xs"
            w={150}
            aria-label={t("inbox.relabelMany", { count: picked.length })}
            placeholder={t("inbox.relabelMany", { count: picked.length })}
            data={[...new Set(classes.map(String))]}
            value={null}
            disabled={picked.length === 0}
            onChange={(text) =>
              text !== null && send(picked.map(({ id }) => ({ id, truth: truthOf(schema, text) })))
            }
          />
        )}
        <Button
          size="compact-sm"
          variant="default"
          disabled={picked.length === 0}
          onClick={() => send(picked.map(({ id }) => ({ id, discard: true })))}
        >
          {t("inbox.discardMany", { count: picked.length })}
        </Button>
      </div>
      <div className="tall">
        <Table
          label={t("inbox.title")}
          items={items}
          rowKey={(one) => one.id}
          rowClass={(one) => (one.id === front ? "picked" : "")}
          columns={[
            {
              key: "choose",
              head: t("inbox.choose"),
              isBare: true,
              cell: (one) => (
                <Checkbox
                  aria-label={t("inbox.chooseOf", { answer: format.value(answerOf(one.answer)) })}
                  checked={chosen.has(one.id)}
                  onChange={(event) => choose([one.id], event.currentTarget.checked)}
                />
              ),
            },
            {
              key: "answer",
              head: t("col.answer"),
              cell: (one) => (
                <button type="button" className="plain" onClick={() => onPick(one.id)}>
                  {format.value(answerOf(one.answer))}
                </button>
              ),
            },
            {
              key: "doubt",
              head: t("inbox.doubt"),
              right: true,
              cell: (one) => (one.doubt === null ? "–" : format.percent(one.doubt, 0)),
            },
            {
              key: "warnings",
              head: t("traffic.warned"),
              right: true,
              cell: (one) => one.warnings?.length || "–",
            },
            { key: "at", head: t("col.when"), cell: (one) => format.ago(one.at) },
          ]}
        />
      </div>
    </div>
  );
}
