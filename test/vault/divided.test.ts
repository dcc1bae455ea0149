/** Long files that several threads read a part of each: the same pieces as one thread makes, whatever their bytes are. */
import assert from 'node:assert/strict';
import { closeSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readFile, WINDOW_BYTES } from '#vault/engine/file-reader.ts';
import { joinParts, planParts, planResumed } from '#vault/engine/file-parts.ts';
import { stretchFields, stretchIn } from '#vault/engine/resume-stretches.ts';
import { BlobIndex } from '#vault/engine/blob-index.ts';
import { KnownBlobs } from '#vault/engine/known-blobs.ts';
import { createPacker } from '#vault/engine/packer.ts';
import { openStillness } from '#vault/engine/stillness.ts';
import type { FileDone, FilePart } from '#vault/engine/work.ts';
import { createKernel, KERNEL_FREE } from '#vault/format/kernel/kernel.ts';
import { seededBytes } from './seeded-bytes.ts';
import { makeRepository } from './test-repository.ts';
import type { TestRepository } from './test-repository.ts';

const MIB = 1 << 20;

/** So many copies of the same bytes. */
function writeCopies(path: string, bytes: Buffer, copies: number): void {
  const file = openSync(path, 'w');
  for (let i = 0; i < copies; i += 1) writeSync(file, bytes);
  closeSync(file);
}

test('two threads make of long files the very pieces that one makes', async () => {
  using world = await makeRepository('divided');
  // Longer than two parts; their pieces are few, so that little is sealed.
  writeCopies(join(world.source, 'media.mxf'), seededBytes(1, 27 * MIB), 5);
  // No cut is ever in sight: parts that begin elsewhere never meet, and the rest is read again.
  writeCopies(join(world.source, 'one-byte.raw'), Buffer.alloc(4 * MIB, 0x41), 33);
  assert.equal(planParts(132 * MIB, 2).length, 2);
  const alone = await world.backupListed({ threads: 1 });
  const divided = await world.backupListed({ threads: 2 });
  assert.deepEqual([divided.unsteady, divided.manifest.sha256], [[], alone.manifest.sha256]);
  assert.equal(statSync(join(world.source, 'media.mxf')).size + 132 * MIB, divided.bytes);
  assert.deepEqual((await world.verify()).damage, []);
});

interface Reading {
  readonly tellRead: () => number;
  /** What was told since this was asked last, as a journal gives it back. */
  readonly tellStretches: () => ReadonlyMap<number, FileDone>;
  read(part?: FilePart): Promise<FileDone>;
}

async function readerOf(world: TestRepository, path: string): Promise<Reading> {
  const { key, config } = await world.open();
  const kernel = createKernel(WINDOW_BYTES);
  kernel.setPolynomial(config.polynomial);
  const packer = createPacker(key, { store: async () => undefined, packed: () => undefined });
  const known = KnownBlobs.create(new BlobIndex().shared);
  const stillness = openStillness(undefined);
  let bytesRead = 0;
  const onRead = (bytes: number): void => void (bytesRead += bytes);
  let told = new Map<number, FileDone>();
  const onStretch = (at: number, stretch: FileDone): void =>
    void told.set(at, stretchIn(JSON.parse(JSON.stringify(stretchFields(Buffer.from(path), at, stretch)))).stretch);
  const rest = (): undefined => undefined;
  const parts = { kernel, window: KERNEL_FREE, packer, known, watch: true, stillness, onRead, onStretch, rest };
  const job = { job: 1, path: Buffer.from(path) };
  return {
    tellRead: () => bytesRead,
    tellStretches() {
      const all = told;
      told = new Map();
      return all;
    },
    read: (part) => readFile(parts, part === undefined ? job : { ...job, part }),
  };
}

/** What a listed file has of its pieces, and what was seen of them. */
function saidOf({ content, lengths, bytes, steadiness, look }: FileDone): unknown {
  const { head, tail, blocks, evenBlocks, structure } = look ?? {};
  return [content, lengths, bytes, steadiness, head, tail, blocks, evenBlocks, structure];
}

test('parts of a file join to what is read of the whole, each byte of it told once, and again none of what was told', async () => {
  using world = await makeRepository('parts');
  const path = join(world.source, 'media.mxf');
  writeFileSync(path, seededBytes(2, 50 * MIB));
  const { read, tellRead, tellStretches } = await readerOf(world, path);
  const whole = await read();
  const ofWhole = tellStretches();
  const before = tellRead();
  const [from, until] = [21 * MIB + 5, 40 * MIB];
  const plan: readonly FilePart[] = [
    { from: 0, until: from, isExact: true },
    { from, until, isExact: false },
    { from: until, isExact: false },
  ];
  async function readAll(parts: readonly (FileDone | FilePart)[]): Promise<FileDone> {
    const all: FileDone[] = [];
    for (const part of parts) all.push('content' in part ? part : await read(part));
    const joined = joinParts(all);
    return joined.kind === 'done' ? joined.done : assert.fail('they do not meet');
  }
  assert.deepEqual(saidOf(await readAll(plan)), saidOf(whole));
  assert.equal(tellRead() - before, 50 * MIB);

  const ofParts = tellStretches();
  assert.deepEqual([[...ofWhole.keys()][0], [...ofParts.keys()]], [0, [0, from]]);
  for (const stretches of [ofParts, ofWhole]) {
    const [known, begun] = [[...stretches.values()].reduce((sum, { bytes }) => sum + bytes, 0), tellRead()];
    assert.ok(known >= 24 * MIB);
    assert.deepEqual(saidOf(await readAll(planResumed(plan, (at) => stretches.get(at)))), saidOf(whole));
    // What lies between a part's bound and the cut behind it is told by neither.
    assert.ok(tellRead() - begun <= 50 * MIB - known + 8 * MIB, `${tellRead() - begun} bytes were read again`);
  }
});

test('a part behind the end of a file that was cut off has nothing in it', async () => {
  using world = await makeRepository('cut-off');
  const path = join(world.source, 'media.mxf');
  writeFileSync(path, seededBytes(3, 3 * MIB));
  const { read } = await readerOf(world, path);
  const [first, last] = [
    await read({ from: 0, until: 20 * MIB, isExact: true }),
    await read({ from: 20 * MIB, isExact: false }),
  ];
  assert.deepEqual([first.stretch?.end, last.bytes], [3 * MIB, 0]);
});
