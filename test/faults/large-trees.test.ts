/** A small share of the long run: many small files within the memory that a job may hold. A sparse file is in `test/vault/unsteady.test.ts`. */
import { test } from 'node:test';
import { backUpSmallFiles } from './large-trees.ts';

test('5,000 small files go and come back, stock restic agrees, and no step holds more memory than a job may', async () => {
  await backUpSmallFiles(5000);
});
