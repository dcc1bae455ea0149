/**
 * The ledger, next to the floor: the same bytes in raw batched synced appends by the same number of writers, in turns.
 *
 * - *commit log*: entry bytes in, durable in chained and checksummed frames. This is what stands beside the floor.
 * - *whole engine*: what a gate sends in (validated, numbered, salted, encoded, durable), while threads beside it seal and index
 *   everything. Its ratio to the floor is given, and it has to hold the absolute bars.
 */
import { constants, existsSync, mkdtempSync } from 'node:fs';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchRow } from './bench.ts';
import { median, percentile } from './bench.ts';
import { memoryToucher } from './touched-memory.ts';
import { createFacility, newId, owner } from '#engine/test-facility.ts';
import type { HostEngine } from '#host/engine/open-engine.ts';
import { openHostEngine } from '#host/engine/open-engine.ts';
import { createStamper } from '#engine/stamp.ts';
import { openCommitLog } from '#host/ledger/commit-log.ts';
import { createNodeDisk } from '#host/ledger/node-disk.ts';
import { createRandom } from '#host/random.ts';
import type { Draft } from '#model/events.ts';
import { parseDraft } from '#model/events.ts';

const ROUNDS = 5;
const ROUND_MS = 2500;
const SEAL_SAMPLES = 40;
const SEARCH_RATE = 5000;
/** The floor goes round in it; its memory is the kernel's already, which a growing log's is not. */
const FLOOR_FILE_BYTES = 256 * 2 ** 20;
/** What a log takes of the kernel's memory in a round, at most. */
const TOUCHED_BYTES = 1024 * 2 ** 20;
const WRITERS = [64, 512] as const;
const memory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'picturelock-bench-'));
const touch = memoryToucher(memory, TOUCHED_BYTES);
const PEER = 'raw synced appends';

interface Round {
  readonly perSecond: number;
  readonly acksMs: readonly number[];
}

type Append = (bytes: Uint8Array) => Promise<unknown>;

/** A file gate's most frequent entry, as it arrives from a gate: unknown JSON. */
function rawDraft(n: number): unknown {
  return {
    kind: 'file.read-opened',
    stream: 'facility',
    by: { person: owner, session, from: '10.20.30.40' },
    about: {
      person: owner,
      session,
      gate: 'sftp',
      path: `media/reel-${n % 40}/A${String(n % 9973).padStart(4, '0')}C001_261121.mov`,
    },
    data: { gate: 'sftp', sizeBytes: 1_200_000_000 + n },
  };
}
const session = newId('session');
const sampleEntry =
  createStamper(createRandom()).stamp([parseDraft(rawDraft(1))], Date.now()).bytes[0] ?? new Uint8Array();

export async function run(): Promise<readonly BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'picturelock-bench-'));
  try {
    const floor = await openFloor(join(folder, 'floor'));
    const rows = [
      ...(await benchCommitLog(join(folder, 'log'), floor)),
      ...(await benchEngine(join(folder, 'data'), floor)),
    ];
    await floor.close();
    return rows;
  } finally {
    for (const made of [folder, memory]) await rm(made, { recursive: true, force: true });
  }
}

async function benchCommitLog(folder: string, floor: Floor): Promise<readonly BenchRow[]> {
  await mkdir(folder);
  const log = await openCommitLog({ disk: createNodeDisk(folder), random: createRandom() });
  const rows: BenchRow[] = [];
  for (const writers of WRITERS) {
    const { value, peerValue, ratio } = await compare(writers, () => log.append([sampleEntry]), floor);
    rows.push({
      name: `commit log, ${writers} writers`,
      value,
      unit: '/s',
      peer: PEER,
      peerValue,
      ratio,
      bar: '>= 0.5 x floor',
      better: 'higher',
      holds: ratio >= 0.5,
    });
  }
  await log.close();
  return rows;
}

async function benchEngine(data: string, floor: Floor): Promise<readonly BenchRow[]> {
  const engine = await openHostEngine({ data });
  await engine.command(createFacility(), { person: owner });
  const rows: BenchRow[] = [];
  let n = 0;
  for (const writers of WRITERS) {
    const { value, peerValue, ratio, ack, rawAck } = await compare(
      writers,
      () => engine.record([parseDraft(rawDraft((n += 1)))]),
      floor,
    );
    rows.push(
      {
        name: `whole engine, ${writers} writers`,
        value,
        unit: '/s',
        peer: PEER,
        peerValue,
        ratio,
        bar: '>= 20,000/s',
        better: 'higher',
        holds: value >= 20_000,
      },
      lower(`ack p50, ${writers} writers`, ack(0.5), 'ms', 50, rawAck(0.5)),
      lower(`ack p99, ${writers} writers`, ack(0.99), 'ms', 50, rawAck(0.99)),
    );
  }
  rows.push(...(await sealDelay(engine)), ...(await searchDelay(engine)));
  await engine.close();
  return rows;
}

interface Comparison {
  readonly value: number;
  readonly peerValue: number;
  readonly ratio: number;
  readonly ack: (share: number) => number;
  readonly rawAck: (share: number) => number;
}

