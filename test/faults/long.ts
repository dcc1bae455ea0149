/**
 * `npm run faults [-- --kills N --cuts N --files N --sparse-gib N --packs N --pieces N --seed N --no-ways]`: the long run of what `npm test` does a small share of. Prints what
 * was survived, as one JSON object in its last line; ends with 1 at the first thing that was not.
 */
import { parseArgs } from 'node:util';
import { fillTheDisk, mayMount } from './full-disk.ts';
import { backUpBeside, backUpSmallFiles, backUpSparseFile } from './large-trees.ts';
import { killOverAndOver } from './kills.ts';
import { typeEveryWay } from './every-way.ts';
import { listManyPacks } from './many-packs.ts';
import { playPowerCuts } from './power-cuts.ts';
import type { InjectedFault, Injection } from './syscalls.ts';
import { hasStrace, injectFault } from './syscalls.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    cuts: { type: 'string', default: '20000' },
    files: { type: 'string', default: '1000000' },
    'sparse-gib': { type: 'string', default: '200' },
    packs: { type: 'string', default: '3000000' },
    pieces: { type: 'string', default: '3000000' },
    seed: { type: 'string', default: '1' },
    'no-ways': { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);

async function cutPower(): Promise<number> {
  let cuts = 0;
  for (let next = seed; cuts < Number(values.cuts); next += 1) cuts += await playPowerCuts(next);
  return cuts;
}

async function failWrites(): Promise<number> {
  const injections: readonly Injection[] = ['error=EIO', 'error=ENOSPC', 'signal=SIGKILL'];
  const faults: InjectedFault[] = injections.flatMap((injection) => [
    ...[2, 3, 9, 40].map((when) => ({ file: 'segment', injection, when }) as const),
    ...[1, 3].map((when) => ({ file: 'checkpoints', injection, when }) as const),
  ]);
  for (const fault of faults) await injectFault(fault);
  return faults.length;
}

const started = Date.now();
const powerCuts = await cutPower();
console.log(`${powerCuts} power cuts survived (seeds from ${seed})`);
const failedWrites = hasStrace ? await failWrites() : 0;
console.log(
  hasStrace
    ? `${failedWrites} failed or killed writes survived`
    : 'strace is not installed: no writes were made to fail',
);
const fullDisk = mayMount ? await fillTheDisk() : undefined;
console.log(
  fullDisk === undefined
    ? 'not root: no disk was filled'
    : `a full disk survived, after ${fullDisk.acks} acknowledgements`,
);
const everyWay = values['no-ways'] === false;
if (everyWay) await typeEveryWay();
console.log(everyWay ? 'the printed runbook was typed in every way' : 'the printed runbook was not typed');
const smallFiles = await backUpSmallFiles(Number(values.files));
console.log(`${values.files} small files went and came back: ${JSON.stringify(smallFiles)}`);
const sparse = await backUpSparseFile(Number(values['sparse-gib']));
console.log(`a sparse file of ${values['sparse-gib']} GiB went and came back: ${JSON.stringify(sparse)}`);
const packs = await listManyPacks(Number(values.packs));
console.log(`${values.packs} packs were listed and compared: ${JSON.stringify(packs)}`);
const beside = await backUpBeside(Number(values.pieces));
console.log(`a backup beside ${values.pieces} pieces went and came back: ${JSON.stringify(beside)}`);
const { kills, acks } = await killOverAndOver(Number(values.kills), seed);
console.log(`${kills} kills survived, ${acks} acknowledgements, none lost`);
console.log(
  JSON.stringify({
    seed,
    powerCuts,
    failedWrites,
    fullDisks: fullDisk === undefined ? 0 : 1,
    everyWay,
    smallFiles,
    sparse,
    packs,
    beside,
    kills,
    acks,
    lost: 0,
    ms: Date.now() - started,
  }),
);
