/** Plots: one column in full: a histogram or its labels, what it was before drawn over what it is. */
import { useTranslation } from "react-i18next";
import { type Format, useFormat } from "../locales/format";
import type { Moved } from "./asks";

const WIDTH = 560;
const HEIGHT = 130;
const TICKS = 5;

/** A moment as short as its neighbours allow: the day, or the time on one day. */
function momentOf(text: string, span: string): string {
  const [day = text, time = ""] = text.split("T");
  return span.startsWith(day) ? time.slice(0, 5) : day;
}

function ticksOf(edges: (number | string)[], format: Format): { at: number; text: string }[] {
  const step = Math.max(1, Math.floor((edges.length - 1) / (TICKS - 1)));
  const other = String(edges[0]);
  return edges
    .map((edge, at) => ({ at, edge }))
    .filter(({ at }) => at % step === 0)
    .map(({ at, edge }) => ({
      at,
      text:
        typeof edge === "number"
          ? format.value(Number(edge.toPrecision(3)))
          : momentOf(edge, at === 0 ? String(edges.at(-1)) : other),
    }));
}

const sharesOf = (counts: number[]): number[] => {
  const total = counts.reduce((sum, count) => sum + count, 0) || 1;
  return counts.map((count) => count / total);
};

interface BinsProps {
  edges: (number | string)[];
  counts: number[];
  /** Over the same bins. */
  before?: number[] | undefined;
  label: string;
}

/** Bars are what is; the line is what was. Both as shares, so that few rows and many compare. */
export function Bins({ edges, counts, before, label }: BinsProps) {
  const format = useFormat();
  const now = sharesOf(counts);
  const was = before ? sharesOf(before) : [];
  const top = Math.max(...now, ...was, 1e-9);
  const step = WIDTH / now.length;
  const y = (share: number) => HEIGHT - (share / top) * (HEIGHT - 6);
  const line = was
    .map(
      (share, i) => `${i * step},${y(share).toFixed(1)} ${(i + 1) * step},${y(share).toFixed(1)}`,
    )
    .join(" ");
  return (
    <figure className="profile-bins">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        {now.map((share, i) => (
          <rect
            key={`${edges[i]}`}
            x={i * step + 0.5}
            width={Math.max(step - 1, 0.5)}
            y={y(share)}
            height={HEIGHT - y(share)}
          >
            <title>{`${format.value(edges[i])} … ${format.value(edges[i + 1])}: ${format.percent(share)}${
              was[i] === undefined ? "" : ` (${format.percent(was[i])})`
            }`}</title>
          </rect>
        ))}
        {line && <polyline points={line} vectorEffect="non-scaling-stroke" />}
      </svg>
      <div className="ticks num" aria-hidden>
        {ticksOf(edges, format).map(({ at, text }) => (
          <span key={at} style={{ insetInlineStart: `${(at / now.length) * 100}%` }}>
            {text}
          </span>
        ))}
      </div>
    </figure>
  );
}

interface LabelsProps {
  items: { name: string; now: number; before?: number | undefined; isRest?: boolean }[];
  label: string;
}

/** Labels by share; a mark on the bar says what the share was. */
export function Labels({ items, label }: LabelsProps) {
  const format = useFormat();
  const top = Math.max(...items.flatMap((item) => [item.now, item.before ?? 0]), 1e-9);
  return (
    <ul className="labels" aria-label={label}>
      {items.map((item) => (
        <li key={item.name} className={item.isRest ? "dim" : ""}>
          <bdi className="name" title={item.name}>
            {item.name}
          </bdi>
          <span className="track calm">
            <i style={{ width: `${(item.now / top) * 100}%` }} />
            {item.before !== undefined && (
              <b style={{ insetInlineStart: `calc(${(item.before / top) * 100}% - 1px)` }} />
            )}
          </span>
          <span className="num">{format.percent(item.now)}</span>
          {item.before !== undefined && (
            <span className="num dim">{format.percent(item.before)}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The plot of what moved: bars over the bins of before, or labels. */
export function MovedPlot({ moved }: { moved: Moved }) {
  const { t } = useTranslation();
  const label = t("data.movedPlot", { name: moved.column });
  if (moved.edges)
    return <Bins edges={moved.edges} counts={moved.after} before={moved.before} label={label} />;
  const [now, was] = [sharesOf(moved.after), sharesOf(moved.before)];
  const names = [...(moved.labels ?? []).map(String), t("data.others")];
  const items = names
    .map((name, i) => ({
      name,
      now: now[i] ?? 0,
      before: was[i] ?? 0,
      isRest: i === names.length - 1,
    }))
    .filter((item) => !item.isRest || item.now + item.before > 0);
  return <Labels items={items} label={label} />;
}
