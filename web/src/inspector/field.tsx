/** Field: one parameter as its schema says: takes a value, a range or an expression; a range stands below as a chip. */
import { ActionIcon, Switch, TextInput, Tooltip } from "@mantine/core";
import { SlidersHorizontal, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { boundTo } from "../actions/bindings";
import { keyOf } from "../actions/keys";
import { isExpression } from "../document/expression";
import { branches, nearestIn, parse, type Typed, valueText } from "../document/grammar";
import type { Json, Range } from "../document/types";
import { rangeText } from "../train/space";
import { RangeForm } from "./range";
import { wordsOf } from "./words";

export interface FieldProps {
  name: string;
  /** In the reader's language, where it is no parameter of an op. */
  label?: string;
  schema: Json;
  /** As written; undefined = as usual. */
  value: unknown;
  range: Range | undefined;
  /** Words that may be typed as expressions: parameters of the block. */
  canHaveRange: boolean;
  isFocused: boolean;
  /** What a range here also does. */
  note?: string | undefined;
  onValue: (value: unknown, isTyping: boolean) => void;
  onRange: (range: Range | null) => void;
}

const kindOf = (schema: Json): "switch" | "words" | "text" => {
  const all = branches(schema);
  if (all.every((one) => one.type === "boolean")) return "switch";
  return all.every((one) => Array.isArray(one.enum) || "const" in one) ? "words" : "text";
};

/** What may be chosen without typing. */
export const optionsOf = (schema: Json): string[] =>
  branches(schema).flatMap((one) =>
    Array.isArray(one.enum) ? one.enum.map(String) : "const" in one ? [String(one.const)] : [],
  );

function Chip({
  range,
  role,
  onOpen,
  onClear,
}: {
  range: Range;
  role: unknown;
  onOpen: () => void;
  onClear: () => void;
}) {
  const { t } = useTranslation();
  return (
    <span className="range-chip">
      <button type="button" onClick={onOpen} title={t("designer.range.edit")}>
        <SlidersHorizontal size={12} aria-hidden />
        <span className="mono">{rangeText(range)}</span>
        {(role === "dial" || role === "size") && (
          <span className="chip-role" title={t(`designer.role.${role}Hint`)}>
            {t(`designer.role.${role}`)}
          </span>
        )}
      </button>
      <button type="button" aria-label={t("designer.range.clear")} onClick={onClear}>
        <X size={12} aria-hidden />
      </button>
    </span>
  );
}

function Role({ role }: { role: unknown }) {
  const { t } = useTranslation();
  if (role !== "dial" && role !== "size") return null;
  return (
    <Tooltip label={t(`designer.role.${role}Hint`)} multiline w={240} openDelay={300}>
      <span className={`role ${role}`}>{t(`designer.role.${role}`)}</span>
    </Tooltip>
  );
}

/** Steps a number as its field counts: whole ones by 1, others by a tenth of their size. */
function stepped(text: string, schema: Json, by: number): string | null {
  const value = Number(text);
  if (!text.trim() || Number.isNaN(value)) return null;
  const isWhole = branches(schema).some((one) => one.type === "integer");
  const step = isWhole
    ? 1
    : 10 ** Math.floor(Math.log10(Math.abs(value) || 0.1)) / (value === 0 ? 1 : 1);
  return String(Number((value + by * step).toPrecision(10)));
}

function Typing(
  props: FieldProps & { id: string; error: string; setError: (text: string) => void },
) {
  const { t } = useTranslation();
  const { schema, value, onValue, onRange, setError } = props;
  const shown = valueText(value ?? schema.default);
  const [text, setText] = useState(shown);
  const [isActive, setActive] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  /** What the field was before anything was typed: half of a range may read as a value. */
  const before = useRef(value);
  const list = useId();
  const options = optionsOf(schema);
  useEffect(() => {
    if (!isActive) setText(shown);
  }, [shown, isActive]);
  useEffect(() => {
    if (props.isFocused) input.current?.select();
  }, [props.isFocused]);

  const say = (typed: Typed) =>
    setError(
      "error" in typed
        ? t(`designer.typed.${typed.error}` as "designer.typed.order", typed.args ?? {})
        : "",
    );
  const take = (typed: Typed, isTyping: boolean) => {
    if ("value" in typed) onValue(typed.value, isTyping);
    else if ("var" in typed) onValue({ var: typed.var }, isTyping);
    else if ("range" in typed && !isTyping) {
      const current = before.current ?? schema.default;
      const near = isExpression(current) ? current : nearestIn(typed.range, current);
      onValue(near === current ? before.current : near, false);
      onRange(typed.range);
      setText(valueText(near));
    }
  };
  const change = (next: string) => {
    setText(next);
    const typed = parse(next, schema);
    // Half a range is no mistake yet: it is read when the field is left.
    if ("error" in typed && /\.\.|^[{$=｛]/.test(next.trim())) setError("");
    else say(typed);
    if (next.trim()) take(typed, true);
  };
  const end = () => {
    setActive(false);
    if (!text.trim()) {
      onValue(undefined, false);
      setError("");
      return;
    }
    const typed = parse(text, schema);
    say(typed);
    if (text !== shown) take(typed, false);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    event.stopPropagation();
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      const next = stepped(text, schema, event.key === "ArrowUp" ? 1 : -1);
      if (next === null) return;
      event.preventDefault();
      change(next);
    } else if (event.key === "Enter") {
      end();
      focusNext(event.currentTarget);
    } else if (event.key === "Escape") {
      setText(shown);
      event.currentTarget.blur();
      document.querySelector<HTMLElement>(".canvas")?.focus();
    } else if (boundTo("range_field", ["alt+r"]).includes(keyOf(event.nativeEvent))) {
      event.preventDefault();
      event.currentTarget.closest(".field")?.querySelector<HTMLElement>(".range-open")?.click();
    }
  };
  return (
    <>
      <TextInput
        ref={input}
        id={props.id}
        size="xs"
        value={text}
        error={props.error || undefined}
        list={options.length ? list : undefined}
        onFocus={() => {
          before.current = value;
          setActive(true);
        }}
        onBlur={end}
        onChange={(event) => change(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        spellCheck={false}
        autoComplete="off"
      />
      {options.length > 0 && (
        <datalist id={list}>
          {options.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      )}
    </>
  );
}

/** On from field to field of a group with Enter; after the last one back to the canvas. */
function focusNext(from: HTMLElement): void {
  const group = from.closest(".fields, .traits");
  const all = [...(group?.querySelectorAll<HTMLElement>("input, select") ?? [])];
  const next = all[all.indexOf(from) + 1];
  if (next) next.focus();
  else document.querySelector<HTMLElement>(".canvas")?.focus();
}

function Words({ id, schema, value, onValue, isFocused }: FieldProps & { id: string }) {
  const input = useRef<HTMLSelectElement>(null);
  useEffect(() => {
    if (isFocused) input.current?.focus();
  }, [isFocused]);
  const options = branches(schema).flatMap((one) =>
    Array.isArray(one.enum) ? one.enum : [one.const],
  );
  const current = value ?? schema.default;
  const shown = isExpression(current) ? valueText(current) : String(current);
  const all = options.map(String).includes(shown) ? options : [current, ...options];
  return (
    <select
      ref={input}
      id={id}
      className="words"
      value={shown}
      onChange={(event) => {
        const chosen = options.find((one) => String(one) === event.currentTarget.value);
        if (chosen !== undefined) onValue(chosen, false);
      }}
    >
      {all.map((one) => (
        <option key={valueText(one)} value={isExpression(one) ? valueText(one) : String(one)}>
          {valueText(one)}
        </option>
      ))}
    </select>
  );
}

export function Field(props: FieldProps) {
  const { t } = useTranslation();
  const id = useId();
  const [error, setError] = useState("");
  const [isOpen, setOpen] = useState(false);
  const { name, schema, value, range } = props;
  const kind = isExpression(value) ? "text" : kindOf(schema);
  const isSet = value !== undefined;
  return (
    <div className={`field ${isSet ? "set" : ""}`} data-field={name}>
      <div className="field-head">
        <Tooltip
          label={wordsOf(schema)}
          disabled={!wordsOf(schema)}
          multiline
          w={260}
          openDelay={400}
          position="left"
        >
          <label htmlFor={id}>{props.label ?? name.replaceAll("_", " ")}</label>
        </Tooltip>
        <Role role={schema.role} />
      </div>
      <div className="field-row">
        {kind === "switch" ? (
          <Switch
            id={id}
            size="sm"
            checked={Boolean(value ?? schema.default)}
            onChange={(event) => props.onValue(event.currentTarget.checked, false)}
          />
        ) : kind === "words" ? (
          <Words {...props} id={id} />
        ) : (
          <Typing {...props} id={id} error={error} setError={setError} />
        )}
        {props.canHaveRange && (
          <RangeForm
            schema={schema}
            range={range}
            value={value ?? schema.default}
            note={props.note}
            isOpen={isOpen}
            onClose={() => setOpen(false)}
            onRange={props.onRange}
          >
            <ActionIcon
              className="range-open"
              variant={range ? "light" : "subtle"}
              color={range ? "cinnabar" : "gray"}
              size={26}
              aria-label={t("designer.range.of", { field: props.label ?? name })}
              aria-expanded={isOpen}
              onClick={() => setOpen(!isOpen)}
            >
              <SlidersHorizontal size={14} />
            </ActionIcon>
          </RangeForm>
        )}
      </div>
      {range && (
        <Chip
          range={range}
          role={schema.role}
          onOpen={() => setOpen(true)}
          onClear={() => props.onRange(null)}
        />
      )}
    </div>
  );
}
