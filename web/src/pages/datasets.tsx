/** Datasets: typed, versioned tables: drop a file, see what is in it and what was rejected. */
import { Button, Select, Tabs } from "@mantine/core";
import { Database, FlaskConical, Plus, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { useDataset, useDatasets, useRejects, useRows } from "../api/queries";
import type { Json, Part, Version } from "../api/records";
import { ColumnTable } from "../data/columns";
import { Upload } from "../data/upload";
import { useFormat } from "../locales/format";
import { Card, Empty, Page, Stat } from "../shell/page";
import { Table } from "../shell/table";
import { Found } from "../shell/trouble";

function All() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useDatasets();
  const [search, setSearch] = useSearchParams();
  const add = (
    <Button leftSection={<Plus size={16} />} onClick={() => setSearch({ add: "1" })}>
      {t("data.add")}
    </Button>
  );
  return (
    <Page
      title={t("rail.datasets")}
      lead={t("data.lead")}
      actions={query.data?.length ? add : null}
    >
      <Found query={query}>
        {(items) => (
          <Card flush>
            {items.length === 0 ? (
              <Empty icon={Database} title={t("data.none")} action={add}>
                {t("data.noneText")}
              </Empty>
            ) : (
              <Table
                label={t("rail.datasets")}
                items={items}
                rowKey={(one) => one.name}
                columns={[
                  {
                    key: "name",
                    head: t("col.name"),
                    cell: (one) => (
                      <Link className="name" to={`/datasets/${one.name}`}>
                        {one.name}
                      </Link>
                    ),
                  },
                  {
                    key: "version",
                    head: t("col.version"),
                    right: true,
                    cell: (one) => `v${one.version}`,
                  },
                  { key: "time", head: t("upload.time"), cell: (one) => one.time ?? "–" },
                  {
                    key: "at",
                    head: t("col.created"),
                    cell: (one) => (
                      <span title={format.time(one.created_at)}>{format.ago(one.created_at)}</span>
                    ),
                  },
                  {
                    key: "train",
                    head: t("col.actions"),
                    isBare: true,
                    right: true,
                    cell: (one) => (
                      <Link className="link" to={`/experiments?start=${one.name}`}>
                        {t("data.train")}
                      </Link>
                    ),
                  },
                ]}
              />
            )}
          </Card>
        )}
      </Found>
      <Upload isOpen={search.has("add")} onClose={() => setSearch({})} />
    </Page>
  );
}

function Rows({ name, version }: { name: string; version: Version }) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useRows(name, version.version);
  return (
    <Found query={query}>
      {(rows) => (
        <Table
          label={t("data.rows")}
          items={rows}
          rowKey={(_, index) => index}
          columns={version.schema_.columns.map((column) => ({
            key: column.name,
            head: column.name,
            right: column.kind === "number",
            cell: (row: Json) => {
              const value = row[column.name];
              return value === null || value === undefined ? (
                <span className="dim">{t("data.missing")}</span>
              ) : (
                format.value(value)
              );
            },
          }))}
        />
      )}
    </Found>
  );
}

