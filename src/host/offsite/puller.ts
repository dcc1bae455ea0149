/** Pulls on schedule, one first vault after the other, and remembers how far it got. A pull that fails is tried again at the next look that is due. */
import { NEW_REPOSITORY, keptProgress, readUpstreamState, readUpstreams, writeUpstreamState } from './upstream-book.ts';
import type { UpstreamRow, UpstreamState } from './upstream-book.ts';
import { openUpstream } from './upstream-client.ts';
import type { ClientBook } from '#host/vault/client-book.ts';
import { readOwnCertificate } from '#host/tls/self-signed.ts';
import { NAME_CHARS_MAX, NAMED_MAX } from '#model/vault-report-shapes.ts';
import type { PullReport } from '#model/vault-report-shapes.ts';
import { pullRepository } from '#vault/offsite/pull.ts';
import type { Upstream } from '#vault/offsite/upstream.ts';
import type { Client } from '#vault/server/admission.ts';
import type { Vault } from '#vault/server/vault.ts';
import { Fault } from '#std/refused.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** So many missed pulls in a row are worth a look. */
const LATE_AFTER = 3;
const SAYS_CHARS_MAX = 300;

export interface PullerParts {
  readonly folder: string;
  readonly vault: Vault;
  readonly book: ClientBook;
  onTrouble(what: string, cause: unknown): void;
}

export interface PullStatus {
  readonly name: string;
  readonly url: string;
  readonly everyMinutes: number;
  readonly isPulling: boolean;
  readonly triedAt?: number;
  readonly failure?: { readonly code: string; readonly says: string };
  readonly repositories: readonly PulledRepository[];
  /** One sentence for each thing that somebody should look at. */
  readonly attention: readonly string[];
}

export interface PulledRepository {
  readonly name: string;
  readonly bytes: number;
  /** How old our knowledge is: everything that had arrived at the first vault so long ago is here. Undefined: never complete yet. */
  readonly lagMs?: number;
  readonly waiting: readonly string[];
  readonly findings: UpstreamState['repositories'][string]['progress']['findings'];
}

export interface Puller {
  /** Pulls what is due. */
  round(): Promise<void>;
  /** Pulls now; `isFull`: compares everything. Resolves when it is done; failures are in the status. */
  pull(isFull: boolean): Promise<void>;
  status(): Promise<readonly PullStatus[]>;
  /** What is wrong at the first vaults, as the newest pulls found it; undefined when there are none. */
  found(): PullReport | undefined;
  close(): Promise<void>;
}

export function createPuller(parts: PullerParts): Puller {
  const { folder, vault, onTrouble } = parts;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let pulling: string | undefined;
  /** Read once after each pull: what a pull remembers may be long. */
  let found: PullReport | undefined;

  /** One after the other, whoever asks. */
  function inTurn(act: () => Promise<void>): Promise<void> {
    const next = running.then(async () => (stopping.signal.aborted ? undefined : act()));
    running = next.catch(() => undefined);
    return next;
  }

  async function pullOne(row: UpstreamRow, isFull: boolean): Promise<void> {
    pulling = row.name;
    try {
      await pullUpstream(parts, row, isFull, stopping.signal);
    } finally {
      [pulling, found] = [undefined, undefined];
    }
  }

  return {
    round: () =>
      inTurn(async () => {
        for (const row of readUpstreams(folder)) {
          const { at } = await vault.now();
          const { triedAt } = readUpstreamState(folder, row.name);
          if (triedAt === undefined || at - triedAt >= row.everyMinutes * MINUTE_MS) await pullOne(row, false);
        }
      }),
    pull: (isFull) =>
      inTurn(async () => {
        for (const row of readUpstreams(folder)) await pullOne(row, isFull);
      }),
    status: async () => {
      const { at } = await vault.now();
      return readUpstreams(folder).map((row) => statusOf(parts, row, at, pulling === row.name));
    },
    found() {
      try {
        found ??= foundIn(folder);
      } catch (cause) {
        onTrouble('what pulls found', cause); // then nothing is said of it: what was heard before stands
      }
      return found;
    },
    async close() {
      stopping.abort();
      await running;
    },
  };
}

async function pullUpstream(parts: PullerParts, row: UpstreamRow, isFull: boolean, signal: AbortSignal): Promise<void> {
  const { folder, vault, onTrouble } = parts;
  const { at: triedAt } = await vault.now();
  let state: UpstreamState = { ...readUpstreamState(folder, row.name), triedAt };
  let upstream: Upstream | undefined;
  try {
    upstream = open(folder, row);
    for (const repository of await upstream.repositories()) {
      const client = ensureClient(parts.book, row, repository);
      state = await pullOneRepository({ vault, upstream, client, signal }, state, isFull);
      writeUpstreamState(folder, row.name, state);
    }
    const { failure: _, ...fine } = state;
    writeUpstreamState(folder, row.name, fine);
  } catch (cause) {
    if (signal.aborted) return;
    const { code, message } = cause instanceof Fault ? cause : { code: 'fault', message: String(cause) };
    writeUpstreamState(folder, row.name, { ...state, failure: { code, says: message.slice(0, SAYS_CHARS_MAX) } });
    onTrouble(`pull ${row.name}`, cause);
  } finally {
    upstream?.close();
  }
}

