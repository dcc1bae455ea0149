/**
 * Everything that a bucket holds under a prefix, version by version. A bucket with locks keeps versions, not names: whoever may write can put a newer version
 * or a delete marker over a name, and neither takes away what lies beneath.
 */
import { s3Fault } from '#vault/store/s3-client.ts';
import type { S3Client } from '#vault/store/s3-client.ts';
import { elementsOf, textOf } from '#vault/store/s3-xml.ts';
import { Fault } from '#std/refused.ts';

export interface S3Version {
  readonly versionId: string;
  readonly bytes: number;
  /** By the store's clock. */
  readonly at: number;
  /** MD5 of the bytes in hex where the store is asked to make it so; any text elsewhere. */
  readonly etag: string;
}

export interface KeyHistory {
  readonly key: string;
  /** Oldest first. */
  readonly versions: readonly S3Version[];
  /** A delete marker lies on top: who asks for the name hears that there is nothing. */
  readonly isHidden: boolean;
}

const PAGE_KEYS = 1000;
const PAGE_BYTES_MAX = 16 << 20;

export async function* historiesUnder(
  client: S3Client,
  prefix: string,
  pageKeys = PAGE_KEYS,
): AsyncGenerator<KeyHistory> {
  let marker: Readonly<Record<string, string>> = {};
  let open: Growing | undefined;
  for (;;) {
    const query = { versions: '', prefix, 'max-keys': String(pageKeys), ...marker };
    const answer = await client.ask({ method: 'GET', query, bytesMax: PAGE_BYTES_MAX });
    if (answer.status !== 200) throw s3Fault(answer, 'the bucket cannot be listed');
    const xml = answer.body.toString('utf8');
    for (const row of rowsOf(xml)) {
      if (open !== undefined && open.key !== row.key) yield closed(open);
      open = open?.key === row.key ? open : { key: row.key, versions: [], isHidden: false };
      if (row.version !== undefined) open.versions.push(row.version);
      else if (row.isLatest) open.isHidden = true;
    }
    if (textOf(xml, 'IsTruncated') !== 'true') break;
    marker = nextMarker(xml, marker);
  }
  if (open !== undefined) yield closed(open);
}

/** Of one key; undefined when the bucket never had it. */
export async function historyOf(client: S3Client, key: string): Promise<KeyHistory | undefined> {
  for await (const history of historiesUnder(client, key)) if (history.key === key) return history;
  return undefined;
}

interface Growing {
  readonly key: string;
  /** Newest first, as they are told. */
  readonly versions: S3Version[];
  isHidden: boolean;
}

function closed({ key, versions, isHidden }: Growing): KeyHistory {
  return { key, versions: versions.toReversed(), isHidden };
}

interface Row {
  readonly key: string;
  readonly isLatest: boolean;
  /** Undefined for a delete marker. */
  readonly version?: S3Version;
}

/** Versions and delete markers stand mixed, by key and then newest first. Some stores list all markers of a page after all its versions. */
function rowsOf(xml: string): readonly Row[] {
  const rows = [...xml.matchAll(/<(Version|DeleteMarker)>([\s\S]*?)<\/\1>/g)].map(([, kind, text = '']): Row => {
    const [key, versionId] = [ownText(text, 'Key'), ownText(text, 'VersionId')];
    if (key === undefined || versionId === undefined)
      throw new Fault('vault-failed', 'the store lists something without key or version');
    const isLatest = textOf(text, 'IsLatest') === 'true';
    if (kind === 'DeleteMarker') return { key, isLatest };
    const [bytes, at] = [Number(textOf(text, 'Size')), Date.parse(textOf(text, 'LastModified') ?? '')];
    if (!Number.isSafeInteger(bytes) || !Number.isFinite(at))
      throw new Fault('vault-failed', 'the store lists a version without size or time');
    const etag = (ownText(text, 'ETag') ?? '').replaceAll('"', '');
    return { key, isLatest, version: { versionId, bytes, at, etag } };
  });
  return rows.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)); // stable: the order within a key stays
}

/** In memory of its own: a text that was cut out of a page would keep the whole page for as long as somebody keeps the text. */
function ownText(xml: string, name: string): string | undefined {
  const text = textOf(xml, name);
  return text === undefined ? undefined : Buffer.from(text).toString();
}

function nextMarker(xml: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [key, version] = [textOf(xml, 'NextKeyMarker'), textOf(xml, 'NextVersionIdMarker')];
  if (key === undefined || (key === before['key-marker'] && version === before['version-id-marker']))
    throw new Fault('vault-failed', 'the store says that there is more, and not where');
  return { 'key-marker': key, ...(version === undefined ? {} : { 'version-id-marker': version }) };
}

/** How many there are without asking for versions: what the store tells stock tools. */
export async function* keysUnder(client: S3Client, prefix: string, pageKeys = PAGE_KEYS): AsyncGenerator<string> {
  let after: string | undefined;
  do {
    const token = after === undefined ? {} : { 'continuation-token': after };
    const query = { 'list-type': '2', prefix, 'max-keys': String(pageKeys), ...token };
    const answer = await client.ask({ method: 'GET', query, bytesMax: PAGE_BYTES_MAX });
    if (answer.status !== 200) throw s3Fault(answer, 'the bucket cannot be listed');
    const xml = answer.body.toString('utf8');
    for (const entry of elementsOf(xml, 'Contents')) yield textOf(entry, 'Key') ?? '';
    after = textOf(xml, 'IsTruncated') === 'true' ? textOf(xml, 'NextContinuationToken') : undefined;
  } while (after !== undefined);
}
