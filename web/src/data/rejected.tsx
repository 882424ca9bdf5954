/** Rejected: the rows that could not be taken, with line, column, reason and text, and as a file. */
import { Button } from "@mantine/core";
import { Download, ShieldCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { addressOf } from "../api/client";
import { useRejects } from "../api/queries";
import type { Reject } from "../api/records";
import { useFormat } from "../locales/format";
import { Empty } from "../shell/page";
import { Table } from "../shell/table";
import { Found } from "../shell/trouble";

type Said = { reason: string; code?: string; args?: Record<string, string | number> };

/** Say a reason in the reader's language; an older one stays as it was written. */
export function useReason(): (reject: Said) => string {
  const { t, i18n } = useTranslation();
  return ({ reason, code, args = {} }) => {
    const key = `reject.${code}${"found" in args ? "_counted" : ""}`;
    if (!code || !i18n.exists(key)) return reason;
    const kind = args.kind ? t(`kind.${args.kind}` as "kind.number") : "";
    return t(key as "reject.not_kind", { ...args, kind });
  };
}

export function Rejects({
  name,
  version,
  total,
}: {
  name: string;
  version: number;
  total: number;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const reason = useReason();
  const query = useRejects(name, version);
  if (total === 0)
    return (
      <Empty icon={ShieldCheck} title={t("data.noRejects")}>
        {t("data.noRejectsText")}
      </Empty>
    );
  return (
    <Found query={query}>
      {(items) => (
        <>
          <div className="row apart bar">
            <span className="dim small">
              {t("data.rejectsShown", {
                shown: format.count(items.length),
                total: format.count(total),
              })}
            </span>
            <Button
              component="a"
              size="compact-sm"
              variant="default"
              leftSection={<Download size={14} />}
              href={`${addressOf("datasets", name, "rejects.csv")}?version=${version}`}
              download
            >
              {t("data.rejectsFile")}
            </Button>
          </div>
          <Table<Reject>
            label={t("data.rejects")}
            items={items}
            rowKey={(_, index) => index}
            columns={[
              { key: "part", head: t("col.part"), cell: (one) => <bdi>{one.part ?? "–"}</bdi> },
              {
                key: "line",
                head: t("col.line"),
                right: true,
                cell: (one) => format.count(one.line),
              },
              {
                key: "column",
                head: t("col.column"),
                cell: (one) => <bdi>{one.column ?? "–"}</bdi>,
              },
              { key: "reason", head: t("col.reason"), wrap: true, cell: reason },
              {
                key: "text",
                head: t("col.text"),
                wrap: true,
                cell: (one) => <bdi className="mono">{one.text}</bdi>,
              },
            ]}
          />
        </>
      )}
    </Found>
  );
}
