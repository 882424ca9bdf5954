/** Empty: how to begin, while nothing is drawn; and the keys, while the canvas has the focus. */
import { Button } from "@mantine/core";
import { FileUp, Plus, Sparkles } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ActionContext } from "../actions/deeds";
import { actionOf } from "../actions/table";
import { scopeOf, useDesk } from "../desk/desk";
import { graphOf } from "../document/graph";

export function Begin({ context }: { context: ActionContext }) {
  const { t } = useTranslation();
  const isEmpty = useDesk(
    (desk) => !Object.keys(graphOf(desk.picture.network, scopeOf(desk)).nodes).length,
  );
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
    </div>
  );
}
