/** Resume: with which drawing an opened network goes on: the server's draft, the browser's own, or the version. */
import type { NetworkDraft } from "../api/records";
import { difference } from "../document/patch";
import type { Picture } from "../document/types";
import { isShown } from "./autosave";
import { NO_DRAFT, type Opening, type Stand } from "./desk";
import type { Draft } from "./drafts";
import { pictureOfDraft } from "./keep";

type Part = Pick<Opening, "picture" | "history" | "revision" | "draft">;

export interface Found {
  /** The version as it is saved. */
  saved: Picture | null;
  /** What the server has. */
  draft: NetworkDraft | null;
  /** What this browser has, and whether this very tab left it. */
  own: Draft | null;
  isThisTab: boolean;
}

const standOf = (draft: NetworkDraft, part: Partial<Stand>): Stand => ({
  ...NO_DRAFT,
  number: draft.revision,
  ...part,
});

/** The browser's own drawing, with its history. */
function ownPart(own: Draft, stand: Stand): Part {
  return { picture: own.picture, history: own.history, revision: own.revision, draft: stand };
}

function withDraft(draft: NetworkDraft, { own, isThisTab }: Found): Part {
  const from = { by: draft.by, at: draft.at };
  // A write that was under way when the page was left has arrived under a number not heard of here.
  const isHeld = own !== null && (own.isSent || isSame(own.picture, pictureOfDraft(draft)));
  if (own && (own.number === draft.revision || (isHeld && !own.isSent))) {
    const sent = isHeld ? own.picture : null;
    const state = isHeld ? "kept" : "waiting";
    return ownPart(own, standOf(draft, { sent, state, from: isThisTab ? null : from }));
  }
  // Both went on from what they once shared: mine is shown, and theirs asked about.
  if (own && !own.isSent)
    return ownPart(own, { ...NO_DRAFT, number: own.number, state: "elsewhere", theirs: draft });
  const picture = pictureOfDraft(draft);
  return {
    picture,
    revision: draft.on,
    draft: standOf(draft, { sent: picture, state: "kept", from }),
  };
}

/** What to open; null = the version as it is saved, or an empty drawing. */
export function resumed(found: Found): Part | null {
  const { saved, own, draft } = found;
  const part = draft && isShown(draft) ? withDraft(draft, found) : null;
  // What was sent and is gone was saved or dropped, by somebody who had seen it.
  const left = part ?? (own && !own.isSent ? ownPart(own, NO_DRAFT) : null);
  if (!left || !saved || left.draft?.state === "elsewhere" || !isSame(saved, left.picture))
    return left;
  // Nothing but what is saved: the draft is over.
  return part && draft ? { picture: saved, draft: { ...NO_DRAFT, number: draft.revision } } : null;
}

const isSame = (one: Picture, other: Picture): boolean => difference(one, other).length === 0;
