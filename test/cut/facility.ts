/**
 * A facility of real processes for the tests of the cut: engine, portal and SFTP gate as `main.ts` runs them, but with this test as their
 * supervisor, so that it can kill one and leave it dead. People are real sign-ins; files are real files.
 */
import { execFileSync, fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithFile, stopProcess } from '../started.ts';
import { foundFacility, newId } from '#engine/test-founding.ts';
import { connectEngine } from '#host/engine-socket/client.ts';
import { fromChild } from '#host/process/messages.ts';
import type { Role, Settings } from '#host/process/settings.ts';
import { prepareDataFolder } from '#host/process/data-folder.ts';
import { openSubjectKeys } from '#host/keys/subject-keys.ts';
import type { Command } from '#model/commands.ts';
import type { By } from '#model/events.ts';
import type { State } from '#model/state.ts';
import { DAY_MS } from '#model/limits.ts';
import { Bug } from '#std/assert.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { CredentialId, CutId, EngagementId, PersonId, ProjectId } from '#std/ids.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export interface Guest {
  readonly person: PersonId;
  readonly engagements: readonly EngagementId[];
  readonly sshKey: CredentialId;
  readonly keyPath: string;
}

export interface Facility {
  readonly data: string;
  readonly portal: string;
  readonly sftp: { readonly host: string; readonly port: number };
  readonly engine: EngineClient;
  readonly children: Readonly<Record<Exclude<Role, 'network' | 'backup' | 'alerts'>, ChildProcess>>;
  do(command: Command, by?: By): Promise<void>;
  project(alias: string, sizeBytes?: number): Promise<ProjectId>;
  guest(on: readonly (readonly [ProjectId, number])[], role?: string): Promise<Guest>;
  linkOf(person: PersonId): Promise<string>;
  receipts(
    cut: CutId,
    gates: number,
  ): Promise<State['cuts'] extends { get(key: CutId): infer C } ? NonNullable<C> : never>;
  close(): Promise<void>;
}

export { newId };

export async function openFacility(): Promise<Facility> {
  const base = mkdtempSync(join(tmpdir(), 'picturelock-cut-'));
  const data = join(base, 'data');
  prepareDataFolder(data);
  const settings: Settings = {
    data,
    listen: { host: '127.0.0.1', port: 0 },
    sftp: { host: '127.0.0.1', port: 0 },
    tls: { kind: 'none' },
    pages: join(base, 'none'),
    demo: true,
  };
  const engineChild = await startRole('engine', settings);
  const engine = await connectEngine(data);
  const [portalChild, sftpChild] = await Promise.all([startRole('portal', settings), startRole('sftp', settings)]);
  const [host = '', port = ''] = sftpChild.address.split(':');
  const children = { engine: engineChild.child, portal: portalChild.child, sftp: sftpChild.child };
  const keys = openSubjectKeys(data);
  const founded = await foundFacility(engine, { seal: (subject, text) => keys.seal(subject, text) });
  const { act } = founded;
  let guests = 0;

  return {
    data,
    portal: portalChild.address,
    sftp: { host, port: Number(port) },
    engine,
    children,
    do: act,
    async project(alias, sizeBytes = 4 * 2 ** 30) {
      const project = await founded.project(alias);
      const media = join(data, 'workspaces', project, 'media');
      mkdirSync(media, { recursive: true, mode: 0o700 });
      const file = openSync(join(media, 'reel.mov'), 'w', 0o600);
      ftruncateSync(file, sizeBytes);
      closeSync(file);
      return project;
    },
    async guest(on, role = 'editor') {
      guests += 1;
      const { person, engagements } = await founded.engage(role, on, `Guest ${guests}`);
      const keyPath = join(base, `guest-${guests}`);
      execFileSync('/usr/bin/ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'laptop', '-f', keyPath]);
      const sshKey = newId('credential');
      await act(
        {
          kind: 'add-credential',
          credential: sshKey,
          person,
          what: { type: 'ssh-key', ...described(keyPath) },
          label: 'laptop',
          expiresAt: Date.now() + DAY_MS,
        },
        { person },
      );
      return { person, engagements, sshKey, keyPath };
    },
    async linkOf(person) {
      for (;;) {
        const rows = JSON.parse(readFileSync(join(data, 'run', 'demo-links.json'), 'utf8')) as readonly {
          person: string;
          url: string;
        }[]; // the portal's own file
        const row = rows.find((one) => one.person === person);
        if (row !== undefined) return row.url;
        await new Promise((done) => setTimeout(done, 20));
      }
    },
    receipts: (id, gates) =>
      new Promise((done) => {
        const look = (state: State): boolean => {
          const cut = state.cuts.get(id);
          if (cut === undefined || cut.receipts.length < gates) return false;
          done(cut);
          return true;
        };
        if (look(engine.state())) return;
        const stop = engine.subscribe((_, state) => (look(state) ? stop() : undefined));
      }),
    async close() {
      await engine.close();
      for (const role of ['sftp', 'portal', 'engine'] as const) await stopRole(children[role]);
      rmSync(base, { recursive: true, force: true });
    },
  };
}

function described(keyPath: string) {
  const [algorithm = '', blob = ''] = readFileSync(`${keyPath}.pub`, 'utf8').split(' ');
  const fingerprint =
    execFileSync('/usr/bin/ssh-keygen', ['-lf', `${keyPath}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '';
  return { algorithm, publicKey: `${algorithm} ${blob}`, fingerprint };
}

export async function startRole(
  role: Role,
  settings: Settings,
): Promise<{ readonly child: ChildProcess; readonly address: string }> {
  const child = fork(join(ROOT, 'src', 'main.ts'), ['role', role], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, PICTURELOCK_LOG: process.env['PICTURELOCK_LOG'] ?? 'silent' },
  });
  endWithFile(child, ['stdout', 'stderr']);
  child.send({ kind: 'begin', settings });
  const died = once(child, 'exit').then(() => Promise.reject(new Bug(`${role}: it died while it started`)));
  const [raw] = (await Promise.race([once(child, 'message'), died])) as [unknown];
  const message = fromChild.parse(raw);
  if (message.kind === 'failed') throw new Bug(`${role}: ${message.message}`);
  return { child, address: message.address ?? '' };
}

/** Stops it as the supervisor would; one that hangs (a stopped process) is killed. */
export async function stopRole(child: ChildProcess): Promise<void> {
  await stopProcess(child, () =>
    child.connected ? child.send({ kind: 'stop' }, () => undefined) : child.kill('SIGKILL'),
  );
}
