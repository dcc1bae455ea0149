/** Restores in place that are killed between any two steps, or refused in the middle: nothing that was there is lost, and the next attempt ends it. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { KilledRestore } from './put-restored-killed.ts';
import { stateOf } from './restore-state.ts';
import type { RestoreWish } from './restore-state.ts';
import { newId } from '#engine/test-facility.ts';
import { putInPlace, settleExchange } from '#host/backup/put-restored.ts';
import { ensurePassword } from '#host/backup/repository-keys.ts';
import { runJob } from '#host/backup/run-job.ts';
import { performRestore } from '#host/backup/run-restore.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const NOBODY = 65_534;
const [project, vault, backup] = [newId('project'), newId('vault'), newId('backup')];
const SNAPSHOT = { 'media/a.mov': 'as backed up', 'media/reel/b.mov': 'as backed up' };
let folder: string;
let snapshot: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picturelock-put-'));
  const source = join(folder, 'source');
  lay(source, SNAPSHOT);
  const passwordFile = ensurePassword(folder, project);
  const place = { kind: 'folder', folder: join(folder, 'vault', project), sync: true } as const;
  const job = { kind: 'take', place, passwordFile, source, at: Date.now(), host: 'here', tags: [] } as const;
  ({ snapshot } = await runJob({ ...job, scratch: join(folder, 'scratch') }));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function lay(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const LIVE = { 'media/a.mov': 'newer', 'media/live only.mov': 'never backed up', 'media/reel/b.mov': 'newer b' };

/** A facility of its own whose workspace has newer things than the snapshot. */
function facilityWith(path: string): { readonly wish: RestoreWish; readonly workspace: string } {
  const restore = newId('restore');
  const data = join(folder, restore);
  cpSync(join(folder, 'keys'), join(data, 'keys'), { recursive: true });
  const workspace = join(data, 'workspaces', project);
  lay(workspace, LIVE);
  const vaults = [{ id: vault, address: pathToFileURL(`${join(folder, 'vault')}/`).href }];
  return { workspace, wish: { data, project, restore, backup, snapshot, vaults, path, mode: 'in-place' } };
}

async function killed(settings: KilledRestore): Promise<boolean> {
  const argument = JSON.stringify(settings);
  const child = spawn(process.execPath, [join(HERE, 'put-restored-killed.ts'), argument], { stdio: 'ignore' });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]; // what `exit` tells
  assert.ok(signal === 'SIGKILL' || code === 0, `it left with ${code}`);
  return signal === 'SIGKILL';
}

/** The texts of all files that people see, wherever they are. */
function texts(workspace: string): ReadonlySet<string> {
  const files = globSync('**/*', { cwd: workspace, exclude: ['.picturelock'], withFileTypes: true });
  return new Set(
    files.filter((one) => one.isFile()).map((one) => readFileSync(join(one.parentPath, one.name), 'utf8')),
  );
}

function staged({ data, path }: RestoreWish): string {
  const root = join(data, 'staged');
  rmSync(root, { recursive: true, force: true });
  lay(root, SNAPSHOT);
  return join(root, path);
}

for (const path of ['media', 'media/reel', 'media/a.mov', ''])
  test(`killed between any two steps of putting “${path}” in place, it loses nothing, and is done at the next attempt`, async () => {
    let steps = 0;
    for (let isKilled = true; isKilled; steps += 1) {
      const { wish, workspace } = facilityWith(path);
      isKilled = await killed({ killAfter: steps, wish, staged: staged(wish) });
      settleExchange(workspace, wish.restore);
      const seen = texts(workspace);
      for (const text of Object.values(LIVE)) assert.ok(seen.has(text), `after ${steps} steps “${text}” is there`);
      putInPlace(workspace, stateOf(wish).restore, staged(wish));
      assert.ok(texts(workspace).isSupersetOf(seen));
      const brought = path === 'media/reel' ? 'media/reel/b.mov' : 'media/a.mov';
      assert.equal(readFileSync(join(workspace, brought), 'utf8'), 'as backed up');
      rmSync(wish.data, { recursive: true });
    }
    assert.ok(steps > 2, 'there were steps to be killed between');
  });

for (const killAfter of [1, 2])
  test(`a whole restore that is killed after ${killAfter} of its renames loses nothing, and is done at the next attempt`, async () => {
    const { wish, workspace } = facilityWith('media');
    assert.ok(await killed({ killAfter, wish }));
    await performRestore(stateOf(wish), {});
    assert.ok(texts(workspace).isSupersetOf(new Set(Object.values(LIVE))));
    assert.equal(readFileSync(join(workspace, 'media', 'a.mov'), 'utf8'), 'as backed up');
    const rooms = ['exchanging', 'restoring'].map((room) => join(workspace, '.picturelock', room, wish.restore));
    assert.deepEqual(rooms.map(existsSync), [false, false]);
  });

test('a second attempt never takes the name of what the first one kept', async () => {
  const { wish, workspace } = facilityWith('media/a.mov');
  await performRestore(stateOf(wish), {});
  writeFileSync(join(workspace, 'media', 'a.mov'), 'worked on since');
  await performRestore(stateOf(wish), {});
  assert.ok(texts(workspace).isSupersetOf(new Set([...Object.values(LIVE), 'worked on since'])));
});

test('a read-only top folder is exchanged by a service that is not root, and stays read-only', async () => {
  const { workspace, wish } = facilityWith('media');
  const from = staged(wish);
  for (const one of [folder, wish.data]) chmodSync(one, 0o755);
  for (const one of [from, join(from, '..'), ...['', 'media'].map((name) => join(workspace, name))])
    chownSync(one, process.getuid?.() === 0 ? NOBODY : -1, -1);
  for (const one of [from, join(workspace, 'media')]) chmodSync(one, 0o555);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    putInPlace(workspace, stateOf(wish).restore, from);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
  assert.equal(readFileSync(join(workspace, 'media', 'a.mov'), 'utf8'), 'as backed up');
  assert.ok(texts(workspace).isSupersetOf(new Set(Object.values(LIVE))));
  assert.equal(statSync(join(workspace, 'media')).mode & 0o777, 0o555);
});
