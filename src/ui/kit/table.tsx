/** One table for all lists: columns as data, scrolling within its frame on narrow screens. */
import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  readonly end?: boolean;
}

interface TableProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string | number;
}

export function Table<Row>({ label, rows, columns, keyOf }: TableProps<Row>) {
  return (
    <div className="pl-table-frame" role="region" aria-label={label} tabIndex={0}>
      <table className="pl-table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.head} scope="col" className={column.end === true ? 'pl-end' : undefined}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <td key={column.head} className={column.end === true ? 'pl-end' : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