/** Ours and the floor in turns; medians of the rounds. */
async function compare(writers: number, append: () => Promise<unknown>, floor: Floor): Promise<Comparison> {
  const ours: Round[] = [];
  const raw: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await touch();
    ours.push(await load(writers, append));
    raw.push(await load(writers, () => floor.append(sampleEntry)));
  }
  const value = median(ours.map(({ perSecond }) => perSecond));
  const peerValue = median(raw.map(({ perSecond }) => perSecond));
  const medianOf = (rounds: readonly Round[]) => (share: number) =>
    median(rounds.map(({ acksMs }) => percentile(acksMs, share)));
  return { value, peerValue, ratio: value / peerValue, ack: medianOf(ours), rawAck: medianOf(raw) };
}

function lower(name: string, value: number, unit: string, bar: number, peerValue?: number): BenchRow {
  const peer = peerValue === undefined ? {} : { peer: PEER, peerValue, ratio: value / peerValue };
  return { name, value, unit, ...peer, bar: `<= ${bar} ${unit}`, better: 'lower', holds: value <= bar };
}

/** `writers` loops, each waiting for its own acknowledgement. */
async function load(writers: number, append: () => Promise<unknown>): Promise<Round> {
  const acksMs: number[] = [];
  const started = performance.now();
  const end = started + ROUND_MS;
  async function writer(): Promise<void> {
    for (let now = performance.now(); now < end;) {
      await append();
      const done = performance.now();
      acksMs.push(done - now);
      now = done;
    }
  }
  await Promise.all(Array.from({ length: writers }, writer));
  return { perSecond: (acksMs.length / (performance.now() - started)) * 1000, acksMs };
}

/** From ack to being under a stored, signed checkpoint: one entry at a time, then under the load of 512 writers. */
async function sealDelay(engine: HostEngine): Promise<readonly BenchRow[]> {
  const sample = async (): Promise<number> => {
    const [index = 0] = await engine.record([parseDraft(rawDraft(1))]);
    const acked = performance.now();
    await engine.sealed(index);
    return performance.now() - acked;
  };
  const quiet: number[] = [];
  for (let i = 0; i < SEAL_SAMPLES; i += 1) quiet.push(await sample());
  const busy: number[] = [];
  let n = 0;
  let running = true;
  const sampling = (async () => {
    while (running) busy.push(await sample());
  })();
  await load(512, () => engine.record([parseDraft(rawDraft((n += 1)))]));
  running = false;
  await sampling;
  return [
    lower('sealed after ack, quiet, p99', percentile(quiet, 0.99), 'ms', 250),
    lower('sealed after ack, 512 writers, p99', percentile(busy, 0.99), 'ms', 250),
  ];
}

/** From ack to being found, while entries arrive at a steady rate. */
async function searchDelay(engine: HostEngine): Promise<readonly BenchRow[]> {
  while ((await engine.search({ limit: 1 })).searchedTo < engine.store.size) await pause(50);
  const delays: number[] = [];
  const drafts: readonly Draft[] = Array.from({ length: SEARCH_RATE / 50 }, (_, n) => parseDraft(rawDraft(n)));
  const started = performance.now();
  let written = 0;
  while (performance.now() - started < ROUND_MS) {
    const [first = 0] = await engine.record(drafts);
    written += drafts.length;
    const acked = performance.now();
    void found(engine, first).then(() => delays.push(performance.now() - acked));
    await pause(Math.max(0, started + (written / SEARCH_RATE) * 1000 - performance.now()));
  }
  await pause(1000);
  return [lower(`searchable after ack, ${SEARCH_RATE} entries/s, p99`, percentile(delays, 0.99), 'ms', 1000)];
}

async function found(engine: HostEngine, index: number): Promise<void> {
  while ((await engine.search({ limit: 1 })).searchedTo <= index) await pause(20);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

interface Floor {
  readonly append: Append;
  close(): Promise<void>;
}

/** One written file, O_DSYNC, one write in flight, whatever waits goes out together: nothing but the bytes and their lengths. */
async function openFloor(path: string): Promise<Floor> {
  const zero = await open(path, 'w');
  for (let at = 0; at < FLOOR_FILE_BYTES; at += 2 ** 22) await zero.write(Buffer.alloc(2 ** 22), 0, 2 ** 22, at);
  await zero.sync();
  await zero.close();
  const file = await open(path, constants.O_WRONLY | constants.O_DSYNC);
  const buffer = Buffer.alloc(4 * 2 ** 20);
  let waiting: { readonly bytes: Uint8Array; readonly resolve: () => void }[] = [];
  let writing = false;
  let offset = 0;

  async function writeOn(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      const taken = waiting;
      waiting = [];
      let at = 0;
      for (const { bytes } of taken) {
        at = buffer.writeUInt16BE(bytes.byteLength, at);
        buffer.set(bytes, at);
        at += bytes.byteLength;
      }
      if (offset + at > FLOOR_FILE_BYTES) offset = 0;
      await file.write(buffer, 0, at, offset);
      offset += at;
      for (const { resolve } of taken) resolve();
      await new Promise(setImmediate);
    }
    writing = false;
  }

  return {
    append: (bytes) =>
      new Promise<void>((resolve) => {
        waiting.push({ bytes, resolve });
        if (!writing) setImmediate(() => void (writing ? undefined : writeOn()));
      }),
    close: () => file.close(),
  };
}
