/** Range: the same range as a form: type, ends, steps, logarithm, values. */
import { Button, Checkbox, NumberInput, Popover, SegmentedControl, TextInput } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { branches, parse, valueText } from "../document/grammar";
import type { Json, Range } from "../document/types";
import { rangeText } from "../train/space";
import { limitsOf, proposedRange } from "./words";

interface RangeFormProps {
  schema: Json;
  range: Range | undefined;
  value: unknown;
  /** What setting it also does. */
  note?: string | undefined;
  isOpen: boolean;
  onClose: () => void;
  onRange: (range: Range | null) => void;
  children: ReactNode;
}

type Way = "between" | "choice";

const wordsIn = (schema: Json): unknown[] =>
  branches(schema).flatMap((one) => (Array.isArray(one.enum) ? one.enum : []));

function Between({
  schema,
  range,
  onDraft,
}: {
  schema: Json;
  range: Range;
  onDraft: (range: Range) => void;
}) {
  const { t } = useTranslation();
  const { isWhole, low, high } = limitsOf(schema);
  const [from = 0, to = 1] = (range.int ?? range.float ?? []) as number[];
  const key = isWhole ? "int" : "float";
  const put = (ends: [number, number], more: Json = {}) => {
    const next: Json = { ...range, [key]: ends, ...more };
    const { log, step, ...rest } = next;
    onDraft({
      ...rest,
      ...(log ? { log: true } : {}),
      ...(!log && step && step !== 1 ? { step } : {}),
    });
  };
  const limits = { ...(low === null ? {} : { min: low }), ...(high === null ? {} : { max: high }) };
  return (
    <>
      <div className="row tight" style={{ flexWrap: "nowrap" }}>
        <NumberInput
          size="xs"
          label={t("designer.range.low")}
          value={from}
          allowDecimal={!isWhole}
          {...limits}
          onChange={(one) => put([Number(one), to])}
        />
        <NumberInput
          size="xs"
          label={t("designer.range.high")}
          value={to}
          allowDecimal={!isWhole}
          {...limits}
          onChange={(one) => put([from, Number(one)])}
        />
        {isWhole && !range.log && (
          <NumberInput
            size="xs"
            label={t("designer.range.step")}
            min={1}
            value={Number(range.step ?? 1)}
            onChange={(one) => put([from, to], { step: Number(one) })}
          />
        )}
      </div>
      <Checkbox
        size="xs"
        label={t("designer.range.log")}
        checked={Boolean(range.log)}
        disabled={from <= 0}
        onChange={(event) => put([from, to], { log: event.currentTarget.checked })}
      />
    </>
  );
}

function Values({
  schema,
  range,
  onDraft,
}: {
  schema: Json;
  range: Range;
  onDraft: (range: Range) => void;
}) {
  const { t } = useTranslation();
  const words = wordsIn(schema);
  const chosen = (range.choice ?? []) as unknown[];
  const [text, setText] = useState(chosen.map(valueText).join(", "));
  if (!words.length) {
    return (
      <TextInput
        size="xs"
        label={t("designer.range.values")}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          const typed = parse(`{${event.currentTarget.value}}`, schema);
          if ("range" in typed) onDraft(typed.range);
        }}
      />
    );
  }
  const flip = (word: unknown) =>
    onDraft({
      choice: words.filter((one) => (one === word ? !chosen.includes(one) : chosen.includes(one))),
    });
  return (
    <div className="range-words">
      {words.map((word) => (
        <Checkbox
          key={String(word)}
          size="xs"
          label={String(word)}
          checked={chosen.includes(word)}
          onChange={() => flip(word)}
        />
      ))}
    </div>
  );
}

export function RangeForm({
  schema,
  range,
  value,
  note,
  isOpen,
  onClose,
  onRange,
  children,
}: RangeFormProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<Range>(range ?? {});
  const limits = limitsOf(schema);
  const isSwitch = !limits.isNumber && !wordsIn(schema).length;
  useEffect(() => {
    if (isOpen) setDraft(range ?? proposedRange(schema, value));
  }, [isOpen, range, schema, value]);
  const way: Way = draft.choice ? "choice" : "between";
  const isEmpty = Array.isArray(draft.choice) && draft.choice.length === 0;
  const turn = (to: string) =>
    setDraft(
      to === "choice" ? { choice: [value ?? limits.low ?? 1] } : proposedRange(schema, value),
    );
  return (
    <Popover
      opened={isOpen}
      onChange={(open) => !open && onClose()}
      position="left-start"
      width={300}
      shadow="md"
      trapFocus
      withinPortal
    >
      <Popover.Target>{children}</Popover.Target>
      <Popover.Dropdown aria-label={t("designer.range.title")}>
        <div className="stack tight">
          {limits.isNumber && (
            <SegmentedControl
              size="xs"
              value={way}
              onChange={turn}
              data={[
                { value: "between", label: t("designer.range.between") },
                { value: "choice", label: t("designer.range.choice") },
              ]}
            />
          )}
          {isSwitch ? (
            <p className="small dim">{t("designer.range.switch")}</p>
          ) : way === "choice" ? (
            <Values
              key={isOpen ? "open" : "shut"}
              schema={schema}
              range={draft}
              onDraft={setDraft}
            />
          ) : (
            <Between schema={schema} range={draft} onDraft={setDraft} />
          )}
          {note && <p className="small dim">{note}</p>}
          <div className="row apart">
            <code className="mono small">{isEmpty ? "" : rangeText(draft)}</code>
            <div className="row" style={{ gap: 6 }}>
              {range && (
                <Button
                  size="compact-xs"
                  variant="subtle"
                  color="gray"
                  onClick={() => {
                    onRange(null);
                    onClose();
                  }}
                >
                  {t("designer.range.clear")}
                </Button>
              )}
              <Button
                size="compact-xs"
                disabled={isEmpty}
                onClick={() => {
                  onRange(draft);
                  onClose();
                }}
              >
                {t("designer.range.set")}
              </Button>
            </div>
          </div>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
