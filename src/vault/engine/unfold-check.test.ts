import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { createUnfoldCheck } from './unfold-check.ts';

const text = (i: number, bytes: number): Buffer => Buffer.from(`clip ${i} `.repeat(bytes).slice(0, bytes));

test('pieces of every length unfold to what went in, one by one and together', () => {
  const check = createUnfoldCheck();
  for (const bytes of [1, 100, 64 * 1024, 64 * 1024 + 1, 3_000_000])
    for (let i = 0; i < 20; i += 1) check.expect(zstdCompressSync(text(i, bytes)), text(i, bytes));
  check.settle();
  check.settle();
});

test('one wrong byte among many that wait is found before they count, and of a long piece at once', () => {
  const check = createUnfoldCheck();
  for (let i = 0; i < 10; i += 1) check.expect(zstdCompressSync(text(i, 5000)), text(i === 7 ? 8 : i, 5000));
  assert.throws(() => check.settle(), { name: 'Bug' });
  assert.throws(() => createUnfoldCheck().expect(zstdCompressSync(text(1, 100_000)), text(2, 100_000)), {
    name: 'Bug',
  });
  const full = createUnfoldCheck();
  full.expect(zstdCompressSync(text(1, 60_000)), text(2, 60_000));
  assert.throws(() => {
    for (let i = 0; i < 9; i += 1) full.expect(zstdCompressSync(text(i, 60_000)), text(i, 60_000));
  });
});

test('what does not unfold at all, or to more or less than went in, is no proof', () => {
  for (const pressed of [Buffer.from('no frame'), zstdCompressSync(text(1, 10)), zstdCompressSync(text(1, 30))]) {
    const check = createUnfoldCheck();
    check.expect(pressed, text(1, 20));
    assert.throws(() => check.settle());
  }
});
