/** Drawing: whose draft goes on here, and who else draws on it; said once, and in nobody's way. */
import { Button } from "@mantine/core";
import { GitMerge, PencilRuler } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk, useDeskStore } from "../desk/desk";
import type { Keeping } from "../desk/keep";
import { blank, pictureOf } from "../document/open";
import { useFormat } from "../locales/format";
import "./versions.css";

function GoesOn({ by, at }: { by: string; at: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const store = useDeskStore();
  const revision = useDesk((desk) => desk.revision);
  const isSaved = useDesk((desk) => desk.saved !== null);
  const dismiss = () => {
    const { draft, set } = store.getState();
    set({ draft: { ...draft, from: null } });
  };
  /** One step of the history: undo brings the draft back. */
  const leave = () => {
    const { name, saved, act, set } = store.getState();
    act("replace", () => saved ?? pictureOf(blank(name)));
    if (saved) set({ picture: saved });
    dismiss();
  };
  return (
    <output className="note import-note" data-state="draft-goes-on">
      <PencilRuler size={17} aria-hidden />
      <span className="grow">{t("versions.goesOn", { by, time: format.time(at) })}</span>
      <Button size="compact-xs" variant="light" onClick={leave}>
        {isSaved ? t("versions.openSaved", { revision }) : t("versions.dropDraft")}
      </Button>
      <Button size="compact-xs" variant="subtle" onClick={dismiss}>
        {t("versions.goOn")}
      </Button>
    </output>
  );
}

export function Drawing({ keeping }: { keeping: Keeping }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { state, theirs, from } = useDesk((desk) => desk.draft);
  if (state !== "elsewhere" || !theirs) return from && <GoesOn {...from} />;
  if (keeping.conflict) return null;
  return (
    <output className="note import-note" data-state="drawn-elsewhere">
      <GitMerge size={17} aria-hidden />
      <span className="grow">
        {t("versions.drawnElsewhere", { by: theirs.by, time: format.time(theirs.at) })}
      </span>
      <Button size="compact-xs" variant="light" onClick={() => void keeping.meetDraft()}>
        {t("versions.look")}
      </Button>
    </output>
  );
}
