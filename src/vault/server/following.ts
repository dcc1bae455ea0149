/**
 * What a vault tells whoever follows it from another machine, so that the ledger there hears of every object, refusal, renewal, removal and doubt;
 * and what it is told back. The vault connects to nobody. Its report is signed with its own key; a word can stop a removal and start none.
 */
import { randomUUID, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { pullReport } from '#model/vault-report-shapes.ts';
import type { PullReport } from '#model/vault-report-shapes.ts';
import type { Client } from '#vault/server/admission.ts';
import type { Held, Holdings } from '#vault/server/holdings.ts';
import type { Unlocked } from '#vault/server/locking.ts';
import { hashOfNames } from '#vault/server/names-hash.ts';
import type { Vault } from '#vault/server/vault.ts';

/** As many as one entry of the ledger holds. */
const ROWS_MAX = 200;
/** Kinds of refusal that are counted; more of them are left out. */
const REFUSALS_MAX = 1000;
/** A word is believed so long. */
export const WORD_MS_MAX = 15 * 60_000;
/** A client that stores so much of its quota in one day is looked at. */
const GROWTH_SHARE = 0.2;

/** So many fit into a word; whoever holds more says that nothing is removed at all. */
export const HELD_MAX = 6000;

const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const name = z.string().max(40);

export const vaultReport = z.strictObject({
  vault: sha256,
  at: count,
  n: count,
  head: sha256,
  /** Hash of the line that was asked about; missing when there is no such line. */
  headAt: sha256.optional(),
  /** Rows beyond these wait: ask again after the last. */
  hasMore: z.boolean(),
  rows: z
    .array(
      z.strictObject({
        type: z.enum(['config', 'data', 'index', 'keys', 'snapshots']),
        object: z.string().min(1).max(64),
        bytes: count,
        n: count,
        at: count,
        client: name,
        lockedUntil: count,
      }),
    )
    .max(ROWS_MAX),
  /** Counted since this start of the vault, which `start` names. */
  start: z.string().max(64),
  refusals: z
    .array(z.strictObject({ client: name, code: z.string().max(60), object: z.string().max(200), times: count }))
    .max(REFUSALS_MAX),
  doubt: z.string().max(300).optional(),
  /** Missing from vaults that do not look. */
  damage: z.strictObject({ objects: z.array(z.string().max(120)).max(100), count }).optional(),
  /** What it found wrong at the vaults that it copies from, as it stands now; missing from vaults that copy from none. */
  pulled: pullReport.optional(),
  renewal: z.strictObject({ at: count, objects: count, lockedUntil: count, objectsSha256: sha256 }).optional(),
  removals: z.array(z.strictObject({ prune: name, waiting: count, objects: count, bytes: count })),
  grown: z.array(z.strictObject({ client: name, bytesToday: count, bytes: count, quotaBytes: count })),
});
export type VaultReport = z.infer<typeof vaultReport>;

export const ledgerWord = z.strictObject({
  /** The follower's clock, ms: one that differs raises a doubt. */
  at: count,
  /** An alarm or the like: nothing is removed. */
  isPaused: z.boolean(),
  declined: z.array(name).max(10_000),
  /** Snapshots of projects that a legal hold keeps, and those projects: of a repository with one of them nothing goes. */
  held: z.array(z.string().max(64)).max(HELD_MAX).optional(),
});
export type LedgerWord = z.infer<typeof ledgerWord>;

export interface AskedReport {
  /** Rows that came after this line. */
  readonly after: number;
  /** The renewal only when it is newer than this one. */
  readonly renewedAt: number;
  /** Line whose hash the follower knows. */
  readonly line: number;
}

export interface Following {
  noteRefusal(client: string, code: string, object: string): void;
  /** Signed. */
  report(asked: AskedReport): Promise<{ readonly body: Buffer; readonly signature: Buffer }>;
  hear(word: LedgerWord): void;
  /** The newest word, while it is believed. */
  word(): LedgerWord | undefined;
  /** Clocks that were heard of, as they stand now. */
  clocks(): readonly number[];
  hearClock(source: string, wall: number): void;
}

export interface FollowingParts {
  readonly identity: { readonly fingerprint: string; readonly key: KeyObject };
  clients(): readonly Client[];
  /** ms since the machine began, never falling. */
  monotonic(): number;
  /** Undefined for a vault that copies from no other one. */
  pulled?(): PullReport | undefined;
}

const DAMAGE_NAMED_MAX = 100;
const CLOCKS_MAX = 16;
/** What was heard of another clock counts so long: clocks drift, and a source may be gone. */
const CLOCK_MS_MAX = 60 * 60_000;

export function createFollowing(
  vault: () => Vault,
  { identity, clients, monotonic, pulled }: FollowingParts,
): Following {
  const start = randomUUID();
  const refusals = new Map<string, { client: string; code: string; object: string; times: number }>();
  const clocks = new Map<string, { readonly wall: number; readonly heardAt: number }>();
  let heard: { readonly word: LedgerWord; readonly at: number } | undefined;

  return {
    noteRefusal(client, code, object) {
      const key = `${client} ${code}`;
      const known = refusals.get(key);
      if (known !== undefined) known.times += 1;
      else if (refusals.size < REFUSALS_MAX)
        refusals.set(key, { client: client === '' ? 'unknown' : client, code, object: object.slice(0, 200), times: 1 });
    },
    async report({ after, renewedAt, line }) {
      const { holdings, now, head, headAt, unlocked } = vault();
      const renewal = holdings.renewedAt > renewedAt ? await renewalOf(holdings, unlocked()) : {};
      const { at, doubt } = await now();
      const rows = holdings
        .after(after)
        .take(ROWS_MAX + 1)
        .toArray();
      const report: VaultReport = {
        vault: identity.fingerprint,
        at: Math.floor(at),
        n: holdings.n,
        head: head(),
        ...present(await headAt(line)),
        hasMore: rows.length > ROWS_MAX,
        rows: rows.slice(0, ROWS_MAX).map((held) => receiptRow(holdings, held)),
        start,
        refusals: [...refusals.values()],
        ...(doubt === undefined ? {} : { doubt }),
        ...renewal,
        damage: damageOf(holdings),
        ...withFindings(pulled?.()),
        removals: removalsOf(holdings),
        grown: grownClients(holdings, clients(), at),
      };
      const body = Buffer.from(JSON.stringify(report));
      return { body, signature: sign(null, body, identity.key) };
    },
    hear(word) {
      heard = { word, at: monotonic() };
      this.hearClock('follower', word.at);
    },
    word: () => (heard !== undefined && monotonic() - heard.at <= WORD_MS_MAX ? heard.word : undefined),
    clocks() {
      const here = monotonic();
      return [...clocks.values()]
        .filter(({ heardAt }) => here - heardAt <= CLOCK_MS_MAX)
        .map(({ wall, heardAt }) => wall + (here - heardAt));
    },
    hearClock(source, wall) {
      if (clocks.has(source) || clocks.size < CLOCKS_MAX) clocks.set(source, { wall, heardAt: monotonic() });
    },
  };
}

function present(headAt: string | undefined): Pick<VaultReport, 'headAt'> {
  return headAt === undefined ? {} : { headAt };
}

function withFindings(pulled: PullReport | undefined): Pick<VaultReport, 'pulled'> {
  return pulled === undefined ? {} : { pulled };
}

export function receiptRow(holdings: Holdings, held: Held): VaultReport['rows'][number] {
  const { object, bytes, n, arrivedAt: at, client } = held;
  // The holdings have no lock files.
  const type = held.type as VaultReport['rows'][number]['type'];
  const lockedUntil = holdings.lockedUntil(held);
  return { type, object: object === '' ? 'config' : object, bytes, n, at, client, lockedUntil };
}

/** Not told while nobody knows whether everything is locked. */
async function renewalOf(holdings: Holdings, unlocked: Unlocked | undefined): Promise<Pick<VaultReport, 'renewal'>> {
  if (unlocked === undefined || unlocked.doubt !== undefined) return {};
  const { renewedAt, renewedUntil } = holdings;
  const objects = holdings.size - holdings.marked().size - unlocked.objects.size;
  const objectsSha256 = await hashOfNames(holdings, unlocked);
  return { renewal: { at: renewedAt, objects, lockedUntil: renewedUntil, objectsSha256 } };
}

/** Objects that are not what their names say: the first by name, and how many. What is set aside is left out: it is about to go. */
export function damageOf(holdings: Holdings): NonNullable<VaultReport['damage']> {
  const damaged = [...holdings.damaged()].filter(({ mark }) => mark === undefined);
  const names = damaged.map(({ client, type, object }) => `${client}/${type}${object === '' ? '' : `/${object}`}`);
  return { objects: names.sort().slice(0, DAMAGE_NAMED_MAX), count: names.length };
}

function removalsOf(holdings: Holdings): VaultReport['removals'] {
  const waiting = new Map<string, number>();
  for (const { mark } of holdings.marked())
    if (mark !== undefined) waiting.set(mark.prune, (waiting.get(mark.prune) ?? 0) + 1);
  return [...holdings.removals()].map(([prune, gone]) => ({ prune, waiting: waiting.get(prune) ?? 0, ...gone }));
}

/** Clients that stored a good part of their quota within a day, on top of what they had. */
export function grownClients(holdings: Holdings, clients: readonly Client[], at: number): VaultReport['grown'] {
  return clients.flatMap(({ name: client, quotaBytes }) => {
    const [bytes, bytesToday] = [holdings.bytesOf(client), holdings.bytesOfDay(client, at)];
    const hasGrown = bytesToday > quotaBytes * GROWTH_SHARE && bytes > bytesToday;
    return hasGrown ? [{ client, bytesToday, bytes, quotaBytes }] : [];
  });
}
