/** Shelf: blocks one may take from elsewhere, described like ops, so that they are found like them. */
import { useMemo } from "react";
import { useBlockLibrary, useNetworks } from "../api/queries";
import type { OpEntry } from "../api/records";
import { useDesk } from "../desk/desk";
import { type Blocks, shelfOf } from "../document/library";
import type { NetworkDocument } from "../document/types";

export interface ShelfEntry extends OpEntry {
  /** The definition, with all that it uses. */
  blocks: Blocks;
  /** The network it is in; empty for a ready-made one. */
  from: string;
}

/** Ready-made blocks, then those of the project's other networks. */
export function useShelf(): ShelfEntry[] {
  const ready = useBlockLibrary().data;
  const networks = useNetworks().data;
  const own = useDesk((desk) => desk.picture.network);
  return useMemo(() => {
    const made = (ready ?? []).map((one): ShelfEntry => ({ ...one, group: "block", from: "" }));
    const documents = (networks ?? []).map(
      ({ document, name }): NetworkDocument => ({ ...(document as NetworkDocument), name }),
    );
    const known = new Set(made.map(({ kind, blocks }) => JSON.stringify([kind, blocks[kind]])));
    const shelved = shelfOf(documents, own)
      .filter(({ name, blocks }) => !known.has(JSON.stringify([name, blocks[name]])))
      .map(({ name, from, blocks }): ShelfEntry => {
        const ports = (blocks[name]?.inputs ?? []).map((port) => ({ name: port, wants: "any" }));
        const said = { title: { en: name }, words: {}, doc: from, schema: {} };
        return { kind: name, group: "block", ports, blocks, from, ...said };
      });
    return [...made, ...shelved];
  }, [ready, networks, own]);
}

export const isShelved = (entry: OpEntry | ShelfEntry): entry is ShelfEntry => "blocks" in entry;
