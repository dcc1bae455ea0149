import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodedLooks } from '#vault/detect/look-file.ts';
import { LookTable } from '#vault/detect/look-table.ts';
import type { PastLook } from '#vault/detect/past-looks.ts';
import { SeenFiles } from '#vault/detect/seen-files.ts';
import { cameBack } from '#vault/detect/test-looks.ts';
import { TextLog } from '#vault/engine/text-log.ts';

/** More than memory keeps, of places and of lines. */
const FILES = 40_000;

function look(i: number): PastLook {
  const some = { size: i, content: i.toString(16).padStart(16, '0'), blocks: i % 7, evenBlocks: i % 3 };
  const rest = { kind: 'mov', verdict: i % 2 === 0 ? 'whole' : 'short' } as const;
  return i % 5 === 0 ? { ...some, ...rest, packed: 0.5 } : { ...some, ...rest };
}

/** Some are no UTF-8: halves of pairs that differ in nothing else. */
function path(i: number): string {
  return i % 1000 < 2 ? `odd/${i - (i % 1000)} ${i % 2 === 0 ? '\udcfe' : '\udcff'}.mov` : `reel ${i >> 9}/${i} é.mov`;
}

test('a table of looks is what a map is, and comes back from its bytes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-looks-'));
  try {
    const [table, map] = [new LookTable(folder), new Map<string, PastLook>()];
    for (let i = 0; i < FILES; i += 1) {
      table.add(path(i), look(i));
      map.set(path(i), look(i));
    }
    assert.equal(table.size, map.size);
    for (let i = 0; i < FILES; i += 37) assert.deepEqual(table.get(path(i)), look(i));
    for (let i = FILES - 1; i >= 0; i -= 311) assert.ok(table.has(path(i)));
    assert.equal(table.get('reel 0/x.mov'), undefined);
    assert.equal(table.has(''), false);
    assert.deepEqual(new Map(table), map);
    assert.throws(() => table.add(path(7), look(7)), /two looks/);
    const back = await cameBack(table);
    assert.equal(back.size, map.size);
    for (const [one, seen] of back) assert.deepEqual(map.get(one), seen);
    const sorted = Buffer.concat(Array.from(encodedLooks(map), (part) => Buffer.from(part)));
    assert.deepEqual(Buffer.concat(Array.from(encodedLooks(table, folder), (part) => Buffer.from(part))), sorted);
    assert.deepEqual(readdirSync(folder), [], 'what is laid aside has no name');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('files that were seen are gone through as often as wanted, with and without a place to lay them aside', () => {
  for (const scratch of [undefined, '/nowhere/at/all']) {
    const seen = new SeenFiles(scratch);
    const rest = { isDeep: false, isSteady: true, existed: true, keptShare: 0, addedBytes: 1, likeness: 0 };
    for (let i = 0; i < 5000; i += 1) seen.add({ path: path(i), look: look(i), ...rest });
    for (let round = 0; round < 2; round += 1)
      assert.deepEqual(Array.from(seen)[4321], { path: path(4321), look: look(4321), ...rest });
    const even = seen.without((one) => one.startsWith('odd/'));
    assert.deepEqual([Array.from(even).length, Array.from(even).length], [4990, 4990]);
  }
});

test('a line that is longer than a part lies in one of its own', () => {
  const log = new TextLog(tmpdir());
  const long = 'ä'.repeat(200_000);
  const places = ['a', long, 'b'].map((text) => log.add(text));
  assert.deepEqual(
    places.map((place) => log.textAt(place).length),
    [1, long.length, 1],
  );
  assert.deepEqual([...log.texts()], ['a', long, 'b']);
  log.close();
});
