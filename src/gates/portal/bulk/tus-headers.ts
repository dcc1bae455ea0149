/** Headers of the tus resumable upload protocol 1.0.0 (tus.io), parsed strictly. */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { fromBase64, toText } from '#std/bytes.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

export const TUS_VERSION = '1.0.0';
export const TUS_EXTENSIONS = 'creation,creation-with-upload,termination,expiration,checksum';
export const CHECKSUM_ALGORITHMS = ['sha1', 'sha256'] as const;
export const OFFSET_STREAM = 'application/offset+octet-stream';
const METADATA_CHARS_MAX = 8192;
const METADATA_PAIRS_MAX = 32;

export function badRequest(message: string): Refused {
  return refused('bad-request', message, 'Use a client that speaks tus 1.0.0.');
}

/** A header that is a count of bytes: digits only, exactly representable. */
export function parseCount(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string' || !/^\d{1,16}$/.test(value)) return undefined;
  const count = Number(value);
  return Number.isSafeInteger(count) ? count : undefined;
}

/** `key base64, key base64, ...`; keys are ASCII without spaces and unique. */
export function parseMetadata(header: string | string[] | undefined): ReadonlyMap<string, string> | Refused {
  if (header === undefined || header === '') return new Map();
  if (typeof header !== 'string' || header.length > METADATA_CHARS_MAX)
    return badRequest('The upload metadata are too long.');
  const pairs = header.split(',');
  if (pairs.length > METADATA_PAIRS_MAX) return badRequest('There are too many upload metadata.');
  const metadata = new Map<string, string>();
  for (const pair of pairs) {
    const [key = '', value = '', ...rest] = pair.trim().split(' ');
    const text = decode(value);
    if (!/^[\x21-\x7e]{1,64}$/.test(key) || rest.length > 0 || text === undefined || metadata.has(key)) {
      return badRequest('The upload metadata are not `key base64, ...`.');
    }
    metadata.set(key, text);
  }
  return metadata;
}

function decode(value: string): string | undefined {
  const bytes = fromBase64(value);
  try {
    return bytes === undefined ? undefined : toText(bytes);
  } catch {
    return undefined; // not UTF-8
  }
}

export interface ExpectedChecksum {
  readonly hash: Hash;
  readonly base64: string;
}

/** `Upload-Checksum: sha256 base64`. */
export function parseChecksum(headers: IncomingHttpHeaders): ExpectedChecksum | undefined | Refused {
  const header = headers['upload-checksum'];
  if (header === undefined) return undefined;
  const [name, base64, ...rest] = String(header).split(' ');
  const algorithm = CHECKSUM_ALGORITHMS.find((known) => known === name);
  if (algorithm === undefined || base64 === undefined || rest.length > 0 || fromBase64(base64) === undefined) {
    return badRequest('The checksum is not `sha1 base64` or `sha256 base64`.');
  }
  return { hash: createHash(algorithm), base64 };
}

/** Where an upload wants to go, from its metadata. */
export interface UploadTarget {
  readonly alias: string;
  readonly path: string;
  readonly replace: boolean;
}

/** `project`, `path` (the folder, `incoming` unless given), `relativePath` (of a file in a sent folder) or `filename`, `replace`. */
export function parseTarget(metadata: ReadonlyMap<string, string>): UploadTarget | Refused {
  const alias = metadata.get('project');
  const relative = metadata.get('relativePath') ?? '';
  // Some clients send the text "null" for a file that was picked alone.
  const name = relative === '' || relative === 'null' ? metadata.get('filename') : relative.replace(/^\//, '');
  if (alias === undefined || name === undefined || name === '')
    return badRequest('The upload metadata name no project or no file.');
  const folder = metadata.get('path') ?? 'incoming';
  return {
    alias,
    path: folder === '' ? name : `${folder.replace(/\/$/, '')}/${name}`,
    replace: metadata.get('replace') === 'true',
  };
}
