/**
 * A second vault fills itself from the first one, in the order of arrival: what it lacks is read, hashed on its way in, locked by its own clock for its own
 * time, and written in its own journal. Nothing that happens at the first takes anything away here; what was changed, lost or rolled back there is a
 * finding. Cut off anywhere, the next pull goes on: within an object at the byte where it stopped, after a crash at the object.
 */
import { hash } from 'node:crypto';
import type { Client } from '#vault/server/admission.ts';
import type { Vault } from '#vault/server/vault.ts';
import type { ArrivalRow, Upstream } from '#vault/offsite/upstream.ts';
import { digestOf } from '#vault/server/receive.ts';
import { Fault } from '#std/refused.ts';

const AT_ONCE = 4;
const CUTS_MAX = 20;
const PAUSE_MS = 100;
const PAUSE_MS_MAX = 5_000;
export const FINDINGS_KEPT = 200;

export interface PullFinding {
  /**
   * `changed`: other bytes than its name says, or another length. `missing`: listed and not there. `gone`: it was there, nobody set it aside, and it is not
   * listed any more. `rolled-back`: its journal is shorter than it was.
   */
  readonly code: 'changed' | 'missing' | 'gone' | 'rolled-back';
  /** `type/name`, or the repository. */
  readonly object: string;
  readonly at: number;
}

/** What is remembered of one repository between pulls. Losing it costs a full pull, nothing else. */
export interface PullProgress {
  /** Everything up to this number of the first vault's journal was looked at. */
  readonly after: number;
  /** Vault time of the newest pull of everything that is listed; 0 for none. */
  readonly fullAt: number;
  /** Objects that the first vault said were set aside: when they go, it was a removal that people approved there. */
  readonly setAside: readonly string[];
  readonly findings: readonly PullFinding[];
}

export const NO_PROGRESS: PullProgress = { after: 0, fullAt: 0, setAside: [], findings: [] };

export interface PullParts {
  readonly vault: Vault;
  readonly upstream: Upstream;
  readonly repository: string;
  /** Ours: its quota, and for how long we lock. */
  readonly client: Client;
  readonly signal?: AbortSignal;
  onPulled?(row: ArrivalRow): void;
}

export interface Pulled {
  readonly progress: PullProgress;
  readonly objects: number;
  readonly bytes: number;
  /** A config and keys that wait for a window here. */
  readonly waiting: readonly string[];
  /** When the newest thing that we looked at arrived at the first vault; undefined when nothing was new. */
  readonly newestArrivedAt?: number;
}

interface Pulling extends PullParts {
  readonly isFull: boolean;
  readonly at: number;
  readonly seen: Set<string>;
  readonly setAside: Set<string>;
  readonly findings: Map<string, PullFinding>;
  readonly waiting: string[];
  after: number;
  objects: number;
  bytes: number;
  newestArrivedAt: number | undefined;
}

/** `isFull`: everything that is listed is compared with what we hold, not just what is new. */
export async function pullRepository(parts: PullParts, before: PullProgress, isFull: boolean): Promise<Pulled> {
  const { at } = await parts.vault.now();
  const pulling: Pulling = {
    ...parts,
    at,
    isFull,
    after: isFull ? 0 : before.after,
    seen: new Set(),
    setAside: new Set(before.setAside),
    findings: new Map(isFull ? [] : before.findings.map((one) => [`${one.code} ${one.object}`, one])),
    waiting: [],
    objects: 0,
    bytes: 0,
    newestArrivedAt: undefined,
  };
  for (;;) {
    const rows = await parts.upstream.arrivals(parts.repository, pulling.after);
    if (rows.length === 0) break;
    await takeRows(pulling, inOrder(rows, pulling.after));
  }
  if (isFull) await compareAll(pulling, before);
  return ended(pulling, before);
}

function ended(pulling: Pulling, before: PullProgress): Pulled {
  const { after, at, isFull, setAside, findings, waiting, objects, bytes, newestArrivedAt } = pulling;
  const progress = {
    after,
    fullAt: isFull ? at : before.fullAt,
    setAside: [...setAside],
    findings: [...findings.values()].slice(0, FINDINGS_KEPT),
  };
  return { progress, objects, bytes, waiting, ...(newestArrivedAt === undefined ? {} : { newestArrivedAt }) };
}

/** A list that does not count upwards would keep us busy for ever. */
function inOrder(rows: readonly ArrivalRow[], after: number): readonly ArrivalRow[] {
  let last = after;
  for (const { n } of rows) {
    if (n <= last) throw new Fault('upstream-broken', 'the first vault lists arrivals out of order');
    last = n;
  }
  return rows;
}

/** A few at a time; a snapshot only after everything before it, so that what it needs is here when it is. */
async function takeRows(pulling: Pulling, rows: readonly ArrivalRow[]): Promise<void> {
  let batch: ArrivalRow[] = [];
  const flush = async (): Promise<void> => {
    const last = batch.at(-1);
    const ends = await Promise.allSettled(batch.map((row) => takeRow(pulling, row)));
    batch = [];
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    if (last !== undefined) [pulling.after, pulling.newestArrivedAt] = [last.n, last.arrivedAt];
  };
  for (const row of rows) {
    pulling.signal?.throwIfAborted();
    if (row.type === 'snapshots') await flush();
    batch.push(row);
    if (row.type === 'snapshots' || batch.length >= AT_ONCE) await flush();
  }
  await flush();
}

