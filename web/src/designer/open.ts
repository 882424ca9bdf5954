/** Open: a desk for a saved network, or a new one; a draft kept in the browser comes back as it was left. */
import type { Network } from "../api/records";
import { createDesk, type DeskStore } from "../desk/desk";
import { draftsOf, tabId } from "../desk/drafts";
import { pictureFrom } from "../desk/keep";
import { blank, pictureOf } from "../document/open";

interface Against {
  data: string | null;
  target: string | null;
}

const AGAINST = "danlu.against.";

/** Against which data this network was last looked at, else as proposed. */
export function againstOf(name: string, proposed: Against): Against {
  try {
    const kept = JSON.parse(localStorage.getItem(AGAINST + name) ?? "null") as Against | null;
    return kept ?? proposed;
  } catch {
    return proposed;
  }
}

function keepAgainst(desk: DeskStore): void {
  desk.subscribe((now, before) => {
    if (now.data !== before.data || now.target !== before.target)
      localStorage.setItem(
        AGAINST + now.name,
        JSON.stringify({ data: now.data, target: now.target }),
      );
  });
}

/** The draft of this tab, else the newest of all. */
function draftFor(name: string) {
  const all = draftsOf(name);
  return all.find((draft) => draft.tab === tabId()) ?? all[0] ?? null;
}

export function openSaved(network: Network, proposed: Against): DeskStore {
  const saved = pictureFrom(network);
  const draft = draftFor(network.name);
  const desk = createDesk({
    name: network.name,
    picture: draft?.picture ?? saved,
    ...(draft ? { history: draft.history } : {}),
    saved,
    // A draft begun on an older revision: saving it will show both versions.
    revision: draft?.revision ?? network.revision,
    ...againstOf(network.name, proposed),
  });
  keepAgainst(desk);
  return desk;
}

export function openNew(name: string, proposed: Against): DeskStore {
  const draft = draftFor(name);
  const desk = createDesk({
    name,
    picture: draft?.picture ?? pictureOf(blank(name)),
    ...(draft ? { history: draft.history } : {}),
    ...againstOf(name, proposed),
  });
  keepAgainst(desk);
  return desk;
}
