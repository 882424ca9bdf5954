/** Open: a desk for a saved network, or a new one; what was being drawn, here or elsewhere, goes on. */
import type { Network, NetworkDraft } from "../api/records";
import { createDesk, type DeskStore } from "../desk/desk";
import { draftsOf, tabId } from "../desk/drafts";
import { pictureFrom } from "../desk/keep";
import { resumed } from "../desk/resume";
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

/** The draft of this tab, else the newest of all; what the server holds goes before a copy of it. */
function ownDraft(name: string) {
  const all = draftsOf(name);
  const own = all.find((one) => one.tab === tabId()) ?? all[0] ?? null;
  return { own, isThisTab: own?.tab === tabId() };
}

/** A desk for a network that may have no version yet, and for what is being drawn on it. */
export function openDesk(
  name: string,
  network: Network | null,
  draft: NetworkDraft | null,
  proposed: Against,
): DeskStore {
  const saved = network ? pictureFrom(network) : null;
  const desk = createDesk({
    name,
    saved,
    revision: network?.revision ?? 0,
    // A drawing that began on an older version: saving it will show both.
    ...(resumed({ saved, draft, ...ownDraft(name) }) ?? {
      picture: saved ?? pictureOf(blank(name)),
    }),
    ...againstOf(name, proposed),
  });
  keepAgainst(desk);
  return desk;
}
