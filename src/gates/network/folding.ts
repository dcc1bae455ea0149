/** Packets as rows: one for each source, destination, protocol and port within an interval, the most frequent first. */
import type { DataOf } from '#model/events.ts';

export type Row = DataOf<'network.denied'>['rows'][number];
export type Folded = Pick<DataOf<'network.denied'>, 'rows' | 'others'>;

const ROWS_MAX = 200;
/** Kept apart within an interval; beyond it packets are only counted. */
const KEYS_MAX = 5000;

export interface Fold {
  add(packet: Omit<Row, 'packets'>): void;
  /** Packets of which nothing is known but that they were counted. */
  miss(packets: number): void;
  /** Everything since the last call; `undefined` when there was nothing. */
  take(): Folded | undefined;
}

export function createFold(): Fold {
  let rows = new Map<string, { readonly row: Omit<Row, 'packets'>; packets: number }>();
  let beyond = 0;
  return {
    add(row) {
      const key = `${row.from} ${row.to} ${row.protocol} ${row.port ?? ''}`;
      const known = rows.get(key);
      if (known !== undefined) known.packets += 1;
      else if (rows.size < KEYS_MAX) rows.set(key, { row, packets: 1 });
      else beyond += 1;
    },
    miss: (packets) => void (beyond += packets),
    take() {
      if (rows.size === 0 && beyond === 0) return undefined;
      const sorted = [...rows.values()].sort((a, b) => b.packets - a.packets);
      const others = sorted.slice(ROWS_MAX).reduce((sum, { packets }) => sum + packets, beyond);
      const folded = { rows: sorted.slice(0, ROWS_MAX).map(({ row, packets }) => ({ ...row, packets })), others };
      [rows, beyond] = [new Map(), 0];
      return folded;
    },
  };
}
