/** The vault's process: its folder, its door, its control socket, and what it does by itself. Its own account; no root, no part of a facility's data. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Puller } from '#host/offsite/puller.ts';
import { createPuller } from '#host/offsite/puller.ts';
import { createBoltClient } from '#host/vault/bolt/bolt-client.ts';
import { openClientBook } from '#host/vault/client-book.ts';
import { serveControl } from '#host/vault/control.ts';
import type { Order } from '#host/vault/control.ts';
import { keep } from '#host/vault/keeping.ts';
import { keepReading } from '#host/vault/keep-reading.ts';
import type { KeptReading } from '#host/vault/keep-reading.ts';
import { linkLedger } from '#host/vault/ledger-link.ts';
import type { LedgerLink } from '#host/vault/ledger-link.ts';
import { readMachineClock } from '#host/vault/machine-clock.ts';
import { readApprovers } from '#host/vault/approver-book.ts';
import { openVaultIdentity } from '#host/vault/vault-identity.ts';
import { statusOf } from '#host/vault/vault-status.ts';
import { connectEngine } from '#host/engine-socket/client.ts';
import { lockLedger } from '#host/ledger/ledger-lock.ts';
import { PRUNE_WAIT_MS } from '#model/limits.ts';
import type { PullReport } from '#model/vault-report-shapes.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { VaultId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';
import { attendFollower } from '#vault/server/follower-door.ts';
import { createFollowing } from '#vault/server/following.ts';
import { checkRemoval } from '#vault/server/signed-removal.ts';
import type { ClockReading } from '#vault/server/vault-clock.ts';
import { serveVault } from '#vault/server/server.ts';
import type { VaultServerOptions } from '#vault/server/server.ts';
import { openVault } from '#vault/server/vault.ts';
import type { Vault } from '#vault/server/vault.ts';

export interface VaultServiceSettings {
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  readonly tls?: VaultServerOptions['tls'];
  /** Socket of the bolt; without it files are as immutable as the vault's account keeps them. */
  readonly bolt?: string;
  readonly engine?: { readonly data: string; readonly vault: VaultId };
  read?(): ClockReading;
  readonly roundEveryMs?: number;
  /** Everything that is held is read and hashed again once in so many days. */
  readonly rereadDays?: number;
  readonly freeBytesMin?: number;
  /** A journal of so many bytes is folded. */
  readonly foldBytes?: number;
  onTrouble(what: string, cause?: unknown): void;
}

export interface VaultService {
  readonly port: number;
  readonly vault: Vault;
  readonly locks: 'root' | 'service';
  round(): Promise<void>;
  readonly rereading: KeptReading;
  readonly puller: Puller;
  /** Resolves when it cannot go on: what it has written is safe, and a new start takes it up. */
  readonly failed: Promise<unknown>;
  close(): Promise<void>;
}

const ROUND_EVERY_MS = 10_000;
export const REREAD_DAYS = 30;
const RECONNECT_AFTER_MS = 5_000;

