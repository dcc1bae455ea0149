/**
 * A removal on the real product in a real browser: a list is chosen from the disk, read, asked for by one person and approved by another; and an alarm that
 * is about no project.
 */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newHash, newId, openBackupPages, setPolicy } from './backup-pages.ts';
import type { BackupPages, PolicySet } from './backup-pages.ts';
import { chooseAct, findings, look, visitor } from './browser.ts';
import type { Visitor } from './browser.ts';
import { confirm, linkOf } from './owner.ts';
import { DAY_MS } from '#model/limits.ts';
import { renderRemovalList } from '#model/removal-list.ts';
import type { RemovalFacts } from '#model/removal-list.ts';

let world: BackupPages;
let set: PolicySet;
let folder: string;
/** Who may ask, and not approve. */
let engineer: Visitor;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picturelock-e2e-lists-'));
  world = await openBackupPages();
  set = await setPolicy(world);
  engineer = await visitor(world.browser);
  await engineer.page.goto(linkOf(world.facility, (roles) => roles.join() === 'engineer'));
  await engineer.page.waitForURL(/\/facility/);
});
after(async () => {
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A snapshot of a year ago, as the ledger would hold it by now: kept for as long as was promised, and locked for so many days. */
async function oldSnapshot(lockDays: number): Promise<string> {
  const [backup, snapshot, at] = [newId('backup'), newHash(), Date.now() - 365 * DAY_MS];
  const { policy, vault } = set;
  const hashes = { snapshot, tree: newHash(), manifestSha256: newHash() };
  const sizes = { files: 12, bytes: 4e9, addedBytes: 3e9, unsteady: 0, consistency: 'watched' } as const;
  const copied = { snapshot, objects: 90, bytes: 5e9, objectsSha256: newHash(), verified: 'listed' } as const;
  await world.record(
    { kind: 'begin-backup', backup, policy, vault, because: 'asked' },
    { kind: 'record-backup', backup, ...hashes, startedAt: at, finishedAt: at + 60_000, ...sizes },
    { kind: 'record-copy', backup, vault, ...copied, lockedUntil: at + lockDays * DAY_MS },
  );
  return snapshot;
}

function listOf(snapshots: readonly string[]): readonly [path: string, facts: RemovalFacts] {
  const objects = [...snapshots.map((one) => `snapshots/${one}`), `data/${newHash()}`, `data/${newHash()}`];
  const facts: RemovalFacts = {
    kind: 'picturelock-removal-list',
    client: 'edit',
    snapshots: [...snapshots],
    beside: [],
    objects: objects.length,
    objectsSha256: newHash(),
    bytes: 2_500_000_000,
    staysBytes: 1_000_000,
    madeAt: Date.now(),
  };
  const path = join(folder, `list-${newHash().slice(0, 8)}.txt`);
  writeFileSync(path, renderRemovalList(facts, objects));
  return [path, facts];
}

test('a list is read as it is chosen; a file that is none, and a list that takes too much, are refused in words', async () => {
  const [old, locked] = [await oldSnapshot(30), await oldSnapshot(400)];
  const { page } = engineer;
  await world.go(page, '/facility/backups/vaults');
  await chooseAct(page, 'Acts on Cellar', 'Ask to remove snapshots…');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Snapshots that have had their time').or(dialog.getByRole('table')).first().waitFor();
  const ask = dialog.getByRole('button', { name: 'Ask to remove them' });
  const choose = (path: string): Promise<void> => dialog.locator('input[type=file]').setInputFiles(path);
  const none = join(folder, 'none.txt');
  writeFileSync(none, '# {"kind":"something else"}\n');
  await choose(none);
  await dialog.getByText('This is no list of backup removal-list.').waitFor();
  await look(page, '138-removal-no-list');
  const [tooMuch] = listOf([locked]);
  await choose(tooMuch);
  await dialog.getByText(/1 snapshot of edit/).waitFor();
  await ask.click();
  await dialog.getByText(/still locked/).waitFor();
  const [good, facts] = listOf([old]);
  await choose(good);
  await dialog.getByText(/still locked/).waitFor({ state: 'detached' });
  await dialog.getByText(/1 snapshot of edit: 3 objects, 2\.50 GB go; 1\.00 MB that nobody needs stay/).waitFor();
  await look(page, '139-removal-list');
  await ask.click();
  await dialog.waitFor({ state: 'hidden' });
  const row = page.getByRole('row').filter({ hasText: 'edit' });
  await row.getByText('Waits for somebody else').waitFor();
  await look(page, '140-removal-asked');
  const [prune] = [...(await world.state()).backups.prunes.values()];
  assert.deepEqual(prune?.snapshots, [old]);
  assert.deepEqual([prune?.list?.client, prune?.list?.objectsSha256], ['edit', facts.objectsSha256]);
});

test('who asked does not approve; somebody else does, and a week is waited', async () => {
  const own = engineer.page.getByRole('button', { name: 'Approve…' });
  assert.equal(await own.getAttribute('aria-disabled'), 'true');
  const { page } = world.owner;
  await world.go(page, '/facility/backups/vaults');
  await page.getByRole('button', { name: 'Approve…' }).click();
  await confirm(page, 'Approve the removal');
  await page.getByText(/Approved; goes/).waitFor();
  await look(page, '141-removal-approved');
  const [prune] = [...(await world.state()).backups.prunes.values()];
  assert.equal(prune?.standing, 'approved');
  assert.ok((prune?.notBefore ?? 0) > Date.now() + 6 * DAY_MS);
});

test('an alarm about the facility’s own copy names the vault, pauses removals, and is settled like any other', async () => {
  const { page } = world.owner;
  const says = 'Cellar has snapshots that the ledger never took (1): restore none of them.';
  const signs = [{ sign: 'poisoned-snapshot' as const, says, files: 1, examples: [`${newHash()} says 2031`] }];
  await world.record({ kind: 'raise-alarm', alarm: newId('alarm'), vault: set.vault, score: 1, signs });
  await page.getByText('The facility’s own copy in Cellar looks as if it was attacked.').waitFor();
  await page.getByText('Paused: nothing is removed anywhere').waitFor();
  await world.go(page, '/facility/backups/alarms', '142-alarm-own-copy');
  await page.getByRole('button', { name: 'Settle…' }).click();
  const dialog = page.getByRole('dialog', { name: 'What was it? The facility’s own copy in Cellar' });
  await dialog.getByLabel(/^Harmless/).check();
  await dialog.getByLabel('How you know').fill('Newer than the copy that we came back from.');
  await dialog.getByRole('button', { name: 'Settle the alarm' }).click();
  await page.getByText('It was harmless').waitFor();
});

test('nothing was refused by the browser, no page broke a rule of WCAG A or AA, and none is wider than its window', () => {
  // The one that was refused on purpose.
  assert.deepEqual(
    [...world.owner.complaints, ...engineer.complaints].filter((text) => !/Failed to load resource/.test(text)),
    [],
  );
  assert.deepEqual(findings, []);
});
