/** Replies, encoded. Each function gives one whole packet with its length in front. */
import { Buffer } from 'node:buffer';
import { encodeAttributes, ENCODED_ATTRIBUTES_BYTES, longName, type FileFacts } from '#gates/sftp/attributes.ts';
import {
  EXTENSIONS,
  HANDLES_MAX,
  MESSAGE_CHARS_MAX,
  PACKET_BYTES_MAX,
  READ_BYTES_MAX,
  SFTP_VERSION,
  STATUS,
  TYPE,
  WRITE_BYTES_MAX,
  type StatusName,
} from '#gates/sftp/wire.ts';

/** length, type, id, length of the data: what stands before the bytes of a DATA packet. */
export const DATA_HEADER_BYTES = 13;

export interface NamedFacts extends FileFacts {
  readonly name: string;
}

export function encodeVersion(): Buffer {
  return packet([
    byteAnd32(TYPE.version, SFTP_VERSION),
    ...EXTENSIONS.flatMap(([name, value]) => [string(name), string(value)]),
  ]);
}

const TEXT: { readonly [Name in StatusName]: string } = {
  ok: 'done',
  eof: 'end of file',
  noSuchFile: 'no such file',
  permissionDenied: 'permission denied',
  failure: 'failure',
  badMessage: 'bad message',
  unsupported: 'not supported',
};

export function encodeStatus(id: number, status: StatusName, message: string = TEXT[status]): Buffer {
  if (status === 'ok') return okStatus(id);
  return packet([
    byteAnd32(TYPE.status, id),
    uint32(STATUS[status]),
    string(message.slice(0, MESSAGE_CHARS_MAX)),
    string('en'),
  ]);
}

const OK_TEMPLATE = packet([byteAnd32(TYPE.status, 0), uint32(STATUS.ok), string(''), string('')]);

/** Every acknowledged write sends one: a copy of a ready packet with the number filled in. */
function okStatus(id: number): Buffer {
  const out = Buffer.from(OK_TEMPLATE);
  out.writeUInt32BE(id, 5);
  return out;
}

export function encodeHandle(id: number, handle: string): Buffer {
  return packet([byteAnd32(TYPE.handle, id), string(handle)]);
}

export function encodeAttrs(id: number, facts: FileFacts): Buffer {
  return packet([byteAnd32(TYPE.attrs, id), encodeAttributes(facts)]);
}

/** One name without attributes, as REALPATH answers. */
export function encodePath(id: number, path: string): Buffer {
  return packet([byteAnd32(TYPE.name, id), uint32(1), string(path), string(path), uint32(0)]);
}

/** As many names as fit into one packet; the caller goes on after `count`. */
export function encodeNames(
  id: number,
  names: readonly NamedFacts[],
): { readonly packet: Buffer; readonly count: number } {
  const parts: Buffer[] = [];
  let bytes = 9;
  let count = 0;
  for (const facts of names) {
    const name = string(facts.name);
    const long = string(longName(facts.name, facts));
    bytes += name.length + long.length + ENCODED_ATTRIBUTES_BYTES;
    if (bytes > PACKET_BYTES_MAX) break;
    parts.push(name, long, encodeAttributes(facts));
    count += 1;
  }
  return { packet: packet([byteAnd32(TYPE.name, id), uint32(count), ...parts]), count };
}

export function encodeLimits(id: number): Buffer {
  const body = Buffer.alloc(32);
  [PACKET_BYTES_MAX, READ_BYTES_MAX, WRITE_BYTES_MAX, HANDLES_MAX].forEach((value, i) =>
    body.writeBigUInt64BE(BigInt(value), i * 8),
  );
  return packet([byteAnd32(TYPE.extendedReply, id), body]);
}

/** Fills in the header of a DATA packet whose `count` bytes stand at `DATA_HEADER_BYTES` already. */
export function writeDataHeader(into: Buffer, id: number, count: number): void {
  into.writeUInt32BE(count + DATA_HEADER_BYTES - 4, 0);
  into.writeUInt8(TYPE.data, 4);
  into.writeUInt32BE(id, 5);
  into.writeUInt32BE(count, 9);
}

function packet(parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([uint32(length), ...parts], length + 4);
}

function byteAnd32(byte: number, value: number): Buffer {
  const out = Buffer.alloc(5);
  out.writeUInt8(byte, 0);
  out.writeUInt32BE(value, 1);
  return out;
}

function uint32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value, 0);
  return out;
}

function string(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([uint32(bytes.length), bytes]);
}
