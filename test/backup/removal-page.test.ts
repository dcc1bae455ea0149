/** The page about vaults, where it removes what nobody needs: its commands, as they stand there, against a real vault and a repository of ours. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { compiledBefore, fences } from './pages.ts';
import { ROOT } from '../source-files.ts';
import { seededBytes } from '../vault/seeded-bytes.ts';
import { DAY_MS, serveTestVault, tokenOf } from '../vault/attacks/served-vault.ts';
import type { ServedVault } from '../vault/attacks/served-vault.ts';
import { runJob } from '#host/backup/run-job.ts';
import { openVaultIdentity } from '#host/vault/vault-identity.ts';

const STEP_MS_MAX = 60_000;
const AT = Date.UTC(2026, 0, 5, 12);
let world: ServedVault;
let old = '';

before(async () => {
  world = await serveTestVault();
  await world.service.vault.openWindow(10);
  const place = { kind: 'rest', url: repository(), credentialFile: join(world.folder, 'credential') } as const;
  writeFileSync(place.credentialFile, `edit:${tokenOf('edit')}\n`, { mode: 0o600 });
  const source = join(world.folder, 'source');
  for (const n of [1, 2]) {
    writeFileSync(join(source, `shot ${n}.bin`), seededBytes(n, 9_000_000));
    const job = {
      kind: 'take',
      place,
      passwordFile: join(world.folder, 'password'),
      source,
      at: AT + n,
      host: 'here',
    } as const;
    const { snapshot } = await runJob({ ...job, tags: ['project'], scratch: join(world.folder, 'scratch') });
    if (n === 1) [old] = [snapshot, unlinkSync(join(source, 'shot 1.bin'))];
  }
  mkdirSync(join(world.folder, 'bin'));
  const program = join(world.folder, 'bin', 'picturelock');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'src/cli/main.ts')}' "$@"\n`);
  chmodSync(program, 0o755);
  for (const name of ['anna', 'ben'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(world.folder, name)]);
});
after(() => world.close());

function repository(): string {
  return `http://127.0.0.1:${world.service.port}/edit/`;
}

test('the commands of the page set aside what only the old snapshot needs, and what stays is whole', async () => {
  const log = join(world.folder, 'log');
  const script = `set -eu\n${fences('docs/operate/080-vault.md', ['Removing what nobody needs'])}`;
  const env = {
    ...compiledBefore(),
    PATH: `${join(world.folder, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: world.folder,
    VAULT: world.root,
    ANNA: join(world.folder, 'anna'),
    BEN: join(world.folder, 'ben'),
    REPOSITORY: `rest:${repository()}`,
    PASSWORD: join(world.folder, 'password'),
    CREDENTIAL: join(world.folder, 'credential'),
    OLD: old,
    IDENTITY: openVaultIdentity(world.root).fingerprint,
  };
  const child = spawn('sh', ['-c', `{ ${script} } > '${log}' 2>&1`], { cwd: world.folder, env, stdio: 'ignore' });
  const timer = setTimeout(() => child.kill('SIGKILL'), STEP_MS_MAX);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(timer);
  const said = readFileSync(log, 'utf8');
  assert.equal(code, 0, said);
  assert.match(said, /signed by anna and ben/);
  const [, sha256 = ''] = /^([0-9a-f]{64}) {2}-$/m.exec(said) ?? [];
  assert.ok(said.includes(`SHA-256 ${sha256}`), 'anybody computes the hash that is approved');
  assert.ok(world.service.vault.holdings.marked().size >= 4, 'a snapshot, its manifest, packs and an index');
});

test('when its time has come, all of it goes, and stock restic finds the rest whole', async () => {
  world.pass(40 * DAY_MS);
  await world.service.round();
  assert.equal(world.service.vault.holdings.marked().size, 0);
  const checked = await world.restic('--no-lock', 'check', '--read-data');
  assert.equal(checked.code, 0, checked.err);
  const listed = await world.restic('--no-lock', 'snapshots', '--json', '--tag', 'project');
  assert.equal((JSON.parse(listed.out) as readonly unknown[]).length, 1); // stock restic's list
});
