/** Heat: the network of a trial as it trains, each bar tinted by what was measured inside it. */
import { Button, SegmentedControl, Slider } from "@mantine/core";
import { ChevronRight, Flame, FolderOpen, TriangleAlert } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSeen } from "../api/queries";
import type { Glance, NetworkDocument, Seen } from "../api/records";
import { Drawing, type Heat } from "../canvas/drawing";
import { useFormat } from "../locales/format";
import { Card, Empty } from "../shell/page";
import { Found } from "../shell/trouble";
import { useFigure } from "./figure";
import { NodeOverTime } from "./node";
import {
  barOf,
  foldOf,
  isBlock,
  type Level,
  levelsOf,
  MEASURES,
  type Measure,
  nodesOf,
  placeOf,
  type Scale,
  scaleOf,
} from "./watch";

const STEPS = 24;

function Legend({ measure, scale }: { measure: Measure; scale: Scale | null }) {
  const { t } = useTranslation();
  const figure = useFigure();
  if (!scale) return <span className="dim small">{t("heat.nothing")}</span>;
  return (
    <div className="heat-legend">
      <span className="num">{figure(measure, scale.low)}</span>
      <svg width={STEPS * 7} height={14} aria-hidden="true">
        {Array.from({ length: STEPS }, (_, at) => (
          <rect
            key={at}
            x={at * 7}
            y={14 - (14 * (at + 1)) / STEPS}
            width={6.5}
            height={(14 * (at + 1)) / STEPS}
            style={{ opacity: 0.05 + (0.4 * at) / (STEPS - 1) }}
          />
        ))}
      </svg>
      <span className="num">{figure(measure, scale.high)}</span>
      <span className="dim small">{t(`heat.hint.${measure}`)}</span>
    </div>
  );
}

function Crumbs({
  levels,
  opened,
  onLevel,
}: {
  levels: Level[];
  opened: string[];
  onLevel: (opened: string[]) => void;
}) {
  const { t } = useTranslation();
  const here = levels.at(-1);
  if (!here || levels.length < 2) return null;
  return (
    <nav className="row tight" aria-label={t("heat.levels")}>
      {levels.map((level, place) => (
        <span className="row tight" key={level.scope}>
          {place > 0 && <ChevronRight size={14} aria-hidden />}
          {level === here ? (
            <strong>{level.bar}</strong>
          ) : (
            <Button
              size="compact-xs"
              variant="subtle"
              onClick={() => onLevel(opened.slice(0, place))}
            >
              {level.bar || level.document.name}
            </Button>
          )}
        </span>
      ))}
      {here.repeats.length > 1 && (
        <SegmentedControl
          size="xs"
          aria-label={t("heat.repeat")}
          data={here.repeats}
          value={here.scope.split(".").at(-1) ?? ""}
          onChange={(repeat) => onLevel([...opened.slice(0, -1), `${here.bar}.${repeat}`])}
        />
      )}
    </nav>
  );
}

function useHeats(
  seen: Seen,
  glance: Glance,
  scope: string,
  measure: Measure,
  scale: Scale | null,
) {
  const { t } = useTranslation();
  const figure = useFigure();
  return useMemo(() => {
    const { broken } = seen;
    const first = broken?.step === glance.step ? barOf(broken.node, scope) : null;
    return new Map(
      [...foldOf(glance, scope)].map(([bar, one]): [string, Heat] => {
        const value = one[measure];
        const isBroken = bar === first;
        return [
          bar,
          {
            share: value === null || !scale ? null : scale.shareOf(value),
            text:
              isBroken || (value === null && one.bad + one.bad_gradients > 0)
                ? t("heat.notFinite")
                : figure(measure, value),
            isBroken,
          },
        ];
      }),
    );
  }, [seen, glance, scope, measure, scale, figure, t]);
}

