/** Difference: this drawing against what the server has, and the way to any two versions. */
import { Button } from "@mantine/core";
import { History } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useDesk, useDeskStore } from "../desk/desk";
import { compare } from "../document/compare";
import { Changes } from "../versions/changes";
import { NOW } from "../versions/sides";
import { useDiff } from "../versions/versions";

export function Difference() {
  const { t } = useTranslation();
  const store = useDeskStore();
  const { set } = useDiff();
  const saved = useDesk((desk) => desk.saved);
  const revision = useDesk((desk) => desk.revision);
  const picture = useDesk((desk) => desk.picture);
  const found = useMemo(() => (saved ? compare(saved, picture) : null), [saved, picture]);
  if (!found) return <p className="dim none">{t("designer.diff.unsaved")}</p>;
  return (
    <div className="stack tight">
      <div className="row tight">
        <p className="dim small">{t("designer.diff.against", { revision })}</p>
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={<History size={14} />}
          onClick={() => set([String(revision), NOW])}
        >
          {t("versions.all")}
        </Button>
      </div>
      <Changes
        found={found}
        onNode={(change) => change.scope === null && store.getState().select([change.name])}
      />
    </div>
  );
}
