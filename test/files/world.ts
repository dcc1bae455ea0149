/**
 * A small facility for the file tests: a real engine on a store in memory, real workspaces in a temporary folder, the real registry, and the
 * real bulk handler on a real server. Only signing in is left out: a request names its session.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocalEngine } from '#engine/local.ts';
import type { LocalEngine, LocalOptions } from '#engine/local.ts';
import { foundFacility, newId } from '#engine/test-founding.ts';
import { createFileService } from '#gates/files/service.ts';
import type { Files } from '#gates/files/service.ts';
import { createBulkHandler } from '#gates/portal/bulk/handler.ts';
import { decideSignIn } from '#gates/registry/holding.ts';
import { createRegistry } from '#gates/registry/registry.ts';
import { createClock } from '#host/clock.ts';
import { openWorkspaces } from '#host/workspace/workspaces.ts';
import { decodeEntry } from '#ledger/entry.ts';
import type { Command } from '#model/commands.ts';
import type { By, Entry, EntryKind, EntryOf } from '#model/events.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { FileActor } from '#ports/files.ts';
import type { LiveSession, SessionRegistry } from '#ports/sessions.ts';
import type { Workspaces } from '#ports/workspace.ts';
import { Bug } from '#std/assert.ts';
import type { EngagementId, PersonId, ProjectId, SessionId } from '#std/ids.ts';
import type { PaceLimits } from '#std/pace.ts';
import { isId } from '#std/ids.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, refused } from '#std/refused.ts';

const DAY_MS = 86_400_000;
export const random = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };

export { newId };

export interface Guest {
  readonly person: PersonId;
  readonly engagement: EngagementId;
  readonly session: LiveSession;
  readonly actor: FileActor;
  /** Names the session to the portal. */
  readonly headers: { readonly authorization: string };
}

export interface World {
  readonly engine: LocalEngine;
  readonly clock: Clock;
  readonly files: Files;
  readonly workspaces: Workspaces;
  readonly registry: SessionRegistry;
  readonly alpha: ProjectId;
  readonly folder: string;
  readonly origin: string;
  readonly server: Server;
  do(command: Command, by?: By): Promise<void>;
  guest(role: string, options?: { readonly forMs?: number }): Promise<Guest>;
  entries<K extends EntryKind>(kind: K): readonly EntryOf<K>[];
  kinds(prefix: string): readonly string[];
  /** Where a path of the project really stands. */
  place(path: string): string;
  hidden(room: 'parts' | 'bin' | 'aside'): readonly string[];
  /** Another process's view: a second file service over the same storage and engine. */
  restartFiles(engine?: EngineClient): Promise<{ readonly files: Files; readonly workspaces: Workspaces }>;
  close(): Promise<void>;
}

export interface WorldOptions extends LocalOptions {
  readonly base?: string;
  readonly serverWith?: (handler: ReturnType<typeof createBulkHandler>) => Server;
  readonly pace?: PaceLimits;
}

export async function buildWorld({
  base = mkdtempSync(join(tmpdir(), 'picturelock-files-')),
  serverWith,
  pace,
  ...options
}: WorldOptions = {}): Promise<World> {
  const clock = options.clock ?? createClock();
  const engine = await openLocalEngine({ ...options, clock, random });
  const folder = join(base, 'workspaces');
  mkdirSync(base, { recursive: true });
  let workspaces = openWorkspaces(folder);
  const opened: Workspaces[] = [workspaces];
  const files = createFileService({ engine, workspaces, clock, random });
  const registry = createRegistry({
    engine,
    clock,
    random,
    gate: 'portal',
    decide: decideSignIn,
    shape: 'visits',
    onFault: () => undefined,
  });
  const { act, project, engage } = await foundFacility(engine, { now: () => clock.now() });
  const alpha = await project('alpha');
  const bulk = createBulkHandler({
    ...(pace === undefined ? {} : { pace }),
    files,
    clock,
    authenticate: (request) => callerOf(registry, request),
    projectByAlias: (alias) => engine.state().index.projectByAlias.get(alias),
  });
  const server =
    serverWith?.(bulk) ??
    createServer((request, response) => void (bulk(request, response) || response.writeHead(404).end()));
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server has one
  const entries = (): readonly Entry[] => engine.store.entries.map((bytes) => decodeEntry(bytes));
  return {
    engine,
    clock,
    files,
    workspaces,
    registry,
    alpha,
    folder,
    server,
    origin: `http://127.0.0.1:${port}`,
    do: act,
    async guest(role, { forMs = 30 * DAY_MS } = {}) {
      const { person, engagements } = await engage(role, [[alpha, forMs]]);
      const [engagement] = engagements;
      if (engagement === undefined) throw new Bug('one for each project');
      const now = clock.now();
      const session = await registry.open({
        gate: 'portal',
        person,
        until: now + DAY_MS / 2,
        factorAt: now,
        from: '127.0.0.1',
      });
      if (isRefused(session)) throw new Bug(session.message);
      const actor: FileActor = { person, session: session.id, gate: 'portal', from: '127.0.0.1', factorAt: now };
      return { person, engagement, session, actor, headers: { authorization: `Session ${session.id}` } };
    },
    entries: <K extends EntryKind>(kind: K) =>
      entries().filter((entry) => entry.kind === kind) as readonly Entry[] as readonly EntryOf<K>[], // filtered by kind
    kinds: (prefix) =>
      entries()
        .map((entry) => entry.kind)
        .filter((kind) => kind.startsWith(prefix)),
    place: (path) => join(folder, alpha, path),
    hidden: (room) => {
      const at = join(folder, alpha, '.picturelock', room);
      return existsSync(at) ? readdirSync(at) : [];
    },
    async restartFiles(client = engine) {
      workspaces = openWorkspaces(folder);
      opened.push(workspaces);
      return { files: createFileService({ engine: client, workspaces, clock, random }), workspaces };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await registry.close();
      await engine.close();
      for (const one of opened) await one.close();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

export function callerOf(
  registry: SessionRegistry,
  request: IncomingMessage,
): { readonly actor: FileActor; readonly session: LiveSession } | Refused {
  const [, id] = (request.headers.authorization ?? '').split(' ');
  const session = isId('session', id) ? registry.get(id as SessionId) : undefined;
  if (session === undefined) return refused('not-signed-in', 'Sign in first.', 'Sign in.');
  const actor: FileActor = { person: session.person, session: session.id, gate: 'portal', from: '127.0.0.1' };
  return { actor, session };
}

/** The value, or a failed test. */
export function must<T>(outcome: Outcome<T>): T {
  if (isRefused(outcome)) throw new Bug(`${outcome.code}: ${outcome.message}`);
  return outcome.value;
}

export function codeOf(outcome: Outcome<unknown>): string {
  return isRefused(outcome) ? outcome.code : 'ok';
}

const FTYP = Buffer.from('\0\0\0\x14ftypqt  \0\0\0\0qt  ', 'latin1');

/** Bytes that begin like a QuickTime file. */
export function movie(sizeBytes: number): Buffer {
  const bytes = randomBytes(Math.max(sizeBytes, FTYP.byteLength));
  FTYP.copy(bytes);
  return bytes;
}

export async function upload(world: World, guest: Guest, path: string, bytes: Uint8Array): Promise<void> {
  const handle = must(await world.files.openWrite(guest.actor, world.alpha, path, { sizeBytes: bytes.byteLength }));
  handle.writeSync(bytes, 0);
  must(await handle.finish());
}