function open(folder: string, { url, client, serverCert }: UpstreamRow): Upstream {
  const own = readOwnCertificate(folder);
  if (own === undefined)
    throw new Fault('no-certificate', 'this vault has no certificate of its own: run picturelock vault certificate');
  return openUpstream({ url, client, serverCert, cert: own.cert, key: own.key });
}

interface One {
  readonly vault: Vault;
  readonly upstream: Upstream;
  readonly client: Client;
  readonly signal: AbortSignal;
}

async function pullOneRepository(one: One, state: UpstreamState, isAsked: boolean): Promise<UpstreamState> {
  const { vault, client } = one;
  const before = state.repositories[client.name] ?? NEW_REPOSITORY;
  const { at } = await vault.now();
  const isFirst = before.progress.fullAt === 0;
  const isWaitedFor = before.waiting.length > 0 && at < vault.holdings.windowUntil;
  const isFull = isAsked || isFirst || isWaitedFor || at - before.progress.fullAt >= DAY_MS;
  const pulled = await pullRepository({ ...one, repository: client.name }, before.progress, isFull);
  const newestArrivedAt = pulled.newestArrivedAt ?? before.newestArrivedAt;
  const now = {
    progress: keptProgress(pulled.progress),
    waiting: isFull ? [...pulled.waiting] : [...new Set([...before.waiting, ...pulled.waiting])],
    completeAt: at,
    ...(newestArrivedAt === undefined ? {} : { newestArrivedAt }),
  };
  return { ...state, repositories: { ...state.repositories, [client.name]: now } };
}

/** A repository of a client of our own is never filled from elsewhere. */
function ensureClient(book: ClientBook, { quotaBytes, lockDays }: UpstreamRow, name: string): Client {
  const known = book.all().find((client) => client.name === name);
  if (known === undefined) {
    const client: Client = { name, quotaBytes, lockDays, reads: true, isPulled: true };
    book.add(client);
    return client;
  }
  if (known.isPulled === true) return known;
  throw new Fault('name-taken', `${name} is a client of this vault itself, and a repository of the first vault, too`);
}

function statusOf({ folder, vault }: PullerParts, row: UpstreamRow, at: number, isPulling: boolean): PullStatus {
  const { triedAt, failure, repositories } = readUpstreamState(folder, row.name);
  const rows = Object.entries(repositories).map(([name, { completeAt, waiting, progress }]) => ({
    name,
    bytes: vault.holdings.bytesOf(name),
    ...(completeAt === undefined ? {} : { lagMs: at - completeAt }),
    waiting,
    findings: progress.findings,
  }));
  return {
    name: row.name,
    url: row.url,
    everyMinutes: row.everyMinutes,
    isPulling,
    ...(triedAt === undefined ? {} : { triedAt }),
    ...(failure === undefined ? {} : { failure }),
    repositories: rows,
    attention: [
      ...(failure === undefined ? [] : [`Pulling ${row.name} failed (${failure.code}): ${failure.says}`]),
      ...rows.flatMap((one) => attentionOf(row, one)),
    ],
  };
}

function foundIn(folder: string): PullReport | undefined {
  const rows = readUpstreams(folder);
  if (rows.length === 0) return undefined;
  const all = rows.flatMap((row) =>
    Object.entries(readUpstreamState(folder, row.name).repositories).flatMap(([repository, { progress }]) =>
      progress.findings.map(({ code, object }) => ({ code, object: `${row.name}/${repository}/${object}` })),
    ),
  );
  const first = all.sort((a, b) => (a.object < b.object ? -1 : 1)).slice(0, NAMED_MAX);
  return { count: all.length, findings: first.map((one) => ({ ...one, object: one.object.slice(0, NAME_CHARS_MAX) })) };
}

function attentionOf({ everyMinutes }: UpstreamRow, { name, lagMs, waiting, findings }: PulledRepository) {
  const says: string[] = [];
  if (lagMs !== undefined && lagMs > LATE_AFTER * everyMinutes * MINUTE_MS)
    says.push(`${name} was last complete ${Math.round(lagMs / MINUTE_MS)} minutes ago.`);
  if (waiting.length > 0) says.push(`${name}: ${waiting.join(', ').slice(0, 200)} wait for a window (vault window).`);
  for (const { code, object } of findings) says.push(`${name}: ${object} ${SAYS[code]}`);
  return says;
}

const SAYS: Readonly<Record<PulledRepository['findings'][number]['code'], string>> = {
  changed: 'is not what it was, at the first vault; here it is as it was first.',
  missing: 'is listed at the first vault and is not there.',
  gone: 'is gone at the first vault, and nobody set it aside there; here it is kept.',
  'rolled-back': 'has a shorter journal at the first vault than before: somebody put an older one in its place.',
};
