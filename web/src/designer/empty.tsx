/** Empty: how to begin, while nothing is drawn; and the keys, while the canvas has the focus. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { FileUp, Plus, Sparkles } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ActionContext } from "../actions/deeds";
import { actionOf } from "../actions/table";
import { http, many } from "../api/client";
import { scopeOf, useDesk, useDeskStore } from "../desk/desk";
import { graphOf } from "../document/graph";
import { pictureOf } from "../document/open";
import type { NetworkDocument, Space } from "../document/types";

interface Template {
  entry: string;
  title: Record<string, string>;
  doc: string;
  why_not?: string | null;
  network?: NetworkDocument;
  space?: Space;
}

/** Networks of the gallery that fit the chosen data. */
function Templates() {
  const { t, i18n } = useTranslation();
  const store = useDeskStore();
  const data = useDesk((desk) => desk.data);
  const target = useDesk((desk) => desk.target);
  const found = useQuery({
    queryKey: ["gallery", data, target],
    queryFn: () =>
      many<Template>(http.POST("/api/v1/networks/gallery", { body: { data, target } })),
    enabled: Boolean(data && target),
    staleTime: 300_000,
    retry: false,
  });
  const fitting = (found.data ?? []).filter((one) => one.network);
  if (!fitting.length) return null;
  const take = ({ network, space }: Template) => {
    const desk = store.getState();
    desk.set({ auto: {}, ways: {} });
    if (network)
      desk.act("replace", () => pictureOf({ ...network, name: desk.name }, space), { select: [] });
    document.querySelector<HTMLElement>(".canvas")?.focus({ preventScroll: true });
  };
  return (
    <>
      <h3>{t("designer.begin.gallery")}</h3>
      <div className="row templates">
        {fitting.map((one) => (
          <button key={one.entry} type="button" title={one.doc} onClick={() => take(one)}>
            {one.title[i18n.language] ?? one.title.en ?? one.entry}
          </button>
        ))}
      </div>
    </>
  );
}

export function Begin({ context }: { context: ActionContext }) {
  const { t } = useTranslation();
  const isEmpty = useDesk(
    (desk) => !Object.keys(graphOf(desk.picture.network, scopeOf(desk)).nodes).length,
  );
  const isTop = useDesk((desk) => desk.way.length === 0);
  if (!isEmpty) return null;
  return (
    <div className="begin">
      <h2>{t("designer.begin.title")}</h2>
      <p>{t("designer.begin.text")}</p>
      <div className="row tight">
        <Button
          size="xs"
          leftSection={<Plus size={14} />}
          onClick={() => actionOf("add").run(context)}
        >
          {t("act.add")}
        </Button>
        <Button
          size="xs"
          variant="default"
          component={Link}
          to="/networks?propose=1"
          leftSection={<Sparkles size={14} />}
        >
          {t("network.propose")}
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={<FileUp size={14} />}
          onClick={() => document.querySelector<HTMLInputElement>(".import-file")?.click()}
        >
          {t("designer.import")}
        </Button>
      </div>
      {isTop && <Templates />}
    </div>
  );
}
