import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createCipheriv, hash } from 'node:crypto';
import { bytesSource } from '#vault/detect/structure/byte-source.ts';
import { TEST_FILES, xml } from '#vault/detect/structure/test-files.ts';
import { walkStructure } from '#vault/detect/structure/walk-structure.ts';
import { threadMs } from '../../../../test/thread-time.ts';

/** Of these the walk sees headers only; what they hold is plain samples, which blocks speak for. */
const HEADERS_ONLY = new Set(['wav', 'dpx', 'tiff', 'mkv', 'vc3.mxf']);

function hidden(bytes: Buffer, seed: string, isHit: (at: number) => boolean): Buffer {
  const cipher = createCipheriv('aes-256-ctr', hash('sha256', seed, 'buffer'), Buffer.alloc(16)).update(bytes);
  return Buffer.from(bytes.map((byte, at) => (isHit(at) ? (cipher[at] ?? 0) : byte)));
}

for (const [ending, kind, bytes] of TEST_FILES) {
  test(`a whole ${ending} is whole, of its kind`, () => {
    const look = walkStructure(bytesSource(bytes));
    assert.deepEqual([look.kind, look.verdict], [kind, 'whole']);
  });

  test(`an encrypted ${ending} is of no kind`, () => {
    const look = walkStructure(bytesSource(hidden(bytes, ending, () => true)));
    assert.notEqual(look.kind.slice(look.kind.lastIndexOf('.') + 1), kind.slice(kind.lastIndexOf('.') + 1));
  });

  test(`a ${ending} that is half there is not called broken`, () => {
    if (kind === 'text') return;
    assert.notEqual(walkStructure(bytesSource(bytes.subarray(0, bytes.length >> 1))).verdict, 'broken');
  });

  test(`a ${ending} of which every second 16 bytes are encrypted behind its head is not whole`, () => {
    if (HEADERS_ONLY.has(kind) && kind !== 'vc3.mxf') return;
    const look = walkStructure(bytesSource(hidden(bytes, ending, (at) => at >= 64 && (at >> 4) % 2 === 0)));
    assert.notEqual(look.verdict, 'whole');
  });

  test(`no damage to a ${ending} makes the walk throw`, () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const draw = hash('sha256', `${ending} ${seed}`, 'buffer');
      const copy = Buffer.from(bytes.subarray(0, draw.readUInt32BE(0) % (bytes.length + 1)));
      for (let i = 4; i < 28 && copy.length > 0; i += 4) copy[draw.readUInt32BE(i) % copy.length] = draw[i] ?? 0;
      walkStructure(bytesSource(copy));
    }
  });
}

test('a checksum or a syntax over the content sees one byte that is other', () => {
  for (const [ending, , bytes] of TEST_FILES.filter(([, kind]) => ['png', 'gzip', 'zip'].includes(kind))) {
    const copy = Buffer.from(bytes);
    copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
    assert.equal(walkStructure(bytesSource(copy)).verdict, 'broken', ending);
  }
});

test('a tag that somebody forgot is no damage, control bytes are', () => {
  const forgotten = Buffer.from(xml().toString().replace('</cut>', ''));
  assert.equal(walkStructure(bytesSource(forgotten)).verdict, 'short');
  const struck = xml();
  struck[1000] = 0;
  assert.deepEqual(walkStructure(bytesSource(struck)), { kind: 'xml', verdict: 'broken', brokenAt: 1000, deep: false });
});

test('text of an old encoding is text', () => {
  const old = Buffer.from('TITLE: CAF\u00c9\r\n'.repeat(80), 'latin1');
  assert.equal(walkStructure(bytesSource(old)).verdict, 'whole');
});

test('lengths that no file can have end the walk', () => {
  const huge = Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from('mdat'), Buffer.alloc(8, 0xff), Buffer.alloc(64)]);
  assert.equal(walkStructure(bytesSource(huge)).verdict, 'short');
  const still = Buffer.concat([Buffer.from([0, 0, 0, 8]), Buffer.from('free')]);
  assert.equal(walkStructure(bytesSource(Buffer.concat(Array.from({ length: 5000 }, () => still)))).verdict, 'short');
});

test('hostile text takes no longer than its length allows', () => {
  for (const part of ['<a ', '<!--', '<a "', '<![CDATA[', '</a', '<a><']) {
    const text = Buffer.from(`<?xml version="1.0"?>${part.repeat(800_000)}`);
    const begun = threadMs();
    assert.equal(walkStructure(bytesSource(text)).verdict, 'short');
    assert.ok(threadMs() - begun < 5000, part);
  }
});

test('a walk never asks for more than it may hold', () => {
  for (const [ending, , bytes] of TEST_FILES) {
    const read = (at: number, length: number): Uint8Array => {
      assert.ok(length <= 32 * 1024 * 1024, `${ending} asks for ${length} bytes`);
      return bytes.subarray(at, at + length);
    };
    for (const size of [bytes.length, 2 ** 40]) walkStructure({ size, read });
  }
});
