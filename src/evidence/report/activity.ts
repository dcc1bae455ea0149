/** What was done with files, and what was refused. */
import type { Entry, Placed } from '#model/events.ts';
import type { Facts } from './facts.ts';
import { count, escape, size, table, utc } from './text.ts';

/** A report that is read on paper stops here; the bundle holds every entry. */
export const ROWS_MAX = 2000;

interface Totals {
  reads: number;
  bytesRead: number;
  accepted: number;
  bytesAccepted: number;
  refused: number;
}

export function renderTotals(facts: Facts): string {
  const people = new Map<string, Totals>();
  for (const { entry } of facts.within) {
    const id = entry.about.person ?? entry.by.person ?? entry.by.service ?? '';
    const totals = people.get(id) ?? { reads: 0, bytesRead: 0, accepted: 0, bytesAccepted: 0, refused: 0 };
    if (addTo(totals, entry)) people.set(id, totals);
  }
  const rows = [...people]
    .sort(([a, x], [b, y]) => y.bytesRead + y.bytesAccepted - x.bytesRead - x.bytesAccepted || (a < b ? -1 : 1))
    .map(([id, totals]) => [
      facts.person(id),
      count(totals.reads),
      size(totals.bytesRead),
      count(totals.accepted),
      size(totals.bytesAccepted),
      count(totals.refused),
    ]);
  return table(
    ['Person', 'Reads#', 'Read#', 'Files brought in#', 'Brought in#', 'Refused#'],
    rows,
    'No file was touched in this time.',
  );
}

function addTo(totals: Totals, entry: Entry): boolean {
  switch (entry.kind) {
    case 'file.read-opened':
      totals.reads += 1;
      return true;
    case 'file.read-closed':
      totals.bytesRead += entry.data.bytes;
      return true;
    case 'file.accepted':
      totals.accepted += 1;
      totals.bytesAccepted += entry.data.sizeBytes;
      return true;
    case 'access.refused':
    case 'file.set-aside':
      totals.refused += 1;
      return true;
    default:
      return false;
  }
}

export function renderFileList(facts: Facts): string {
  const { note, rows } = newest(
    facts,
    ({ entry }) => fileAct(entry) !== undefined,
    (placed) => fileRow(facts, placed),
  );
  return (
    note +
    table(
      ['Entry#', 'Time (UTC)', 'Person', 'Gate', 'What', 'Path', 'Size#', 'SHA-256'],
      rows,
      'No file was touched in this time.',
    )
  );
}

/** Rows of the newest entries that have one, oldest of them first, and a note when there are more than paper holds. */
function newest(facts: Facts, has: (placed: Placed) => boolean, row: (placed: Placed) => readonly string[]): Newest {
  const found = facts.within.filter(has);
  const rows = found.slice(-ROWS_MAX).map(row);
  const note =
    rows.length === found.length
      ? ''
      : `<p class="quiet">The newest ${count(ROWS_MAX)} of ${count(found.length)}. All are in stream/entries.jsonl of this bundle.</p>`;
  return { note, rows };
}

interface Newest {
  readonly note: string;
  readonly rows: readonly (readonly string[])[];
}

function fileRow(facts: Facts, { index, entry }: Placed): readonly string[] {
  const what = fileAct(entry);
  if (what === undefined) return [];
  const person = facts.person(entry.about.person ?? entry.by.person ?? entry.by.service);
  const path = `<code>${escape(entry.about.path ?? '')}</code>${what.to === undefined ? '' : `<br>to <code>${escape(what.to)}</code>`}`;
  const hash =
    what.sha256 === undefined ? '' : `<code title="${escape(what.sha256)}">${escape(what.sha256.slice(0, 16))}…</code>`;
  return [
    count(index),
    utc(entry.at),
    person,
    escape(what.gate ?? ''),
    what.text,
    path,
    what.bytes === undefined ? '' : size(what.bytes),
    hash,
  ];
}

interface FileAct {
  readonly text: string;
  readonly gate?: string;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly to?: string;
}

function fileAct(entry: Entry): FileAct | undefined {
  switch (entry.kind) {
    case 'file.read-closed':
      return {
        text: entry.data.complete ? 'read, whole' : 'read, in part',
        gate: entry.data.gate,
        bytes: entry.data.bytes,
        ...hashOf(entry.data.sha256),
      };
    case 'file.accepted':
      return { text: 'brought in', gate: entry.data.gate, bytes: entry.data.sizeBytes, sha256: entry.data.sha256 };
    case 'file.set-aside':
      return {
        text: `set aside: ${escape(entry.data.why)}`,
        gate: entry.data.gate,
        bytes: entry.data.sizeBytes,
        sha256: entry.data.sha256,
      };
    case 'file.moved':
      return { text: 'moved', gate: entry.data.gate, to: entry.data.to };
    case 'file.binned':
      return { text: 'put in the bin', gate: entry.data.gate, bytes: entry.data.sizeBytes };
    case 'file.unbinned':
      return { text: 'taken out of the bin', gate: entry.data.gate };
    case 'file.purged':
      return { text: 'purged from the bin' };
    case 'file.aside-purged':
      return { text: 'set aside before, removed for good', bytes: entry.data.sizeBytes };
    case 'folder.made':
      return { text: 'folder made', gate: entry.data.gate };
    case 'folder.removed':
      return { text: 'folder removed', gate: entry.data.gate };
    default:
      return undefined;
  }
}

function hashOf(sha256: string | undefined): { readonly sha256?: string } {
  return sha256 === undefined ? {} : { sha256 };
}

export function renderRefusals(facts: Facts): string {
  const { note, rows } = newest(
    facts,
    ({ entry }) => entry.kind === 'access.refused',
    ({ index, entry }) => refusalRow(facts, index, entry),
  );
  return (
    note +
    table(
      ['Entry#', 'Time (UTC)', 'Person', 'Gate', 'Asked for', 'Path', 'Rule'],
      rows,
      'Nothing was refused in this time.',
    )
  );
}

function refusalRow(facts: Facts, index: number, entry: Entry): readonly string[] {
  if (entry.kind !== 'access.refused') return [];
  const { action, gate, rule } = entry.data;
  const person = facts.person(entry.about.person ?? entry.by.person ?? entry.by.service);
  return [
    count(index),
    utc(entry.at),
    person,
    escape(gate ?? ''),
    escape(action),
    `<code>${escape(entry.about.path ?? '')}</code>`,
    escape(rule),
  ];
}
