/**
 * One table for all lists: columns as data. It scrolls within its frame where it is too wide; on a phone each row is a card that names its
 * cells. The roles are written out, because a browser forgets what a table is once its rows are laid out as cards.
 */
import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  readonly end?: boolean;
  /** Left out: those who look at this list never have a use for it. */
  readonly isHidden?: boolean;
}

interface TableProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string | number;
}

export function Table<Row>({ label, rows, columns: all, keyOf }: TableProps<Row>) {
  const columns = all.filter(({ isHidden }) => isHidden !== true);
  return (
    <div className="pl-table-frame" role="region" aria-label={label} tabIndex={0}>
      <table className="pl-table pl-cards" role="table">
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th
                key={column.head}
                role="columnheader"
                scope="col"
                className={column.end === true ? 'pl-end' : undefined}
              >
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={keyOf(row)} role="row">
              {columns.map((column) => (
                <td
                  key={column.head}
                  role="cell"
                  data-head={column.head}
                  className={column.end === true ? 'pl-end' : undefined}
                >
                  <div>{column.cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
