/**
 * Takes one object in: room for it is set apart before its first byte, and it is acknowledged after bytes, name, lock and journal line are durable.
 */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Client } from '#vault/server/admission.ts';
import { digestOf, moved, putAside, receiveAside, receiveObject, syncFolder } from '#vault/server/receive.ts';
import type { Received } from '#vault/server/receive.ts';
import type { Vault, VaultRoom } from '#vault/server/vault.ts';
import type { ObjectType } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';

const DAY_MS = 86_400_000;

/** Bytes that are right and durable, in a file aside. */
interface Arrived {
  readonly path: string;
  readonly aside: string;
  readonly received: Received;
}

export function createAcceptance(room: VaultRoom): Vault['accept'] {
  const { layout, holdings, journal, clock, immutable, turns } = room;
  /** Bytes under way, by client: requests that run together cannot pass a quota together. */
  const underWay = new Map<string, number>();

  async function take(client: Client, type: ObjectType, name: string, body: AsyncIterable<Uint8Array>, length: number) {
    const path = layout.pathOf(client.name, type, name);
    const expected = { length, name: type === 'config' ? undefined : name };
    if (type === 'locks') return (await receiveObject(path, body, expected)) === 'present' ? 'present' : 'created';
    if (holdings.readable(client.name, type, name) !== undefined) return 'present';
    // The bytes come before the turn: who sends slowly keeps nobody waiting.
    let done: 'created' | 'present' = 'present';
    await receiveAside(path, body, expected, (aside, received) =>
      turns.take(path, async () => void (done = await place(client, type, name, { path, aside, received }))),
    );
    return done;
  }

  /** In turn with whoever stores or sweeps the same name: what is acknowledged is there, and stays. */
  async function place(client: Client, type: ObjectType, name: string, { path, aside, received }: Arrived) {
    if (holdings.readable(client.name, type, name) !== undefined) return 'present'; // somebody else stored it meanwhile
    if (!(await moved(aside, path))) await expectSame(path, name, received.bytes);
    await syncFolder(dirname(path));
    const lockMs = client.lockDays * DAY_MS;
    await immutable?.lock(path, lockMs);
    const { at } = await clock.now();
    const { bytes, sha256 } = received;
    const line = { kind: 'accepted', at, client: client.name, type, bytes, lockedUntil: at + lockMs } as const;
    await journal.append([type === 'config' ? { ...line, object: '', sha256 } : { ...line, object: name }]);
    return 'created';
  }

  /**
   * A file lies under the name, and clients do not see it: left by a crash before its line, set aside by a prune, or put there by somebody
   * else. The same bytes are taken as they lie; anything else goes out of the way, and the client is told to send again.
   */
  async function expectSame(path: string, name: string, length: number): Promise<void> {
    const lying: Received = await digestOf(path);
    if (name !== '' && lying.sha256 === name && lying.bytes === length) return;
    await putAside(path, layout.foreign);
    throw new Fault('send-again', 'something else lay in its place and was put aside: send it again', { retry: true });
  }

  return async (client, type, name, body, length) => {
    const before = underWay.get(client.name) ?? 0;
    if (type !== 'locks' && holdings.bytesOf(client.name) + before + length > client.quotaBytes)
      throw new Fault('quota-reached', 'what is under way would pass the quota of this client');
    underWay.set(client.name, before + length);
    try {
      if (type !== 'locks') await expectRoom(layout.root, length, room.freeBytesMin);
      return await take(client, type, name, body, length);
    } finally {
      underWay.set(client.name, (underWay.get(client.name) ?? 0) - length);
    }
  };
}

export async function expectRoom(folder: string, length: number, freeBytesMin: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= length + freeBytesMin) return;
  throw new Fault('storage-full', 'the disk of the vault is full: give it room, then run this again', { retry: true });
}