function Rejects({ name, version }: { name: string; version: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useRejects(name, version);
  return (
    <Found query={query}>
      {(items) =>
        items.length === 0 ? (
          <Empty icon={ShieldCheck} title={t("data.noRejects")}>
            {t("data.noRejectsText")}
          </Empty>
        ) : (
          <Table
            label={t("data.rejects")}
            items={items}
            rowKey={(_, index) => index}
            columns={[
              {
                key: "line",
                head: t("col.line"),
                right: true,
                cell: (one) => format.count(one.line),
              },
              { key: "column", head: t("col.column"), cell: (one) => one.column ?? "–" },
              { key: "reason", head: t("col.reason"), wrap: true, cell: (one) => one.reason },
              {
                key: "text",
                head: t("col.text"),
                wrap: true,
                cell: (one) => <span className="mono">{one.text}</span>,
              },
            ]}
          />
        )
      }
    </Found>
  );
}

function Parts({ parts }: { parts: Part[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Table
      label={t("data.parts")}
      items={[...parts].reverse()}
      rowKey={(part) => `${part.name} ${part.sha256}`}
      columns={[
        { key: "name", head: t("col.part"), cell: (part) => part.name },
        { key: "rows", head: t("col.rows"), right: true, cell: (part) => format.count(part.rows) },
        {
          key: "rejected",
          head: t("col.rejected"),
          right: true,
          cell: (part) => format.count(part.rejected),
        },
        {
          key: "chosen",
          head: t("data.chosenBy"),
          cell: (part) => part.chosen_by ?? t("data.world"),
        },
        {
          key: "hash",
          head: t("col.hash"),
          cell: (part) => <span className="mono dim">{part.sha256.slice(0, 12)}</span>,
        },
      ]}
    />
  );
}

function One({ name }: { name: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [search, setSearch] = useSearchParams();
  const [isAdding, setAdding] = useState(false);
  const asked = Number(search.get("version")) || undefined;
  const query = useDataset(name, asked);
  const set = (key: string, value: string) => {
    const next = new URLSearchParams(search);
    next.set(key, value);
    setSearch(next);
  };
  const versions = query.data?.versions ?? [];
  const actions = (
    <>
      {versions.length > 1 && (
        <Select
          aria-label={t("col.version")}
          w={130}
          data={versions.map((one) => ({ value: String(one.version), label: `v${one.version}` }))}
          value={String(query.data?.version?.version ?? "")}
          onChange={(value) => value && set("version", value)}
          allowDeselect={false}
        />
      )}
      <Button variant="default" leftSection={<Plus size={16} />} onClick={() => setAdding(true)}>
        {t("data.append")}
      </Button>
      <Button
        component={Link}
        to={`/experiments?start=${name}`}
        leftSection={<FlaskConical size={16} />}
      >
        {t("data.train")}
      </Button>
    </>
  );
  return (
    <Page
      title={name}
      actions={actions}
      mark={query.data?.version && <span className="pill">{`v${query.data.version.version}`}</span>}
      back={{ to: "/datasets", name: t("rail.datasets") }}
    >
      <Found query={query}>
        {({ version }) =>
          version && (
            <>
              <Card>
                <div className="stats">
                  <Stat label={t("col.rows")} value={format.count(version.rows)} />
                  <Stat
                    label={t("data.columns")}
                    value={format.count(version.schema_.columns.length)}
                  />
                  <Stat label={t("col.parts")} value={format.count(version.parts.length)} />
                  <Stat
                    label={t("col.rejected")}
                    value={format.count(
                      version.parts.reduce((sum, part) => sum + part.rejected, 0),
                    )}
                  />
                  <Stat
                    label={t("col.created")}
                    value={format.ago(version.created_at)}
                    hint={format.time(version.created_at)}
                  />
                </div>
              </Card>
              <Card flush>
                <Tabs
                  value={search.get("show") ?? "profile"}
                  onChange={(value) => value && set("show", value)}
                  keepMounted={false}
                >
                  <Tabs.List px={12}>
                    {(["profile", "rows", "rejects", "parts"] as const).map((tab) => (
                      <Tabs.Tab key={tab} value={tab}>
                        {t(`data.${tab}`)}
                      </Tabs.Tab>
                    ))}
                  </Tabs.List>
                  <Tabs.Panel value="profile" pt={8}>
                    <ColumnTable version={version} />
                  </Tabs.Panel>
                  <Tabs.Panel value="rows" pt={8}>
                    <Rows name={name} version={version} />
                  </Tabs.Panel>
                  <Tabs.Panel value="rejects" pt={8}>
                    <Rejects name={name} version={version.version} />
                  </Tabs.Panel>
                  <Tabs.Panel value="parts" pt={8}>
                    <Parts parts={version.parts} />
                  </Tabs.Panel>
                </Tabs>
              </Card>
            </>
          )
        }
      </Found>
      <Upload isOpen={isAdding} onClose={() => setAdding(false)} into={name} />
    </Page>
  );
}

export default function Datasets() {
  const { name } = useParams();
  return name ? <One name={name} /> : <All />;
}
