/** A whole portal over a whole engine in this process: real rules, real registry, real HTTP. Only storage is in memory. */
import { randomFillSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PortalSettings } from '#api/context.ts';
import type { AnswerOf, BodyTo, EndpointName, ParamsTo, QueryTo } from '#api/endpoints.ts';
import { API_PREFIX, endpoints, REQUEST_HEADER } from '#api/endpoints.ts';
import { openLocalEngine } from '#engine/local.ts';
import type { LocalEngine } from '#engine/local.ts';
import { decideSignIn } from '#gates/registry/holding.ts';
import { createRegistry } from '#gates/registry/registry.ts';
import { openSubjectKeys } from '#host/keys/subject-keys.ts';
import { openPortal } from '#host/portal/portal.ts';
import type { Portal } from '#host/portal/portal.ts';
import type { Clock } from '#ports/clock.ts';
import type { FileService } from '#ports/files.ts';
import type { SessionRegistry } from '#ports/sessions.ts';
import type { SubjectKeys } from '#ports/subject-keys.ts';
import { refused } from '#std/refused.ts';
import { Authenticator } from './authenticator.ts';

/** Runs like a real clock and can be wound forward. */
export class TestClock implements Clock {
  #skewMs = 0;
  readonly #waiting = new Set<{ readonly at: number; readonly run: () => void; timer?: NodeJS.Timeout }>();
  now(): number {
    return Date.now() + this.#skewMs;
  }
  monotonic(): number {
    return performance.now() + this.#skewMs;
  }
  atTime(at: number, run: () => void): () => void {
    const entry: { readonly at: number; readonly run: () => void; timer?: NodeJS.Timeout } = { at, run };
    this.#waiting.add(entry);
    this.#arm(entry);
    return () => {
      clearTimeout(entry.timer);
      this.#waiting.delete(entry);
    };
  }
  advance(ms: number): void {
    this.#skewMs += ms;
    for (const entry of this.#waiting) {
      clearTimeout(entry.timer);
      this.#arm(entry);
    }
  }
  #arm(entry: { readonly at: number; readonly run: () => void; timer?: NodeJS.Timeout }): void {
    entry.timer = setTimeout(
      () => {
        if (this.now() < entry.at) return this.#arm(entry);
        this.#waiting.delete(entry);
        return entry.run();
      },
      Math.min(2 ** 30, Math.max(0, entry.at - this.now())),
    );
  }
}

export interface World {
  readonly engine: LocalEngine;
  readonly sessions: SessionRegistry;
  readonly keys: SubjectKeys;
  readonly clock: TestClock;
  readonly portal: Portal;
  readonly faults: unknown[];
  /** Closes the portal and the registry and opens new ones over the same engine, as a restart does. */
  restart(): Promise<World>;
  close(): Promise<void>;
}

const noFiles = refused('no-files', 'This world has no files.');
const NO_FILES = new Proxy({} as FileService, { get: () => async () => noFiles }); // every method refuses

export async function openWorld(settings: Partial<PortalSettings> = {}): Promise<World> {
  const clock = new TestClock();
  const folder = await mkdtemp(join(tmpdir(), 'picturelock-api-'));
  const engine = await openLocalEngine({ clock });
  const keys = openSubjectKeys(folder);
  return openOver({
    engine,
    keys,
    clock,
    settings,
    port: 0,
    close: () => rm(folder, { recursive: true, force: true }),
  });
}

interface Ground {
  readonly engine: LocalEngine;
  readonly keys: SubjectKeys;
  readonly clock: TestClock;
  readonly settings: Partial<PortalSettings>;
  readonly port: number;
  close(): Promise<void>;
}

async function openOver(ground: Ground): Promise<World> {
  const { engine, keys, clock, settings } = ground;
  const random = { bytes: (count: number) => randomFillSync(new Uint8Array(count)) };
  const faults: unknown[] = [];
  const onFault = (error: unknown): void => void faults.push(error);
  const sessions = createRegistry({
    engine,
    clock,
    random,
    gate: 'portal',
    decide: decideSignIn,
    shape: 'visits',
    watchMs: 20,
    onFault,
  });
  const log = {
    entryBytes: (index: number) => engine.store.readOne(index),
    checkpoint: async () => engine.sealer.view,
    policy: async () => undefined,
    proof: async () => undefined,
    logFile: async (path: string) => (path.startsWith('tile/') ? new Uint8Array(32) : undefined),
  };
  const bundles = {
    export: async () => noFiles,
    verify: async () => ({ holds: false, lines: [{ level: 'fail' as const, text: 'not a bundle' }] }),
  };
  const portal = await openPortal(
    { engine, keys, files: NO_FILES, sessions, clock, random, log, bundles },
    {
      address: { host: '127.0.0.1', port: ground.port },
      settings: { version: 'test', gates: ['portal'], ...settings },
      onFault,
    },
  );
  return {
    engine,
    sessions,
    keys,
    clock,
    portal,
    faults,
    restart: async () => {
      await portal.close();
      await sessions.close();
      return openOver({ ...ground, port: portal.port });
    },
    close: async () => {
      await portal.close();
      await sessions.close();
      await engine.close();
      await ground.close();
    },
  };
}

