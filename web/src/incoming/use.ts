/** Use: a file or a text on its way into the drawing: being read, refused, asked about, or opened. */
import { useCallback, useState } from "react";
import { useDeskStore } from "../desk/desk";
import { EMPTY } from "../document/history";
import { MOST_DRAWN, pictureOf } from "../document/open";
import type { NetworkDocument } from "../document/types";
import { type Fault, type Found, type Read, readFile, readText } from "./read";

export interface Reading {
  file: string;
  /** Of what is sent; null while nothing is. */
  share: number | null;
}

export interface Incoming {
  reading: Reading | null;
  fault: Fault | null;
  /** Read, with something a person should know before it is opened. */
  asked: (Found & { file: string }) | null;
  file: (file: File) => void;
  text: (text: string) => void;
  open: (network: NetworkDocument) => void;
  drop: () => void;
  /** Leave what was only looked at; the drawing beneath it comes back. */
  leave: () => void;
}

const sizeOf = (network: NetworkDocument): number => Object.keys(network.nodes).length;
export const isLarge = (network: NetworkDocument): boolean => sizeOf(network) > MOST_DRAWN;

const isPlain = (found: Found): boolean =>
  !found.unmapped.length && !found.notes.length && !found.blocks && !isLarge(found.network);

type Beneath = Pick<
  ReturnType<ReturnType<typeof useDeskStore>["getState"]>,
  "picture" | "history" | "saved" | "revision" | "way" | "auto" | "ways"
>;

export function useIncoming(): Incoming {
  const store = useDeskStore();
  const [reading, setReading] = useState<Reading | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const [asked, setAsked] = useState<Incoming["asked"]>(null);
  const [beneath, setBeneath] = useState<Beneath | null>(null);

  const leave = useCallback(() => {
    if (!beneath) return;
    store.getState().set({ ...beneath, readOnly: null, selected: [], edge: null, analysis: null });
    setBeneath(null);
  }, [store, beneath]);

  const show = useCallback(
    (network: NetworkDocument, future: number | null) => {
      const desk = store.getState();
      const { picture, history, saved, revision, way, auto, ways } = desk;
      const shown = pictureOf({ ...network, name: desk.name });
      const why = future === null ? "large" : "future";
      if (!desk.readOnly) setBeneath({ picture, history, saved, revision, way, auto, ways });
      // Read-only first: nothing of this may be taken for a draft.
      desk.set({ readOnly: { why, version: future ?? 0, nodes: sizeOf(network) } });
      desk.set({ picture: shown, saved: shown, history: EMPTY, analysis: null, checked: "none" });
      desk.set({ way: [], auto: {}, ways: {}, selected: [], edge: null });
    },
    [store],
  );

  const open = useCallback(
    (network: NetworkDocument, future: number | null = null) => {
      setAsked(null);
      if (future !== null || isLarge(network)) {
        show(network, future);
        return;
      }
      leave();
      const desk = store.getState();
      desk.set({ way: [], auto: {}, ways: {} });
      desk.act("replace", () => pictureOf({ ...network, name: desk.name }), { select: [] });
    },
    [store, show, leave],
  );

  const take = useCallback(
    (read: Read, file: string) => {
      setReading(null);
      if ("fault" in read) setFault(read.fault);
      else if (read.found.future !== null) open(read.found.network, read.found.future);
      else if (isPlain(read.found)) open(read.found.network);
      else setAsked({ ...read.found, file });
    },
    [open],
  );

  const begin = useCallback(
    async (file: string, read: (onSent: (share: number) => void) => Promise<Read>) => {
      setFault(null);
      setReading({ file, share: null });
      take(await read((share) => setReading({ file, share })), file);
    },
    [take],
  );

  return {
    reading,
    fault,
    asked,
    file: (file) => void begin(file.name, (onSent) => readFile(file, onSent)),
    text: (text) => void begin("", () => readText(text)),
    open: (network) => open(network),
    drop: () => {
      setFault(null);
      setAsked(null);
    },
    leave,
  };
}
