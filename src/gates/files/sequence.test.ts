import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { FileEntry } from '#ports/files.ts';
import { foldSequences } from '#gates/files/sequence.ts';

const file = (name: string): FileEntry => ({ name, path: `media/${name}`, type: 'file', sizeBytes: 10, modifiedAt: 5 });
const names = (entries: readonly FileEntry[]): readonly string[] => entries.map((entry) => entry.name);
const frames = (prefix: string, from: number, to: number, digits = 4, ending = 'exr'): FileEntry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => file(`${prefix}${String(from + i).padStart(digits, '0')}.${ending}`));

test('a sequence becomes one entry with its missing frames', () => {
  const folded = foldSequences([file('a.mov'), ...frames('sh010.', 1001, 1004), ...frames('sh010.', 1007, 1010)]);
  assert.deepEqual(names(folded), ['a.mov', 'sh010.####.exr']);
  const [, run] = folded;
  assert.deepEqual(run?.sequence, {
    first: 1001,
    last: 1010,
    count: 8,
    missing: [1005, 1006],
    pattern: 'sh010.####.exr',
  });
  assert.deepEqual([run?.sizeBytes, run?.path, run?.type], [80, 'media/sh010.####.exr', 'sequence']);
});

test('padded sequences grow past their padding, unpadded ones in width', () => {
  assert.deepEqual(names(foldSequences(frames('a_', 98, 102, 2, 'dpx'))), ['a_##.dpx']);
  assert.deepEqual(names(foldSequences(frames('a.', 998, 1002, 4, 'dpx'))), ['a.####.dpx']);
});

test('reels, pairs and other endings are left alone', () => {
  const left = [
    ...frames('reel_', 1, 5, 2, 'mov'),
    ...frames('x.', 1, 2),
    file('shot1.exr'),
    file('shot2.exr'),
    file('shot3.exr'),
  ];
  assert.deepEqual(names(foldSequences(left)), names(left));
});

test('nothing is lost: counts and sizes add up, whatever the names', () => {
  const name = fc.stringMatching(/^[ab][._]-?\d{1,5}\.(exr|dpx|mov)$/);
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 40 }), (all) => {
      const folded = foldSequences(all.map(file));
      assert.equal(
        folded.reduce((sum, entry) => sum + (entry.sequence?.count ?? 1), 0),
        all.length,
      );
      assert.equal(
        folded.reduce((sum, entry) => sum + entry.sizeBytes, 0),
        all.length * 10,
      );
      for (const { sequence } of folded) {
        if (sequence !== undefined) assert.ok(sequence.missing.every((n) => n > sequence.first && n < sequence.last));
      }
    }),
  );
});
