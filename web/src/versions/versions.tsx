/** Versions: what was saved of this network; any two compared, one brought back, each given a title. */
import { ActionIcon, Button, Modal, Select, TextInput, Tooltip } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ArrowLeftRight, Check, History, Pencil } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { http, many, one, Refusal } from "../api/client";
import type { Network } from "../api/records";
import type { components } from "../api/schema";
import { useDesk, useDeskStore } from "../desk/desk";
import { pictureFrom } from "../desk/keep";
import { useFormat } from "../locales/format";
import { TroubleOf } from "../shell/trouble";
import { Between } from "./between";
import { NOW, pairOf, pairText, sideOf } from "./sides";

type Line = components["schemas"]["NetworkVersionLine"];

function useVersions(name: string, isOpen: boolean) {
  return useQuery({
    queryKey: ["networks", name, "versions"],
    queryFn: async () => {
      try {
        return await many<Line>(
          http.GET("/api/v1/networks/{name}/versions", { params: { path: { name } } }),
        );
      } catch (error) {
        if (error instanceof Refusal && error.problem.status === 404) return [];
        throw error;
      }
    },
    enabled: isOpen,
  });
}

/** The pair in the address, and how to change it. */
export function useDiff() {
  const [search, setSearch] = useSearchParams();
  const pair = pairOf(search.get("diff"));
  const set = (next: [string, string] | null) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (next) after.set("diff", pairText(...next));
        else after.delete("diff");
        return after;
      },
      { replace: true },
    );
  return { pair, set };
}

function Title({ name, line, onDone }: { name: string; line: Line; onDone: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [title, setTitle] = useState(line.title);
  const [trouble, setTrouble] = useState<unknown>(null);
  const keep = async () => {
    try {
      const path = { name, version: line.revision };
      await http.PUT("/api/v1/networks/{name}/versions/{version}", {
        params: { path },
        body: { title: title.trim() },
      });
      await queries.invalidateQueries({ queryKey: ["networks", name, "versions"] });
      onDone();
    } catch (error) {
      setTrouble(error);
    }
  };
  return (
    <form
      className="row tight"
      onSubmit={(event) => {
        event.preventDefault();
        void keep();
      }}
    >
      <TextInput
        size="xs"
        className="grow"
        aria-label={t("versions.title")}
        placeholder={t("versions.title")}
        value={title}
        maxLength={200}
        onChange={(event) => setTitle(event.currentTarget.value)}
        data-autofocus
      />
      <ActionIcon type="submit" variant="light" size={30} aria-label={t("do.save")}>
        <Check size={15} />
      </ActionIcon>
      <TroubleOf error={trouble} />
    </form>
  );
}

interface RowProps {
  name: string;
  line: Line;
  isChosen: boolean;
  onCompare: () => void;
  onRestore: () => void;
}

function Row({ name, line, isChosen, onCompare, onRestore }: RowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isNaming, setNaming] = useState(false);
  return (
    <li className={isChosen ? "on" : ""}>
      <button type="button" className="version-pick" aria-pressed={isChosen} onClick={onCompare}>
        <b dir="auto">{line.title || t("versions.number", { revision: line.revision })}</b>
        <span className="dim small">
          {[
            line.title ? t("versions.number", { revision: line.revision }) : "",
            format.ago(line.created_at),
            t("versions.nodes", { count: line.nodes }),
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </button>
      <Tooltip label={t("versions.name")} openDelay={300}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={28}
          aria-label={`${t("versions.name")} ${line.revision}`}
          onClick={() => setNaming(!isNaming)}
        >
          <Pencil size={14} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t("versions.restore")} openDelay={300}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={28}
          aria-label={`${t("versions.restore")} ${line.revision}`}
          onClick={onRestore}
        >
          <History size={14} />
        </ActionIcon>
      </Tooltip>
      {isNaming && <Title name={name} line={line} onDone={() => setNaming(false)} />}
    </li>
  );
}

export function Versions() {
  const { t } = useTranslation();
  const store = useDeskStore();
  const { pair, set } = useDiff();
  const name = useDesk((desk) => desk.name);
  const picture = useDesk((desk) => desk.picture);
  const data = useDesk((desk) => desk.data);
  const target = useDesk((desk) => desk.target);
  const query = useVersions(name, pair !== null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const lines = query.data ?? [];
  const [from, to] = pair ?? [NOW, NOW];
  const textOf = (line: Line) =>
    [t("versions.number", { revision: line.revision }), line.title].filter(Boolean).join(" · ");
  const foreign = [from, to].filter((one) => one !== NOW && !/^\d+$/.test(one));
  const options = [
    { value: NOW, label: t("versions.now") },
    ...lines.map((line) => ({ value: String(line.revision), label: textOf(line) })),
    ...[...new Set(foreign)].map((one) => ({ value: one, label: one })),
  ];
  const restore = async (revision: number) => {
    try {
      const found = await one<Network>(
        http.GET("/api/v1/networks/{name}", {
          params: { path: { name }, query: { version: revision } },
        }),
      );
      const earlier = pictureFrom(found);
      store.getState().set({ way: [], auto: {}, ways: {} });
      store.getState().act("restore", () => earlier, { args: { revision }, select: [] });
      set(null);
    } catch (error) {
      setTrouble(error);
    }
  };
  return (
    <Modal
      opened={pair !== null}
      onClose={() => set(null)}
      size="min(1280px, 96vw)"
      title={t("versions.heading", { name })}
      closeButtonProps={{ "aria-label": t("do.close") }}
      classNames={{ body: "versions" }}
    >
      <aside className="version-list" aria-label={t("versions.list")}>
        <TroubleOf error={query.error ?? trouble} />
        {query.data && !lines.length && <p className="dim">{t("versions.none")}</p>}
        <ol>
          {lines.map((line) => (
            <Row
              key={line.revision}
              name={name}
              line={line}
              isChosen={from === String(line.revision)}
              onCompare={() => set([String(line.revision), to])}
              onRestore={() => void restore(line.revision)}
            />
          ))}
        </ol>
        {lines.length > 0 && <p className="dim small">{t("versions.hint")}</p>}
      </aside>
      <div className="version-pair">
        <div className="row end tight">
          <Select
            size="xs"
            label={t("versions.from")}
            data={options}
            value={from}
            allowDeselect={false}
            onChange={(value) => set([value ?? from, to])}
          />
          <Button
            size="xs"
            variant="subtle"
            color="gray"
            px={6}
            aria-label={t("versions.swap")}
            onClick={() => set([to, from])}
          >
            <ArrowLeftRight size={15} />
          </Button>
          <Select
            size="xs"
            label={t("versions.to")}
            data={options}
            value={to}
            allowDeselect={false}
            onChange={(value) => set([from, value ?? to])}
          />
        </div>
        {pair && (
          <Between
            before={sideOf(from, name, picture)}
            after={sideOf(to, name, picture)}
            data={data}
            target={target}
          />
        )}
      </div>
    </Modal>
  );
}
