/** The facility's own copy has drills of its own: the runbook's first steps are dated by them, and a copy that is corrupted is found. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBackedUp } from './facility.ts';
import type { BackedUp } from './facility.ts';
import { createBackupDesk } from '#host/backup/backup-desk.ts';
import { drillFacility, facilityDrillDue } from '#host/backup/facility-drill.ts';
import { noteEscrow, readFacilityCopies, readFacilityDrills } from '#host/backup/notes.ts';
import type { DataOf } from '#model/events.ts';
import { DRILL_EVERY_MS } from '#plan/backup/schedule.ts';

let world: BackedUp;
before(async () => {
  world = await openBackedUp(3, 1);
  world.harmed('one drill meets a copy with every pack damaged');
  await world.until('a drill of each copy, and a runbook after it', () => readFacilityDrills(world.data).length === 2);
});
after(() => world.close());

async function newest(): Promise<DataOf<'facility.drilled'>> {
  const { entries } = await world.parts.engine.search({ kind: 'facility.drilled', limit: 1 });
  const entry = entries[0]?.entry;
  assert.ok(entry?.kind === 'facility.drilled');
  return entry.data;
}

test('after the first copy it is drilled by itself, with both tools, and the runbook says when', async () => {
  const found = await newest();
  assert.equal(found.held, true, found.why ?? '');
  assert.ok(found.files > 0);
  assert.match(found.second?.tool ?? '', /^restic /);
  assert.deepEqual([found.second?.failed, found.second?.walls], [0, 'sealed']);
  const { text } = await createBackupDesk(world.parts).runbook();
  const today = new Date().toISOString().slice(0, 10);
  assert.match(text, new RegExp(`Ledger, checkpoints and keys from rack {3}\\(proven by a drill on ${today}\\)`));
  assert.match(text, new RegExp(`The same with stock restic, from rack {3}\\(proven by a drill on ${today}\\)`));
  assert.match(text, /As of .*, about \d+ \S+, as a drill measured it\.\n/);
  assert.match(text, /As of .*, about \d+ \S+, as a drill measured it with restic over /);
  assert.match(text, /Let people in {3}\(NEVER PROVEN\)/);
  assert.match(text, /Bring the shares together {3}\(NEVER PROVEN\)/);
});

test('shares that were tried date their step', async () => {
  noteEscrow(world.data, { shares: 3, need: 2, at: Date.now(), provenAt: Date.UTC(2026, 0, 15) });
  const { text, html } = await createBackupDesk(world.parts).runbook();
  assert.match(text, /Bring the shares together {3}\(proven by a drill on 2026-01-15\)/);
  assert.match(html, /2026-01-15/);
});

test('a copy that stock restic alone cannot restore did not hold', async () => {
  const { data, parts } = world;
  const copy = readFacilityCopies(data)[1];
  const vault = copy === undefined ? undefined : world.state().vaults.get(copy.vault);
  assert.ok(copy !== undefined && vault !== undefined);
  const index = join(fileURLToPath(vault.address), 'facility', 'index');
  const planted = randomBytes(300);
  writeFileSync(join(index, hash('sha256', planted, 'hex')), planted);
  const before = readFacilityDrills(data).find((one) => one.vault === copy.vault);
  await drillFacility(parts, { service: 'gate-backup' }, { vault, copy, before }, {});
  const found = await newest();
  assert.equal(found.second?.failed, found.second?.files);
  assert.match(found.why ?? '', /^restic /, 'our own tool brought all of it back');
  assert.equal(found.held, false);
  assert.equal(world.state().vaults.get(vault.id)?.facility?.drill?.held, false);
  assert.equal(readFacilityDrills(data).find((one) => one.vault === copy.vault)?.secondAt, before?.secondAt);
});

test('it is due again after a month; a copy that is corrupted fails, loudly, and keeps the old date', async () => {
  const { data, parts } = world;
  const state = parts.engine.state();
  assert.equal(facilityDrillDue(data, state, Date.now()), undefined);
  const due = facilityDrillDue(data, state, Date.now() + DRILL_EVERY_MS);
  assert.ok(due !== undefined);
  const folder = join(fileURLToPath(due.vault.address), 'facility', 'data');
  for (const pack of readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())) {
    const path = join(pack.parentPath, pack.name);
    const bytes = readFileSync(path);
    for (let at = 40; at < bytes.length - 200; at += 97) bytes[at] = (bytes[at] ?? 0) ^ 1;
    chmodSync(path, 0o600);
    writeFileSync(path, bytes);
  }
  await drillFacility(parts, { service: 'gate-backup' }, due, {});
  const found = await newest();
  assert.equal(found.held, false);
  assert.ok((found.why ?? '') !== '');
  const note = readFacilityDrills(data).find(({ vault }) => vault === due.vault.id);
  assert.equal(note?.heldAt, due.before?.heldAt);
  assert.notEqual(note?.at, note?.heldAt, 'it is tried again tomorrow');
});
