/** Long: a table of thousands: only the rows in sight are in the page; heads sort. */
import { ArrowDown, ArrowUp } from "lucide-react";
import { useState } from "react";
import type { TableColumn } from "./table";

const ROW = 36;
const BEYOND = 8;

export interface LongColumn<T> extends TableColumn<T> {
  /** What the column is sorted by; without it the head is only a head. */
  sort?: string;
}

interface LongProps<T> {
  label: string;
  columns: LongColumn<T>[];
  items: T[];
  rowKey: (item: T) => string | number;
  rowClass?: (item: T) => string;
  /** The name of the column it is sorted by, `-` before it for the other way. */
  sort?: string;
  onSort?: (sort: string) => void;
  height?: number;
}

function Head<T>({
  column,
  sort = "",
  onSort,
}: { column: LongColumn<T> } & Pick<LongProps<T>, "sort" | "onSort">) {
  const name = column.sort;
  const isUp = name !== undefined && sort === name;
  const isDown = name !== undefined && sort === `-${name}`;
  return (
    <th
      className={column.right ? "right" : ""}
      scope="col"
      aria-sort={isUp ? "ascending" : isDown ? "descending" : undefined}
    >
      {name === undefined || !onSort ? (
        column.isBare ? (
          <span className="hidden">{column.head}</span>
        ) : (
          column.head
        )
      ) : (
        <button type="button" onClick={() => onSort(isUp ? `-${name}` : name)}>
          {column.head}
          {isUp && <ArrowUp size={12} aria-hidden />}
          {isDown && <ArrowDown size={12} aria-hidden />}
        </button>
      )}
    </th>
  );
}

export function Long<T>(props: LongProps<T>) {
  const { columns, items, height = 480 } = props;
  const [top, setTop] = useState(0);
  const first = Math.max(0, Math.min(items.length, Math.floor(top / ROW)) - BEYOND);
  const last = Math.min(items.length, first + Math.ceil(height / ROW) + 2 * BEYOND);
  const gap = (rows: number) =>
    rows > 0 && (
      <tr aria-hidden style={{ height: rows * ROW }}>
        <td colSpan={columns.length} />
      </tr>
    );
  return (
    // biome-ignore lint/a11y/useSemanticElements: no fieldset, and no landmark beside that of the card
    <div
      className="scroll long"
      role="group"
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      style={{ maxHeight: height }}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <table className="list" aria-rowcount={items.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <Head
                key={column.key}
                column={column}
                {...(props.sort === undefined ? {} : { sort: props.sort })}
                {...(props.onSort ? { onSort: props.onSort } : {})}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {gap(first)}
          {items.slice(first, last).map((item, index) => (
            <tr
              key={props.rowKey(item)}
              aria-rowindex={first + index + 2}
              className={props.rowClass?.(item) ?? ""}
            >
              {columns.map((column) => (
                <td key={column.key} className={column.right ? "right" : ""}>
                  {column.cell(item)}
                </td>
              ))}
            </tr>
          ))}
          {gap(items.length - last)}
        </tbody>
      </table>
    </div>
  );
}
