/** How the vault stands, and what of it somebody should look at. */
import type { PullStatus } from '#host/offsite/puller.ts';
import type { Client } from '#vault/server/admission.ts';
import { damageOf } from '#vault/server/following.ts';
import type { Reread } from '#vault/server/rereading.ts';
import type { Vault } from '#vault/server/vault.ts';

export interface VaultStatus {
  readonly at: number;
  readonly clockDoubt?: string;
  /** SHA-256 of the vault's public key: what a ledger elsewhere pins, and what a signed removal names. */
  readonly identity: string;
  readonly head: string;
  readonly lines: number;
  readonly objects: number;
  /** Who can undo a lock before its time. */
  readonly locks: 'root' | 'service';
  readonly windowUntil?: number;
  readonly hasLedger: boolean;
  readonly clients: readonly ClientStatus[];
  /** First vaults that this one pulls. */
  readonly pulls: readonly PullStatus[];
  readonly setAside: readonly { readonly prune: string; readonly objects: number; readonly bytes: number }[];
  readonly missing: readonly string[];
  readonly foreign: readonly string[];
  /** Not what their names say any more: `client/type/name`. */
  readonly damaged: readonly string[];
  /** Held, and not immutable though there is a bolt: `client/type/name`. */
  readonly unlocked: readonly string[];
  readonly reread: Reread;
  /** One sentence for each thing that is not as it should be; none is good. */
  readonly attention: readonly string[];
}

export interface ClientStatus {
  readonly name: string;
  readonly bytes: number;
  readonly quotaBytes: number;
  readonly bytesToday: number;
  readonly lockDays: number;
}

export interface StatusParts {
  readonly clients: readonly Client[];
  readonly locks: 'root' | 'service';
  /** Fingerprint of the key that signs what it tells. */
  readonly hasLedger: boolean;
  readonly identity: string;
  readonly pulls?: readonly PullStatus[];
}

const NAMED_MAX = 100;
/** A client that stores so much of its quota in one day is looked at. */
const GROWTH_SHARE = 0.2;
const FULL_SHARE = 0.9;

export async function statusOf(
  vault: Vault,
  { clients, locks, identity, hasLedger, pulls = [] }: StatusParts,
): Promise<VaultStatus> {
  const { at, doubt } = await vault.now();
  const { holdings, found } = vault;
  const rows = clients.map(({ name, quotaBytes, lockDays }) => ({
    name,
    quotaBytes,
    lockDays,
    bytes: holdings.bytesOf(name),
    bytesToday: holdings.bytesOfDay(name, at),
  }));
  const damage = damageOf(holdings);
  const damaged = new Set([...holdings.damaged()].map(({ client, type, object }) => `${client}/${type}/${object}`));
  const free = vault.unlocked();
  const unlocked = [...(free?.objects ?? [])].map(({ client, type, object }) => `${client}/${type}/${object}`);
  const missing = found.missing.filter((object) => damaged.has(object)); // the others were healed since
  return {
    at,
    ...(doubt === undefined ? {} : { clockDoubt: doubt }),
    identity,
    head: vault.head(),
    lines: holdings.n,
    objects: holdings.size,
    locks,
    ...(holdings.windowUntil > at ? { windowUntil: holdings.windowUntil } : {}),
    hasLedger,
    clients: rows,
    pulls,
    setAside: setAside(vault),
    missing: missing.slice(0, NAMED_MAX),
    foreign: found.foreign.slice(0, NAMED_MAX),
    damaged: damage.objects,
    unlocked: unlocked.slice(0, NAMED_MAX),
    reread: vault.reread(),
    attention: [
      ...(doubt === undefined ? [] : [`The clock is doubted, so nothing expires: ${doubt}.`]),
      ...(missing.length === 0 ? [] : [`${missing.length} stored objects are gone from the disk.`]),
      ...(damage.count === 0
        ? []
        : [`${damage.count} stored objects are damaged, ${damage.objects[0]} first: run picturelock backup heal.`]),
      ...(unlocked.length === 0 ? [] : [`${unlocked.length} stored objects are not immutable, ${unlocked[0]} first.`]),
      ...(free?.doubt === undefined ? [] : [`Whether everything is immutable is not known: ${free.doubt}.`]),
      ...(found.foreign.length === 0 ? [] : [`${found.foreign.length} files in the folder are not the vault's.`]),
      ...rows.flatMap(growth),
      ...pulls.flatMap(({ attention }) => attention),
    ],
  };
}

function growth({ name, bytes, quotaBytes, bytesToday }: ClientStatus): readonly string[] {
  const says: string[] = [];
  if (bytesToday > quotaBytes * GROWTH_SHARE && bytes > bytesToday)
    says.push(`${name} stored ${percent(bytesToday, quotaBytes)} of its quota within a day.`);
  if (bytes > quotaBytes * FULL_SHARE) says.push(`${name} has used ${percent(bytes, quotaBytes)} of its quota.`);
  return says;
}

function percent(part: number, whole: number): string {
  return `${Math.round((part / whole) * 100)} %`;
}

function setAside({ holdings }: Vault): VaultStatus['setAside'] {
  const prunes = new Map<string, { readonly prune: string; objects: number; bytes: number }>();
  for (const { mark, bytes } of holdings.marked()) {
    if (mark === undefined) continue;
    const sum = prunes.get(mark.prune) ?? { prune: mark.prune, objects: 0, bytes: 0 };
    sum.objects += 1;
    sum.bytes += bytes;
    prunes.set(mark.prune, sum);
  }
  return [...prunes.values()];
}
