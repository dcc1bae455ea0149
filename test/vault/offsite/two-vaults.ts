/** Two vaults at two sites, each with an identity of its own, and between them a wire that a test cuts. */
import { hash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addUpstream } from '#host/offsite/upstream-book.ts';
import { openOwnCertificate } from '#host/tls/self-signed.ts';
import { openClientBook } from '#host/vault/client-book.ts';
import { startVaultService } from '#host/vault/vault-service.ts';
import type { VaultService } from '#host/vault/vault-service.ts';
import type { Client } from '#vault/server/admission.ts';
import type { ObjectType } from '#ports/object-store.ts';

export const DAY_MS = 86_400_000;
const EDIT: Client = { name: 'edit', quotaBytes: 1 << 30, lockDays: 30, reads: true };

export const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');

export interface Wire {
  readonly port: number;
  /** Each new connection is cut after so many bytes, in both directions together; undefined: none. */
  cutAfter: (() => number) | undefined;
  cuts: number;
  close(): Promise<void>;
}

export interface TwoVaults {
  readonly folder: string;
  readonly first: VaultService;
  second: VaultService;
  readonly secondFolder: string;
  readonly wire: Wire;
  /** Stores these bytes at the first vault, as its client does. */
  store(type: ObjectType, bytes: Uint8Array): Promise<string>;
  /** A pull at the second vault, within a window when `window`; what its status says then. */
  pull(options?: {
    readonly isFull?: boolean;
    readonly window?: boolean;
  }): ReturnType<VaultService['puller']['status']>;
  /** Names at the second vault. */
  held(type: ObjectType): readonly string[];
  pass(ms: number): void;
  startSecond(): Promise<VaultService>;
  close(): Promise<void>;
}

export async function startTwoVaults(): Promise<TwoVaults> {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-two-vaults-'));
  const [firstFolder, secondFolder] = [join(folder, 'first'), join(folder, 'second')];
  const now = Date.now();
  const [ours, theirs] = [
    await openOwnCertificate(firstFolder, ['127.0.0.1'], now),
    await openOwnCertificate(secondFolder, [], now),
  ];
  const book = openClientBook(firstFolder);
  book.add(EDIT);
  book.add({ name: 'second', quotaBytes: 0, lockDays: 1, reads: true, pulls: ['*'], certificateSha256: theirs.sha256 });
  let passedMs = 0;
  const read = () => ({ wall: now + passedMs, monotonic: 1000 + passedMs, boot: 'boot-1' });
  const start = (root: string, tls?: { cert: Buffer; key: Buffer }) =>
    startVaultService({
      folder: root,
      host: '127.0.0.1',
      port: 0,
      read,
      roundEveryMs: DAY_MS,
      freeBytesMin: 0,
      onTrouble: () => undefined,
      ...(tls === undefined ? {} : { tls }),
    });
  const first = await start(firstFolder, { cert: Buffer.from(ours.cert), key: Buffer.from(ours.key) });
  const wire = await startWire(first.port);
  addUpstream(secondFolder, {
    name: 'house',
    url: `https://127.0.0.1:${wire.port}/`,
    client: 'second',
    serverCert: readFileSync(ours.certPath, 'utf8'),
    everyMinutes: 15,
    quotaBytes: 1 << 30,
    lockDays: 90,
  });
  const world: TwoVaults = {
    folder,
    first,
    second: await start(secondFolder),
    secondFolder,
    wire,
    async store(type, bytes) {
      const name = type === 'config' ? '' : sha256(bytes);
      await first.vault.accept(EDIT, type, name, pieces(bytes), bytes.length);
      return name;
    },
    async pull({ isFull = false, window = false } = {}) {
      if (window) await world.second.vault.openWindow(10);
      await world.second.puller.pull(isFull);
      if (window) await world.second.vault.openWindow(0);
      return world.second.puller.status();
    },
    held: (type) => world.second.vault.holdings.list('edit', type).map(({ object }) => object),
    pass: (ms) => void (passedMs += ms),
    startSecond: () => start(secondFolder),
    async close() {
      await world.second.close();
      await wire.close();
      await first.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return world;
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function startWire(to: number): Promise<Wire> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    let left = wire.cutAfter?.() ?? Infinity;
    const pass = (from: Socket, into: Socket): void => {
      open.add(from);
      from.on('error', () => into.destroy());
      from.once('close', () => {
        open.delete(from);
        into.destroy();
      });
      from.on('data', (chunk: Buffer) => {
        const some = chunk.subarray(0, Math.max(0, Math.min(left, chunk.length)));
        left -= chunk.length;
        if (some.length > 0 && !into.destroyed) into.write(some);
        if (left > 0 || near.destroyed) return;
        wire.cuts += 1;
        near.end();
        near.destroySoon();
        far.destroy();
      });
    };
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const wire: Wire = {
    port: (server.address() as AddressInfo).port, // it listens on TCP
    cutAfter: undefined,
    cuts: 0,
    async close() {
      for (const one of open) one.destroy();
      await new Promise((done) => server.close(done));
    },
  };
  return wire;
}
