/** Inbox: predictions that wait for their truth: one at a time by keys 1-9, or many at once; it ends up as feedback. */
import { Button, NumberInput, SegmentedControl } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, Inbox as InboxIcon, Trash2, Undo2 } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { http } from "../api/client";
import { useFormSchema } from "../api/queries";
import type { FormSchema } from "../api/records";
import { useFormat } from "../locales/format";
import { AnswerView, answerOf } from "../serve/answer";
import { truthOf } from "../serve/form";
import { HowFeedback } from "../serve/how";
import { Card, Empty } from "../shell/page";
import { Found, TroubleOf } from "../shell/trouble";
import { accepted, deedOf, labelsOf, type Order, type Said, type Waiting } from "./labels";
import { Many } from "./many";
import { useInbox } from "./measured";

const FEW = 10;

/** Sends what was said; until the server has it, the page holds it. */
function useSay(name: string) {
  const queries = useQueryClient();
  const [said, setSaid] = useState<Map<string, Said>>(new Map());
  const send = useMutation({
    mutationFn: (rows: Said[]) =>
      http.POST("/api/v1/deployments/{name}/feedback", {
        params: { path: { name } },
        body: { rows },
      }),
    onError: (_error, rows) =>
      setSaid((before) => {
        const next = new Map(before);
        for (const { id } of rows) next.delete(id);
        return next;
      }),
    onSuccess: () => {
      queries.invalidateQueries({ queryKey: ["deployments", name] });
    },
  });
  const say = (rows: Said[]) => {
    setSaid((before) => new Map([...before, ...rows.map((row) => [row.id, row] as const)]));
    send.mutate(rows);
  };
  return { said, say, send };
}

function Cell({ kind, value }: { kind: string | undefined; value: unknown }) {
  const format = useFormat();
  if (kind === "image" && typeof value === "string")
    return (
      <img
        className="thumb"
        alt=""
        src={value.startsWith("data:") ? value : `data:image;base64,${value}`}
      />
    );
  return <span className="num">{format.value(value)}</span>;
}

interface QueueProps {
  schema: FormSchema;
  item: Waiting;
  left: number;
  canBack: boolean;
  onSay: (said: Said) => void;
  onLater: () => void;
  onBack: () => void;
}

/** The one in front: what was asked, what was answered, and what may be said. */
function Front({ schema, item, left, canBack, onSay, onLater, onBack }: QueueProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [typed, setTyped] = useState<string | number>("");
  const labels = labelsOf(schema, item);
  const kinds = new Map(schema.columns.map((column) => [column.name, column.kind]));
  const box = useRef<HTMLDivElement>(null);
  const label = (truth: unknown) => onSay({ id: item.id, truth });
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new one takes the focus that the last one had
  useEffect(() => {
    if (box.current?.contains(document.activeElement) || document.activeElement === document.body)
      box.current?.focus({ preventScroll: true });
    setTyped("");
  }, [item.id]);
  const onKey = (event: KeyboardEvent) => {
    const isTyping = event.target instanceof HTMLInputElement;
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.nativeEvent.isComposing)
      return;
    const deed = deedOf(event.key, labels.length);
    if (!deed) return;
    event.preventDefault();
    if (deed.kind === "label") label(labels[deed.place]);
    else if (deed.kind === "accept") onSay(accepted(item));
    else if (deed.kind === "discard") onSay({ id: item.id, discard: true });
    else if (deed.kind === "later") onLater();
    else if (canBack) onBack();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a card that takes keys is no fieldset
    <div
      role="group"
      ref={box}
      className="labelling"
      aria-label={t("inbox.front")}
      aria-describedby="inbox-keys"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys need a place for the focus
      tabIndex={0}
      onKeyDown={onKey}
      data-state="labelling"
    >
      <div className="row apart">
        <span className="dim small num">{t("inbox.left", { count: left })}</span>
        <span className="dim small">{format.ago(item.at)}</span>
      </div>
      <dl className="facts dense">
        {Object.entries(item.row).map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>
              <Cell kind={kinds.get(name)} value={value} />
            </dd>
          </div>
        ))}
      </dl>
      <AnswerView
        answer={{
          ...item.answer,
          id: item.id,
          decision: item.decision,
          warnings: item.warnings ?? [],
        }}
      />
      <div className="stack tight">
        <h3 className="minor">{t("inbox.truth", { target: schema.target })}</h3>
        {labels.length > 0 ? (
          <div className="row tight" style={{ flexWrap: "wrap" }}>
            {labels.map((one, at) => (
              <Button
                key={String(one)}
                variant={one === answerOf(item.answer) ? "light" : "default"}
                leftSection={<kbd>{at + 1}</kbd>}
                onClick={() => label(one)}
              >
                {format.value(one)}
              </Button>
            ))}
          </div>
        ) : (
          <form
            className="row end"
            onSubmit={(event) => {
              event.preventDefault();
              if (typed !== "") label(truthOf(schema, String(typed)));
            }}
          >
            <NumberInput
              label={t("try.truth", { target: schema.target })}
              value={typed}
              onChange={setTyped}
              hideControls
            />
            <Button type="submit" variant="default" disabled={typed === ""}>
              {t("try.send")}
            </Button>
          </form>
        )}
        <div className="row tight" style={{ flexWrap: "wrap" }}>
          <Button
            leftSection={<Check size={15} />}
            rightSection={<kbd>A</kbd>}
            onClick={() => onSay(accepted(item))}
          >
            {t("inbox.accept")}
          </Button>
          <Button
            variant="default"
            leftSection={<Trash2 size={15} />}
            rightSection={<kbd>X</kbd>}
            onClick={() => onSay({ id: item.id, discard: true })}
          >
            {t("inbox.discard")}
          </Button>
          <Button variant="subtle" color="gray" rightSection={<kbd>→</kbd>} onClick={onLater}>
            {t("inbox.later")}
          </Button>
          <Button
            variant="subtle"
            color="gray"
            leftSection={<Undo2 size={15} />}
            rightSection={<kbd>←</kbd>}
            disabled={!canBack}
            onClick={onBack}
          >
            {t("inbox.back")}
          </Button>
        </div>
        <p id="inbox-keys" className="dim small">
          {t("inbox.keys")}
        </p>
      </div>
    </div>
  );
}

