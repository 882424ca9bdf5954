/** Designer: palette, canvas and inspector around one desk; the drawer below, the finder above. */
import { ReactFlowProvider, useReactFlow } from "@xyflow/react";
import {
  type ClipboardEvent,
  type DragEvent,
  type KeyboardEvent,
  useCallback,
  useEffect,
  useMemo,
  useRef,
} from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { type ActionContext, pasteText, show } from "../actions/deeds";
import { isSingle, keyOf } from "../actions/keys";
import { ACTIONS, actionOf, keysOf, usable } from "../actions/table";
import { useOps } from "../api/queries";
import { Canvas, DRAGGED } from "../canvas/canvas";
import { OpsContext, useCatalogue, useTitle } from "../canvas/catalogue";
import { opsOf } from "../canvas/ops";
import { useAnalysing } from "../desk/analyse";
import { DeskContext, type DeskStore, useDesk, useDeskStore } from "../desk/desk";
import { useKeeping } from "../desk/keep";
import { setUi, useUi } from "../desk/ui";
import type { Json } from "../document/types";
import { ACCEPTED } from "../incoming/read";
import { Imports } from "../incoming/report";
import { useIncoming } from "../incoming/use";
import { Inspector } from "../inspector/inspector";
import { TroubleOf } from "../shell/trouble";
import { Conflict, Elsewhere } from "../versions/conflict";
import { Drawing } from "../versions/drawing";
import { Versions } from "../versions/versions";
import { Drawer } from "./drawer";
import { Begin } from "./empty";
import { Finder } from "./finder";
import { Header } from "./header";
import { Joiner } from "./joiner";
import { Naming } from "./naming";
import { useDesignerOffers } from "./offers";
import { Outline } from "./outline";
import { Palette } from "./palette";
import { Sheet } from "./sheet";
import "@mantine/core/styles/Switch.css";
import "@mantine/core/styles/Pill.css";
import "@mantine/core/styles/PillsInput.css";
import "./designer.css";

/** What just happened, for those who listen; troubles are also shown. */
function Announce() {
  const { t, i18n } = useTranslation();
  const said = useDesk((desk) => desk.said);
  const last = useDesk((desk) => desk.history.past.at(-1));
  const store = useDeskStore();
  const title = useTitle();
  const key = `said.${said?.code}`;
  const text =
    said && i18n.exists(key)
      ? t(`said.${said.code}` as "said.saved", wordsIn(said.args, t, title))
      : "";
  const done = last ? t(`done.${last.label}` as "done.add", last.args) : "";
  useEffect(() => {
    if (!said?.isTrouble) return;
    const timer = setTimeout(() => store.getState().set({ said: null }), 7_000);
    return () => clearTimeout(timer);
  }, [said, store]);
  return (
    <>
      <output className="hidden" aria-live="polite">
        {said && (!last || said.at > last.at) ? text : done}
      </output>
      {said?.isTrouble && (
        <div className="toast" role="alert">
          {text}
        </div>
      )}
    </>
  );
}

/** Names of commands and ops inside a sentence are said in the reader's language. */
function wordsIn(args: Json, t: (key: "act.add") => string, title: (op: string) => string): Json {
  if (typeof args.command === "string")
    return { ...args, command: t(`done.${args.command}` as "act.add") };
  return typeof args.op === "string" ? { ...args, op: title(args.op) } : args;
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");

/** What acts while a field is being edited, too. */
const EVERYWHERE = ["save", "train", "palette"];

/** Keys with Ctrl or Alt act everywhere on the page, single letters only on the canvas. */
function useKeys(context: ActionContext) {
  const run = useCallback(
    (event: KeyboardEvent | globalThis.KeyboardEvent, onCanvas: boolean): boolean => {
      const native = "nativeEvent" in event ? event.nativeEvent : event;
      if (native.isComposing || native.defaultPrevented) return false;
      const key = keyOf(native);
      if (!onCanvas && !key.startsWith("mod+")) return false;
      if (isSingle(key) && !useUi.getState().hasLetters) return false;
      const action = ACTIONS.find((one) => keysOf(one).includes(key));
      if (!action || !usable(action, context.store.getState())) return false;
      event.preventDefault();
      action.run(context);
      return true;
    },
    [context],
  );
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const inField = isTyping(event.target);
      const key = keyOf(event);
      // While a field is edited its own undo, copy and paste work.
      if (inField && !EVERYWHERE.some((id) => keysOf(actionOf(id)).includes(key))) return;
      if (event.target instanceof Element && event.target.closest(".canvas, .pick, [role=dialog]"))
        return;
      run(event, false);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [run]);
  return useCallback(
    (event: KeyboardEvent) => {
      if (!isTyping(event.target)) run(event, true);
    },
    [run],
  );
}

