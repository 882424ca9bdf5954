/** State: a named state as a pill with icon and word; colour is never the only signal. */
import {
  Ban,
  Check,
  CircleDashed,
  CirclePause,
  Clock,
  type LucideIcon,
  Scissors,
  TriangleAlert,
  X,
} from "lucide-react";
import { useTranslation } from "react-i18next";

type Look = [tone: "" | "good" | "warn" | "bad" | "calm" | "accent", icon: LucideIcon | null];

const LOOKS: Record<string, Look> = {
  queued: ["", Clock],
  waiting: ["", Clock],
  leased: ["calm", null],
  running: ["calm", null],
  finished: ["good", Check],
  done: ["good", Check],
  live: ["good", Check],
  passed: ["good", Check],
  promoted: ["good", Check],
  kept: ["", CirclePause],
  stopped_early: ["good", CirclePause],
  pruned: ["", Scissors],
  stopped: ["warn", CirclePause],
  cancelled: ["", Ban],
  revoked: ["", Ban],
  failed: ["bad", X],
  refused: ["bad", X],
  diverged: ["bad", TriangleAlert],
  out_of_memory: ["bad", TriangleAlert],
  data_error: ["bad", TriangleAlert],
  crashed: ["bad", TriangleAlert],
  lost: ["bad", TriangleAlert],
  starting: ["calm", null],
  empty: ["", CircleDashed],
};

export function State({ state }: { state: string }) {
  const { t, i18n } = useTranslation();
  const [tone, Icon] = LOOKS[state] ?? ["", CircleDashed];
  const key = `state.${state}`;
  return (
    <span className={`pill ${tone}`} data-state={state}>
      {Icon ? <Icon size={13} aria-hidden /> : <span className="dot beat" aria-hidden />}
      {i18n.exists(key) ? t(key as "state.running") : state}
    </span>
  );
}
