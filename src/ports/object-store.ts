/**
 * Where the objects of a backup repository lie: a folder, our vault server, anybody's server of restic's REST protocol, or an S3 bucket.
 *
 * - A name is the SHA-256 of the object's bytes in hex; `config` has one object without a name. Objects are written once.
 * - `put` creates and never replaces: an object that is there already with the same name is `present`, and nothing was changed. It
 *   resolves when the object is durable at the other end.
 * - `heal` puts the bytes of a name where other bytes lie, or none. What is there and right is `whole` and stays as it is. A config has no name that
 *   proves it: a store that does not know by itself which bytes are right, and cannot hold both, answers with a Fault `not-the-object`.
 * - `get` gives exactly the bytes asked for, or a Fault `object-missing`. Whoever asks checks the hash.
 * - `each` gives names in no order, each once, with sizes, as they come: no store holds a whole list for it but a bucket. Whoever goes through it does
 *   nothing slow between two of them, because the other end waits. `list` is all of it in memory: never for `data`, of which there is no end.
 * - `remove` is for `locks` only wherever copies are locked; elsewhere a Fault `locked`.
 * - Every method rejects with a Fault that says whether a retry helps.
 */
export type ObjectType = 'config' | 'data' | 'index' | 'keys' | 'locks' | 'snapshots';

export interface StoredObject {
  readonly name: string;
  readonly bytes: number;
}

/** One object as a vault or a bucket took it in: `n` is the order of arrival there, which no client has a part in. */
export interface ArrivedObject {
  readonly type: ObjectType;
  readonly name: string;
  readonly n: number;
  /** By the clock there: ms since 1970. */
  readonly arrivedAt: number;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface ObjectStore {
  each(type: ObjectType): AsyncIterable<StoredObject>;
  list(type: ObjectType): Promise<readonly StoredObject[]>;
  /** Undefined when it is not there. */
  size(type: ObjectType, name: string): Promise<number | undefined>;
  get(type: ObjectType, name: string, range?: ByteRange): Promise<Uint8Array>;
  put(type: ObjectType, name: string, body: Uint8Array): Promise<'created' | 'present'>;
  heal(type: ObjectType, name: string, body: Uint8Array): Promise<'healed' | 'whole'>;
  remove(type: ObjectType, name: string): Promise<void>;
  /** Until when every object there is locked, by the word of whoever locks it: ms since 1970. Absent or undefined: nobody says. */
  lockedUntil?(): Promise<number | undefined>;
  /** What is held (of one type when it is named), in order of arrival, by the word of whoever keeps it. Absent or undefined: nobody says. */
  arrivals?(type?: ObjectType): Promise<readonly ArrivedObject[] | undefined>;
  /** Number of the newest of these, 0 where there is none. Absent or undefined: nobody says. */
  newestArrival?(): Promise<number | undefined>;
  /** Every config that lies there, in order of arrival, where there can be more than one. Absent: there is the one that `get` gives. */
  configs?(): Promise<readonly Uint8Array[]>;
  close(): Promise<void>;
}
