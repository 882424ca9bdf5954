/** Canvas: where the network is drawn and edited; it knows the desk, and no page. */
import {
  applyNodeChanges,
  Background,
  BackgroundVariant,
  type Connection,
  ConnectionLineType,
  type FinalConnectionState,
  type NodeChange,
  ReactFlow,
  useReactFlow,
  useStore,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { addWhat, openPort, type What } from "../desk/adding";
import { scopeOf, settled, useDesk, useDeskStore } from "../desk/desk";
import { placeAll, placeMissing, unplaced } from "../desk/tidying";
import { setUi, useUi } from "../desk/ui";
import { connect, detach, move } from "../document/edit";
import { closesCircle, edgeId, edgesOf, graphOf, isOutput } from "../document/graph";
import { DEED } from "../document/history";
import type { Edge, Place } from "../document/types";
import { Bar, type BarNode, End } from "./bar";
import { useCatalogue } from "./catalogue";
import { useNames, usePlaces, useRoutes, useWanted, useWires } from "./flow";
import { insertDropped, isLoose } from "./insert";
import { Overview } from "./map";
import { portsOf } from "./ops";
import { nearestWay, wayThrough } from "./route";
import { BAR } from "./size";
import { Tip, Wire, type WireEdge } from "./wire";

const NODE_TYPES = { bar: Bar, end: End };
const EDGE_TYPES = { wire: Wire };
const CULL_ABOVE = 120;
/** Fewer bars are seen at once. */
const MAP_ABOVE = 16;
/** More are no picture any more, and slow to draw. */
const MAP_BELOW = 1_500;
/** Type of what is dragged from the palette. */
export const DRAGGED = "application/x-danlu-node";
const TOP = 72;
/** Below this zoom names cannot be read. */
const LEGIBLE = 0.3;
const NEAR = 0.85;
const FIT = { padding: 0.12, maxZoom: 1, duration: 0 };

const isCoarse = () => matchMedia("(pointer: coarse)").matches;

/** Places for everything that has none, as soon as it appears. */
function usePlacing(): boolean {
  const store = useDeskStore();
  const scope = useDesk(scopeOf);
  const names = useNames();
  const places = usePlaces();
  const isComplete = useMemo(() => names.every((name) => places[name]), [names, places]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: two scopes may hold the same names
  useEffect(() => {
    const missing = unplaced(store.getState(), names);
    if (!missing.length) return;
    if (missing.length === names.length) void placeAll(store);
    else placeMissing(store, missing);
  }, [store, names, scope]);
  return isComplete;
}

function useConnecting() {
  const store = useDeskStore();
  const ops = useCatalogue();
  const flow = useReactFlow();
  const join = useCallback(
    (from: string, to: string, port: string | null) => {
      const desk = store.getState();
      const scope = scopeOf(desk);
      const node = graphOf(desk.picture.network, scope).nodes[to];
      const ports = portsOf(node, ops, desk.picture.network.blocks);
      const wanted = ports.find((one) => one.name === port) ?? openPort(ports, node, desk, from);
      const args = { from, to: isOutput(to) ? to.slice(1) : to };
      if (isOutput(to)) desk.act("connect", (p) => connect(p, scope, from, to, ""), { args });
      else if (wanted)
        desk.act("connect", (p) => connect(p, scope, from, to, wanted.name, wanted.many), { args });
    },
    [store, ops],
  );
  const onConnect = useCallback(
    ({ source, target, targetHandle }: Connection) => join(source, target, targetHandle),
    [join],
  );
  const onConnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
      if (state.isValid || !state.fromNode || state.fromHandle?.type !== "source") return;
      const { clientX: x, clientY: y } =
        "changedTouches" in event ? (event.changedTouches[0] as Touch) : event;
      // Let go over a bar but beside its port: the port is meant.
      const over = document.elementsFromPoint(x, y).find((one) => one.closest("[data-node]"));
      const node = over?.closest("[data-node]")?.getAttribute("data-node");
      if (node && node !== state.fromNode.id) return join(state.fromNode.id, node, null);
      if (node) return;
      const place = flow.screenToFlowPosition({ x, y });
      setUi({
        finding: {
          at: { x, y },
          place: { x: place.x - 160, y: place.y },
          from: state.fromNode.id,
          edge: null,
        },
      });
    },
    [flow, join],
  );
  const isValidConnection = useCallback(
    (connection: Connection | WireEdge) => {
      const desk = store.getState();
      const graph = graphOf(desk.picture.network, scopeOf(desk));
      return (
        isOutput(connection.target) || !closesCircle(graph, connection.source, connection.target)
      );
    },
    [store],
  );
  return { onConnect, onConnectEnd, isValidConnection };
}

