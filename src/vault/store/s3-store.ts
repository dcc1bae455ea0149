/**
 * A repository in a bucket with Object Lock: each object is stored in compliance mode, and the store is asked whether it really is. Names are
 * never trusted: what is read is the oldest version that hashes to its name, so a newer version or a delete marker that somebody put on top
 * changes nothing. Lock files of clients lie in a folder beside it.
 */
import { hash } from 'node:crypto';
import { isObjectId } from '#vault/format/blob.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';
import { listOf } from '#vault/store/listed.ts';
import { openS3Client, s3Fault } from '#vault/store/s3-client.ts';
import type { S3Client } from '#vault/store/s3-client.ts';
import type { S3Place } from '#vault/store/s3-place.ts';
import { putLocked } from '#vault/store/s3-retention.ts';
import { historiesUnder, historyOf } from '#vault/store/s3-versions.ts';
import type { KeyHistory, S3Version } from '#vault/store/s3-versions.ts';
import type { ArrivedObject, ByteRange, ObjectStore, ObjectType, StoredObject } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';

const DAY_MS = 86_400_000;
/** Configs that are looked at: whoever may write can add any number, and of any size. */
const CONFIGS_MAX = 1000;
const CONFIG_BYTES_MAX = 4096;
/** What lies under so many names of a type is remembered, some 30 MB; of others the bucket is asked when they are wanted. */
const KNOWN_MAX = 50_000;

/** One object and what lies under its name. */
export interface S3Object {
  readonly type: ObjectType;
  /** '' for the config. */
  readonly name: string;
  readonly history: KeyHistory;
}

export interface S3Store extends ObjectStore {
  readonly client: S3Client;
  /** Every object of the repository with all its versions, asked anew. */
  objects(): AsyncIterable<S3Object>;
  /** The version that counts: the oldest one that hashes right. Undefined when there is none. */
  versionOf(object: S3Object): Promise<S3Version | undefined>;
}

export const LOCKED_TYPES: readonly Exclude<ObjectType, 'locks'>[] = ['config', 'keys', 'data', 'index', 'snapshots'];

