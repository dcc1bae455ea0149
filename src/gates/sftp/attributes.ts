/**
 * File attributes, both ways (draft section 5):
 *
 *   uint32 flags | uint64 size | uint32 uid, gid | uint32 permissions | uint32 atime, mtime | uint32 n, n × (string, string)
 *
 * Owners are always 0 and permissions the owner's alone: who may do what is decided by the facility, not by mode bits.
 */
import { Buffer } from 'node:buffer';
import type { PacketReader } from '#gates/sftp/reader.ts';
import { ATTR_FLAG, ATTR_PAIRS_MAX, PATH_BYTES_MAX } from '#gates/sftp/wire.ts';

/** What a client wants set. Times are whole seconds since 1970. */
export interface Attributes {
  readonly sizeBytes?: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly permissions?: number;
  readonly modifiedAtSeconds?: number;
}

/** What this server tells about a file or a folder. */
export interface FileFacts {
  readonly isFolder: boolean;
  readonly sizeBytes: number;
  readonly modifiedAt: number;
}

const FOLDER_MODE = 0o040700;
const FILE_MODE = 0o100600;
export const ENCODED_ATTRIBUTES_BYTES = 32;

export function decodeAttributes(reader: PacketReader): Attributes {
  const flags = reader.uint32();
  const out: { -readonly [Key in keyof Attributes]: Attributes[Key] } = {};
  if (flags & ATTR_FLAG.size) out.sizeBytes = reader.uint64();
  if (flags & ATTR_FLAG.owner) out.owner = { uid: reader.uint32(), gid: reader.uint32() };
  if (flags & ATTR_FLAG.permissions) out.permissions = reader.uint32();
  if (flags & ATTR_FLAG.times) {
    reader.uint32(); // the access time means nothing here
    out.modifiedAtSeconds = reader.uint32();
  }
  if (flags & ATTR_FLAG.extended) skipPairs(reader);
  return out;
}

function skipPairs(reader: PacketReader): void {
  const pairs = reader.uint32();
  if (pairs > ATTR_PAIRS_MAX) reader.broken = true;
  for (let i = 0; i < pairs && !reader.broken; i += 1) {
    reader.string(PATH_BYTES_MAX);
    reader.string(PATH_BYTES_MAX);
  }
}

export function encodeAttributes(facts: FileFacts): Buffer {
  const out = Buffer.alloc(ENCODED_ATTRIBUTES_BYTES);
  out.writeUInt32BE(ATTR_FLAG.size | ATTR_FLAG.owner | ATTR_FLAG.permissions | ATTR_FLAG.times, 0);
  out.writeBigUInt64BE(BigInt(facts.sizeBytes), 4);
  out.writeUInt32BE(facts.isFolder ? FOLDER_MODE : FILE_MODE, 20);
  out.writeUInt32BE(seconds(facts.modifiedAt), 24);
  out.writeUInt32BE(seconds(facts.modifiedAt), 28);
  return out;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** The line that `ls -l` shows; always with the year, so that it does not depend on a clock. */
export function longName(name: string, facts: FileFacts): string {
  const mode = facts.isFolder ? 'drwx------' : '-rw-------';
  const date = new Date(seconds(facts.modifiedAt) * 1000);
  const day = `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)}  ${date.getUTCFullYear()}`;
  return `${mode}    1 0        0        ${String(facts.sizeBytes).padStart(12)} ${day} ${name}`;
}

function seconds(ms: number): number {
  return Math.min(Math.max(Math.floor(ms / 1000), 0), 0xffff_ffff);
}
