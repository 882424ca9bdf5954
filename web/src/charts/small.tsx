/** Small: charts the size of a word: sparkline, histogram, probability bars. */
import { useFormat } from "../locales/format";

/** Points of a polyline in a box, the last value at the right edge; gaps are skipped. */
export function sparkPoints(
  values: (number | null | undefined)[],
  width: number,
  height: number,
): string {
  const found = values
    .map((y, x) => [x, y] as const)
    .filter((p): p is [number, number] => typeof p[1] === "number" && Number.isFinite(p[1]));
  if (found.length === 0) return "";
  const ys = found.map((p) => p[1]);
  const low = Math.min(...ys);
  const span = Math.max(...ys) - low || 1;
  const step = Math.max(1, values.length - 1);
  return found
    .map(
      ([x, y]) =>
        `${((x / step) * width).toFixed(1)},${(height - 1.5 - ((y - low) / span) * (height - 3)).toFixed(1)}`,
    )
    .join(" ");
}

export function Spark({ values, label }: { values: (number | null | undefined)[]; label: string }) {
  const points = sparkPoints(values, 84, 22);
  if (!points) return null;
  return (
    <svg width={84} height={22} role="img" aria-label={label} className="spark">
      <polyline
        points={points}
        fill="none"
        strokeWidth={1.6}
        strokeLinejoin="round"
        strokeLinecap="round"
      />
    </svg>
  );
}

export function Histogram({ counts, label }: { counts: number[]; label: string }) {
  const top = Math.max(...counts, 1);
  const width = 132 / Math.max(counts.length, 1);
  return (
    <svg
      width={132}
      height={34}
      viewBox="0 0 132 34"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      className="histogram"
    >
      {counts.map((count, index) => {
        const height = count ? Math.max(1.5, (count / top) * 32) : 0;
        return (
          <rect
            key={index}
            x={index * width}
            width={Math.max(width - 1, 0.5)}
            y={34 - height}
            height={height}
            rx={0.8}
          />
        );
      })}
    </svg>
  );
}

export interface BarItem {
  name: string;
  share: number;
  text?: string;
  strong?: boolean;
}

/** Named shares of one whole; the text at the end says the number. */
export function Bars({ items }: { items: BarItem[] }) {
  const format = useFormat();
  return (
    <ul className="bars">
      {items.map((item) => (
        <li key={item.name}>
          <span className="name">{item.name}</span>
          <span className={`track ${item.strong === false ? "dim" : ""}`}>
            <i style={{ width: `${Math.min(100, Math.max(0, item.share * 100))}%` }} />
          </span>
          <span className="num">{item.text ?? format.percent(item.share)}</span>
        </li>
      ))}
    </ul>
  );
}