export function openS3Store(place: S3Place, knownMax = KNOWN_MAX): S3Store {
  const client = openS3Client(place);
  const base = place.prefix === '' ? '' : `${place.prefix}/`;
  const overlay = openFolderStore(place.locksFolder);
  const tables = new Map<ObjectType, Promise<Map<string, KeyHistory>>>();
  /** Key → version that was found to be right among several. */
  const right = new Map<string, S3Version>();

  function keyOf(type: ObjectType, name: string): string {
    if (type === 'config') return `${base}config`;
    if (!isObjectId(name)) throw new Fault('object-name', `${name.slice(0, 80)} is no name of an object`);
    return type === 'data' ? `${base}data/${name.slice(0, 2)}/${name}` : `${base}${type}/${name}`;
  }

  async function* objectsOf(type: ObjectType): AsyncGenerator<S3Object> {
    for await (const history of historiesUnder(client, type === 'config' ? `${base}config` : `${base}${type}/`)) {
      const name = type === 'config' ? '' : (history.key.split('/').at(-1) ?? '');
      if ((type === 'config' || isObjectId(name)) && history.key === keyOf(type, name)) yield { type, name, history };
    }
  }

  /** As the bucket is now; what was known before is forgotten. */
  async function* objectsAnew(type: ObjectType): AsyncGenerator<S3Object> {
    const known = new Map<string, KeyHistory>();
    tables.set(type, Promise.resolve(known));
    for await (const object of objectsOf(type)) {
      if (known.size < knownMax) known.set(object.name, object.history);
      yield object;
    }
  }

  async function loadTable(type: ObjectType): Promise<Map<string, KeyHistory>> {
    const known = new Map<string, KeyHistory>();
    for await (const { name, history } of objectsOf(type)) {
      if (known.size >= knownMax) break;
      known.set(name, history);
    }
    return known;
  }

  /** The one that was remembered first makes room. */
  function remember<T>(known: Map<string, T>, name: string, value: T): void {
    known.delete(name);
    const [oldest] = known.keys();
    if (known.size >= knownMax && oldest !== undefined) known.delete(oldest);
    known.set(name, value);
  }

  function table(type: ObjectType): Promise<Map<string, KeyHistory>> {
    const known = tables.get(type);
    if (known !== undefined) return known;
    const loading = loadTable(type);
    tables.set(type, loading);
    loading.catch(() => tables.delete(type));
    return loading;
  }

  /** As the bucket has it now, when the table does not know it. */
  async function look(type: ObjectType, name: string, isFresh = false): Promise<KeyHistory | undefined> {
    const rows = await table(type);
    const known = isFresh ? undefined : rows.get(name);
    if (known !== undefined) return known;
    const found = await historyOf(client, keyOf(type, name));
    if (found !== undefined) remember(rows, name, found);
    return found;
  }

  async function versionOf({ type, name, history: { key, versions } }: S3Object): Promise<S3Version | undefined> {
    if (versions.length < 2 || type === 'config') return versions[0];
    const known = right.get(key);
    if (known !== undefined) return known;
    for (const version of versions) {
      if (hash('sha256', await read(key, version), 'hex') !== name) continue;
      remember(right, key, version);
      return version;
    }
    return undefined;
  }

  async function read(key: string, { versionId, bytes }: S3Version, range?: ByteRange): Promise<Buffer> {
    if (range?.length === 0 || (range === undefined && bytes === 0)) return Buffer.alloc(0);
    const headers = range === undefined ? {} : { range: `bytes=${range.offset}-${range.offset + range.length - 1}` };
    const answer = await client.ask({ method: 'GET', key, query: { versionId }, headers });
    if (answer.status === 404) throw missing(key);
    if (answer.status !== (range === undefined ? 200 : 206)) throw s3Fault(answer, `${key} cannot be read`);
    if (answer.body.length !== (range?.length ?? bytes))
      throw new Fault('object-short', `an object of the repository is shorter than it should be: ${key}`);
    return answer.body;
  }

  async function chosen(type: ObjectType, name: string): Promise<{ key: string; version: S3Version }> {
    const history = await look(type, name);
    const key = keyOf(type, name);
    if (history === undefined || history.versions.length === 0) throw missing(key);
    const version = await versionOf({ type, name, history });
    if (version === undefined) throw new Fault('object-damaged', `no version of ${key} is what its name says`);
    return { key, version };
  }

  async function put(type: ObjectType, name: string, body: Uint8Array): Promise<'created' | 'present'> {
    if (type !== 'config' && hash('sha256', body, 'hex') !== name)
      throw new Fault('wrong-name', 'the object is not the one that its name says: its SHA-256 differs');
    const before = await look(type, name);
    if (await isThere(type, name, before, body)) return 'present';
    const key = keyOf(type, name);
    const until = Date.now() + place.lockDays * DAY_MS;
    const isFirst = before === undefined || before.versions.length === 0;
    const first = await putLocked(client, { key, body, until, isFirst });
    // Somebody was faster, or our own first try was heard after all.
    if (first === 'present' && (await isThere(type, name, await look(type, name, true), body))) return 'present';
    const done = first === 'present' ? await putLocked(client, { key, body, until, isFirst: false }) : first;
    await keepVersion({ type, name, before, body }, done);
    return 'created';
  }

  interface Written {
    readonly type: ObjectType;
    readonly name: string;
    readonly before: KeyHistory | undefined;
    readonly body: Uint8Array;
  }

  async function keepVersion({ type, name, before, body }: Written, done: Awaited<ReturnType<typeof putLocked>>) {
    const key = keyOf(type, name);
    if (done === 'present')
      throw new Fault('vault-failed', `the store neither takes ${key} nor has it`, { retry: true });
    right.delete(key);
    const { versionId, etag } = done;
    const versions = [...(before?.versions ?? []), { versionId, etag, bytes: body.length, at: Date.now() }];
    remember(await table(type), name, { key, versions, isHidden: false });
  }

  /**
   * A new version on top; what lies beneath stays, locked as it was, and is not read any more. Of configs whoever opens one tells which is right: one more
   * does no harm.
   */
  async function heal(type: ObjectType, name: string, body: Uint8Array): Promise<'healed' | 'whole'> {
    const sha256 = hash('sha256', body, 'hex');
    if (type === 'locks' || (type !== 'config' && sha256 !== name))
      throw new Fault('not-the-object', `these are not the bytes of ${type}/${name}`);
    const before = await look(type, name, true);
    if (before !== undefined && (await hasRight(sha256, before))) return 'whole';
    const [key, until] = [keyOf(type, name), Date.now() + place.lockDays * DAY_MS];
    const isFirst = before === undefined || before.versions.length === 0;
    await keepVersion({ type, name, before, body }, await putLocked(client, { key, body, until, isFirst }));
    return 'healed';
  }

  async function hasRight(sha256: string, history: KeyHistory): Promise<boolean> {
    for await (const body of bodiesOf(history)) if (hash('sha256', body, 'hex') === sha256) return true;
    return false;
  }

  /** Oldest first; without those that are shorter than the store says. */
  async function* bodiesOf({ key, versions }: KeyHistory): AsyncGenerator<Buffer> {
    for (const version of versions) {
      const body = await read(key, version).catch((cause: unknown) => {
        if (cause instanceof Fault && cause.code === 'object-short') return undefined;
        throw cause;
      });
      if (body !== undefined) yield body;
    }
  }

  async function configs(): Promise<readonly Buffer[]> {
    const history = await look('config', '', true);
    const small = history?.versions.filter(({ bytes }) => bytes <= CONFIG_BYTES_MAX) ?? [];
    const key = keyOf('config', '');
    return Array.fromAsync(bodiesOf({ key, versions: small.slice(0, CONFIGS_MAX), isHidden: false }));
  }

  async function isThere(
    type: ObjectType,
    name: string,
    history: KeyHistory | undefined,
    body: Uint8Array,
  ): Promise<boolean> {
    if (history === undefined) return false;
    const version = await versionOf({ type, name, history });
    if (version === undefined || version.bytes !== body.length) return false;
    // A store that encrypts by itself has other tags: then the bytes are looked at.
    return version.etag === hash('md5', body, 'hex') || (await read(history.key, version)).equals(body);
  }

  async function* each(type: ObjectType): AsyncGenerator<StoredObject> {
    if (type === 'locks') return yield* overlay.each(type);
    for await (const object of objectsAnew(type)) {
      const version = await versionOf(object);
      if (version !== undefined) yield { name: object.name, bytes: version.bytes };
    }
  }

  return {
    client,
    versionOf,
    async *objects() {
      for (const type of LOCKED_TYPES) yield* objectsAnew(type);
    },
    each,
    list: listOf(each),
    async size(type, name) {
      if (type === 'locks') return overlay.size(type, name);
      const history = await look(type, name);
      return history === undefined ? undefined : (await versionOf({ type, name, history }))?.bytes;
    },
    async get(type, name, range) {
      if (type === 'locks') return overlay.get(type, name, range);
      const { key, version } = await chosen(type, name);
      const body = await read(key, version, range);
      if (range === undefined && type !== 'config' && hash('sha256', body, 'hex') !== name)
        throw new Fault('object-damaged', `no version of ${key} is what its name says`);
      return body;
    },
    async arrivals(type) {
      const types = type === undefined ? LOCKED_TYPES : LOCKED_TYPES.filter((one) => one === type);
      const rows: ArrivedObject[] = [];
      for (const one of types)
        for await (const { name, history } of objectsOf(one)) {
          const { versions } = history;
          if (versions[0] !== undefined) rows.push({ type: one, name, n: versions[0].at, arrivedAt: versions[0].at });
        }
      return rows.toSorted((a, b) => a.n - b.n);
    },
    put: (type, name, body) => (type === 'locks' ? overlay.put(type, name, body) : put(type, name, body)),
    heal,
    configs,
    async remove(type, name) {
      if (type !== 'locks') throw new Fault('locked', 'objects in the bucket are locked; only lock files are removed');
      await overlay.remove(type, name);
    },
    async close() {
      client.close();
      await overlay.close();
    },
  };
}

function missing(key: string): Fault {
  return new Fault('object-missing', `an object of the repository is missing: ${key}`);
}
