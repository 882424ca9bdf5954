/** Datasets: typed, versioned tables: drop files, see what is in them, what moved, and what to doubt. */
import { Button, Select, Tabs } from "@mantine/core";
import "../data/data.css";
import { Database, FlaskConical, Plus } from "lucide-react";
import { type DragEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { useDataset, useDatasets } from "../api/queries";
import type { Dataset, Part, Version } from "../api/records";
import { useDrift } from "../data/asks";
import { Changes } from "../data/changes";
import { CheckPanel } from "../data/check";
import { ColumnTable } from "../data/columns";
import { LabelsPanel } from "../data/labels";
import { useUploads } from "../data/queue";
import { Queue } from "../data/queued";
import { Rejects } from "../data/rejected";
import { Rows } from "../data/rows";
import { Samples } from "../data/samples";
import { Upload } from "../data/upload";
import { News, Versions } from "../data/versions";
import { useFormat } from "../locales/format";
import { Card, Empty, Page, Stat } from "../shell/page";
import { Table } from "../shell/table";
import { Found } from "../shell/trouble";

/** The whole page takes dropped files. */
function Drop({ onFiles, children }: { onFiles: (files: File[]) => void; children: ReactNode }) {
  const [isOver, setOver] = useState(false);
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a second way; the button that opens the dialog is the first
    <div
      className={isOver ? "dropping" : ""}
      onDragOver={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        onFiles([...event.dataTransfer.files]);
      }}
    >
      {children}
    </div>
  );
}

function Working() {
  const isBusy = useUploads(({ items }) => items.length > 0);
  return isBusy ? (
    <Card>
      <Queue />
    </Card>
  ) : null;
}

function All() {
  const { t } = useTranslation();
  const query = useDatasets();
  const [search, setSearch] = useSearchParams();
  const [dropped, setDropped] = useState<File[]>([]);
  const names = query.data?.map((one) => one.name) ?? [];
  const isOpen = search.has("add");
  const add = (
    <Button leftSection={<Plus size={16} />} onClick={() => setSearch({ add: "1" })}>
      {t("data.add")}
    </Button>
  );
  return (
    <Drop
      onFiles={(files) => {
        setDropped(files);
        setSearch({ add: "1" });
      }}
    >
      <Page title={t("rail.datasets")} lead={t("data.lead")} actions={names.length ? add : null}>
        {!isOpen && <Working />}
        <Found query={query}>
          {(items) => (
            <>
              <Card flush>
                {items.length === 0 ? (
                  <Empty icon={Database} title={t("data.none")} action={add}>
                    {t("data.noneText")}
                  </Empty>
                ) : (
                  <List items={items} />
                )}
              </Card>
              <Card title={t("sample.title")}>
                <p className="dim small">{t("sample.lead")}</p>
                <Samples taken={names} />
              </Card>
            </>
          )}
        </Found>
        <Upload
          isOpen={isOpen}
          dropped={dropped}
          onClose={() => {
            setSearch({});
            setDropped([]);
          }}
        />
      </Page>
    </Drop>
  );
}

function List({ items }: { items: Dataset[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
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
        { key: "time", head: t("upload.time"), cell: (one) => <bdi>{one.time ?? "–"}</bdi> },
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
        { key: "name", head: t("col.part"), cell: (part) => <bdi>{part.name}</bdi> },
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

const rejectedOf = (version: Version) =>
  version.parts.reduce((sum, part) => sum + part.rejected, 0);

function Figures({ version }: { version: Version }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="stats">
      <Stat label={t("col.rows")} value={format.count(version.rows)} />
      <Stat label={t("data.columns")} value={format.count(version.schema_.columns.length)} />
      <Stat label={t("col.parts")} value={format.count(version.parts.length)} />
      <Stat label={t("col.rejected")} value={format.count(rejectedOf(version))} />
      <Stat
        label={t("col.created")}
        value={format.ago(version.created_at)}
        hint={format.time(version.created_at)}
      />
    </div>
  );
}

const TABS = ["profile", "rows", "check", "labels", "versions", "rejects", "parts"] as const;

function One({ name }: { name: string }) {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const [dropped, setDropped] = useState<File[]>([]);
  const [isAdding, setAdding] = useState(false);
  const asked = Number(search.get("version")) || undefined;
  const query = useDataset(name, asked);
  const shown = query.data?.version?.version ?? 0;
  const drift = useDrift(name, shown, Number(search.get("against")) || undefined).data;
  const set = (key: string, value: string) => {
    const next = new URLSearchParams(search);
    next.set(key, value);
    if (key === "version") next.delete("against");
    setSearch(next);
  };
  const versions = query.data?.versions ?? [];
  const line = versions.find((one) => one.version === shown);
  const actions = (
    <>
      {versions.length > 1 && (
        <Select
          aria-label={t("col.version")}
          w={130}
          data={versions.map((one) => ({ value: String(one.version), label: `v${one.version}` }))}
          value={String(shown || "")}
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
    <Drop
      onFiles={(files) => {
        setDropped(files);
        setAdding(true);
      }}
    >
      <Page
        title={name}
        actions={actions}
        mark={shown > 0 && <span className="pill">{`v${shown}`}</span>}
        back={{ to: "/datasets", name: t("rail.datasets") }}
      >
        {!isAdding && <Working />}
        <Found query={query}>
          {({ version }) =>
            version && (
              <>
                <Card>
                  <Figures version={version} />
                  {line && shown > 1 && (
                    <div className="row tight" style={{ marginTop: 14 }}>
                      <span className="dim small">
                        {t("versions.since", { version: shown - 1 })}
                      </span>
                      <News changed={line.changed} />
                    </div>
                  )}
                </Card>
                <Card flush>
                  <Tabs
                    value={search.get("show") ?? "profile"}
                    onChange={(value) => value && set("show", value)}
                    keepMounted={false}
                  >
                    <Tabs.List px={12}>
                      {TABS.map((tab) => (
                        <Tabs.Tab key={tab} value={tab}>
                          {t(`data.${tab}`)}
                        </Tabs.Tab>
                      ))}
                    </Tabs.List>
                    <Tabs.Panel value="profile" pt={8}>
                      <ColumnTable
                        key={version.version}
                        version={version}
                        isNewest={shown === versions[0]?.version}
                        drift={drift}
                      />
                    </Tabs.Panel>
                    <Tabs.Panel value="rows" pt={8}>
                      <Rows name={name} version={version} />
                    </Tabs.Panel>
                    <Tabs.Panel value="check" pt={8}>
                      <CheckPanel name={name} version={version} />
                    </Tabs.Panel>
                    <Tabs.Panel value="labels" pt={8}>
                      <LabelsPanel name={name} version={version} />
                    </Tabs.Panel>
                    <Tabs.Panel value="versions" pt={8}>
                      <Versions lines={versions} shown={shown} />
                      <Changes version={version} />
                    </Tabs.Panel>
                    <Tabs.Panel value="rejects" pt={8}>
                      <Rejects name={name} version={shown} total={rejectedOf(version)} />
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
        <Upload
          isOpen={isAdding}
          dropped={dropped}
          onClose={() => {
            setAdding(false);
            setDropped([]);
          }}
          into={name}
        />
      </Page>
    </Drop>
  );
}

export default function Datasets() {
  const { name } = useParams();
  return name ? <One key={name} name={name} /> : <All />;
}
