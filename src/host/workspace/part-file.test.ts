/** Whatever way bytes come into a part, its digest is that of the file as it is then. */
import assert from 'node:assert/strict';
import { createHash, randomFillSync } from 'node:crypto';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Xxh64 } from '@node-rs/xxhash';
import fc from 'fast-check';
import { OpenPart } from '#host/workspace/part-file.ts';
import { PartThreads } from '#host/workspace/part-threads.ts';
import { Fault } from '#std/refused.ts';

const MIB = 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'picturelock-part-'));
const threads = new PartThreads();
after(async () => {
  await threads.close();
  rmSync(folder, { recursive: true });
});

let files = 0;

function newPart(): { readonly part: OpenPart; readonly path: string } {
  files += 1;
  const path = join(folder, `part-${files}`);
  return { path, part: new OpenPart(openSync(path, 'wx+'), threads, () => assert.fail('nobody parks it')) };
}

function shared(sizeBytes: number): Uint8Array {
  return randomFillSync(new Uint8Array(new SharedArrayBuffer(sizeBytes)));
}

function plain(sizeBytes: number): Uint8Array {
  return randomFillSync(new Uint8Array(sizeBytes));
}

async function check({ part, path }: ReturnType<typeof newPart>): Promise<void> {
  const bytes = readFileSync(path);
  const xxh64 = new Xxh64().update(bytes).digest().toString(16).padStart(16, '0');
  assert.deepEqual(await part.digest(bytes.byteLength), {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    xxh64,
  });
}

/** What may happen to a part; `share` says where, as a share of its size. */
const act = fc.record({
  kind: fc.constantFrom('append', 'append', 'append', 'append-plain', 'append-sync', 'over', 'beyond', 'cut', 'digest'),
  sizeBytes: fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 200_000, max: 700_000 })),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
});

test('in order, over what was written, beyond the end, cut short: the digest is of the file', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 12 }), async (acts) => {
      const made = newPart();
      const { part } = made;
      for (const { kind, sizeBytes, share } of acts) {
        const size = part.sizeBytes();
        const within = Math.floor(size * share);
        if (kind === 'append') await part.write([shared(sizeBytes), shared(7)], size);
        else if (kind === 'append-plain') await part.write([plain(sizeBytes)], size);
        else if (kind === 'append-sync') part.writeSync([plain(sizeBytes)], size);
        else if (kind === 'over') await part.write([shared(sizeBytes)], within);
        else if (kind === 'beyond') await part.write([shared(sizeBytes)], size + within);
        else if (kind === 'cut') part.truncate(within);
        else await check(made);
        // As the caller does who knows that there is no gap.
        if (kind === 'append-plain' || kind === 'append-sync') part.follow(part.sizeBytes());
      }
      await check(made);
      await part.close();
    }),
    { numRuns: 60, seed: 2026 },
  );
});

test('writes that are under way together are answered in turn', async () => {
  const made = newPart();
  const chunks = Array.from({ length: 8 }, () => shared(MIB / 2));
  await Promise.all(chunks.map((chunk, i) => made.part.write([chunk], (i * MIB) / 2)));
  assert.deepEqual(readFileSync(made.path), Buffer.concat(chunks));
  await check(made);
  await made.part.close();
});

test('a hash begins anew when bytes are declared to be others', async () => {
  const made = newPart();
  await made.part.write([shared(MIB)], 0);
  await made.part.digest(MIB);
  made.part.writeSync([plain(1000)], 500);
  made.part.forget(500);
  await check(made);
  await made.part.close();
});

test('a full disk is a Fault of its own, and the thread goes on', async () => {
  const full = new OpenPart(openSync('/dev/full', 'r+'), threads, () => undefined);
  await assert.rejects(full.write([shared(1000)], 0), (error) => error instanceof Fault && error.code === 'disk-full');
  await full.close();
  const made = newPart();
  await made.part.write([shared(1000)], 0);
  await check(made);
  await made.part.close();
});

test('closing waits for what is being written', async () => {
  const { part, path } = newPart();
  const chunk = shared(MIB);
  const written = part.write([chunk], 0);
  await part.close();
  await written;
  assert.equal(readFileSync(path).byteLength, MIB);
});

test('a thread that is gone is a Fault, and another takes its place', async () => {
  const own = new PartThreads();
  const part = new OpenPart(openSync(join(folder, 'gone'), 'wx+'), own, () => undefined);
  await part.write([shared(1000)], 0);
  await own.close();
  await assert.rejects(part.digest(1000), (error) => error instanceof Fault && error.code === 'hashing-stopped');
  await assert.rejects(part.write([shared(10)], 1000), Fault);
  await part.close();
  const next = new OpenPart(openSync(join(folder, 'next'), 'wx+'), own, () => undefined);
  await next.write([shared(1000)], 0);
  await next.close();
  await own.close();
});
