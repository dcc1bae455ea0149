import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { readLines, writeLines } from './lines-file.ts';

/** As long as the manifest's line of a sparse file of 200 GiB. */
const LONG = '[524288,"0123456789abcdef0123456789abcdef"],'.repeat(700_000);

async function linesOf(parts: Iterable<Uint8Array>): Promise<readonly string[]> {
  return (await Array.fromAsync(readLines(parts))).flat();
}

test('lines come back as they were written, short ones and one of megabytes, from bytes that are cut anywhere', async () => {
  const file = join(tmpdir(), `picturelock-lines-${process.pid}`);
  const lines = ['a', '', LONG, 'é', 'last'];
  try {
    await writeLines(
      file,
      lines.map((line) => Buffer.from(`${line}\n`)),
    );
    const bytes = readFileSync(file);
    const parts = Array.from({ length: Math.ceil(bytes.length / 777) }, (_, i) =>
      bytes.subarray(777 * i, 777 * (i + 1)),
    );
    assert.deepEqual(await linesOf(parts), lines);
  } finally {
    rmSync(file, { force: true });
  }
  assert.deepEqual(await linesOf([zstdCompressSync('a\nb')]), ['a', 'b'], 'without an end of the last one');
});

test('what is no such file is damaged, and what reading it fails by stays what it is', async () => {
  const bytes = zstdCompressSync('a line\n'.repeat(1000));
  for (const bad of [Buffer.from('no'), bytes.subarray(0, 20), zstdCompressSync(Buffer.from([0x61, 0xff, 0x0a]))])
    await assert.rejects(linesOf([bad]), { code: 'object-damaged' });
  await assert.rejects(Array.fromAsync(readLines([zstdCompressSync('a long line')], { lineCharsMax: 3 })), {
    code: 'object-damaged',
  });
  await assert.rejects(Array.fromAsync(readLines([bytes], { bytesMax: 100 })), { code: 'object-damaged' });
  function* breaking() {
    yield bytes.subarray(0, 10);
    throw new TypeError('the store is away');
  }
  await assert.rejects(linesOf(breaking()), /the store is away/);
});
