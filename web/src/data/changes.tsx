/** Changes: what somebody set by hand in a version: by whom, why, and every row. */
import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Version } from "../api/records";
import { useFormat } from "../locales/format";
import { Table } from "../shell/table";
import { Found } from "../shell/trouble";
import { useChanges } from "./asks";

const FEW = 50;

export function Changes({ version }: { version: Version }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [most, setMost] = useState(FEW);
  const made = (version.made ?? {}) as { by?: string; column?: string; note?: string };
  const query = useChanges(version.name, version.version, Boolean(made.column));
  if (!made.column) return null;
  return (
    <section className="stack tight" aria-label={t("labels.apply")} style={{ paddingTop: 12 }}>
      <div className="panel" style={{ paddingBottom: 0 }}>
        <h2>{t("labels.apply")}</h2>
        <p className="small dim">
          {t("labels.madeBy", {
            version: version.version,
            column: made.column,
            by: made.by,
            time: format.time(version.created_at),
          })}{" "}
          {made.note && <bdi>“{made.note}”</bdi>}
        </p>
      </div>
      <Found query={query}>
        {(changes) => (
          <>
            <Table
              label={t("labels.apply")}
              items={changes.slice(0, most)}
              rowKey={({ row }) => row}
              columns={[
                {
                  key: "row",
                  head: t("col.row"),
                  right: true,
                  cell: ({ row }) => format.count(row + 1),
                },
                {
                  key: "was",
                  head: t("labels.was"),
                  cell: ({ was }) => <bdi>{was === null ? t("labels.none") : String(was)}</bdi>,
                },
                {
                  key: "now",
                  head: t("labels.is"),
                  cell: ({ now }) => (
                    <strong>
                      <bdi>{now === null ? t("labels.none") : String(now)}</bdi>
                    </strong>
                  ),
                },
              ]}
            />
            {changes.length > most && (
              <div className="bar">
                <Button
                  size="compact-sm"
                  variant="subtle"
                  color="gray"
                  onClick={() => setMost(most + 500)}
                >
                  {t("data.more", { count: Math.min(500, changes.length - most) })}
                </Button>
              </div>
            )}
          </>
        )}
      </Found>
    </section>
  );
}
