/**
 * Which snapshot comes back when nobody names one: at a vault the last that arrived, whatever snapshots say of their own time; where nobody but they
 * says anything, that is said. One from the future is passed over, and the one that is named always wins.
 */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveTestVault, START, tokenOf } from '../vault/attacks/served-vault.ts';
import type { ServedVault } from '../vault/attacks/served-vault.ts';
import { copyRepository } from '#host/backup/copy.ts';
import { chooseSnapshot, restoreFacility } from '#host/backup/disaster.ts';
import type { Source } from '#host/backup/disaster.ts';
import { runJob } from '#host/backup/run-job.ts';
import { openRepository } from '#vault/engine/repository.ts';
import { encodeSnapshot } from '#vault/format/snapshot-format.ts';
import { openStore } from '#vault/store/open-store.ts';

const MINUTE_MS = 60_000;
let world: ServedVault;
let source: Source;
let folderOfVault: string;
let bare: string;
let [early, late, slow, future]: string[] = [];

before(async () => {
  world = await serveTestVault();
  await world.service.vault.openWindow(10);
  folderOfVault = join(world.root, 'repositories', 'edit');
  bare = join(world.folder, 'copy');
  const url = `http://127.0.0.1:${world.service.port}/edit/`;
  const credentialFile = join(world.folder, 'credential');
  writeFileSync(credentialFile, `edit:${tokenOf('edit')}\n`, { mode: 0o600 });
  source = { repository: `rest:${url}`, passwordFile: join(world.folder, 'password'), credentialFile };
  early = await take('early', START);
  late = await take('late', START + 5 * MINUTE_MS);
  // Of a machine whose clock went back: the last that arrived, and the oldest by its own word.
  slow = await take('slow', START - 60 * MINUTE_MS);
  // Whoever has token and password plants one that wants to be the newest for years.
  const store = openStore({ kind: 'rest', url, credentialFile });
  const repository = await openRepository({ store, password: 'a password' });
  const real = await repository.snapshot(early);
  const planted = { ...real, time: '2031-01-01T00:00:00Z' };
  future = await repository.writeUnpacked('snapshots', encodeSnapshot(planted));
  await store.close();
  cpSync(folderOfVault, bare, { recursive: true });
});
after(() => world.close());

async function take(text: string, at: number): Promise<string> {
  writeFileSync(join(world.folder, 'source', 'RUNBOOK.txt'), text);
  const { repository, passwordFile, credentialFile = '' } = source;
  const place = { kind: 'rest', url: repository.slice('rest:'.length), credentialFile } as const;
  const from = { source: join(world.folder, 'source'), at, host: 'here', tags: ['facility'] };
  const scratch = join(world.folder, 'scratch');
  return (await runJob({ kind: 'take', place, passwordFile, ...from, scratch })).snapshot;
}

const isFacility = ({ tags }: { readonly tags: readonly string[] }): boolean => tags.includes('facility');

test('from a vault the last that arrived comes back, and what does not agree with it is named', async () => {
  const done = await restoreFacility(source, join(world.folder, 'back'));
  assert.deepEqual([done.snapshot, done.chosenBy, done.arrivedAt], [slow, 'vault', START]);
  assert.equal(readFileSync(join(world.folder, 'back', 'RUNBOOK.txt'), 'utf8'), 'slow');
  assert.deepEqual(done.doubtful.map(({ snapshot }) => snapshot).toSorted(), [early, late, future].toSorted());
  assert.match(done.doubtful.find(({ snapshot }) => snapshot === future)?.why ?? '', /2031.*had arrived before/);
});

test('the folder of a vault has the same word, also when no vault runs over it', async () => {
  const chosen = await chooseSnapshot({ ...source, repository: folderOfVault }, isFacility);
  assert.deepEqual([chosen.id, chosen.chosenBy, chosen.arrivedAt], [slow, 'vault', START]);
});

test('where nobody but the snapshots says anything, that is said, and the future is still passed over', async () => {
  const chosen = await chooseSnapshot({ ...source, repository: bare }, isFacility);
  assert.deepEqual([chosen.id, chosen.chosenBy, chosen.arrivedAt], [late, 'its own word', undefined]);
  assert.deepEqual(
    chosen.doubtful.map(({ snapshot }) => snapshot),
    [future],
  );
});

test('the one that is named is taken, whenever it came and whatever it says', async () => {
  for (const snapshot of [early, future]) {
    const chosen = await chooseSnapshot({ ...source, snapshot: snapshot?.slice(0, 16) ?? '' }, isFacility);
    assert.deepEqual([chosen.id, chosen.chosenBy, chosen.doubtful], [snapshot, 'name', []]);
  }
});

test('a copy brings snapshots in the order in which they came, so that the last is the last there', async () => {
  const from = join(world.folder, 'first');
  cpSync(bare, from, { recursive: true });
  const order = [late, future, early, slow];
  for (const [n, name] of order.entries()) utimesSync(join(from, 'snapshots', name ?? ''), n + 1, n + 1);
  const other = await serveTestVault();
  try {
    await other.service.vault.openWindow(10);
    const url = `http://127.0.0.1:${other.service.port}/edit/`;
    const to = { kind: 'rest', url, credentialFile: source.credentialFile ?? '' } as const;
    await copyRepository({ kind: 'copy', from: { kind: 'folder', folder: from, sync: false }, to }, () => undefined);
    const arrived = (await other.arrivals()).map(({ name }) => name).filter((name) => order.includes(name));
    assert.deepEqual(arrived, order);
  } finally {
    await other.close();
  }
});