async function takeRow(pulling: Pulling, row: ArrivalRow): Promise<void> {
  const { vault, client, at, seen, setAside, waiting } = pulling;
  const object = nameOf(row);
  seen.add(object);
  if (row.setAsideBy === undefined) setAside.delete(object);
  else setAside.add(object);
  const held = vault.holdings.get(client.name, row.type, row.name);
  if (held !== undefined) {
    if (held.bytes !== row.size) find(pulling, 'changed', object);
    else if (held.damagedAt !== undefined && row.setAsideBy === undefined && held.mark === undefined)
      await healObject(pulling, row, object);
    return;
  }
  if (row.setAsideBy !== undefined) return;
  // As at every vault: whoever took over the first one must not plant keys at the second.
  const isClosed = at >= vault.holdings.windowUntil;
  if ((row.type === 'config' || row.type === 'keys') && isClosed) return void waiting.push(object);
  await takeObject(pulling, row, object);
}

/** Ours was damaged since: the first vault's bytes take its place when they are the right ones. */
async function healObject(pulling: Pulling, row: ArrivalRow, object: string): Promise<void> {
  try {
    await pulling.vault.heal(pulling.client.name, row.type, row.name, wholeBody(pulling, row), row.size);
  } catch (cause) {
    const code = cause instanceof Fault ? FOUND[cause.code] : undefined;
    if (code !== undefined) find(pulling, code, object);
    else if (!(cause instanceof Fault && cause.code === 'unprovable')) throw cause;
  }
}

async function takeObject(pulling: Pulling, row: ArrivalRow, object: string): Promise<void> {
  const { vault, client } = pulling;
  try {
    const body = wholeBody(pulling, row);
    if ((await vault.accept(client, row.type, row.name, body, row.size)) === 'present') return;
    pulling.objects += 1;
    pulling.bytes += row.size;
    pulling.onPulled?.(row);
  } catch (cause) {
    const code = cause instanceof Fault ? FOUND[cause.code] : undefined;
    if (code === undefined) throw cause;
    find(pulling, code, object);
  }
}

const FOUND: Readonly<Record<string, PullFinding['code']>> = {
  'wrong-name': 'changed',
  'too-large': 'changed',
  'cut-off': 'changed',
  'object-missing': 'missing',
};

/** The object in one piece, however often the network cuts it: each time it goes on at the byte where it stopped. */
async function* wholeBody({ upstream, repository, signal }: Pulling, { type, name, size }: ArrivalRow) {
  let offset = 0;
  let cuts = 0;
  for (;;) {
    const from = offset;
    try {
      for await (const part of upstream.read(repository, type, name, offset)) {
        offset += part.length;
        yield part;
      }
      return;
    } catch (cause) {
      if (!(cause instanceof Fault && cause.retry)) throw cause;
      // Whoever gets on, however slowly, is not given up.
      cuts = offset > from ? 1 : cuts + 1;
      if (cuts > CUTS_MAX || offset >= size) throw cause;
      signal?.throwIfAborted();
      await new Promise((go) => setTimeout(go, Math.min(PAUSE_MS * 2 ** (cuts - 1), PAUSE_MS_MAX)));
    }
  }
}

/** What we hold and the first vault does not list any more; whether its journal is the one we knew; whether its config is ours. */
async function compareAll(pulling: Pulling, before: PullProgress): Promise<void> {
  const { vault, client, repository, seen, setAside } = pulling;
  if (pulling.after < before.after && setAside.size === 0) find(pulling, 'rolled-back', repository);
  for (const { client: name, type, object } of vault.holdings.all()) {
    const listed = nameOf({ type, name: object });
    if (name === client.name && !seen.has(listed) && !setAside.has(listed)) find(pulling, 'gone', listed);
  }
  await compareConfig(pulling);
}

/** It has no name that its bytes could be held against. */
async function compareConfig(pulling: Pulling): Promise<void> {
  const { vault, client, upstream, repository, seen } = pulling;
  const ours = await vault.find(client.name, 'config', '');
  if (ours === undefined || !seen.has('config')) return;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of upstream.read(repository, 'config', '', 0)) {
    bytes += part.length;
    if (bytes > ours.bytes) break;
    parts.push(part);
  }
  const { sha256 } = await digestOf(ours.path);
  if (bytes !== ours.bytes || sha256 !== hash('sha256', Buffer.concat(parts), 'hex'))
    find(pulling, 'changed', 'config');
}

function find({ findings, at }: Pulling, code: PullFinding['code'], object: string): void {
  const key = `${code} ${object}`;
  if (!findings.has(key)) findings.set(key, { code, object, at });
}

function nameOf({ type, name }: { readonly type: string; readonly name: string }): string {
  return type === 'config' ? 'config' : `${type}/${name}`;
}
