/** Splitter: another way to divide the rows, tried here before a search uses it. */
import { Button, NumberInput, Select } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Version } from "../api/records";
import { isWhole, METHODS, type Method, SHARE, type Split } from "./split";

interface SplitterProps {
  version: Version;
  /** The split that is tried; null = the usual one. */
  value: Split | null;
  onTry: (split: Split | null) => void;
}

const USUAL = "usual";
const GROUPING = ["category", "id", "number", "boolean"];

export function Splitter({ version, value, onTry }: SplitterProps) {
  const { t } = useTranslation();
  const [wish, setWish] = useState<Split | null>(value);
  const set = (news: Partial<Split>) => wish && setWish({ ...wish, ...news });
  const share = (name: "valid" | "test") => (
    <NumberInput
      size="xs"
      w={110}
      label={t("splitter.share", { part: t(`split.${name}`) })}
      min={1}
      max={90}
      suffix=" %"
      value={Math.round((wish?.[name] ?? SHARE) * 1000) / 10}
      onChange={(found) => set({ [name]: Number(found) / 100 })}
    />
  );
  const keys = version.schema_.columns.filter((one) => GROUPING.includes(one.kind));
  const isSame = JSON.stringify(wish) === JSON.stringify(value);
  return (
    <form
      className="row splitter"
      aria-label={t("splitter.title")}
      onSubmit={(event) => {
        event.preventDefault();
        onTry(wish);
      }}
    >
      <Select
        size="xs"
        w={210}
        label={t("splitter.method")}
        allowDeselect={false}
        data={[
          { value: USUAL, label: t("splitter.usual") },
          ...METHODS.map((method) => ({
            value: method,
            label: t(`splitter.by.${method}`),
            disabled: method === "time" && !version.schema_.time,
          })),
        ]}
        value={wish?.method ?? USUAL}
        onChange={(method) =>
          setWish(
            method && method !== USUAL
              ? { valid: SHARE, test: SHARE, ...wish, method: method as Method }
              : null,
          )
        }
      />
      {wish && share("valid")}
      {wish && share("test")}
      {wish?.method === "group" && (
        <Select
          size="xs"
          w={200}
          label={t("splitter.key")}
          placeholder={t("splitter.keyHint")}
          data={keys.map((one) => one.name)}
          value={wish.key ?? null}
          onChange={(key) => key && set({ key })}
          searchable
          limit={200}
        />
      )}
      {wish?.method === "time" && (
        <NumberInput
          size="xs"
          w={140}
          label={t("splitter.gap")}
          min={0}
          value={wish.gap ?? 0}
          onChange={(gap) => set({ gap: Number(gap) })}
        />
      )}
      {wish && wish.method !== "time" && (
        <NumberInput
          size="xs"
          w={90}
          label={t("splitter.seed")}
          min={0}
          value={wish.seed ?? 0}
          onChange={(seed) => set({ seed: Number(seed) })}
        />
      )}
      <Button
        type="submit"
        size="xs"
        variant="default"
        disabled={isSame || (wish !== null && !isWhole(wish))}
      >
        {t("splitter.try")}
      </Button>
    </form>
  );
}
