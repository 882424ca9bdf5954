/** Icons: one per group of ops, so that colour is never the only sign. */
import {
  Activity,
  AudioWaveform,
  Blocks,
  Box,
  CircleHelp,
  Combine,
  Droplets,
  Eye,
  Image,
  Layers,
  type LucideIcon,
  Scale,
  Scaling,
  Table2,
  Waypoints,
} from "lucide-react";
import type { OpEntry } from "../api/records";
import type { NodeDocument } from "../document/types";

const BY_GROUP: Record<string, LucideIcon> = {
  columns: Table2,
  layers: Layers,
  norms: Scale,
  joins: Combine,
  shape: Scaling,
  image: Image,
  sequence: AudioWaveform,
  attention: Eye,
  graph: Waypoints,
};
const BY_KIND: Record<string, LucideIcon> = { activation: Activity, dropout: Droplets };

export const iconOf = (entry: OpEntry | undefined): LucideIcon =>
  BY_KIND[entry?.kind ?? ""] ?? BY_GROUP[entry?.group ?? ""] ?? Box;

/** Group that colours a node: that of its op, `block`, or `unknown`. */
export function groupOf(node: NodeDocument | undefined, entry: OpEntry | undefined): string {
  if (node?.block || node?.choices) return "block";
  return entry?.group ?? "unknown";
}

export function OpIcon({
  node,
  entry,
  size = 15,
}: {
  node?: NodeDocument;
  entry?: OpEntry | undefined;
  size?: number;
}) {
  const isBlock = Boolean(node?.block || node?.choices);
  const Icon = isBlock ? Blocks : entry ? iconOf(entry) : CircleHelp;
  return <Icon size={size} strokeWidth={2} aria-hidden />;
}