/** Esc leads from the fields back to the canvas, unless it closes something that is open. */
function backToCanvas(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const isOpen = target.getAttribute("aria-expanded") === "true";
  if (event.key !== "Escape" || isOpen || !event.currentTarget.contains(target)) return;
  document.querySelector<HTMLElement>(".canvas")?.focus({ preventScroll: true });
}

function Parts({ store }: { store: DeskStore }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const ops = useCatalogue();
  const flow = useReactFlow();
  const keeping = useKeeping();
  const side = useUi((ui) => ui.side);
  const panel = useUi((ui) => ui.panel);
  const file = useRef<HTMLInputElement>(null);
  const incoming = useIncoming();
  useAnalysing();
  const { save } = keeping;
  const take = useRef(incoming.text);
  take.current = incoming.text;
  const context = useMemo<ActionContext>(
    () => ({
      store,
      take: (text) => take.current(text),
      ops,
      flow,
      save: () => void save(),
      train: async () => {
        const { picture, saved, name, data, target, readOnly, say } = store.getState();
        if (readOnly) return say("read_only", {}, true);
        if (picture !== saved && !(await save())) return;
        const search = new URLSearchParams({
          start: data ?? "",
          network: name,
          target: target ?? "",
        });
        go(`/experiments?${search}`);
      },
    }),
    [store, ops, flow, save, go],
  );
  const onKeyDown = useKeys(context);
  useDesignerOffers(context);
  const onPaste = (event: ClipboardEvent) => {
    if (isTyping(event.target)) return;
    const text = event.clipboardData.getData("text/plain");
    if (!text.trim() || pasteText(store, text)) return;
    incoming.text(text);
  };
  const onDrop = (event: DragEvent) => {
    const dropped = event.dataTransfer.files[0];
    if (!dropped) return;
    event.preventDefault();
    incoming.file(dropped);
  };
  useEffect(() => {
    document.title = `${store.getState().name} · Danlu`;
    const frame = requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(".canvas")?.focus({ preventScroll: true }),
    );
    return () => {
      cancelAnimationFrame(frame);
      setUi({ finding: null, joining: null, isSheet: false, hovered: null });
    };
  }, [store]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files may be dropped anywhere; the menu does the same
    <div
      className={`designer panel-${panel}`}
      data-state="designer"
      onPaste={onPaste}
      onDrop={onDrop}
      onDragOver={(event) => !event.dataTransfer.types.includes(DRAGGED) && event.preventDefault()}
    >
      <Header context={context} keeping={keeping} />
      <TroubleOf error={keeping.trouble} />
      <Imports incoming={incoming} />
      <Elsewhere keeping={keeping} />
      <Drawing keeping={keeping} />
      <div className="designer-panels" role="tablist" aria-label={t("designer.panels")}>
        {(["ops", "canvas", "fields"] as const).map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            aria-selected={panel === one}
            onClick={() => setUi({ panel: one })}
          >
            {t(`designer.panel.${one}`)}
          </button>
        ))}
      </div>
      <div className="designer-body">
        <aside className="side" aria-label={t(`designer.side.${side}`)}>
          <div className="side-tabs">
            {(["ops", "outline"] as const).map((one) => (
              <button
                key={one}
                type="button"
                aria-pressed={side === one}
                onClick={() => setUi({ side: one })}
              >
                {t(`designer.side.${one}`)}
              </button>
            ))}
          </div>
          {side === "ops" ? (
            <Palette />
          ) : (
            <Outline onShow={(name) => show(context, name)} onKeys={onKeyDown} />
          )}
        </aside>
        <div className="middle">
          <Canvas onKeyDown={onKeyDown}>
            <Begin context={context} />
          </Canvas>
          <Drawer />
        </div>
        <aside
          className="inspector"
          aria-label={t("designer.panel.fields")}
          onKeyDown={backToCanvas}
        >
          <Inspector />
        </aside>
      </div>
      <input
        ref={file}
        className="import-file"
        type="file"
        hidden
        accept={ACCEPTED}
        onChange={(event) => {
          const chosen = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (chosen) incoming.file(chosen);
        }}
      />
      <Finder />
      <Joiner />
      <Sheet />
      <Naming keeping={keeping} />
      <Conflict keeping={keeping} />
      <Versions />
      <Announce />
    </div>
  );
}

export default function Designer({ store }: { store: DeskStore }) {
  const entries = useOps().data;
  const ops = useMemo(() => opsOf(entries), [entries]);
  return (
    <DeskContext.Provider value={store}>
      <OpsContext.Provider value={ops}>
        <ReactFlowProvider>
          <Parts store={store} />
        </ReactFlowProvider>
      </OpsContext.Provider>
    </DeskContext.Provider>
  );
}
