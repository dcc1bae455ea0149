/** What the vault does by itself: looks at its clocks, renews locks in time, tells the ledger, removes what may go. */
import type { LedgerLink } from '#host/vault/ledger-link.ts';
import type { PullReport } from '#model/vault-report-shapes.ts';
import type { Client } from '#vault/server/admission.ts';
import type { Following } from '#vault/server/following.ts';
import type { Swept } from '#vault/server/removals.ts';
import type { Vault } from '#vault/server/vault.ts';
import { Fault } from '#std/refused.ts';

const DAY_MS = 86_400_000;

export interface Keeping {
  /** One round. Each part is tried whatever became of the others. */
  round(): Promise<void>;
}

export interface KeepingParts {
  readonly vault: Vault;
  clients(): readonly Client[];
  /** Undefined while the ledger was never reached. */
  ledger(): LedgerLink | undefined;
  /** What a ledger on another machine said last. */
  readonly following: Pick<Following, 'word'>;
  /** What was found wrong at the vaults that this one copies from; undefined when there are none. */
  pulled?(): PullReport | undefined;
  onTrouble(what: string, cause: unknown): void;
}

export function keep({ vault, clients, ledger, following, pulled, onTrouble }: KeepingParts): Keeping {
  /** The newest renewal: also one whose look came to its end later. */
  let isTold = true;

  /** A renewal also looks whether everything is locked; between renewals a look that is due is made up for. */
  async function renewInTime(): Promise<void> {
    const { at } = await vault.now();
    const { holdings } = vault;
    const isDue = at - holdings.renewedAt >= renewalEveryMs(clients()) && holdings.size > 0;
    if (isDue) isTold = false;
    if (isDue) await vault.renew(longestLock(clients()));
    else await vault.lockFree(longestLock(clients()));
    const link = ledger();
    if (isTold || link === undefined) return;
    const objects = holdings.size - holdings.marked().size - (vault.unlocked()?.objects.size ?? 0);
    await link.sendRenewal(objects, holdings.renewedUntil);
    isTold = true;
  }

  async function tellDoubt(): Promise<void> {
    const { doubt } = await vault.now();
    if (doubt !== undefined) await ledger()?.sendDoubt(doubt);
  }

  async function sweep(): Promise<void> {
    const link = ledger();
    const signed = marksOf(vault, true);
    if (link === undefined) return sweepSigned(signed);
    const { now, declined } = link.approved((await vault.now()).at);
    for (const prune of [...marksOf(vault, false), ...signed]) if (declined.has(prune)) await vault.unmark(prune);
    const free = link.isPaused() ? now : now.union(signed);
    await vault.sweep(free, link.onHold());
    for (const swept of done(vault)) await link.sendSwept(swept);
  }

  async function foldJournal(): Promise<void> {
    await vault.foldJournal();
  }

  /** What people signed for goes without a ledger; where one follows this vault, only while it says that nothing stands against it. */
  async function sweepSigned(signed: ReadonlySet<string>): Promise<void> {
    const word = following.word();
    const isFollowed = clients().some(({ follows }) => follows === true);
    if (isFollowed && word === undefined) return;
    for (const prune of word?.declined ?? []) if (signed.has(prune)) await vault.unmark(prune);
    if (word?.isPaused !== true) await vault.sweep(signed.difference(new Set(word?.declined)), new Set(word?.held));
  }

  async function tell(): Promise<void> {
    await ledger()?.sendReceipts();
    await ledger()?.sendDamage();
    const found = pulled?.();
    if (found !== undefined) await ledger()?.sendPulled(found);
    await ledger()?.sendRefusals();
    await ledger()?.sendGrowth(clients(), (await vault.now()).at);
  }

  return {
    async round() {
      for (const [what, act] of [
        ['renew locks', renewInTime],
        ['tell the ledger', tell],
        ['tell of the clock', tellDoubt],
        ['remove what may go', sweep],
        ['fold the journal', foldJournal],
      ] as const) {
        try {
          await act();
        } catch (cause) {
          // Without the ledger the next round tries again; whatever else is wrong is said.
          if (!(cause instanceof Fault && (cause.code === 'no-ledger' || cause.code === 'engine-lost')))
            onTrouble(what, cause);
        }
      }
    },
  };
}

/** Once a day, and when half of the shortest lock has passed: the other half is time to try again. */
export function renewalEveryMs(clients: readonly Client[]): number {
  return Math.min(DAY_MS, ...clients.map(({ lockDays }) => (lockDays * DAY_MS) / 2));
}

/** One renewal covers every client: nobody's locks last shorter for it. */
function longestLock(clients: readonly Client[]): number {
  return Math.max(1, ...clients.map(({ lockDays }) => lockDays));
}

/** Removals of which nothing waits any more: told until the ledger has them, also those that a crash kept from being told. */
function done({ holdings }: Vault): readonly Swept[] {
  const waiting = new Set([...holdings.marked()].map(({ mark }) => mark?.prune));
  return [...holdings.removals()]
    .filter(([prune, { objects }]) => objects > 0 && !waiting.has(prune))
    .map(([prune, gone]) => ({ prune, ...gone }));
}

function marksOf({ holdings }: Vault, isSigned: boolean): ReadonlySet<string> {
  const marks = new Set<string>();
  for (const { mark } of holdings.marked())
    if (mark !== undefined && (mark.isSigned === true) === isSigned) marks.add(mark.prune);
  return marks;
}
