/** Plot: a square of two like axes with the line on which both are equal; and the same as a table. */
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { TableSwitch } from "../charts/switch";
import { Table, type TableColumn } from "../shell/table";
import { placeOf, type Span } from "./span";
import "./registry.css";

const SIDE = 300;
const LEFT = 66;
const BELOW = 34;
const TICKS = 5;

interface PlotProps<T> {
  label: string;
  across: string;
  up: string;
  span: Span;
  tick: (value: number) => string;
  /** Marks, in pixels from the lower left corner. */
  marks: (at: (x: number, y: number) => [number, number]) => ReactNode;
  items: T[];
  columns: TableColumn<T>[];
}

export function Plot<T>(props: PlotProps<T>) {
  const { label, across, up, span, tick, marks, items, columns } = props;
  const { t } = useTranslation();
  const [isTable, setTable] = useState(false);
  const at = (x: number, y: number): [number, number] => [
    LEFT + placeOf(x, span, SIDE),
    SIDE - placeOf(y, span, SIDE) + 8,
  ];
  const ticks = Array.from(
    { length: TICKS },
    (_, index) => span.low + ((span.high - span.low) * index) / (TICKS - 1),
  );
  return (
    <div className="stack tight">
      {isTable ? (
        <Table label={label} items={items} rowKey={(_, index) => index} columns={columns} />
      ) : (
        <svg
          className="plot"
          viewBox={`0 0 ${LEFT + SIDE + 14} ${SIDE + BELOW + 22}`}
          role="img"
          aria-label={label}
        >
          {ticks.map((value) => {
            const [x] = at(value, span.low);
            const [, y] = at(span.low, value);
            return (
              <g key={value}>
                <line className="axis" x1={LEFT} x2={LEFT + SIDE} y1={y} y2={y} />
                <text x={LEFT - 7} y={y + 4} textAnchor="end">
                  {tick(value)}
                </text>
                <text x={x} y={SIDE + 26} textAnchor="middle">
                  {tick(value)}
                </text>
              </g>
            );
          })}
          <line
            className="even"
            x1={at(span.low, 0)[0]}
            y1={at(0, span.low)[1]}
            x2={at(span.high, 0)[0]}
            y2={at(0, span.high)[1]}
          />
          {marks(at)}
          <text x={LEFT + SIDE / 2} y={SIDE + 48} textAnchor="middle">
            {across}
          </text>
          <text
            x={14}
            y={SIDE / 2 + 8}
            textAnchor="middle"
            transform={`rotate(-90 14 ${SIDE / 2 + 8})`}
          >
            {up}
          </text>
        </svg>
      )}
      <div>
        <TableSwitch isTable={isTable} onSwitch={setTable} picture={t("chart.curve")} />
      </div>
    </div>
  );
}
