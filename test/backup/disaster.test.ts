/**
 * The pages about backups and disaster, run: every fenced command, in order, first in a living facility, then on a new machine after the old one's
 * data is gone. What comes back is the same to the byte, and people sign in to it.
 */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import { ROOT } from '../source-files.ts';
import { compiledBefore, fences, wayBack } from './pages.ts';
import { removeDirectory, startFacility, throwawayDirectory } from '../../tool/demo/facility.ts';
import { PortalClient } from '../../tool/demo/portal-client.ts';

const PASSWORD = 'correct-Horse-battery-9-staple';
const STEP_MS_MAX = 240_000;
const directory = throwawayDirectory();
const [old, fresh] = [join(directory, 'old'), join(directory, 'new')];
let started: number | undefined;
let kept: ReadonlyMap<string, string>;

before(async () => {
  mkdirSync(join(directory, 'bin'));
  const program = join(directory, 'bin', 'picturelock');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'src/cli/main.ts')}' "$@"\n`);
  chmodSync(program, 0o755);
  const facility = await startFacility(old, ROOT, { portal: 0, sftp: 0 });
  try {
    const owner = new PortalClient(facility.portal);
    await owner.firstRun('Harbour Post', 'Olive Owner', PASSWORD);
    await owner.call('POST', '/first-run/example');
    kept = filesOf(join(old, 'workspaces'));
    await run('docs/operate/082-backups.md', {
      PICTURELOCK_DATA: old,
      BEFORE: new Date(Date.now() + 600_000).toISOString().replace(/\.\d+Z/, 'Z'),
    });
  } finally {
    await facility.stop();
  }
});
after(async () => {
  if (started !== undefined) await stopped(started);
  removeDirectory(directory);
});

/** The command hands the signal on to the facility and ends after it. */
async function stopped(pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM');
  for (let tries = 0; tries < 100 && existsSync(`/proc/${pid}/exe`); tries += 1) await sleep(200);
}

async function run(
  page: string,
  variables: Readonly<Record<string, string>>,
  headings?: readonly string[],
): Promise<string> {
  const script = `set -eu\n${fences(page, headings)}\n[ -z "\${!-}" ] || echo "started=$!"\n`;
  const env = {
    ...compiledBefore(),
    PATH: `${join(directory, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: directory,
    RACK: join(directory, 'rack'),
    OFFSITE: join(directory, 'offsite'),
    SHARES: join(directory, 'shares'),
    NEW: fresh,
    OLD: old,
    ...variables,
  };
  const log = join(directory, `${page.replaceAll('/', '-')}-${headings?.length ?? 0}.log`);
  const child = spawn('sh', ['-c', `{ ${script} } > '${log}' 2>&1`], { cwd: directory, env, stdio: 'ignore' });
  const timer = setTimeout(() => child.kill('SIGKILL'), STEP_MS_MAX);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(timer);
  const said = readFileSync(log, 'utf8');
  assert.equal(code, 0, `${page} ended with ${code}:\n${said.slice(-3000)}`);
  return said;
}

/** SHA-256 of every file that people made, by its path. */
function filesOf(folder: string): ReadonlyMap<string, string> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !path.includes('/.picturelock/'));
  return new Map(paths.sort().map((path) => [path, hash('sha256', readFileSync(join(folder, path)))]));
}

/** Of the one project that has a policy, without what the page restored to the side. */
function nightjar(files: ReadonlyMap<string, string>, project: string): readonly (readonly [string, string])[] {
  return [...files].filter(([path]) => path.startsWith(`${project}/`) && !path.includes('/restored '));
}

function projectId(): string {
  const found = readdirSync(join(directory, 'offsite')).find((name) => name.startsWith('prj_'));
  assert.ok(found !== undefined);
  return found;
}

test('the page about backups leaves what it says: shares, a runbook, a restored folder', () => {
  assert.deepEqual(readdirSync(join(directory, 'shares')).sort(), ['share-1.txt', 'share-2.txt', 'share-3.txt']);
  assert.match(readFileSync(join(directory, 'runbook.html'), 'utf8'), /Harbour Post: how to bring it back/);
  const media = readdirSync(join(old, 'workspaces', projectId(), 'media'));
  assert.ok(media.some((name) => name.startsWith('restored ')));
});

/** A link for the owner, found by the name that only the restored keys unseal; she enrols again and sees her projects. */
async function signInAnew(listen: string): Promise<void> {
  const client = new PortalClient(`http://localhost:${listen.split(':')[1]}`);
  for (let tries = 0; tries < 60; tries += 1) {
    const isUp = await fetch(client.base).then(
      () => true,
      () => false,
    );
    if (isUp) break;
    await sleep(500);
  }
  const args = ['--data', fresh, '--json', 'person', 'invite', 'Olive Owner'];
  const { link } = JSON.parse(execFileSync(join(directory, 'bin', 'picturelock'), args, { encoding: 'utf8' })) as {
    readonly link: string;
  }; // our own output
  await assert.rejects(client.acceptInvitation(link, PASSWORD), /last 5 passwords/, 'it remembers');
  await client.acceptInvitation(link, `${PASSWORD} anew`);
  const { projects } = await client.call<{ readonly projects: readonly { readonly alias: string }[] }>(
    'GET',
    '/projects',
  );
  assert.ok(projects.some(({ alias }) => alias === 'nightjar'));
}

test('from the far copy and two shares to a working facility, by the page’s own commands', async () => {
  copyFileSync(join(old, 'keys', 'backup', 'facility.password'), join(directory, 'kept.password'));
  rmSync(old, { recursive: true });
  rmSync(join(directory, 'rack'), { recursive: true });
  const [listen, sftp] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const said = await run('docs/operate/095-disaster.md', { LISTEN: listen, SFTP: sftp }, wayBack('a folder'));
  started = Number(/started=(\d+)/.exec(said)?.[1]);
  const project = projectId();
  assert.deepEqual(nightjar(filesOf(join(fresh, 'workspaces')), project), nightjar(kept, project));
  assert.ok(!existsSync(join(directory, 'facility.password')));
  await signInAnew(listen);
  assert.match(said, /nightjar/);
});

test('and without this program, by stock restic alone', async () => {
  await run('docs/operate/095-disaster.md', { PASSWORD: join(directory, 'kept.password') }, [
    'Without this program, from a folder',
  ]);
  const project = projectId();
  const by = join(directory, 'by-restic', old, 'workspaces');
  assert.deepEqual(nightjar(filesOf(by), project), nightjar(kept, project));
});