function useDropping(routes: Map<string, Place[]>) {
  const store = useDeskStore();
  const ops = useCatalogue();
  const flow = useReactFlow();
  const edgeOf = useCallback(
    (id: string | null): Edge | null => {
      const desk = store.getState();
      const graph = graphOf(desk.picture.network, scopeOf(desk));
      return id ? (edgesOf(graph).find((edge) => edgeId(edge) === id) ?? null) : null;
    },
    [store],
  );
  const edgeAt = (at: Place) => edgeOf(nearestWay(routes, at));
  const edgeUnder = useCallback(
    ({ x, y }: Place) =>
      edgeOf(wayThrough(routes, { ...BAR, x: x + 60, y: y - 8, width: BAR.width - 120 })),
    [edgeOf, routes],
  );
  const onDragOver = (event: React.DragEvent) => {
    if (!event.dataTransfer.types.includes(DRAGGED)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    const edge = edgeAt(flow.screenToFlowPosition({ x: event.clientX, y: event.clientY }));
    setUi({ hovered: edge ? edgeId(edge) : null });
  };
  const onDrop = (event: React.DragEvent) => {
    const text = event.dataTransfer.getData(DRAGGED);
    if (!text) return;
    event.preventDefault();
    event.stopPropagation();
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const edge = edgeAt(at);
    setUi({ hovered: null });
    const where = edge ? { edge } : { place: { x: at.x - 160, y: at.y - 18 } };
    addWhat(store.getState(), ops, JSON.parse(text) as What, where);
  };
  return { onDragOver, onDrop, edgeUnder };
}

function useDragging(edgeUnder: (at: Place) => Edge | null) {
  const store = useDeskStore();
  const ops = useCatalogue();
  /** With Alt a bar is taken off its edges and moved: one deed, one step back. */
  const deed = useRef<{ name: string; burst: string } | null>(null);
  const onNodeDragStart = useCallback(
    (event: { altKey: boolean }, node: BarNode) => {
      deed.current = event.altKey ? { name: node.id, burst: `${DEED}${Date.now()}` } : null;
      if (!deed.current) return;
      const { burst } = deed.current;
      const desk = store.getState();
      desk.act(
        "detach",
        (picture) => detach(settled(desk, scopeOf(desk), picture), scopeOf(desk), node.id),
        { args: { name: node.id }, burst },
      );
    },
    [store],
  );
  /** The wire that a loose bar would be put on shows it. */
  const onNodeDrag = useCallback(
    (_: unknown, node: BarNode, nodes: BarNode[]) => {
      if (nodes.length !== 1 || !isLoose(store.getState(), node.id)) return;
      const edge = edgeUnder(node.position);
      setUi({ hovered: edge ? edgeId(edge) : null });
    },
    [store, edgeUnder],
  );
  const onNodeDragStop = useCallback(
    (_: unknown, node: BarNode, nodes: BarNode[]) => {
      const desk = store.getState();
      const scope = scopeOf(desk);
      const places = Object.fromEntries(
        nodes.map((one) => [
          one.id,
          { x: Math.round(one.position.x), y: Math.round(one.position.y) },
        ]),
      );
      const edge = nodes.length === 1 && isLoose(desk, node.id) ? edgeUnder(node.position) : null;
      if (edge) setUi({ hovered: null });
      if (edge && insertDropped(desk, ops, node.id, edge, places)) return;
      const held = deed.current;
      const more = held ? { args: { name: held.name }, burst: held.burst } : {};
      desk.act(
        held ? "detach" : "move",
        (picture) => move(settled(desk, scope, picture), scope, places),
        more,
      );
    },
    [store, ops, edgeUnder],
  );
  return { onNodeDragStart, onNodeDrag, onNodeDragStop };
}

/** Told while a button is held, wherever it is let go. */
function useHolding() {
  useEffect(() => {
    const free = () => setUi({ isHeld: false });
    const ends = ["pointerup", "pointercancel", "blur"];
    for (const end of ends) addEventListener(end, free);
    return () => {
      free();
      for (const end of ends) removeEventListener(end, free);
    };
  }, []);
  return () => setUi({ isHeld: true });
}

interface CanvasProps {
  onKeyDown: (event: React.KeyboardEvent) => void;
  children?: React.ReactNode;
}

export function Canvas({ onKeyDown, children }: CanvasProps) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const flow = useReactFlow();
  const frame = useRef<HTMLDivElement>(null);
  const isPlaced = usePlacing();
  const hold = useHolding();
  const wanted = useWanted();
  const routes = useRoutes();
  const wires = useWires(routes);
  const way = useDesk((desk) => desk.way);
  // Far away only name and colour are drawn.
  const isFar = useStore((state) => state.transform[2] < 0.5);
  const density = useUi((ui) => ui.density);
  const isMoving = useUi((ui) => ui.isMoving);
  const [nodes, setNodes] = useState<BarNode[]>(wanted);
  useEffect(() => setNodes(wanted), [wanted]);
  // Once large, always: the canvas still holds a large drawing while a small one takes its place.
  const culls = useRef(false);
  culls.current ||= nodes.length > CULL_ABOVE;
  const coarse = useMemo(isCoarse, []);

  const onNodesChange = useCallback(
    (changes: NodeChange<BarNode>[]) => {
      const picked = changes.filter((change) => change.type === "select");
      if (picked.length) {
        const { selected, select } = store.getState();
        const next = new Set(selected);
        for (const change of picked) change.selected ? next.add(change.id) : next.delete(change.id);
        select([...next]);
      }
      const moved = changes.filter(
        (change) => change.type === "position" || change.type === "dimensions",
      );
      if (moved.length) setNodes((before) => applyNodeChanges(moved, before));
    },
    [store],
  );
  const connecting = useConnecting();
  const { edgeUnder, ...dropping } = useDropping(routes);
  const dragging = useDragging(edgeUnder);

  const showAll = async () => {
    const box = frame.current?.getBoundingClientRect();
    const whole = flow.getNodesBounds(flow.getNodes());
    const room = box ? Math.min(box.width / whole.width, box.height / whole.height) : 1;
    if (box && room < LEGIBLE) {
      // All of it would be dust: it opens at its beginning, and the map shows the whole.
      const first = flow.getNodes().reduce((a, b) => (b.position.y < a.position.y ? b : a));
      const x = box.width / 2 - (first.position.x + (first.width ?? 0) / 2) * NEAR;
      await flow.setViewport({ x, y: TOP - first.position.y * NEAR, zoom: NEAR });
      return;
    }
    await flow.fitView(FIT);
    const bounds = flow.getNodesBounds(flow.getNodes());
    const { x, y, zoom } = flow.getViewport();
    // What is short begins at the top, so that there is room to go on.
    if (bounds.y * zoom + y > TOP) await flow.setViewport({ x, y: TOP - bounds.y * zoom, zoom });
  };
  // A scope opens with all of it in view; afterwards the view is the reader's.
  // biome-ignore lint/correctness/useExhaustiveDependencies: fits once for each scope that is entered
  useEffect(() => {
    if (!isPlaced || !nodes.length) return;
    const timer = requestAnimationFrame(() => void showAll());
    return () => cancelAnimationFrame(timer);
  }, [isPlaced && nodes.length > 0, way]);

  const openFinder = (event: React.MouseEvent) => {
    const target = event.target as Element;
    if (!target.classList.contains("react-flow__pane")) return;
    const at = { x: event.clientX, y: event.clientY };
    const place = flow.screenToFlowPosition(at);
    setUi({
      finding: { at, place: { x: place.x - 160, y: place.y - 18 }, from: null, edge: null },
    });
  };

  return (
    <div
      ref={frame}
      className={`canvas ${isFar ? "far" : ""} ${isMoving ? "moving" : ""}`}
      role="application"
      aria-label={t("designer.canvas")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keys act while it has the focus
      tabIndex={0}
      data-state={isPlaced ? "drawn" : "loading"}
      data-density={density}
      onKeyDown={onKeyDown}
      onPointerDownCapture={hold}
      onDoubleClick={openFinder}
      {...dropping}
    >
      <Tip />
      {children}
      <ReactFlow<BarNode, WireEdge>
        nodes={nodes}
        edges={wires}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodesChange={onNodesChange}
        onNodeDoubleClick={(event, node) => {
          event.stopPropagation();
          store.getState().enter(node.id);
        }}
        onPaneClick={() => {
          store.getState().select([]);
          frame.current?.focus({ preventScroll: true });
        }}
        onNodeClick={() => frame.current?.focus({ preventScroll: true })}
        onEdgeClick={(_, edge) => store.getState().select([], edge.id)}
        onEdgeMouseEnter={(_, edge) => setUi({ hovered: edge.id })}
        onEdgeMouseLeave={() => setUi({ hovered: null })}
        {...connecting}
        {...dragging}
        connectionLineType={ConnectionLineType.Bezier}
        connectionRadius={28}
        connectOnClick
        minZoom={0.08}
        maxZoom={2}
        panOnScroll
        zoomActivationKeyCode={["Control", "Meta"]}
        panActivationKeyCode="Space"
        panOnDrag={coarse ? true : [1, 2]}
        selectionOnDrag={!coarse}
        multiSelectionKeyCode={["Shift", "Control", "Meta"]}
        selectionKeyCode={null}
        deleteKeyCode={null}
        disableKeyboardA11y
        nodesFocusable={false}
        edgesFocusable={false}
        zoomOnDoubleClick={false}
        nodeDragThreshold={3}
        onlyRenderVisibleElements={culls.current}
        ariaLabelConfig={{ "minimap.ariaLabel": t("designer.minimap") }}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={1.2} />
        {nodes.length > MAP_ABOVE && nodes.length <= MAP_BELOW && <Overview />}
      </ReactFlow>
    </div>
  );
}
