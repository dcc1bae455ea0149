/** Whole shows: benign storms with and without a planned change, ordinary days, and attacks on a whole folder, a slow one among them. */
import { STYLES } from './attacks.ts';
import type { AttackStyle } from './attacks.ts';
import { draws, randomBytesOf } from './draws.ts';
import { timeline } from './media.ts';
import { CANARY, drop, layShow, pathsIn, put } from './show-tree.ts';
import type { Show } from './show-tree.ts';
import { ordinaryDay, STORMS } from './storms.ts';
import { announced, makeWatchedTree } from './watched-tree.ts';
import type { Taken } from './watched-tree.ts';
import type { BenchRow } from '../bench.ts';

const SEEDS = [1, 2];
const DAYS = 6;
const DRIPPED = 5;

export async function run(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const storm of STORMS) rows.push(...(await stormRows(storm.name)));
  return [...rows, ...(await dayRows()), ...(await attackRows())];
}

async function inShow<T>(seed: number, act: (show: Show, base: Taken) => Promise<T>): Promise<T> {
  using tree = await makeWatchedTree('show');
  const show = layShow(tree, seed);
  put(show, CANARY, timeline(seed + 7, 60));
  return await act(show, await tree.take(undefined));
}

async function stormRows(name: string): Promise<readonly BenchRow[]> {
  const storm = STORMS.find((one) => one.name === name);
  if (storm === undefined) throw new Error(`no storm ${name}`);
  let [silent, loud] = [0, 0];
  for (const seed of SEEDS) {
    await inShow(seed, async (show, base) => {
      storm.pass(show);
      const { suspicions } = await show.tree.take(base, [[], announced(base, storm.folders)]);
      if (suspicions[0]?.isAlarm === true) loud += 1;
      if (suspicions[1]?.isAlarm !== true) return;
      silent += 1;
      console.error(`false alarm: ${name}`, JSON.stringify(suspicions[1].signs));
    });
  }
  return [
    falseRow(`${name}, announced: false alarms of ${SEEDS.length}`, silent, true),
    falseRow(`${name}, unannounced: alarms of ${SEEDS.length}`, loud, false),
  ];
}

async function dayRows(): Promise<readonly BenchRow[]> {
  let alarms = 0;
  for (const seed of SEEDS) {
    await inShow(seed, async (show, base) => {
      let before = base;
      for (let day = 1; day <= DAYS; day += 1) {
        ordinaryDay(show, day);
        before = await show.tree.take(before, [[]], new Set([CANARY]));
        const [suspicion] = before.suspicions;
        if (suspicion?.isAlarm !== true) continue;
        alarms += 1;
        console.error(`false alarm: day ${day}`, JSON.stringify(suspicion.signs));
      }
    });
  }
  return [falseRow(`${SEEDS.length * DAYS} ordinary days, nothing announced: false alarms`, alarms, true)];
}

/** Everything in `vfx` and `proxies`, while exactly those folders are announced for a re-render. */
async function attackRows(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const style of STYLES) {
    let found = 0;
    for (const seed of SEEDS) if (await isFound(seed, (show) => encryptAll(show, style))) found += 1;
    rows.push(foundRow(`attack on announced folders: ${style.name}`, found, SEEDS.length));
  }
  rows.push(foundRow('drip: one file a day, name and length kept', await drips(), SEEDS.length * DRIPPED));
  rows.push(foundRow('a note in three folders', await count((show) => notes(show)), SEEDS.length));
  rows.push(foundRow('a decoy was deleted', await count((show) => drop(show, CANARY)), SEEDS.length));
  rows.push(foundRow('only new files encrypted: three takes that never were', await count(newOnly), SEEDS.length));
  return rows;
}

async function count(attack: (show: Show) => void): Promise<number> {
  let found = 0;
  for (const seed of SEEDS) if (await isFound(seed, attack)) found += 1;
  return found;
}

function isFound(seed: number, attack: (show: Show) => void): Promise<boolean> {
  return inShow(seed, async (show, base) => {
    attack(show);
    const { suspicions } = await show.tree.take(base, [announced(base, ['vfx', 'proxies'])], new Set([CANARY]));
    return suspicions[0]?.isAlarm === true;
  });
}

function encryptAll(show: Show, style: AttackStyle): void {
  for (const path of [...pathsIn(show, 'vfx'), ...pathsIn(show, 'proxies')]) {
    const bytes = style.encrypt(show.files.get(path) ?? Buffer.alloc(0), path);
    if (style.rename(path) !== path) drop(show, path);
    put(show, style.rename(path), bytes);
  }
}

/** One file of any folder each day; how many of those days were found. */
async function drips(): Promise<number> {
  let found = 0;
  const [full] = STYLES;
  if (full === undefined) throw new Error('no style of attack');
  for (const seed of SEEDS) {
    await inShow(seed, async (show, base) => {
      const draw = draws(`drip ${seed}`);
      let before = base;
      const paths = [...show.files.keys()].filter((path) => path !== CANARY && path !== 'README.txt');
      for (let day = 0; day < DRIPPED; day += 1) {
        const [path = ''] = paths.splice(draw(paths.length), 1);
        put(show, path, full.encrypt(show.files.get(path) ?? Buffer.alloc(0), `${day}`));
        before = await show.tree.take(before, [announced(before, [])]);
        if (before.suspicions[0]?.isAlarm === true) found += 1;
      }
    });
  }
  return found;
}

function notes(show: Show): void {
  const text =
    'All your files are encrypted. To get a decryptor send bitcoin; install Tor Browser: http://abc.onion/\n';
  for (const folder of ['edit', 'camera', 'vfx']) put(show, `${folder}/HOW_TO_RESTORE.txt`, Buffer.from(text));
}

function newOnly(show: Show): void {
  for (let i = 0; i < 3; i += 1)
    put(show, `camera/E001/clip_${i}.mov`, randomBytesOf(`new ${show.seed} ${i}`, 900_000));
}

/** A run takes minutes: each row is told when it is known. */
function told(row: BenchRow): BenchRow {
  console.error(`${row.name}: ${row.value} ${row.unit}`);
  return row;
}

function falseRow(name: string, value: number, isBar: boolean): BenchRow {
  return told({
    name,
    value,
    unit: 'alarms',
    bar: isBar ? '0' : 'published',
    better: 'lower',
    holds: !isBar || value === 0,
  });
}

function foundRow(name: string, found: number, of: number): BenchRow {
  const isBar = /full$|renamed$|drip/.test(name);
  const value = (100 * found) / of;
  return told({
    name: `${name}: found of ${of}`,
    value,
    unit: '%',
    bar: isBar ? '100 %' : 'published',
    better: 'higher',
    holds: !isBar || found === of,
  });
}
