/** Locks of single versions: stored with one, asked for, made longer. What the store says back is what counts, not what it was told. */
import { hash } from 'node:crypto';
import { s3Fault } from '#vault/store/s3-client.ts';
import type { S3Answer, S3Client } from '#vault/store/s3-client.ts';
import { textOf } from '#vault/store/s3-xml.ts';
import { Fault } from '#std/refused.ts';

export interface Retention {
  readonly mode: string;
  readonly until: number;
}

export interface LockedVersion {
  readonly versionId: string;
  readonly until: number;
  readonly etag: string;
}

/** Stores round to whole seconds. */
const ROUNDING_MS = 1000;

/**
 * Stores these bytes under this key as a new version that nobody removes before `until`, and makes sure of it. 'present': something is there already, and
 * nothing was changed (only with `isFirst`, and only where the store knows that condition).
 */
export async function putLocked(
  client: S3Client,
  {
    key,
    body,
    until,
    isFirst,
  }: { readonly key: string; readonly body: Uint8Array; readonly until: number; readonly isFirst: boolean },
): Promise<LockedVersion | 'present'> {
  const answer = await client.ask({
    method: 'PUT',
    key,
    body,
    headers: {
      'content-type': 'application/octet-stream',
      'content-md5': hash('md5', body, 'base64'),
      'x-amz-checksum-sha256': hash('sha256', body, 'base64'),
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-object-lock-retain-until-date': stamp(until),
      ...(isFirst ? { 'if-none-match': '*' } : {}),
    },
  });
  if (answer.status === 412 || (isFirst && answer.status === 304)) return 'present';
  if (answer.status !== 200) throw s3Fault(answer, 'an object was not stored');
  const versionId = answer.headers['x-amz-version-id'];
  if (typeof versionId !== 'string')
    throw new Fault(
      'bucket-without-versions',
      'the bucket keeps no versions, so it keeps no locks: make one with Object Lock',
    );
  return expectLocked(client, { key, versionId, until, bytes: body.length });
}

interface Expected {
  readonly key: string;
  readonly versionId: string;
  readonly until: number;
  readonly bytes: number;
}

/** A Fault unless this version is there whole and locked by compliance until then; how it really is. */
async function expectLocked(client: S3Client, { key, versionId, until, bytes }: Expected): Promise<LockedVersion> {
  const { status, headers } = await client.ask({ method: 'HEAD', key, query: { versionId } });
  if (status !== 200 || Number(headers['content-length']) !== bytes)
    throw new Fault('vault-failed', `${key} was acknowledged and is not there whole`, { retry: true });
  const lock = lockIn(headers) ?? (await retentionOf(client, key, versionId));
  if (lock?.mode !== 'COMPLIANCE' || lock.until < until - ROUNDING_MS)
    throw new Fault(
      'not-locked',
      `the store took ${key} and did not lock it: the bucket needs Object Lock; ask picturelock vault probe-s3`,
    );
  return { versionId, until: lock.until, etag: String(headers.etag ?? '').replaceAll('"', '') };
}

/** Most stores tell a lock with the object; undefined when this one does not. */
function lockIn(headers: S3Answer['headers']): Retention | undefined {
  const [mode, date] = [headers['x-amz-object-lock-mode'], headers['x-amz-object-lock-retain-until-date']];
  const until = Date.parse(String(date ?? ''));
  return typeof mode === 'string' && Number.isFinite(until) ? { mode, until } : undefined;
}

/** Undefined when it has none. */
export async function retentionOf(client: S3Client, key: string, versionId: string): Promise<Retention | undefined> {
  const answer = await client.ask({ method: 'GET', key, query: { retention: '', versionId } });
  if (
    answer.status === 404 ||
    answer.code === 'InvalidRequest' ||
    answer.code === 'ObjectLockConfigurationNotFoundError'
  )
    return undefined;
  if (answer.status !== 200) throw s3Fault(answer, 'a lock cannot be read');
  const xml = answer.body.toString('utf8');
  const [mode, until] = [textOf(xml, 'Mode'), Date.parse(textOf(xml, 'RetainUntilDate') ?? '')];
  return mode === undefined || !Number.isFinite(until) ? undefined : { mode, until };
}

/** Asks the store to lock this version until then, in this mode; its answer. */
export function askRetention(
  client: S3Client,
  key: string,
  versionId: string,
  { mode, until }: Retention,
  headers: Readonly<Record<string, string>> = {},
) {
  const body = Buffer.from(
    `<Retention xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Mode>${mode}</Mode>` +
      `<RetainUntilDate>${stamp(until)}</RetainUntilDate></Retention>`,
  );
  return client.ask({
    method: 'PUT',
    key,
    query: { retention: '', versionId },
    body,
    headers: { 'content-type': 'application/xml', 'content-md5': hash('md5', body, 'base64'), ...headers },
  });
}

/** Makes the lock of this version last until then; until when it lasts now, by what the store says afterwards. */
export async function extendLock(client: S3Client, key: string, versionId: string, until: number): Promise<number> {
  const answer = await askRetention(client, key, versionId, { mode: 'COMPLIANCE', until });
  if (answer.status !== 200 && answer.status !== 204) throw s3Fault(answer, 'a lock was not made longer');
  const now = await retentionOf(client, key, versionId);
  if (now?.mode !== 'COMPLIANCE' || now.until < until - ROUNDING_MS)
    throw new Fault('not-locked', `the store acknowledged a longer lock of ${key} and does not keep it`);
  return now.until;
}

/** Whole seconds, upwards: never shorter than was meant. */
function stamp(at: number): string {
  return `${new Date(Math.ceil(at / 1000) * 1000).toISOString().slice(0, 19)}.000Z`;
}
