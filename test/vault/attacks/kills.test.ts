/** kill -9 at any time, and at each stage of taking in one object: nothing acknowledged is lost, nothing half is ever seen. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { attach, expectAll, headers, live, prepared, revived, stagesNeed, storeUntilGone } from './doomed-vault.ts';
import { sha256 } from './served-vault.ts';
import { readMachineClock } from '#host/vault/machine-clock.ts';
import { openVault } from '#vault/server/vault.ts';

/** More with `PICTURELOCK_KILLS=200`. */
const KILLS = Number(process.env['PICTURELOCK_KILLS'] ?? 3);

test(`killed ${KILLS} times while four clients store: every acknowledged object is there, whole`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-kill-'));
  const acked = new Map<string, number>();
  try {
    await prepared(folder);
    for (let i = 0; i < KILLS; i += 1) {
      const life = await live(folder);
      const storing = Promise.all(Array.from({ length: 4 }, () => storeUntilGone(life.url, acked)));
      const enough = acked.size + 3 + i * 2;
      while (acked.size < enough) await new Promise((done) => setImmediate(done));
      life.child.kill('SIGKILL');
      await Promise.all([storing, life.ended]);
    }
    await revived(folder, (url) => expectAll(url, acked));
    const vault = await openVault({ folder, read: readMachineClock });
    assert.deepEqual(vault.found.missing, []);
    assert.deepEqual(vault.found.foreign, []);
    await vault.close();
    const left = readdirSync(join(folder, 'repositories'), { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      left.filter((name) => name.endsWith('.part')),
      [],
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Of one object: its bytes synced, its name made, the folder synced, the part removed, the journal's line synced. */
const STAGES = ['fsync,fdatasync 1', 'link,linkat 1', 'fsync,fdatasync 2', 'unlink,unlinkat 1', 'fsync,fdatasync 3'];

/** Dies at this stage of storing one object; what is there after a new start. */
async function dieAt(stage: string, folder: string, acked: Map<string, number>): Promise<void> {
  const [calls = '', when = ''] = stage.split(' ');
  const life = await live(folder);
  await attach(life.child, calls, when);
  const body = randomBytes(50_000);
  const name = sha256(body);
  const sent = { method: 'POST', headers, body };
  const answer = await fetch(`${life.url}/data/${name}`, sent).catch(() => undefined);
  life.child.kill('SIGKILL');
  await life.ended;
  assert.equal(answer, undefined, 'it died before it answered');
  await revived(folder, async (url) => {
    await expectAll(url, acked);
    const again = await fetch(`${url}/data/${name}`, sent);
    assert.ok(again.status === 200 || again.status === 403, 'sent again it is taken, or it was taken');
    acked.set(name, body.length);
    await expectAll(url, acked);
  });
}

test('killed at each stage of one object: it is there whole, or not at all', { skip: stagesNeed }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-stage-'));
  const acked = new Map<string, number>();
  try {
    await prepared(folder);
    for (const stage of STAGES) await t.test(stage, () => dieAt(stage, folder, acked));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
