/**
 * The numbers of SFTP version 3 (draft-ietf-secsh-filexfer-02) and the limits of this server.
 *
 *   uint32 length | byte type | [uint32 id] | body        every packet, both ways; big-endian
 */
export const SFTP_VERSION = 3;

export const TYPE = {
  init: 1,
  version: 2,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  symlink: 20,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attrs: 105,
  extended: 200,
  extendedReply: 201,
} as const;

export const STATUS = {
  ok: 0,
  eof: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  unsupported: 8,
} as const;
export type StatusName = keyof typeof STATUS;

export const OPEN_FLAG = { read: 1, write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 } as const;
export const OPEN_FLAGS_KNOWN = 63;

export const ATTR_FLAG = { size: 1, owner: 2, permissions: 4, times: 8, extended: 0x8000_0000 } as const;

/** What `limits@openssh.com` tells: OpenSSH's own figures, so that its client asks for 255 KiB at a time. */
export const PACKET_BYTES_MAX = 256 * 1024;
export const READ_BYTES_MAX = PACKET_BYTES_MAX - 1024;
export const WRITE_BYTES_MAX = PACKET_BYTES_MAX - 1024;
export const HANDLES_MAX = 64;
/** Longest path in a request, in bytes. */
export const PATH_BYTES_MAX = 4096;
/** Deepest path; the workspace's own limit is lower or equal. */
export const PATH_PARTS_MAX = 64;
export const HANDLE_BYTES_MAX = 16;
/** Extended attribute pairs in one request. */
export const ATTR_PAIRS_MAX = 16;
/** Longest text in a status reply, in characters. */
export const MESSAGE_CHARS_MAX = 400;
/** Names in one READDIR reply. */
export const NAMES_PER_REPLY_MAX = 128;
/** Bytes that may wait unparsed before the transport is paused. */
export const INPUT_BYTES_MAX = 2 * PACKET_BYTES_MAX;

/** Extensions that are announced, with the revision that each value names. */
export const EXTENSIONS: readonly (readonly [string, string])[] = [
  ['posix-rename@openssh.com', '1'],
  ['fsync@openssh.com', '1'],
  ['limits@openssh.com', '1'],
];
