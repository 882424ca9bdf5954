/** Forward: from a version or a part of the data to the models that learnt from it, and on to their answers. */
import { Select } from "@mantine/core";
import { Share2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { useDataset } from "../api/queries";
import { useFormat } from "../locales/format";
import { PredictionTable } from "../serve/predictions";
import { Empty } from "../shell/page";
import { Table } from "../shell/table";
import { Found } from "../shell/trouble";
import { type Touched, useAnswers, useTouched } from "./measured";

const ALL = "all";

/** `version:3` and `part:2013-03.csv` as the server asks for them. */
const askedOf = (chosen: string): { version?: number; part?: string } => {
  const [kind, ...rest] = chosen.split(":");
  const name = rest.join(":");
  if (kind === "version") return { version: Number(name) };
  return kind === "part" ? { part: name } : {};
};

export function Forward({
  name,
  data,
  onPick,
}: {
  name: string;
  data: string;
  onPick: (id: string) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const page = useDataset(data).data;
  const [search, setSearch] = useSearchParams();
  const chosen = search.get("from") ?? ALL;
  const model = search.get("model");
  const change = (key: "from" | "model", value: string) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        next.set(key, value);
        return next;
      },
      { preventScrollReset: true },
    );
  const touched = useTouched(name, askedOf(chosen));
  const answers = useAnswers(name, model);
  const elsewhere = (one: Touched) =>
    Object.entries(one.predictions)
      .filter(([deployment]) => deployment !== name)
      .reduce((sum, [, count]) => sum + count, 0);
  const choices = [
    { value: ALL, label: t("forward.all", { data }) },
    ...(page?.versions ?? []).map(({ version }) => ({
      value: `version:${version}`,
      label: t("forward.version", { version }),
    })),
    ...(page?.version.parts ?? []).map((part) => ({
      value: `part:${part.name}`,
      label: t("forward.part", { part: part.name }),
    })),
  ];
  return (
    <div className="stack">
      <Select
        label={t("forward.from")}
        data={choices}
        value={chosen}
        onChange={(value) => change("from", value ?? ALL)}
        allowDeselect={false}
        searchable
        maw={420}
      />
      <Found query={touched}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon={Share2} title={t("forward.none")} />
          ) : (
            <Table
              label={t("forward.title")}
              items={[...items].reverse()}
              rowKey={(one) => one.model}
              rowClass={(one) => (one.model === model ? "picked" : "")}
              columns={[
                {
                  key: "model",
                  head: t("noun.model"),
                  cell: (one) => (
                    <Link className="name" to={`/models/${one.model}`}>
                      {one.model}
                    </Link>
                  ),
                },
                {
                  key: "version",
                  head: t("col.data"),
                  cell: (one) => (
                    <Link className="link" to={`/datasets/${data}?version=${one.version}`}>
                      {t("forward.version", { version: one.version })}
                    </Link>
                  ),
                },
                {
                  key: "experiment",
                  head: t("noun.experiment"),
                  cell: (one) => (
                    <Link className="link" to={`/experiments/${one.experiment}`}>
                      {one.experiment}
                    </Link>
                  ),
                },
                {
                  key: "answers",
                  head: t("forward.answers"),
                  right: true,
                  cell: (one) =>
                    one.predictions[name] ? (
                      <button
                        type="button"
                        className="plain link"
                        onClick={() => change("model", one.model)}
                      >
                        {format.count(one.predictions[name])}
                      </button>
                    ) : (
                      "–"
                    ),
                },
                {
                  key: "elsewhere",
                  head: t("forward.elsewhere"),
                  right: true,
                  cell: (one) => (elsewhere(one) ? format.count(elsewhere(one)) : "–"),
                },
              ]}
            />
          )
        }
      </Found>
      {model && (
        <div data-state="answers">
          <h3 className="minor">{t("forward.of", { model })}</h3>
          <PredictionTable items={answers.data ?? []} name={name} onPick={onPick} />
        </div>
      )}
    </div>
  );
}
