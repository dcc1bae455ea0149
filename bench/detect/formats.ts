/**
 * Detection by format and style of attack: one file in a folder of renders is attacked and the next snapshot is taken. Judged twice: unannounced,
 * and while a planned change of the whole tree is open, when only bytes and structure may speak. A plain new take over the same name is judged
 * too: it must not look like encryption.
 */
import { FORMATS } from './media.ts';
import type { Format } from './media.ts';
import { hits, STYLES } from './attacks.ts';
import type { AttackStyle } from './attacks.ts';
import { announced, makeWatchedTree } from './watched-tree.ts';
import type { Taken, WatchedTree } from './watched-tree.ts';
import type { BenchRow } from '../bench.ts';

const TAKES = [1, 2];
/** Styles that the bar speaks of. */
const FULL = new Set(['full', 'full, renamed']);

interface Cell {
  readonly format: string;
  readonly style: string;
  tried: number;
  found: number;
  foundAnnounced: number;
}

interface Laid {
  readonly format: Format;
  readonly takes: readonly { readonly path: string; readonly bytes: Buffer }[];
  /** Another take, to be rendered over the first. */
  readonly other: Buffer;
}

export async function run(): Promise<readonly BenchRow[]> {
  using tree = await makeWatchedTree('detect');
  const laid = FORMATS.map((format) => lay(tree, format));
  const base = await tree.take(undefined);
  const cells: Cell[] = [];
  const plain: Cell[] = [];
  for (const one of laid) {
    for (const style of STYLES) cells.push(await attackAll(tree, base, one, style));
    plain.push(await renderOver(tree, base, one));
  }
  return [...cells.filter(({ tried }) => tried > 0).map(rowOf), ...plain.map(falseRow)];
}

function lay(tree: WatchedTree, format: Format): Laid {
  const folder = `renders/${format.name.replaceAll(/\W+/g, '-')}`;
  const takes = TAKES.map((seed) => ({
    path: `${folder}/take_${seed}.${format.ending}`,
    bytes: format.make(seed, tree.folder),
  }));
  for (const { path, bytes } of takes) tree.write(path, bytes);
  return { format, takes, other: format.make(99, tree.folder) };
}

async function attackAll(tree: WatchedTree, base: Taken, { format, takes }: Laid, style: AttackStyle): Promise<Cell> {
  const cell: Cell = { format: format.name, style: style.name, tried: 0, found: 0, foundAnnounced: 0 };
  for (const { path, bytes } of takes) {
    if (!hits(style, bytes)) continue;
    const to = style.rename(path);
    if (to !== path) tree.remove(path);
    tree.write(to, style.encrypt(bytes, `${style.name} ${path}`));
    const { suspicions } = await tree.take(base, [[], announced(base, [])]);
    cell.tried += 1;
    if (suspicions[0]?.isAlarm === true) cell.found += 1;
    if (suspicions[1]?.isAlarm === true) cell.foundAnnounced += 1;
    if (to !== path) tree.remove(to);
    tree.write(path, bytes);
  }
  return cell;
}

/** Each take is rendered anew over its own name, as a colourist does it all day. */
async function renderOver(tree: WatchedTree, base: Taken, { format, takes, other }: Laid): Promise<Cell> {
  const cell: Cell = {
    format: format.name,
    style: 'a new take over the same name',
    tried: 0,
    found: 0,
    foundAnnounced: 0,
  };
  for (const { path, bytes } of takes) {
    tree.write(path, other);
    const { suspicions } = await tree.take(base, [[], announced(base, [])]);
    tree.write(path, bytes);
    cell.tried += 1;
    if (suspicions[0]?.isAlarm === true) cell.found += 1;
    if (suspicions[1]?.isAlarm !== true) continue;
    cell.foundAnnounced += 1;
    console.error(`false alarm: ${format.name}`, JSON.stringify(suspicions[1].signs));
  }
  return cell;
}

function falseRow({ format, style, tried, found, foundAnnounced }: Cell): BenchRow {
  return {
    name: `${format}: ${style}, false alarms of ${tried} while announced; unannounced ${found}`,
    value: foundAnnounced,
    unit: 'alarms',
    bar: '0',
    better: 'lower',
    holds: foundAnnounced === 0,
  };
}

function rowOf({ format, style, tried, found, foundAnnounced }: Cell): BenchRow {
  const isBar = FULL.has(style);
  return {
    name: `${format}: ${style}, ${tried} snapshots with one such file; unannounced ${found} found`,
    value: (100 * foundAnnounced) / tried,
    unit: '% found within an announced change',
    bar: isBar ? '100 %' : 'published',
    better: 'higher',
    holds: !isBar || (found === tried && foundAnnounced === tried),
  };
}
