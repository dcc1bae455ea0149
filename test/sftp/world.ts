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
import { foundFacility, newId } from '#engine/test-founding.ts';
import { createFileService } from '#gates/files/service.ts';
import { decideTransfer } from '#gates/registry/holding.ts';
import { createRegistry } from '#gates/registry/registry.ts';
import type { SftpParts } from '#gates/sftp/door.ts';
import { loadHostKey, type HostKey } from '#gates/sftp/host-key.ts';
import { createClock } from '#host/clock.ts';
import { openWorkspaces } from '#host/workspace/workspaces.ts';
import type { Command } from '#model/commands.ts';
import type { By, Entry } from '#model/events.ts';
import type { SessionRegistry } from '#ports/sessions.ts';
import type { Workspaces } from '#ports/workspace.ts';
import { decodeEntry } from '#ledger/entry.ts';
import type { CredentialId, EngagementId, PersonId, ProjectId } from '#std/ids.ts';

const DAY_MS = 86_400_000;

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

export { newId };

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
  const { act, project, engage } = await foundFacility(engine, { now: () => clock.now() });
  const [alpha, beta] = [await project('alpha'), await project('beta')];
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
      const { person, engagements } = await engage(role, on);
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
