/** What the vault lets a client do. Deny is the default; nothing that is stored is ever replaced or removed through this door, lock files excepted. */
import type { RestRequest } from '#vault/server/rest-request.ts';
import type { ObjectType } from '#ports/object-store.ts';

export interface Client {
  readonly name: string;
  /** SHA-256 of its token, in hex. */
  readonly tokenSha256?: string;
  /** SHA-256 of its TLS certificate, in hex. */
  readonly certificateSha256?: string;
  readonly quotaBytes: number;
  readonly lockDays: number;
  /** Whether it may read what it stored: a machine that only writes need not. */
  readonly reads: boolean;
  /** Stores nothing: reads the vault's reports for a ledger elsewhere, and leaves its word. */
  readonly follows?: boolean;
  /** Repositories of others that it reads, `*` for all: a second vault that pulls. It writes none of them. */
  readonly pulls?: readonly string[];
  /** This vault fills the repository itself, from another one: nobody writes it through the door. */
  readonly isPulled?: boolean;
}

export interface Standing {
  readonly client: Client;
  /** Stored bytes of this client. */
  readonly bytes: number;
  /** Bytes accepted in the last day. */
  readonly bytesToday: number;
  readonly hasConfig: boolean;
  readonly locks: number;
  /** Whether new keys and a config are taken now. */
  readonly isWindowOpen: boolean;
}

export type Admission =
  | { readonly kind: 'yes' }
  | { readonly kind: 'no'; readonly status: 403 | 409 | 413 | 507; readonly code: string; readonly says: string };

/** A lock file is small; a client holds a bounded number of them. */
export const LOCK_BYTES_MAX = 64 * 1024;
const LOCKS_MAX = 1000;
const KEY_BYTES_MAX = 64 * 1024;
/** Longest object of each type. A pack of stock restic is at most 128 MiB and its last blob. */
export const OBJECT_BYTES_MAX: Readonly<Record<ObjectType, number>> = {
  config: KEY_BYTES_MAX,
  keys: KEY_BYTES_MAX,
  locks: LOCK_BYTES_MAX,
  snapshots: 8 * 1024 * 1024,
  index: 64 * 1024 * 1024,
  data: 192 * 1024 * 1024,
};

const YES: Admission = { kind: 'yes' };

/** `length`: what the request says its body has, or undefined. */
export function admit(request: RestRequest, standing: Standing, length: number | undefined): Admission {
  switch (request.kind) {
    case 'create':
      return standing.isWindowOpen || standing.hasConfig ? YES : closed('a repository');
    case 'list':
    case 'arrivals':
    case 'repositories':
    case 'size':
      return YES;
    case 'get':
      return standing.client.reads || request.type === 'config' || request.type === 'keys' || request.type === 'locks'
        ? YES
        : no(403, 'write-only', 'this client stores and does not read: ask the vault for a client that reads');
    case 'remove':
      return request.type === 'locks' ? YES : no(403, 'locked', 'what is stored here is not removed through this door');
    case 'heal':
      return admitHealing(request.type, standing, length);
    case 'put':
      return admitObject(request.type, standing, length);
  }
}

function admitObject(type: ObjectType, standing: Standing, length: number | undefined): Admission {
  if (standing.client.isPulled === true && type !== 'locks')
    return no(403, 'pulled', 'this repository is filled from its first vault, and by nobody else');
  if (length === undefined) return no(403, 'length-missing', 'say how long the object is (Content-Length)');
  if (length > OBJECT_BYTES_MAX[type])
    return no(413, 'too-large', `an object of this type has at most ${OBJECT_BYTES_MAX[type]} bytes`);
  if (type === 'config' && standing.hasConfig) return no(403, 'locked', 'the config is written once');
  if ((type === 'config' || type === 'keys') && !standing.isWindowOpen)
    return closed(type === 'keys' ? 'a key' : 'a config');
  if (type === 'locks')
    return standing.locks < LOCKS_MAX ? YES : no(507, 'too-many-locks', 'this client left too many lock files');
  if (!standing.hasConfig && type !== 'config' && type !== 'keys')
    return no(409, 'no-repository', 'make the repository first, in an enrolment window');
  const { quotaBytes } = standing.client;
  if (standing.bytes + length > quotaBytes)
    return no(507, 'quota-reached', 'the quota of this client is used up: raise it at the vault, or look why it grew');
  return YES;
}

/** Nothing new comes in this way, so no window and no quota is asked: only what is held already becomes what its name says. */
function admitHealing(type: ObjectType, { client }: Standing, length: number | undefined): Admission {
  if (type === 'locks') return no(403, 'not-offered', 'lock files are not healed');
  if (client.isPulled === true)
    return no(403, 'pulled', 'this repository is healed from its first vault, by itself, and by nobody else');
  if (length === undefined) return no(403, 'length-missing', 'say how long the object is (Content-Length)');
  return length > OBJECT_BYTES_MAX[type]
    ? no(413, 'too-large', `an object of this type has at most ${OBJECT_BYTES_MAX[type]} bytes`)
    : YES;
}

function closed(what: string): Admission {
  return no(403, 'window-closed', `${what} is taken only in an enrolment window, opened at the vault itself`);
}

function no(status: 403 | 409 | 413 | 507, code: string, says: string): Admission {
  return { kind: 'no', status, code, says };
}

/** Whether this client may ask this of a repository: its own, or to read one that it pulls. */
export function mayAsk({ name, pulls = [] }: Client, asked: RestRequest): boolean {
  if (asked.client === name) return true;
  const isRead = asked.kind === 'get' || asked.kind === 'size' || asked.kind === 'list' || asked.kind === 'arrivals';
  return isRead && (pulls.includes('*') || pulls.includes(asked.client));
}
