/** The vault as `docs/operate/080-vault.md` tells it: a bolt, a vault under TLS, a client, a window, stock restic, a look at how it stands. */
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
const run = promisify(execFile);
const needsRoot = process.getuid?.() === 0 ? undefined : 'needs root';

let home = '';
let vault = '';
let address = '';
const children: ChildProcess[] = [];

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function ran(file: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ran> {
  try {
    const { stdout, stderr } = await run(file, [...args], { env, timeout: 60_000 });
    return { code: 0, out: stdout, err: stderr };
  } catch (cause) {
    const { code, stdout, stderr } = cause as { code?: number; stdout?: string; stderr?: string }; // of execFile
    return { code: code ?? -1, out: stdout ?? '', err: stderr ?? '' };
  }
}

function cli(...args: readonly string[]): Promise<Ran> {
  return ran(process.execPath, [MAIN, '--data', vault, '--json', 'vault', ...args]);
}

/** Starts it; the line that says that it is ready. */
function start(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [MAIN, '--data', vault, 'vault', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let said = '';
  return new Promise((done, failed) => {
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    child.stdout.on('data', (chunk: Buffer) => {
      const line = /picturelock (vault|bolt) ready .*/.exec(chunk.toString('utf8'))?.[0];
      if (line !== undefined) done(line);
    });
    child.once('close', () => failed(new Error(said)));
  });
}

before(async () => {
  if (needsRoot !== undefined) return;
  home = mkdtempSync(join(tmpdir(), 'picturelock-vault-cli-'));
  chmodSync(home, 0o755);
  vault = join(home, 'vault');
  mkdirSync(vault, { mode: 0o700 });
  const [cert, key, bolt] = [join(home, 'cert.pem'), join(home, 'key.pem'), join(home, 'run', 'bolt.sock')];
  const names = ['-subj', '/CN=vault', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...names, '-keyout', key, '-out', cert];
  execFileSync('openssl', made, { stdio: 'ignore' });
  await start('bolt', '--socket', bolt, '--state', join(home, 'state'));
  const ready = await start('serve', '--listen', '127.0.0.1:0', '--cert', cert, '--key', key, '--bolt', bolt);
  address = /https:\/\/[^/]+/.exec(ready)?.[0] ?? '';
  assert.match(ready, /locks=root/);
});

after(async () => {
  for (const child of children) {
    child.removeAllListeners('close');
    const gone = new Promise((done) => child.once('close', done));
    child.kill('SIGTERM');
    await gone;
  }
  if (home === '') return;
  execFileSync('chattr', ['-R', '-i', vault]);
  rmSync(home, { recursive: true, force: true });
});

test('from an empty folder to a backup that its own client cannot remove', { skip: needsRoot }, async () => {
  const added = await cli('client', 'add', 'edit', '--quota', '1G', '--lock-days', '30');
  const { token } = JSON.parse(added.out) as { readonly token: string }; // our own command's
  writeFileSync(join(home, 'password'), 'a password\n');
  const env = {
    ...process.env,
    RESTIC_REPOSITORY: `rest:${address.replace('//', `//edit:${token}@`)}/edit/`,
    RESTIC_PASSWORD_FILE: join(home, 'password'),
    RESTIC_CACHE_DIR: join(home, 'cache'),
  };
  assert.equal((await cli('window', '--minutes', '90')).code, 3, 'an hour at most');
  assert.equal((await cli('window', '--minutes', '10')).code, 0);
  const made = await ran('restic', ['--cacert', join(home, 'cert.pem'), 'init'], env);
  assert.equal(made.code, 0, made.err);
  assert.equal((await cli('window', '--minutes', '0')).code, 0);
  mkdirSync(join(home, 'source'));
  writeFileSync(join(home, 'source', 'cut.xml'), 'the cut');
  const saved = await ran('restic', ['--cacert', join(home, 'cert.pem'), 'backup', join(home, 'source')], env);
  assert.equal(saved.code, 0, saved.err);
  const [snapshot = ''] = readdirSync(join(vault, 'repositories', 'edit', 'snapshots'));
  const gone = await ran('rm', ['-f', join(vault, 'repositories', 'edit', 'snapshots', snapshot)]);
  assert.notEqual(gone.code, 0, 'not even root, without taking the flag off');
  const dumped = await ran(
    'restic',
    ['--cacert', join(home, 'cert.pem'), 'dump', 'latest', join(home, 'source', 'cut.xml')],
    env,
  );
  assert.equal(dumped.out, 'the cut');
});

test('how it stands, who may store, and a removal without a ledger', { skip: needsRoot }, async () => {
  writeFileSync(join(home, 'list.txt'), 'data/x\n');
  const removal = ['--prune', 'prn_x', '--client', 'edit', '--objects', join(home, 'list.txt')];
  const [status, clients, marked] = await Promise.all([cli('status'), cli('client', 'list'), cli('mark', ...removal)]);
  assert.equal(status.code, 0, status.out);
  assert.partialDeepStrictEqual(JSON.parse(status.out), {
    locks: 'root',
    hasLedger: false,
    attention: [],
    missing: [],
  });
  assert.partialDeepStrictEqual(JSON.parse(clients.out), [{ name: 'edit', lockDays: 30 }]);
  assert.equal(marked.code, 3);
  assert.match(marked.err, /no-ledger/);
});

test('its files are its account\u2019s alone', { skip: needsRoot }, () => {
  for (const name of readdirSync(vault)) {
    const { mode } = statSync(join(vault, name));
    assert.equal(mode & 0o077, 0, `${name} has mode ${mode.toString(8)}`);
  }
});

test('it does not serve plain HTTP to others, nor a facility\u2019s own folder', { skip: needsRoot }, async () => {
  const other = join(home, 'other');
  const args = ['--data', other, 'vault', 'serve', '--listen', '0.0.0.0:0'];
  mkdirSync(join(home, 'facility', 'ledger'), { recursive: true });
  const [plain, facility] = await Promise.all([
    ran(process.execPath, [MAIN, ...args]),
    ran(process.execPath, [MAIN, '--data', join(home, 'facility'), 'vault', 'serve']),
  ]);
  assert.equal(plain.code, 3);
  assert.match(plain.err, /--cert/);
  assert.equal(facility.code, 2);
});
