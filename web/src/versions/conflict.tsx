/** Conflict: two saved from the same version; each change is seen from both sides, and one decides. */
import { Button, Modal, SegmentedControl } from "@mantine/core";
import { GitMerge } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDesk } from "../desk/desk";
import type { Conflict as Both, Keeping } from "../desk/keep";
import { setUi } from "../desk/ui";
import { compare } from "../document/compare";
import {
  isAgreed,
  isClash,
  isPlace,
  type Meeting,
  meetingsOf,
  merged,
  standOf,
  usual,
  type Whose,
} from "../document/merge";
import type { Picture } from "../document/types";
import { useFormat } from "../locales/format";
import { shownRange, shownValue } from "./changes";
import { Drawn } from "./drawn";
import "./versions.css";

/** A node as one line; a value as it is typed. */
function standText(value: unknown, path: string[], absent: string): string {
  if (value === undefined) return absent;
  if (path[0] === "space") return shownRange(value);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const { op, block, params } = value as Record<string, unknown>;
    const named = [op ?? block, params ? shownValue(params) : ""].filter(Boolean).join(" ");
    if (named) return named;
  }
  return Array.isArray(value) ? value.join(", ") : shownValue(value);
}

const SAID = new Set(["network", "nodes", "params", "blocks", "space", "layout"]);
const pathText = (path: string[], space: string): string =>
  [path[0] === "space" ? space : "", ...path.filter((step) => !SAID.has(step))]
    .filter(Boolean)
    .join(" › ");

interface MeetingProps {
  meeting: Meeting;
  sides: { base: Picture; mine: Picture; theirs: Picture };
  pick: Whose;
  onPick: (whose: Whose) => void;
}

function Choice({ meeting, sides, pick, onPick }: MeetingProps) {
  const { t } = useTranslation();
  const stand = standOf(meeting, sides);
  const text = (value: unknown) => standText(value, meeting.path, t("versions.absent"));
  const label = pathText(meeting.path, t("designer.space"));
  return (
    <li className={isClash(meeting) ? "clash" : ""}>
      <div className="grow">
        <b>{label}</b>
        <span className="dim small"> {t("versions.was", { value: text(stand.base) })}</span>
      </div>
      <SegmentedControl
        size="xs"
        aria-label={label}
        value={pick}
        onChange={(value) => onPick(value as Whose)}
        data={(["mine", "theirs"] as const).map((whose) => ({
          value: whose,
          label: `${t(`versions.${whose}`)}: ${text(stand[whose])}`,
        }))}
      />
    </li>
  );
}

function Join({ both, keeping }: { both: Both; keeping: Keeping }) {
  const { t } = useTranslation();
  const format = useFormat();
  const mine = useDesk((desk) => desk.picture);
  const [picks, setPicks] = useState<Record<string, Whose>>({});
  const { base, theirs } = both;
  const meetings = useMemo(() => meetingsOf(base, mine, theirs), [base, mine, theirs]);
  const asked = meetings.filter((one) => !isAgreed(one) && !isPlace(one));
  const found = useMemo(() => compare(theirs, mine), [theirs, mine]);
  const all = (whose: Whose) => setPicks(Object.fromEntries(meetings.map((m) => [m.id, whose])));
  const groups = [
    ["both", asked.filter(isClash)],
    ["onlyMine", asked.filter((one) => !isClash(one) && one.mine.length > 0)],
    ["onlyTheirs", asked.filter((one) => one.mine.length === 0)],
  ] as const;
  return (
    <div className="stack" data-state="conflict">
      <p>
        {both.draft
          ? t("versions.draftText", { by: both.draft.by, time: format.time(both.draft.at) })
          : t("versions.conflictText", { revision: both.revision })}
      </p>
      <div className="join">
        <Drawn
          from={theirs.network}
          to={mine.network}
          found={found}
          chosen={null}
          onChoose={() => {}}
        />
        <div className="stack tight">
          {groups.map(([key, list]) =>
            list.length ? (
              <section key={key} className="meetings">
                <h3>{t(`versions.${key}`, { count: list.length })}</h3>
                <ul>
                  {list.map((meeting) => (
                    <Choice
                      key={meeting.id}
                      meeting={meeting}
                      sides={{ base, mine, theirs }}
                      pick={picks[meeting.id] ?? usual(meeting)}
                      onPick={(whose) => setPicks({ ...picks, [meeting.id]: whose })}
                    />
                  ))}
                </ul>
              </section>
            ) : null,
          )}
          {!asked.length && <p className="dim">{t("versions.onlyPlaces")}</p>}
        </div>
      </div>
      <div className="row">
        <Button onClick={() => keeping.settle(merged(base, meetings, picks))}>
          {t(both.draft ? "versions.joinDrafts" : "versions.join")}
        </Button>
        <Button variant="default" onClick={() => all("mine")}>
          {t("versions.allMine")}
        </Button>
        <Button variant="default" onClick={() => all("theirs")}>
          {t("versions.allTheirs")}
        </Button>
        <span className="grow" />
        <Button
          variant="subtle"
          onClick={() => {
            keeping.later();
            setUi({ isNaming: true });
          }}
        >
          {t("designer.saveAs")}
        </Button>
        <Button variant="subtle" color="gray" onClick={keeping.later}>
          {t("versions.later")}
        </Button>
      </div>
    </div>
  );
}

/** A version came from elsewhere while this one is being changed: said once, and in nobody's way. */
export function Elsewhere({ keeping }: { keeping: Keeping }) {
  const { t } = useTranslation();
  if (keeping.other === null || keeping.conflict) return null;
  return (
    <output className="note import-note" data-state="elsewhere">
      <GitMerge size={17} aria-hidden />
      <span className="grow">{t("versions.elsewhere", { revision: keeping.other })}</span>
      <Button size="compact-xs" variant="light" onClick={() => void keeping.meet()}>
        {t("versions.look")}
      </Button>
    </output>
  );
}

export function Conflict({ keeping }: { keeping: Keeping }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={keeping.conflict !== null}
      onClose={keeping.later}
      size="min(1180px, 96vw)"
      title={t(keeping.conflict?.draft ? "versions.draftConflict" : "versions.conflict")}
      closeButtonProps={{ "aria-label": t("do.close") }}
    >
      {keeping.conflict && <Join both={keeping.conflict} keeping={keeping} />}
    </Modal>
  );
}
