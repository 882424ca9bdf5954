/** Labels: those that rows like them contradict, the surest first, to be looked at and corrected. */
import { Drawer, Select } from "@mantine/core";
import { ShieldCheck, Tags, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import type { Version } from "../api/records";
import { useFormat } from "../locales/format";
import { Empty } from "../shell/page";
import { Table } from "../shell/table";
import { Found } from "../shell/trouble";
import { type Doubtful, useDoubtful } from "./asks";
import { type Doubted, Relabel } from "./relabel";

const LABELS = ["category", "boolean", "number"];
const MOST_CELLS = 8;

export function LabelsPanel({ name, version }: { name: string; version: Version }) {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const columns = version.schema_.columns.filter((one) => LABELS.includes(one.kind));
  const target = columns.find((one) => one.name === search.get("target"))?.name ?? null;
  const query = useDoubtful(name, version.version, target);
  const set = (news: Record<string, string | null>) => {
    const next = new URLSearchParams(search);
    for (const [key, value] of Object.entries(news)) {
      if (value === null) next.delete(key);
      else next.set(key, value);
    }
    setSearch(next, { replace: true });
  };
  return (
    <div className="stack" style={{ paddingBottom: 4 }}>
      <div className="panel" style={{ paddingBottom: 0 }}>
        <Select
          label={t("labels.column")}
          description={t("labels.columnHint")}
          placeholder={t("check.noTarget")}
          data={columns.map((one) => one.name)}
          value={target}
          onChange={(value) => set({ target: value, truth: null, said: null })}
          searchable
          limit={200}
          maw={360}
        />
      </div>
      {target === null ? (
        <Empty icon={Tags} title={t("labels.choose")}>
          {t("labels.chooseText")}
        </Empty>
      ) : (
        <div className={query.data ? "" : "panel"}>
          <Found query={query}>
            {(found) => (
              <Cases
                key={`${found.version} ${found.target}`}
                name={name}
                found={found}
                truth={search.get("truth")}
                said={search.get("said")}
                onPick={(truth, said) => set({ truth, said })}
                onMade={(made) => set({ version: String(made), against: null })}
              />
            )}
          </Found>
        </div>
      )}
    </div>
  );
}

interface CasesProps {
  name: string;
  found: Doubtful;
  truth: string | null;
  said: string | null;
  onPick: (truth: string | null, said: string | null) => void;
  onMade: (version: number) => void;
}

function Cases({ name, found, truth, said, onPick, onMade }: CasesProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState<Doubted | null>(null);
  const cases = found.cases.filter(
    (one) => truth === null || (one.truth === truth && one.said === said),
  );
  if (found.found === 0)
    return (
      <Empty icon={ShieldCheck} title={t("labels.fine")}>
        {t("labels.fineText", { rows: format.count(found.rows) })}
      </Empty>
    );
  return (
    <section className="stack tight" aria-label={t("labels.title")} data-state="doubtful">
      <p className="bar" style={{ paddingBottom: 0 }}>
        {t("labels.found", {
          count: found.found,
          rows: format.count(found.found),
          of: format.count(found.rows),
        })}{" "}
        <span className="dim">
          {found.every > 1 && t("labels.every", { every: found.every, of: format.count(found.of) })}{" "}
          {t("labels.how")}
        </span>
      </p>
      <fieldset className="bar row tight">
        <legend className="hidden">{t("labels.cells")}</legend>
        {found.cells.slice(0, MOST_CELLS).map((cell) => {
          const isPicked = cell.truth === truth && cell.said === said;
          return (
            <button
              type="button"
              key={`${cell.truth} ${cell.said}`}
              className="tag chip"
              aria-pressed={isPicked}
              onClick={() => (isPicked ? onPick(null, null) : onPick(cell.truth, cell.said))}
            >
              <bdi>{cell.truth}</bdi>
              <span aria-hidden>→</span>
              <span className="hidden">{t("labels.rather")}</span>
              <bdi>{cell.said}</bdi>
              <span className="dim num">{format.count(cell.rows)}</span>
              {isPicked && <X size={13} aria-hidden />}
            </button>
          );
        })}
      </fieldset>
      <Relabel
        data={name}
        version={found.version}
        column={found.target}
        classes={found.classes}
        cases={cases}
        by="others"
        onOpen={setOpen}
        onMade={onMade}
      />
      <Drawer
        opened={open !== null}
        onClose={() => setOpen(null)}
        position="right"
        title={open ? t("mistakes.rowOf", { row: open.row + 1, data: name }) : ""}
        closeButtonProps={{ "aria-label": t("do.close") }}
      >
        {open && (
          <Table
            label={t("mistakes.values")}
            items={Object.entries(open.values)}
            rowKey={([column]) => column}
            columns={[
              { key: "name", head: t("col.column"), cell: ([column]) => <bdi>{column}</bdi> },
              {
                key: "value",
                head: t("mistakes.thisRow"),
                wrap: true,
                cell: ([, value]) => <bdi>{format.value(value)}</bdi>,
              },
            ]}
          />
        )}
      </Drawer>
    </section>
  );
}
