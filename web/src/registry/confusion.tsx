/** Confusion: rows by what they are and what they were called; a cell opens its rows. */
import { useTranslation } from "react-i18next";
import { useFormat } from "../locales/format";
import { MOST_SHOWN, matrixOf } from "./matrix";
import type { Cell, Mistakes } from "./mistakes";
import "./registry.css";

const DEEPEST = 34;

interface ConfusionProps {
  found: Mistakes;
  picked?: { truth?: string | undefined; said?: string | undefined };
  onPick?: (cell: { truth: string; said: string } | null) => void;
}

export function Confusion({ found, picked = {}, onPick }: ConfusionProps) {
  const { t } = useTranslation();
  const { classes = [], confusion = [] } = found;
  const isPicked = (truth: string, said: string) => picked.truth === truth && picked.said === said;
  const pick = (truth: string, said: string) =>
    onPick?.(isPicked(truth, said) ? null : { truth, said });
  if (classes.length > MOST_SHOWN)
    return <Pairs cells={confusion} isPicked={isPicked} pick={pick} />;
  const matrix = matrixOf(classes, confusion);
  const shade = (rows: number, total: number, isRight: boolean) =>
    `color-mix(in srgb, var(${isRight ? "--good" : "--bad"}) ${
      total && rows ? 6 + Math.round((rows / total) * (DEEPEST - 6)) : 0
    }%, var(--sunk))`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    // biome-ignore lint/a11y/useSemanticElements: no fieldset
    <div className="scroll" role="group" aria-label={t("mistakes.confusion")} tabIndex={0}>
      <table className="confusion">
        <thead>
          <tr>
            <th scope="col">{t("mistakes.axes")}</th>
            {classes.map((name) => (
              <th key={name} scope="col" title={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {classes.map((truth, y) => {
            const total = matrix[y]?.reduce((sum, rows) => sum + rows, 0) ?? 0;
            return (
              <tr key={truth}>
                <th scope="row" title={truth}>
                  {truth}
                </th>
                {classes.map((said, x) => {
                  const rows = matrix[y]?.[x] ?? 0;
                  return (
                    <td key={said}>
                      {onPick ? (
                        <button
                          type="button"
                          disabled={!rows}
                          aria-pressed={isPicked(truth, said)}
                          aria-label={t("mistakes.cell", { truth, said, rows })}
                          style={{ background: shade(rows, total, x === y) }}
                          onClick={() => pick(truth, said)}
                        >
                          <Count rows={rows} total={total} />
                        </button>
                      ) : (
                        <div className="cell" style={{ background: shade(rows, total, x === y) }}>
                          <Count rows={rows} total={total} />
                        </div>
                      )}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Count({ rows, total }: { rows: number; total: number }) {
  const format = useFormat();
  return (
    <>
      {format.count(rows)}
      <small>{rows ? format.percent(rows / total, 0) : "\u00a0"}</small>
    </>
  );
}

/** Of many classes only those that are taken for one another. */
function Pairs({
  cells,
  isPicked,
  pick,
}: {
  cells: Cell[];
  isPicked: (truth: string, said: string) => boolean;
  pick: (truth: string, said: string) => void;
}) {
  const { t } = useTranslation();
  const wrong = cells.filter((cell) => cell.truth !== cell.said).slice(0, 24);
  return (
    <ul className="stack tight">
      {wrong.map((cell) => (
        <li key={`${cell.truth} ${cell.said}`}>
          <button
            type="button"
            className="plain"
            aria-pressed={isPicked(cell.truth, cell.said)}
            onClick={() => pick(cell.truth, cell.said)}
          >
            {t("mistakes.cell", { ...cell })}
          </button>
        </li>
      ))}
    </ul>
  );
}