function Looked({ name, seen, document }: { name: string; seen: Seen; document: NetworkDocument }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [measure, setMeasure] = useState<Measure>("gradient_norm");
  const [chosen, setChosen] = useState<number | null>(null);
  const [opened, setOpened] = useState<string[]>([]);
  const [bar, setBar] = useState<string | null>(null);
  const place = placeOf(seen, chosen);
  const glance = seen.looks[place] as Glance;
  const levels = levelsOf(document, opened, glance);
  const level = levels.at(-1) as Level;
  const scale = useMemo(
    () => scaleOf(seen.looks, level.scope, measure),
    [seen.looks, level.scope, measure],
  );
  const heats = useHeats(seen, glance, level.scope, measure, scale);
  const go = (next: string[]) => {
    setOpened(next);
    setBar(null);
  };
  const open = (one: string) => isBlock(level.document, one) && go([...opened, one]);
  const drawing = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another step or level is another picture
  useEffect(() => {
    const broken = drawing.current?.querySelector(".bar.broken");
    const shown = broken?.closest(".drawing");
    if (!broken || !shown) return;
    const [bar, box] = [broken.getBoundingClientRect(), shown.getBoundingClientRect()];
    if (bar.bottom > box.bottom) shown.scrollTop += bar.bottom - box.bottom + bar.height;
  }, [place, level.scope]);
  const last = seen.looks.length - 1;
  const when = t("heat.when", {
    epoch: format.count(glance.epoch),
    step: format.count(glance.step),
  });
  return (
    <div className="stack" data-state="looked" data-step={glance.step}>
      <div className="row apart">
        <div style={{ overflowX: "auto" }}>
          <SegmentedControl
            size="xs"
            aria-label={t("heat.by")}
            value={measure}
            onChange={(value) => setMeasure(value as Measure)}
            data={MEASURES.map((value) => ({ value, label: t(`heat.measure.${value}`) }))}
          />
        </div>
        <Legend measure={measure} scale={scale} />
      </div>
      {seen.broken && (
        <p className="trouble" role="note">
          <TriangleAlert size={18} aria-hidden />
          <span>
            {t("heat.broken", {
              node: seen.broken.node,
              step: format.count(seen.broken.step),
            })}
          </span>
        </p>
      )}
      <div className="heat-steps">
        <span className="num small" aria-live="polite">
          {when}
        </span>
        <Slider
          size="sm"
          thumbSize={24}
          min={0}
          max={Math.max(last, 1)}
          disabled={last === 0}
          value={place}
          onChange={(at) => setChosen(at === last ? null : (seen.looks[at]?.step ?? null))}
          label={(at) => t("heat.stepAt", { step: seen.looks[at]?.step ?? 0 })}
          thumbLabel={t("heat.step")}
        />
        <span className="dim small num">{t("heat.looks", { count: seen.total })}</span>
      </div>
      <Crumbs levels={levels} opened={opened} onLevel={go} />
      <div className="grid loose">
        <div className="w7 heat-drawing" ref={drawing}>
          <Drawing
            document={level.document}
            heat={heats}
            selected={bar}
            onSelect={setBar}
            onOpen={open}
          />
        </div>
        <div className="w5 stack tight">
          {bar === null ? (
            <p className="dim">{t("heat.choose")}</p>
          ) : (
            <>
              <div className="row apart">
                <h3>{bar}</h3>
                {isBlock(level.document, bar) && (
                  <Button
                    size="compact-xs"
                    variant="light"
                    leftSection={<FolderOpen size={14} />}
                    onClick={() => open(bar)}
                  >
                    {t("heat.open")}
                  </Button>
                )}
              </div>
              <NodeOverTime
                key={`${level.scope} ${bar}`}
                name={name}
                trial={seen.trial}
                nodes={nodesOf(glance, level.scope, bar)}
              />
            </>
          )}
        </div>
      </div>
    </div>
  );
}

/** Inside a trial: live while it trains, kept afterwards. */
export function InsideTrial({
  name,
  trial,
  document,
}: {
  name: string;
  trial: number;
  document: NetworkDocument;
}) {
  const { t } = useTranslation();
  const query = useSeen(name, trial);
  return (
    <Card title={t("heat.title")}>
      <Found query={query}>
        {(seen) =>
          seen.looks.length > 0 ? (
            <Looked name={name} seen={seen} document={document} />
          ) : (
            <Empty icon={Flame} title={t(seen.watched ? "heat.waiting" : "heat.off")}>
              {t(seen.watched ? "heat.waitingText" : "heat.offText")}
            </Empty>
          )
        }
      </Found>
    </Card>
  );
}
