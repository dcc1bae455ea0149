/** A small share of the long run: many small files within the memory that a job may hold. A sparse file is in `test/vault/unsteady.test.ts`. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { backUpSmallFiles } from './large-trees.ts';

const MEMORY_MB_MAX = 200;

test('5,000 small files go and come back, stock restic agrees, and no step holds more memory than a job may', async () => {
  const { peakMb } = await backUpSmallFiles(5000);
  assert.ok(Math.max(...Object.values(peakMb)) <= MEMORY_MB_MAX, JSON.stringify(peakMb));
});