function Labels({ name, schema, found }: { name: string; schema: FormSchema; found: Waiting[] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { said, say, send } = useSay(name);
  const [front, setFront] = useState<string | null>(null);
  /** Those that were looked at, the last one last. */
  const [past, setPast] = useState<Waiting[]>([]);
  const [later, setLater] = useState<ReadonlySet<string>>(new Set());
  const again = past.find((one) => one.id === front);
  const waiting = found.filter((one) => !said.has(one.id));
  const fresh = waiting.filter((one) => !later.has(one.id));
  const item = again ?? waiting.find((one) => one.id === front) ?? fresh[0] ?? waiting[0];
  const isLow = waiting.length < FEW && said.size > 0;
  useEffect(() => {
    if (isLow && send.isSuccess) queries.invalidateQueries({ queryKey: ["inbox", name] });
  }, [isLow, send.isSuccess, queries, name]);
  const leave = (one: Waiting) => {
    setPast((before) => [...before.filter((other) => other.id !== one.id), one]);
    setFront(null);
  };
  return (
    <div className="grid">
      <Card className="w7" title={t("inbox.front")}>
        <TroubleOf error={send.error} />
        {item ? (
          <Front
            schema={schema}
            item={item}
            left={waiting.length}
            canBack={past.some((one) => one.id !== item.id)}
            onSay={(row) => {
              say([row]);
              leave(item);
            }}
            onLater={() => {
              setLater((before) => new Set([...before, item.id]));
              leave(item);
            }}
            onBack={() => {
              const last = past.filter((one) => one.id !== item.id).at(-1);
              if (!last) return;
              setPast((before) => before.filter((one) => one.id !== item.id));
              setFront(last.id);
            }}
          />
        ) : (
          <Empty icon={InboxIcon} title={t("inbox.none")}>
            {t("inbox.noneText")}
          </Empty>
        )}
      </Card>
      <Card className="w5" title={t("inbox.title")}>
        <Many
          schema={schema}
          items={waiting}
          front={item?.id}
          onSay={say}
          onPick={(id) => setFront(id)}
        />
      </Card>
      <Card className="w12" title={t("how.title")}>
        <HowFeedback name={name} target={schema.target} classes={schema.classes ?? []} />
      </Card>
    </div>
  );
}

export default function Inbox({ name, live }: { name: string; live: string }) {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const order: Order = search.get("order") === "newest" ? "newest" : "doubt";
  const schema = useFormSchema(name, live);
  const found = useInbox(name, order);
  return (
    <div className="stack">
      <div className="row apart">
        <p className="dim">{t("inbox.lead")}</p>
        <SegmentedControl
          size="xs"
          aria-label={t("inbox.order")}
          value={order}
          data={[
            { value: "doubt", label: t("inbox.byDoubt") },
            { value: "newest", label: t("inbox.byTime") },
          ]}
          onChange={(value) =>
            setSearch(
              (before) => {
                before.set("order", value);
                return before;
              },
              { preventScrollReset: true },
            )
          }
        />
      </div>
      <Found query={schema}>
        {(form) => (
          <Found query={found}>
            {(items) => <Labels key={order} name={name} schema={form} found={items} />}
          </Found>
        )}
      </Found>
    </div>
  );
}
