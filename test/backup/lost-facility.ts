/**
 * A facility with copies of every kind, which is then lost: the real product with a project's backups in a folder, at a vault of ours over TLS, and in a
 * bucket of a real store. What is left is what the pages say that people keep: the sheets of shares and the printed runbook.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { hash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../source-files.ts';
import { compiledBefore } from './pages.ts';
import { until } from '../until.ts';
import { startObjectGateway } from '../vault/offsite/object-gateway.ts';
import type { ObjectGateway } from '../vault/offsite/object-gateway.ts';
import { removeDirectory, startFacility, throwawayDirectory } from '../../tool/demo/facility.ts';
import { PortalClient } from '../../tool/demo/portal-client.ts';
import { hashOfToken, openClientBook } from '#host/vault/client-book.ts';

const run = promisify(execFile);
const SCRIPT_MS_MAX = 240_000;
const VAULT_READY_MS = 60_000;
export const PASSWORD = 'correct-Horse-battery-9-staple';

export interface LostFacility {
  /** Holds `shares/`, `runbook.txt`, the copies, and the folder where people work. */
  readonly directory: string;
  /** Where the data of the facility was; nothing is there now. */
  readonly data: string;
  readonly project: string;
  readonly ids: { readonly rack: string; readonly tower: string; readonly bucket: string };
  /** The vault's address, and the folder that its own machine has. */
  readonly vault: { readonly url: string; readonly data: string };
  readonly bucketAddress: string;
  /** SHA-256 of the project's files by their path, as they were. */
  readonly kept: ReadonlyMap<string, string>;
  /** Runs a script as a person would type it, in an empty folder; resolves with what it said. */
  script(lines: string, variables?: Readonly<Record<string, string>>, folder?: string): Promise<string>;
  close(): Promise<void>;
}

interface Vault {
  readonly child: ChildProcess;
  readonly url: string;
  readonly data: string;
}

export async function loseFacility(): Promise<LostFacility> {
  const directory = throwawayDirectory();
  const data = join(directory, 'facility');
  writeProgram(directory);
  const closers: (() => Promise<unknown> | void)[] = [() => removeDirectory(directory)];
  const close = async (): Promise<void> => {
    for (const one of closers.toReversed()) await one();
  };
  try {
    const starting = [startObjectGateway(), serveVault(directory), startFacility(data, ROOT, anyPort)] as const;
    const [gateway, vault, facility] = await Promise.all(starting);
    closers.push(
      () => gateway.close(),
      () => stopped(vault.child),
    );
    const bucketAddress = `s3:${gateway.endpoint}/${await gateway.bucket()}/house`;
    try {
      const owner = new PortalClient(facility.portal);
      await owner.firstRun('Harbour Post', 'Olive Owner', PASSWORD);
      await owner.call('POST', '/first-run/example');
      const { projects } = await owner.call<{ readonly projects: readonly Project[] }>('GET', '/projects');
      const project = projects.find(({ alias }) => alias === 'nightjar')?.id ?? '';
      const ids = await backUp({ directory, data, vault, gateway, bucketAddress, project });
      const kept = filesOf(join(data, 'workspaces', project));
      assert.ok(kept.size > 0);
      return { directory, data, project, ids, vault, bucketAddress, kept, script: scriptIn(directory), close };
    } finally {
      await facility.stop();
      rmSync(data, { recursive: true });
    }
  } catch (cause) {
    await close();
    throw cause;
  }
}

const anyPort = { portal: 0, sftp: 0 };

function writeProgram(directory: string): void {
  mkdirSync(join(directory, 'bin'));
  const program = join(directory, 'bin', 'picturelock');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'src/cli/main.ts')}' "$@"\n`);
  chmodSync(program, 0o755);
}

