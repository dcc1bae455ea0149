/**
 * The guarded facility with a share: the way from the seat to the NAS is one that a person's session opens. The portal's API, the share gate and
 * the network gate are the real ones over the real engine; browsers differ from real ones in that the test says which address they ask from.
 */
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addProject } from './acts.ts';
import type { FacilityOptions, GuardedFacility } from './guarded-facility.ts';
import { NAME, newId, openGuardedFacility } from './guarded-facility.ts';
import { createPortalApi } from '#api/create.ts';
import type { PortalApi } from '#api/create.ts';
import { LOOPBACK_COOKIE } from '#api/authenticate.ts';
import { API_PREFIX, REQUEST_HEADER } from '#api/endpoints.ts';
import type { ShareView } from '#api/endpoints/shares.ts';
import { hashToken } from '#api/identity/token.ts';
import { decideSignIn } from '#gates/registry/holding.ts';
import { createRegistry } from '#gates/registry/registry.ts';
import type { ShareGate } from '#gates/share/gate.ts';
import { startShareGate } from '#gates/share/gate.ts';
import { createClock } from '#host/clock.ts';
import { openSubjectKeys } from '#host/keys/subject-keys.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import { roleIdOf } from '#model/built-in-roles.ts';
import { WORKSPACE_FOLDERS } from '#model/built-in-roles.ts';
import type { FileService } from '#ports/files.ts';
import { assert as ensure } from '#std/assert.ts';
import type { EngagementId, FlowId, PersonId, ProjectId } from '#std/ids.ts';
import { refused } from '#std/refused.ts';

export interface Person {
  readonly person: PersonId;
  readonly engagement: EngagementId;
}

export interface Answer<T> {
  readonly status: number;
  readonly body: T & { readonly code?: string };
}

/** A signed-in browser at an address. */
export interface Browser {
  readonly open: () => Promise<Answer<ShareView>>;
  readonly see: () => Promise<Answer<ShareView>>;
  readonly call: <T>(method: string, path: string, headers?: Readonly<Record<string, string>>) => Promise<Answer<T>>;
}

export interface ShareFacility extends GuardedFacility {
  readonly project: ProjectId;
  readonly flow: FlowId;
  readonly api: PortalApi;
  shares: ShareGate;
  addArtist(livesMs?: number, role?: 'editor' | 'client-reviewer'): Promise<Person>;
  signIn(person: PersonId, from: string): Promise<Browser>;
  declareShare(): Promise<FlowId>;
}

const noFiles = refused('no-files', 'This world has no files.');
const NO_FILES = new Proxy({} as FileService, { get: () => async () => noFiles }); // every method refuses

export async function openShareFacility(options: FacilityOptions = {}): Promise<ShareFacility> {
  const facility = await openGuardedFacility(options);
  const { engine, guarded } = facility;
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-share-'));
  const random = { bytes: (count: number) => randomFillSync(new Uint8Array(count)) };
  const clock = createClock();
  const parts = { engine, clock, random };
  const onTrouble = (what: string, error?: unknown): void => {
    (facility.troubles as string[]).push(`${what}: ${String(error)}`); // the facility's own list
  };
  const sessions = createRegistry({ ...parts, gate: 'portal', decide: decideSignIn, shape: 'visits', watchMs: 20 });
  const shares = startShareGate({ ...parts, warden: guarded.warden, onTrouble, lookMs: 100, tellMs: 100 });
  const api = createPortalApi(
    {
      ...parts,
      keys: openSubjectKeys(folder),
      files: NO_FILES,
      sessions,
      log: {
        entryBytes: (index: number) => engine.store.readOne(index),
        checkpoint: async () => engine.sealer.view,
        policy: async () => undefined,
        proof: async () => undefined,
        logFile: async () => undefined,
      },
      bundles: { export: async () => noFiles, verify: async () => ({ holds: false, lines: [] }) },
    },
    {
      origin: 'http://127.0.0.1:1',
      secure: false,
      ledgerOrigin: 'testpost.example/log',
      version: 'test',
      gates: ['portal', 'share', 'network'],
    },
    { onFault: (error) => onTrouble('a request failed', error) },
  );
  const project = await addProject(facility, [...WORKSPACE_FOLDERS]);
  const declareShare = () => replaceFlows(facility);
  const flow = await declareShare();
  return Object.assign(facility, {
    project,
    flow,
    api,
    shares,
    declareShare,
    addArtist: (livesMs = DAY_MS, role: 'editor' | 'client-reviewer' = 'editor') =>
      addArtist(facility, project, livesMs, role),
    signIn: (person: PersonId, from: string) => signIn(facility, api, person, from),
    close: closing(facility, async () => {
      api.close();
      await sessions.close();
      await shares.close();
      rmSync(folder, { recursive: true, force: true });
    }),
  });
}

/** What stands open goes; a share takes its place. */
async function replaceFlows({ engine, ask, hostIds }: GuardedFacility): Promise<FlowId> {
  const { network, zones } = engine.state();
  for (const { id } of network.flows.values()) await ask({ kind: 'remove-flow', flow: id, reason: 'a share instead' });
  const [flow, service, owner] = [newId('flow'), network.services.findKey(() => true), engine.state().people.first()];
  const zone = zones.findKey(({ name }) => name === 'production');
  const host = hostIds.get('nas');
  ensure(service !== undefined && owner !== undefined && zone !== undefined && host !== undefined, 'drawn');
  await ask({
    kind: 'add-flow',
    flow,
    from: { kind: 'zone', zone },
    to: { kind: 'host', host },
    service,
    class: 'share',
    owner: owner.id,
    reason: 'media lies on the NAS',
    reviewBy: Date.now() + 90 * DAY_MS,
  });
  return flow;
}

async function addArtist(
  { ask }: GuardedFacility,
  project: ProjectId,
  livesMs: number,
  role: 'editor' | 'client-reviewer',
): Promise<Person> {
  const [person, engagement] = [newId('person'), newId('engagement')];
  await ask({ kind: 'add-person', person, nature: 'human', name: NAME, roles: [] });
  const [from, until] = [Date.now(), Date.now() + livesMs];
  await ask({ kind: 'give-engagement', engagement, person, project, role: roleIdOf(role), from, until });
  return { person, engagement };
}

async function signIn({ ask }: GuardedFacility, api: PortalApi, person: PersonId, from: string): Promise<Browser> {
  const token = randomFillSync(Buffer.alloc(32)).toString('base64url');
  const now = Date.now();
  const session = { session: newId('session'), person, gate: 'portal' as const, from, factorAt: now };
  await ask(
    { kind: 'open-session', ...session, tokenHash: hashToken(token), until: now + 8 * HOUR_MS },
    { service: 'gate-portal' },
  );
  const call = async <T>(method: string, path: string, headers: Readonly<Record<string, string>> = {}) => {
    const sent = { cookie: `${LOOPBACK_COOKIE}=${token}`, [REQUEST_HEADER]: '1', 'content-type': 'application/json' };
    const request = new Request(`http://127.0.0.1:1${API_PREFIX}${path}`, {
      method,
      headers: { ...sent, ...headers },
      ...(method === 'GET' ? {} : { body: '{}' }),
    });
    const response = await api.fetch(request, { from });
    return { status: response.status, body: (await response.json()) as T & { readonly code?: string } }; // the endpoint's own shape
  };
  return {
    call,
    open: () => call('POST', '/projects/alpha/share'),
    see: () => call('GET', '/projects/alpha/share'),
  };
}

function closing(facility: GuardedFacility, first: () => Promise<void>): () => Promise<void> {
  const { close } = facility;
  return async () => {
    await first();
    await close();
  };
}
