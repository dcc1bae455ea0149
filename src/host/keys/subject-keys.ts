/**
 * Subject keys as files of 32 bytes, `keys/subjects/<subject>.key`, mode 0600. Several processes share them: a key is made
 * once (by link, which never replaces) and a destroyed one is gone for all of them at the next use.
 *
 * Destroying overwrites the file before it unlinks it. On storage that keeps old blocks (flash, snapshots, backups of the
 * keys) that is not a guarantee; what is backed up of `keys/` must be destroyed there too.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fieldKeyOf, openField, sealField, SUBJECT_KEY_BYTES } from './sealed-field.ts';
import type { Sealed } from '#model/events.ts';
import type { SubjectKeys } from '#ports/subject-keys.ts';
import { Fault } from '#std/refused.ts';

const CACHED_KEYS_MAX = 10_000;

interface Cached {
  readonly key: Uint8Array;
  /** Inode and time of change: a file that was destroyed and made anew is another one. */
  readonly version: string;
}

export function openSubjectKeys(dataDirectory: string): SubjectKeys {
  const directory = join(dataDirectory, 'keys', 'subjects');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const cache = new Map<string, Cached>();
  const pathOf = (subject: Sealed['subject']): string => join(directory, `${subject}.key`);

  function find(subject: Sealed['subject']): Uint8Array | undefined {
    const found = statSync(pathOf(subject), { throwIfNoEntry: false, bigint: true });
    if (found === undefined) return forget(subject);
    const version = `${found.ino}:${found.ctimeNs}`;
    const cached = cache.get(subject);
    if (cached?.version === version) return cached.key;
    const key = readFileSync(pathOf(subject));
    if (key.byteLength !== SUBJECT_KEY_BYTES)
      throw new Fault('subject-key-broken', `the key of ${subject} has ${key.byteLength} bytes`);
    if (cache.size >= CACHED_KEYS_MAX) cache.clear();
    cache.set(subject, { key, version });
    return key;
  }

  function forget(subject: Sealed['subject']): undefined {
    cache.delete(subject);
    return undefined;
  }

  function findOrMake(subject: Sealed['subject']): Uint8Array {
    const found = find(subject);
    if (found !== undefined) return found;
    makeKeyFile(directory, pathOf(subject));
    const made = find(subject);
    if (made === undefined) throw new Fault('subject-key-lost', `the key of ${subject} vanished while it was made`);
    return made;
  }

  return {
    seal: (subject, plaintext) => sealField(subject, findOrMake(subject), plaintext),
    unseal(field) {
      const key = find(field.subject);
      return key === undefined ? undefined : openField(fieldKeyOf(key, field.salt), field);
    },
    fieldKey(field) {
      const key = find(field.subject);
      return key === undefined ? undefined : fieldKeyOf(key, field.salt);
    },
    destroy(subject) {
      forget(subject);
      const path = pathOf(subject);
      if (statSync(path, { throwIfNoEntry: false }) === undefined) return;
      overwrite(path);
      rmSync(path);
      syncDirectory(directory);
    },
  };
}

/** Complete and synced before it has its name; whoever comes second keeps the first one's key. */
function makeKeyFile(directory: string, path: string): void {
  const temporary = `${path}.${randomBytes(8).toString('hex')}.new`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, randomBytes(SUBJECT_KEY_BYTES));
    fsyncSync(file);
    linkSync(temporary, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new Fault('subject-key-unwritable', 'a key could not be stored', { cause });
  } finally {
    closeSync(file);
    rmSync(temporary, { force: true });
  }
  syncDirectory(directory);
}

function overwrite(path: string): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, randomBytes(SUBJECT_KEY_BYTES), 0, SUBJECT_KEY_BYTES, 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