/** `vault serve` over TLS with a certificate of its own; two clients and an open window. */
async function serveVault(directory: string): Promise<Vault> {
  const data = join(directory, 'vault');
  const picturelock = join(directory, 'bin', 'picturelock');
  await run(picturelock, ['--data', data, 'vault', 'certificate', '--name', 'localhost', '127.0.0.1']);
  const book = openClientBook(data);
  for (const name of ['house', 'nightjar'])
    book.add({ name, quotaBytes: 1 << 30, lockDays: 1, reads: true, tokenSha256: hashOfToken(`token-of-${name}`) });
  const tls = ['--cert', join(data, 'certificate.crt'), '--key', join(data, 'certificate.key')];
  const args = ['--data', data, 'vault', 'serve', '--listen', '127.0.0.1:0', ...tls];
  const child = spawn(process.execPath, [join(ROOT, 'src/cli/main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (part: Buffer) => void (said += part.toString()));
  await until(() => / ready https:\S+/.test(said), 'the vault serves', VAULT_READY_MS);
  const port = /ready https:\/\/[^:]+:(\d+)\//.exec(said)?.[1] ?? '';
  await run(picturelock, ['--data', data, 'vault', 'window', '--minutes', '30']);
  return { child, url: `https://127.0.0.1:${port}/`, data };
}

interface Project {
  readonly id: string;
  readonly alias: string;
}

interface Places {
  readonly project: string;
  readonly directory: string;
  readonly data: string;
  readonly vault: Vault;
  readonly gateway: ObjectGateway;
  readonly bucketAddress: string;
}

async function backUp({ directory, data, vault, gateway, bucketAddress, project }: Places) {
  const rackFolder = join(directory, 'rack');
  const commands = `
    enrol() { picturelock --json backup enrol "$@" --lock-days 1 | sed -n 's/.*"vault": *"\\([^"]*\\)".*/\\1/p'; }
    rack=$(enrol rack "file://${rackFolder}/") tower=$(enrol tower "${vault.url}") bucket=$(enrol bucket "${bucketAddress}" --nature s3 --locks nobody)
    echo "ids $rack $tower $bucket"`;
  const said = await scriptIn(directory)(commands, { PICTURELOCK_DATA: data });
  const [, rack = '', tower = '', bucket = ''] = /ids (\S+) (\S+) (\S+)/.exec(said) ?? [];
  const keys = join(data, 'keys', 'backup');
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  const write = (name: string, text: string): void => writeFileSync(join(keys, name), text, { mode: 0o600 });
  write(`${tower}.facility.credential`, 'house:token-of-house\n');
  write(`${tower}.ca.pem`, readFileSync(join(vault.data, 'certificate.crt'), 'utf8'));
  copyFileSync(gateway.credentialFile, join(keys, `${bucket}.credential`));
  write(`${tower}.${project}.credential`, 'nightjar:token-of-nightjar\n');
  await scriptIn(directory)(
    `picturelock backup policy nightjar --vault rack tower bucket
     picturelock backup now nightjar --copies
     picturelock backup facility
     picturelock backup escrow --shares 3 --need 2 --out shares
     picturelock backup runbook --out runbook.txt`,
    { PICTURELOCK_DATA: data },
    directory,
  );
  return { rack, tower, bucket };
}

/** Each script has an empty folder of its own unless one is given, and stops at its first failure. */
function scriptIn(directory: string): LostFacility['script'] {
  let count = 0;
  return async (lines, variables = {}, folder) => {
    count += 1;
    const where = folder ?? join(directory, `work-${count}`);
    mkdirSync(where, { recursive: true });
    const path = `${join(directory, 'bin')}:${process.env['PATH'] ?? ''}`;
    const env = { ...compiledBefore(), PATH: path, HOME: directory, ...variables };
    const log = join(directory, `script-${count}-${Date.now()}.log`);
    const child = spawn('sh', ['-c', `set -eu\n{ ${lines}\n} > '${log}' 2>&1`], { cwd: where, env, stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), SCRIPT_MS_MAX);
    const [code] = (await once(child, 'exit')) as [number | null];
    clearTimeout(timer);
    const said = readFileSync(log, 'utf8');
    assert.equal(code, 0, `this ended with ${code}:\n${lines}\n${said.slice(-3000)}`);
    return said;
  };
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** SHA-256 of every file that people made, by its path. */
export function filesOf(folder: string): ReadonlyMap<string, string> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !path.startsWith('.picturelock/'));
  return new Map(paths.sort().map((path) => [path, hash('sha256', readFileSync(join(folder, path)))]));
}
