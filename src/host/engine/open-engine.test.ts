import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHostEngine } from '#host/engine/open-engine.ts';
import { createFacility, listed, owner } from '#engine/test-facility.ts';

const SEGMENT_BYTES = 256 * 1024;

test('the engine over a data folder: entries survive a restart, are sealed and found', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'picturelock-engine-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const first = await openHostEngine({ data, segmentBytes: SEGMENT_BYTES });
  await assert.rejects(openHostEngine({ data, segmentBytes: SEGMENT_BYTES }), { code: 'ledger-in-use' });
  assert.equal((await first.command(createFacility(), { person: owner })).kind, 'ok');
  const indexes = (
    await Promise.all(Array.from({ length: 2000 }, (_, n) => first.record([listed(`media/shot-${n}`)])))
  ).flat();
  const last = indexes.at(-1) ?? 0;
  const { note, size } = await first.sealed(last);
  assert.ok(size > last && note.startsWith('dailies.example/audit\n'));
  await first.close();

  const second = await openHostEngine({ data, segmentBytes: SEGMENT_BYTES });
  t.after(() => second.close());
  assert.equal(second.state().facility?.name, 'Dailies');
  while ((await second.search({ limit: 1 })).searchedTo <= last) await new Promise(setImmediate);
  const found = await second.search({ path: 'SHOT-199', limit: 20 });
  assert.equal(found.entries.length, 11);
  assert.equal((await second.stateAt({ size: 1 })).facility, undefined);
});