export interface Answered<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

interface Sent<N extends EndpointName> {
  readonly params?: ParamsTo<N>;
  readonly query?: QueryTo<N>;
  readonly body?: BodyTo<N>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where a portal is found. */
export interface Found {
  readonly portal: { readonly port: number; readonly origin: string };
}

/** A browser with one cookie. */
export class Browser {
  readonly #world: Found;
  cookie: string | undefined;

  constructor(world: Found) {
    this.#world = world;
  }

  get origin(): string {
    return this.#world.portal.origin;
  }

  /** Refusals are answers; the caller checks the status. Answers that are no refusal are held to the endpoint's own schema. */
  async call<N extends EndpointName>(
    name: N,
    sent: Sent<N> = {},
  ): Promise<Answered<AnswerOf<N> & { readonly code?: string }>> {
    const endpoint = endpoints[name];
    const filled = endpoint.path.replaceAll(/:(\w+)/g, (_, key: string) =>
      encodeURIComponent(String((sent.params as Record<string, unknown>)[key])),
    );
    const query = new URLSearchParams(Object.entries(sent.query ?? {}).map(([key, value]) => [key, String(value)]));
    const response = await this.fetch(`${API_PREFIX}${filled}${query.size === 0 ? '' : `?${query}`}`, {
      method: endpoint.method,
      headers: {
        [REQUEST_HEADER]: '1',
        ...(endpoint.method === 'GET' ? {} : { 'content-type': 'application/json' }),
        ...sent.headers,
      },
      ...(endpoint.method === 'GET' ? {} : { body: JSON.stringify(sent.body ?? {}) }),
    });
    const body: unknown = await response.json();
    if (response.ok) endpoint.response.parse(body);
    return {
      status: response.status,
      body: body as AnswerOf<N> & { readonly code?: string },
      headers: response.headers,
    }; // parsed above when it is an answer
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookie !== undefined) headers.set('cookie', this.cookie);
    const url = `http://127.0.0.1:${this.#world.portal.port}${path}`;
    const sent = () => fetch(url, { redirect: 'manual', ...init, headers });
    // Pooled connections that a restart has closed are no answer: as browsers do, ask again until the pool has forgotten them.
    const response = await sent().catch(sent).catch(sent).catch(sent).catch(sent);
    const set = response.headers.get('set-cookie');
    if (set !== null) this.cookie = /Max-Age=0/.test(set) ? undefined : (set.split(';', 1)[0] ?? '');
    return response;
  }
}

/** First run with a passkey: the owner is signed in. */
export async function createFacility(
  world: Found,
): Promise<{ readonly browser: Browser; readonly passkey: Authenticator }> {
  const browser = new Browser(world);
  const passkey = new Authenticator(world.portal.origin);
  const owner = { ownerName: 'Robin Osei', ownerMail: 'robin@harbour.example' };
  const options = await browser.call('first-run-options', { body: owner });
  const made = await browser.call('first-run', {
    body: {
      ...owner,
      facility: 'Harbour Post',
      timeZone: 'Europe/London',
      enrolment: {
        type: 'passkey',
        ceremony: options.body.ceremony,
        label: 'Laptop',
        response: passkey.create(options.body.passkey),
      },
    },
  });
  if (made.status !== 200) throw new Error(JSON.stringify(made.body));
  return { browser, passkey };
}

/** A person who was invited and has joined with a passkey. */
export async function joinWith(
  world: Found,
  link: string,
): Promise<{ readonly browser: Browser; readonly passkey: Authenticator }> {
  const token = link.slice(link.indexOf('#') + 1);
  const browser = new Browser(world);
  const passkey = new Authenticator(world.portal.origin);
  const look = await browser.call('invitation-look', { body: { token } });
  const enrolment = {
    type: 'passkey' as const,
    ceremony: look.body.options.ceremony,
    label: 'Phone',
    response: passkey.create(look.body.options.passkey),
  };
  const joined = await browser.call('invitation-accept', { body: { token, enrolment } });
  if (joined.status !== 200) throw new Error(JSON.stringify(joined.body));
  return { browser, passkey };
}
