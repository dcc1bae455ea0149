/**
 * One packet to one request (draft sections 4 to 8). A field that runs over the end of its packet breaks the stream; bytes left over
 * after the last field are ignored, because clients that are in use send them (rclone 1.60 after the data of a write).
 */
import type { Buffer } from 'node:buffer';
import { decodeAttributes } from '#gates/sftp/attributes.ts';
import { PacketReader } from '#gates/sftp/reader.ts';
import type { Request } from '#gates/sftp/requests.ts';
import { HANDLE_BYTES_MAX, OPEN_FLAGS_KNOWN, PACKET_BYTES_MAX, PATH_BYTES_MAX, TYPE } from '#gates/sftp/wire.ts';

const reader = new PacketReader(); // decoding is synchronous and never nested
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const PATH_KINDS: ReadonlyMap<number, 'stat' | 'lstat' | 'opendir' | 'remove' | 'rmdir' | 'realpath' | 'readlink'> =
  new Map([
    [TYPE.stat, 'stat'],
    [TYPE.lstat, 'lstat'],
    [TYPE.opendir, 'opendir'],
    [TYPE.remove, 'remove'],
    [TYPE.rmdir, 'rmdir'],
    [TYPE.realpath, 'realpath'],
    [TYPE.readlink, 'readlink'],
  ]);

export function decodeRequest(packet: Buffer): Request {
  const type = packet[0] ?? 0;
  reader.start(packet, 1);
  if (type === TYPE.init) return decodeInit();
  const id = reader.uint32();
  if (reader.broken) return { kind: 'violation', why: 'a packet without a request number' };
  const request = decodeBody(type, id);
  if (reader.broken)
    return { kind: 'violation', id, why: `a request of type ${type} with a field that is too long or too short` };
  return request;
}

function decodeInit(): Request {
  const version = reader.uint32();
  if (reader.broken) return { kind: 'violation', why: 'a greeting without a version' };
  return { kind: 'init', version }; // extension pairs may follow; a version 3 client sends none that matter
}

function decodeBody(type: number, id: number): Request {
  const pathKind = PATH_KINDS.get(type);
  if (pathKind !== undefined) return withPath(id, (path) => ({ kind: pathKind, id, path }));
  switch (type) {
    case TYPE.read:
      return decodeRead(id);
    case TYPE.write:
      return decodeWrite(id);
    case TYPE.open:
      return decodeOpen(id);
    case TYPE.close:
      return { kind: 'close', id, handle: handle() };
    case TYPE.fstat:
      return { kind: 'fstat', id, handle: handle() };
    case TYPE.readdir:
      return { kind: 'readdir', id, handle: handle() };
    case TYPE.fsetstat:
      return { kind: 'fsetstat', id, handle: handle(), attributes: decodeAttributes(reader) };
    case TYPE.setstat:
      return withPath(id, (path) => ({ kind: 'setstat', id, path, attributes: decodeAttributes(reader) }));
    case TYPE.mkdir:
      return withPath(id, (path) => ({ kind: 'mkdir', id, path, attributes: decodeAttributes(reader) }));
    case TYPE.rename:
      return withPaths(id, 'rename');
    case TYPE.symlink:
      return { kind: 'symlink', id };
    case TYPE.extended:
      return decodeExtended(id);
    default:
      return { kind: 'unsupported', id, what: `request type ${type}` };
  }
}

function decodeOpen(id: number): Request {
  return withPath(id, (path) => {
    const flags = reader.uint32();
    const attributes = decodeAttributes(reader);
    if (flags & ~OPEN_FLAGS_KNOWN) return { kind: 'impossible', id, why: 'an open flag that version 3 does not know' };
    return { kind: 'open', id, path, flags, attributes };
  });
}

function decodeRead(id: number): Request {
  const name = handle();
  const offset = reader.uint64();
  const length = reader.uint32();
  if (!Number.isSafeInteger(offset)) return { kind: 'impossible', id, why: 'an offset beyond every file' };
  return { kind: 'read', id, handle: name, offset, length };
}

function decodeWrite(id: number): Request {
  const name = handle();
  const offset = reader.uint64();
  const data = reader.string(PACKET_BYTES_MAX);
  if (!Number.isSafeInteger(offset + data.length))
    return { kind: 'impossible', id, why: 'an offset beyond every file' };
  return { kind: 'write', id, handle: name, offset, data };
}

function decodeExtended(id: number): Request {
  const name = reader.string(256).toString('latin1');
  switch (name) {
    case 'limits@openssh.com':
      return { kind: 'limits', id };
    case 'fsync@openssh.com':
      return { kind: 'fsync', id, handle: handle() };
    case 'posix-rename@openssh.com':
      return withPaths(id, 'posix-rename');
    default:
      return { kind: 'unsupported', id, what: 'this extension' };
  }
}

/** Handles are ours and short; anything else simply names no open file. */
function handle(): string {
  return reader.string(HANDLE_BYTES_MAX).toString('latin1');
}

function withPath(id: number, make: (path: string) => Request): Request {
  const path = utf8(reader.string(PATH_BYTES_MAX));
  const request = make(path ?? '');
  return path === undefined ? notText(id) : request;
}

function withPaths(id: number, kind: 'rename' | 'posix-rename'): Request {
  const from = utf8(reader.string(PATH_BYTES_MAX));
  const to = utf8(reader.string(PATH_BYTES_MAX));
  return from === undefined || to === undefined ? notText(id) : { kind, id, from, to };
}

function notText(id: number): Request {
  return { kind: 'impossible', id, why: 'a name that is not UTF-8 or holds a zero byte' };
}

function utf8(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return text.decode(bytes);
  } catch {
    return undefined;
  }
}
