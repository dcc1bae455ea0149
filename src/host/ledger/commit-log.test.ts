import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openCommitLog } from './commit-log.ts';
import type { Disk } from './disk.ts';
import { encodeFrame, frameBytes, parseFrame } from './frame.ts';
import { createNodeDisk } from './node-disk.ts';
import { createLedgerReader } from './ledger-reader.ts';
import { lockLedger } from './ledger-lock.ts';
import { createRandom } from '#host/random.ts';
import { Fault } from '#std/refused.ts';

const SEGMENT_BYTES = 32 * 1024;
const random = createRandom();

function folder(t: { after(run: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'picturelock-log-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function texts(
  from: AsyncIterable<{ readonly index: number; readonly bytes: Uint8Array }>,
): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const { bytes } of from) all.push(Buffer.from(bytes).toString());
  return all;
}

test('a frame says what was put in, and nothing else is a frame', () => {
  const epoch = random.bytes(16);
  const chain = random.bytes(32);
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 20 }),
      fc.nat(),
      fc.nat(),
      (entries, firstIndex, flip) => {
        const into = Buffer.alloc(frameBytes(20 * 302));
        const bytes = encodeFrame(into, epoch, firstIndex, chain, entries);
        const frame = parseFrame(bytes, epoch);
        assert.deepEqual(
          frame?.entries.map((entry) => Uint8Array.from(entry)),
          entries,
        );
        assert.equal(frame?.firstIndex, firstIndex);
        assert.equal(parseFrame(bytes, random.bytes(16)), undefined);
        assert.equal(parseFrame(bytes.subarray(0, bytes.byteLength - 1), epoch), undefined);
        const checked = frame.sizeBytes - 8; // what follows may be padding
        const broken = Buffer.from(bytes);
        broken[flip % checked] = (broken[flip % checked] ?? 0) ^ 1;
        assert.equal(parseFrame(broken, epoch), undefined);
      },
    ),
  );
});

test('calls commit in order, share writes, cross segments, and read back from anywhere by anyone', async (t) => {
  const path = folder(t);
  const disk = createNodeDisk(path);
  let writes = 0;
  const counting: Disk = {
    ...disk,
    async open(name) {
      const file = await disk.open(name);
      return { ...file, writeSynced: (bytes, position) => ((writes += 1), file.writeSynced(bytes, position)) };
    },
  };
  const log = await openCommitLog({ disk: counting, random, segmentBytes: SEGMENT_BYTES });
  const want = Array.from({ length: 1500 }, (_, n) => `entry ${n} ${'z'.repeat(n % 120)}`);
  const placed = await Promise.all(want.map((text) => log.append([Buffer.from(text)])));
  assert.deepEqual(
    placed.map(({ firstIndex }) => firstIndex),
    want.map((_, n) => n),
  );
  assert.ok(writes < 60, `${writes} writes for ${want.length} calls`);
  const reader = createLedgerReader(createNodeDisk(path, { readOnly: true }));
  for (const [from, to] of [
    [0, 1500],
    [777, 778],
    [1499, 1500],
    [3, 1200],
    [900, 900],
  ] as const) {
    assert.deepEqual(await texts(log.read(from, to)), want.slice(from, to));
    assert.deepEqual(await texts(reader.read(from, to)), want.slice(from, to));
  }
  assert.equal(Buffer.from(await log.readOne(42)).toString(), want[42]);
  await assert.rejects(log.readOne(1500), { code: 'no-such-entry' });
  const more = log.append([Buffer.from('late')]);
  await log.close();
  assert.deepEqual(await more, { firstIndex: 1500 }, 'closing waits for what is under way');
  await assert.rejects(log.append([Buffer.from('x')]), { code: 'ledger-closed' });
  assert.equal(Buffer.from(await reader.readOne(1500)).toString(), 'late');
  await reader.close();
});

test('after a failed write everything is rejected and the disk is left alone', async (t) => {
  const disk = createNodeDisk(folder(t));
  let failing = false;
  let touched = 0;
  const breaking: Disk = {
    ...disk,
    async open(name) {
      const file = await disk.open(name);
      return {
        ...file,
        writeSynced(bytes, position) {
          touched += 1;
          return failing ? Promise.reject(new Fault('disk-failed', 'EIO')) : file.writeSynced(bytes, position);
        },
      };
    },
  };
  const log = await openCommitLog({ disk: breaking, random, segmentBytes: SEGMENT_BYTES });
  await log.append([Buffer.from('kept')]);
  failing = true;
  const waiting = [log.append([Buffer.from('a')]), log.append([Buffer.from('b')])];
  for (const one of waiting) await assert.rejects(one, { code: 'disk-failed', retry: false });
  const before = touched;
  failing = false;
  await assert.rejects(log.append([Buffer.from('c')]), { code: 'disk-failed' });
  assert.equal(touched, before, 'a failed write is never tried again');
  assert.equal(log.size, 1);
  await log.close();
});

test('what does not fit is refused and breaks nothing', async (t) => {
  const log = await openCommitLog({ disk: createNodeDisk(folder(t)), random, segmentBytes: SEGMENT_BYTES });
  await assert.rejects(log.append([]), { code: 'batch-too-large' });
  await assert.rejects(log.append([Buffer.alloc(65_536)]), { code: 'entry-too-large' });
  await assert.rejects(log.append([Buffer.alloc(SEGMENT_BYTES)]), { code: 'batch-too-large' });
  assert.deepEqual(await log.append([Buffer.alloc(SEGMENT_BYTES - 1000)]), { firstIndex: 0 });
  await log.close();
});

test('one writer', (t) => {
  const path = join(folder(t), 'lock.sqlite');
  const lock = lockLedger(path);
  assert.throws(() => lockLedger(path), { code: 'ledger-in-use' });
  lock.release();
  lockLedger(path).release();
});
