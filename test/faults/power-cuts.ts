/**
 * The commit log over a disk that loses power: one seed plays several lives of one ledger, each ended by a power cut or a kill. After each, the log
 * must open again, hold everything that was acknowledged at its place, and hold calls whole or not at all, in order.
 */
import assert from 'node:assert/strict';
import type { CommitLog } from '#host/ledger/commit-log.ts';
import { openCommitLog } from '#host/ledger/commit-log.ts';
import type { Chance } from './seeded.ts';
import { chanceFrom } from './seeded.ts';
import type { End, Files } from './simulated-disk.ts';
import { createSimulatedDisk, PowerCut } from './simulated-disk.ts';

const SEGMENT_BYTES = 16 * 1024;
const LIVES = 5;
const WRITERS_MAX = 6;
const OPERATIONS_MAX = 30;

interface World {
  readonly files: Files;
  readonly chance: Chance;
  /** Every entry of the calls that were acknowledged, or were found after a cut; undefined where nothing is known yet. */
  readonly known: string[];
  /** Calls of this life that were not acknowledged, in call order. */
  open: (readonly string[])[];
  made: number;
}

/** How many ends were survived; throws with the seed in its message when one was not. */
export async function playPowerCuts(seed: number): Promise<number> {
  const chance = chanceFrom(seed);
  const world: World = { files: { seen: new Map(), kept: new Map() }, chance, known: [], open: [], made: 0 };
  try {
    for (let life = 0; life < LIVES; life += 1)
      await live(world, 1 + chance.whole(OPERATIONS_MAX), chance.happens(0.6) ? 'power' : 'kill');
    const log = await openAgain(world, Infinity, 'power');
    await log.close();
  } catch (cause) {
    throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  return LIVES;
}

async function live(world: World, endsAt: number, end: End): Promise<void> {
  const log = await openAgain(world, endsAt, end).catch(onlyPowerCuts);
  if (log === undefined) return;
  const writers = 1 + world.chance.whole(WRITERS_MAX);
  await Promise.all(Array.from({ length: writers }, () => write(world, log)));
  await log.close().catch(onlyPowerCuts);
}

async function openAgain(world: World, endsAt: number, end: End): Promise<CommitLog> {
  const disk = createSimulatedDisk(world.files, world.chance, endsAt, end);
  const log = await openCommitLog({ disk, random: world.chance, segmentBytes: SEGMENT_BYTES });
  const found: string[] = [];
  for await (const { index, bytes } of log.read(0, log.size)) {
    assert.equal(index, found.length);
    found.push(Buffer.from(bytes).toString('utf8'));
  }
  checkFound(world, found);
  return log;
}

/** What was acknowledged is there; what follows is a run of whole calls that were under way, in call order. */
function checkFound(world: World, found: readonly string[]): void {
  assert.ok(found.length >= world.known.length, `${world.known.length} acknowledged, ${found.length} found`);
  assert.deepEqual(found.slice(0, world.known.length), world.known);
  let at = world.known.length;
  for (const call of world.open) {
    if (at === found.length) break;
    assert.deepEqual(found.slice(at, at + call.length), call, 'a call is there whole, at its turn');
    at += call.length;
  }
  assert.equal(at, found.length, 'nothing else is there');
  world.known.push(...found.slice(world.known.length));
  world.open = [];
}

async function write(world: World, log: CommitLog): Promise<void> {
  for (;;) {
    const call = Array.from({ length: 1 + world.chance.whole(4) }, () => entry(world));
    world.open.push(call);
    try {
      const { firstIndex } = await log.append(call.map((text) => Buffer.from(text)));
      assert.equal(firstIndex, world.known.length, 'answers come in call order');
      world.known.push(...call);
      world.open = world.open.filter((other) => other !== call);
    } catch (cause) {
      onlyPowerCuts(cause);
      return;
    }
  }
}

function entry(world: World): string {
  world.made += 1;
  return `${world.made}:${'x'.repeat(world.chance.whole(world.chance.happens(0.1) ? 3000 : 200))}`;
}

function onlyPowerCuts(cause: unknown): undefined {
  for (let at: unknown = cause; at instanceof Error; at = at.cause) if (at instanceof PowerCut) return undefined;
  throw cause;
}