export async function startVaultService(settings: VaultServiceSettings): Promise<VaultService> {
  const { folder, onTrouble } = settings;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const only = lockFolder(folder);
  const bolt = settings.bolt === undefined ? undefined : createBoltClient(settings.bolt, folder);
  const book = openClientBook(folder);
  const identity = openVaultIdentity(folder);
  const read = settings.read ?? readMachineClock;
  const pulled = (): PullReport | undefined => puller.found();
  const following = createFollowing(() => vault, {
    identity,
    clients: () => book.all(),
    monotonic: () => read().monotonic,
    pulled,
  });
  const vault: Vault = await openVault({
    folder,
    read: () => ({ ...read(), others: following.clocks() }),
    ...(bolt === undefined ? {} : { immutable: bolt }),
    ...(settings.freeBytesMin === undefined ? {} : { freeBytesMin: settings.freeBytesMin }),
    ...(settings.foldBytes === undefined ? {} : { foldBytes: settings.foldBytes }),
  });
  const puller = createPuller({ folder, vault, book, onTrouble });
  const link = follow(vault, settings);
  const failure = Promise.withResolvers<unknown>();
  const locks = bolt === undefined ? 'service' : 'root';
  const server = await serveVault(vault, {
    host: settings.host,
    port: settings.port,
    ...(settings.tls === undefined ? {} : { tls: settings.tls }),
    clients: () => book.all(),
    onRefused: (client, code, object) => {
      link.now()?.noteRefusal(client, code, object);
      following.noteRefusal(client, code, object);
    },
    follow: (request, response) => attendFollower(following, identity.publicKey, request, response),
    onFault: (cause) => {
      if (cause instanceof Fault && cause.code === 'journal-failed') failure.resolve(cause);
    },
  });
  const keeping = keep({ vault, clients: () => book.all(), ledger: link.now, following, pulled, onTrouble });
  const control = await serveControl(folder, (asked) => obey(asked));
  const rounds = everySoOften(settings.roundEveryMs ?? ROUND_EVERY_MS, () => keeping.round());
  const rereading = keepReading({ vault, everyDays: settings.rereadDays ?? REREAD_DAYS, onTrouble });
  const looks = everySoOften(settings.roundEveryMs ?? ROUND_EVERY_MS, () => rereading.round());
  // A long pull does not keep locks from being renewed.
  const pulls = everySoOften(settings.roundEveryMs ?? ROUND_EVERY_MS, () =>
    puller.round().catch((cause: unknown) => onTrouble('pull', cause)),
  );

  async function obey(asked: Order): Promise<unknown> {
    switch (asked.verb) {
      case 'status':
        return statusOf(vault, {
          clients: book.all(),
          locks,
          identity: identity.fingerprint,
          hasLedger: link.now() !== undefined || following.word() !== undefined,
          pulls: await puller.status(),
        });
      case 'window':
        return { until: await vault.openWindow(asked.minutes) };
      case 'trust-clock':
        return vault.trustClock();
      case 'reread':
        return rereading.beginNow();
      case 'pull':
        void puller.pull(asked.isFull).catch((cause: unknown) => onTrouble('pull', cause));
        return undefined;
      case 'unmark':
        return vault.unmark(asked.prune);
      case 'heard-clock':
        return following.hearClock(asked.source, asked.at);
      case 'mark-signed': {
        const { at } = await vault.now();
        const approvers = readApprovers(folder);
        const file = Buffer.from(asked.file, 'base64');
        const removal = checkRemoval({ vault: identity.fingerprint, at, approvers }, file, asked.signatures);
        const onHold = link.now()?.onHold() ?? new Set(following.word()?.held);
        await vault.mark({ ...removal, onHold }, removal.client, removal.objects, PRUNE_WAIT_MS);
        return { prune: removal.prune, by: removal.signed.by, objects: removal.objects.length };
      }
      case 'mark': {
        const ledger = link.now();
        if (ledger === undefined) throw new Fault('no-ledger', 'without the ledger nothing is removed');
        const { prune, client, objects, upTo } = asked;
        return vault.mark({ ...ledger.approval(prune), upTo }, client, objects, PRUNE_WAIT_MS);
      }
    }
  }

  return {
    port: server.port,
    vault,
    locks,
    failed: failure.promise,
    round: () => keeping.round(),
    rereading,
    puller,
    async close() {
      rounds.stop();
      pulls.stop();
      looks.stop();
      rereading.stop();
      await puller.close();
      await control.close();
      await server.close();
      await rounds.settled();
      await looks.settled();
      await rereading.settled();
      await link.close();
      bolt?.close();
      await vault.close();
      only.release();
    },
  };
}

/** Two vaults over one folder would each believe in a journal of their own. */
function lockFolder(folder: string): { release(): void } {
  try {
    return lockLedger(join(folder, 'vault.lock'));
  } catch (cause) {
    throw new Fault('vault-in-use', `another process serves ${folder}`, { cause });
  }
}

/** The ledger, as soon as its engine can be reached; until then, and without one, undefined. */
function follow(vault: Vault, { engine, folder }: VaultServiceSettings) {
  let client: EngineClient | undefined;
  let link: LedgerLink | undefined;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  async function connect({ data, vault: id }: NonNullable<typeof engine>): Promise<void> {
    try {
      const reached = await connectEngine(data, { timeoutMs: RECONNECT_AFTER_MS });
      if (isClosed) return await reached.close();
      client = reached;
      link = linkLedger(vault, reached, id, folder);
    } catch {
      if (!isClosed) timer = setTimeout(() => void (connecting = connect({ data, vault: id })), RECONNECT_AFTER_MS);
    }
  }

  let connecting = engine === undefined ? undefined : connect(engine);
  return {
    now: () => link,
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await connecting;
      await client?.close();
    },
  };
}

/** One round after the other, never two at once. */
function everySoOften(everyMs: number, act: () => Promise<void>) {
  let running: Promise<void> = Promise.resolve();
  let isRunning = false;
  const timer = setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    running = act().finally(() => (isRunning = false));
  }, everyMs);
  return { stop: () => clearInterval(timer), settled: () => running };
}
