/** Cases: the rows a model was most wrong about; one opens beside the training row most like it. */
import { Button, Drawer } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Relabel } from "../data/relabel";
import { useFormat } from "../locales/format";
import { Table } from "../shell/table";
import { Value } from "../shell/value";
import type { Case, Mistakes } from "./mistakes";

const FEW = 10;

interface CasesProps {
  found: Mistakes;
  cases?: Case[];
  /** The column whose values are corrected; without it rows are only looked at. */
  correct?: string | null;
}

export function Cases({ found, cases = found.cases, correct = null }: CasesProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Case | null>(null);
  const [isAll, setAll] = useState(false);
  const isClasses = found.form === "classes";
  if (cases.length === 0)
    return (
      <p className="dim" style={{ padding: "6px 20px 14px" }}>
        {t("mistakes.noCases")}
      </p>
    );
  return (
    <>
      {correct ? (
        <Relabel
          data={found.data}
          version={found.version}
          column={correct}
          classes={found.classes}
          cases={cases}
          by="model"
          onOpen={setOpen}
        />
      ) : (
        <Rows items={isAll ? cases : cases.slice(0, FEW)} isClasses={isClasses} onOpen={setOpen} />
      )}
      {!correct && !isAll && cases.length > FEW && (
        <div style={{ padding: "6px 14px 8px" }}>
          <Button variant="subtle" color="gray" size="compact-sm" onClick={() => setAll(true)}>
            {t("mistakes.more", { count: cases.length })}
          </Button>
        </div>
      )}
      <Drawer
        opened={open !== null}
        onClose={() => setOpen(null)}
        position="right"
        size="lg"
        title={open ? t("mistakes.rowOf", { row: open.row + 1, data: found.data }) : ""}
        closeButtonProps={{ "aria-label": t("do.close") }}
      >
        {open && <One one={open} found={found} />}
      </Drawer>
    </>
  );
}

interface RowsProps {
  items: Case[];
  isClasses: boolean;
  onOpen: (one: Case) => void;
}

function Rows({ items, isClasses, onOpen }: RowsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Table
      label={t("mistakes.cases")}
      items={items}
      rowKey={(one) => one.row}
      onRow={onOpen}
      columns={[
        {
          key: "row",
          head: t("mistakes.row"),
          cell: (one) => (
            <button type="button" className="plain" onClick={() => onOpen(one)}>
              {format.count(one.row + 1)}
            </button>
          ),
        },
        { key: "truth", head: t("mistakes.truth"), cell: (one) => format.value(one.truth) },
        {
          key: "said",
          head: t("mistakes.said"),
          cell: (one) => (
            <span className={one.truth === one.said || !isClasses ? "" : "pill bad"}>
              {format.value(one.said)}
            </span>
          ),
        },
        {
          key: "sure",
          head: isClasses ? t("mistakes.sure") : t("mistakes.offBy"),
          right: true,
          cell: (one) => (isClasses ? format.percent(one.confidence) : format.value(one.loss)),
        },
        {
          key: "near",
          head: t("mistakes.nearestTruth"),
          cell: (one) => (
            <span className="dim">{one.nearest ? format.value(one.nearest.truth) : "–"}</span>
          ),
        },
      ]}
    />
  );
}

function One({ one, found }: { one: Case; found: Mistakes }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { nearest } = one;
  const differs = (name: string) =>
    nearest !== null && JSON.stringify(nearest.values[name]) !== JSON.stringify(one.values[name]);
  return (
    <div className="stack" data-state="case">
      <p>
        {t("mistakes.wasCalled", {
          truth: format.value(one.truth),
          said: format.value(one.said),
        })}
      </p>
      <p>
        <Link className="link" to={`/datasets/${found.data}?version=${found.version}`}>
          {t("lineage.data", { name: found.data, version: found.version })}
        </Link>
      </p>
      <Table
        label={t("mistakes.values")}
        items={Object.entries(one.values)}
        rowKey={([name]) => name}
        columns={[
          { key: "name", head: t("col.column"), cell: ([name]) => name },
          {
            key: "value",
            head: t("mistakes.thisRow"),
            wrap: true,
            cell: ([, value]) => <Value value={value} />,
          },
          {
            key: "near",
            head: nearest
              ? t("mistakes.nearestRow", { row: nearest.row + 1 })
              : t("mistakes.noNearest"),
            wrap: true,
            cell: ([name]) => (
              <span className={differs(name) ? "" : "dim"}>
                {nearest ? <Value value={nearest.values[name]} /> : "–"}
              </span>
            ),
          },
        ]}
      />
      {nearest && (
        <p className="dim small">
          {t("mistakes.nearestText", { truth: format.value(nearest.truth) })}
        </p>
      )}
    </div>
  );
}
