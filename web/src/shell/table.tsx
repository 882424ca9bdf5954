/** Table: columns of a list of things; scrolls sideways by itself and by keyboard. */
import type { ReactNode } from "react";

export interface TableColumn<T> {
  key: string;
  head: string;
  right?: boolean;
  wrap?: boolean;
  /** The head is for screen readers only. */
  isBare?: boolean;
  cell: (item: T) => ReactNode;
}

interface TableProps<T> {
  label: string;
  columns: TableColumn<T>[];
  items: T[];
  rowKey: (item: T, index: number) => string | number;
  rowClass?: (item: T) => string;
  onRow?: (item: T) => void;
}

export function Table<T>({ label, columns, items, rowKey, rowClass, onRow }: TableProps<T>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    // biome-ignore lint/a11y/useSemanticElements: no fieldset, and no landmark beside that of the card
    <div className="scroll" role="group" aria-label={label} tabIndex={0}>
      <table className="list">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} className={column.right ? "right" : ""} scope="col">
                {column.isBare ? <span className="hidden">{column.head}</span> : column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item, index) => (
            <tr
              key={rowKey(item, index)}
              className={`${onRow ? "go" : ""} ${rowClass?.(item) ?? ""}`}
              onClick={onRow && (() => onRow(item))}
            >
              {columns.map((column) => (
                <td
                  key={column.key}
                  className={`${column.right ? "right" : ""} ${column.wrap ? "wrap" : ""}`}
                >
                  {column.cell(item)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
