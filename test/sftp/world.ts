/**
 * A small facility for the SFTP tests: a real engine on a store in memory (which can be held, like a slow disk), the real file
 * service over a temporary folder, the real registry, and real SSH keys made by ssh-keygen.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocalEngine, type LocalEngine } from '#engine/local.ts';
import { createFileService } from '#gates/files/service.ts';
import { decideTransfer } from '#gates/registry/holding.ts';
import { createRegistry } from '#gates/registry/registry.ts';
import type { SftpParts } from '#gates/sftp/door.ts';
import { loadHostKey, type HostKey } from '#gates/sftp/host-key.ts';
import { createClock } from '#host/clock.ts';
import { openWorkspaces } from '#host/workspace/workspaces.ts';
import type { Command } from '#model/commands.ts';
import type { By, Entry, Sealed } from '#model/events.ts';
import type { SessionRegistry } from '#ports/sessions.ts';
import type { Workspaces } from '#ports/workspace.ts';
import { Bug } from '#std/assert.ts';
import { decodeEntry } from '#ledger/entry.ts';
import type { CredentialId, EngagementId, Id, IdKind, PersonId, ProjectId, RoleId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';

const DAY_MS = 86_400_000;
const NAME: Sealed = { subject: 'facility', salt: '', box: '' };
const FOLDERS = ['media', 'project', 'incoming', 'deliveries', 'review'];

export interface Guest {
  readonly person: PersonId;
  readonly credential: CredentialId;
  readonly engagements: readonly EngagementId[];
  readonly keyPath: string;
}

export interface World {
  readonly folder: string;
  readonly engine: LocalEngine;
  readonly registry: SessionRegistry;
  readonly parts: SftpParts;
  readonly alpha: ProjectId;
  readonly beta: ProjectId;
  readonly hostKey: HostKey;
  readonly troubles: string[];
  do(command: Command, by?: By): Promise<void>;
  /** A person with a key, on each project for so many ms. */
  guest(
    role: string,
    on: readonly (readonly [ProjectId, number])[],
    options?: { readonly keyForMs?: number },
  ): Promise<Guest>;
  entries(): readonly Entry[];
  /** Where a path of a project really stands. */
  place(project: ProjectId, path: string): string;
  close(): Promise<void>;
}

export function newId<K extends IdKind>(kind: K): Id<K> {
  return makeId(kind, randomBytes(ID_RANDOM_BYTES));
}

export async function buildWorld(base: string = mkdtempSync(join(tmpdir(), 'picturelock-sftp-'))): Promise<World> {
  const clock = createClock();
  const random = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
  const engine = await openLocalEngine({ clock, random });
  const workspaces: Workspaces = openWorkspaces(join(base, 'workspaces'));
  const files = createFileService({ engine, workspaces, clock, random });
  const troubles: string[] = [];
  const onTrouble = (what: string, error?: unknown): void =>
    void troubles.push(error === undefined ? what : `${what}: ${String(error)}`);
  const registry = createRegistry({
    engine,
    clock,
    random,
    gate: 'sftp',
    decide: decideTransfer,
    shape: 'connection',
    onFault: (error) => onTrouble('registry', error),
  });
  const owner = newId('person');
  const session = newId('session');
  const act = async (command: Command, by: By = { person: owner, session }): Promise<void> => {
    const outcome = await engine.command(command, by);
    if (outcome.kind === 'refused') throw new Bug(`${command.kind}: ${outcome.code} ${outcome.message}`);
  };
  const until = clock.now() + 300 * DAY_MS;
  await act(
    {
      kind: 'create-facility',
      name: 'Post',
      timeZone: 'UTC',
      origin: 'post.example/log',
      owner,
      ownerName: NAME,
      ownerRolesUntil: until,
      exception: newId('exception'),
    },
    { service: 'gate-portal' },
  );
  await act(
    { kind: 'open-session', session, person: owner, gate: 'shell', until: clock.now() + DAY_MS, factorAt: clock.now() },
    { service: 'gate-shell' },
  );
  const [alpha, beta] = [newId('project'), newId('project')];
  await act({
    kind: 'create-project',
    project: alpha,
    alias: 'alpha',
    title: NAME,
    level: 'standard',
    owner,
    folders: FOLDERS,
  });
  await act({
    kind: 'create-project',
    project: beta,
    alias: 'beta',
    title: NAME,
    level: 'standard',
    owner,
    folders: FOLDERS,
  });
  let guests = 0;
  return {
    folder: base,
    engine,
    registry,
    alpha,
    beta,
    troubles,
    do: act,
    parts: { engine, registry, files, clock, onTrouble },
    hostKey: loadHostKey(join(base, 'keys', 'sftp_host_ed25519')),
    async guest(role, on, options = {}) {
      guests += 1;
      const person = newId('person');
      await act({ kind: 'add-person', person, nature: 'human', name: NAME, roles: [] });
      const engagements: EngagementId[] = [];
      for (const [project, ms] of on) {
        const engagement = newId('engagement');
        const now = clock.now();
        await act({
          kind: 'give-engagement',
          engagement,
          person,
          project,
          role: role as RoleId,
          from: now,
          until: now + ms,
        }); // a built-in role
        engagements.push(engagement);
      }
      const keyPath = makeKey(base, `guest-${guests}`);
      const credential = newId('credential');
      const what = { type: 'ssh-key' as const, ...describeKey(keyPath) };
      const expiresAt = clock.now() + (options.keyForMs ?? 30 * DAY_MS);
      await act({ kind: 'add-credential', credential, person, what, label: 'laptop', expiresAt }, { person });
      return { person, credential, engagements, keyPath };
    },
    entries: () => engine.store.entries.map((bytes) => decodeEntry(bytes)),
    place: (project, path) => join(base, 'workspaces', project, path),
    async close() {
      await registry.close();
      await engine.close();
      await workspaces.close();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

export function makeKey(base: string, name: string): string {
  const folder = join(base, 'clients');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  execFileSync('/usr/bin/ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path]);
  return path;
}

function describeKey(path: string): {
  readonly algorithm: string;
  readonly publicKey: string;
  readonly fingerprint: string;
} {
  const [algorithm = '', blob = ''] = readFileSync(`${path}.pub`, 'utf8').split(' ');
  const fingerprint =
    execFileSync('/usr/bin/ssh-keygen', ['-lf', `${path}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '';
  return { algorithm, publicKey: `${algorithm} ${blob}`, fingerprint };
}
