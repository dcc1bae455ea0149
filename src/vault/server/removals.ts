/**
 * Removal in two phases: set aside, which anybody notices because reads fail while nothing is lost; and swept, when the waiting time and the
 * locks are over. What decides is the table; the file's own immutable flag is a second opinion.
 */
import { hash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { objectLines } from '#model/removal-list.ts';
import { Holdings } from '#vault/server/holdings.ts';
import type { Held } from '#vault/server/holdings.ts';
import { namesIn } from '#vault/server/layout.ts';
import type { VaultRoom } from '#vault/server/vault.ts';
import { Fault } from '#std/refused.ts';

export interface Swept {
  readonly prune: string;
  readonly objects: number;
  readonly bytes: number;
}

/** A removal that two people approved, as the ledger has it. */
export interface Approval {
  readonly prune: string;
  /** Snapshots that it names. */
  readonly snapshots: readonly string[];
  /** It frees so much at most. */
  readonly bytes: number;
  /** Snapshots of projects that a legal hold keeps, and the names of those projects: of a repository with one of them nothing goes. */
  readonly onHold?: ReadonlySet<string>;
  /** What exactly may go, and of whose repository. Missing: nobody said, and nothing is set aside. */
  readonly list?: { readonly client: string; readonly objectsSha256: string; readonly beside: readonly string[] };
  /** Number of the newest arrival that the list was computed from. */
  readonly upTo?: number | undefined;
  /** Who signed which file, where no ledger approved it: their signatures are under the list itself. */
  readonly signed?: { readonly by: readonly string[]; readonly sha256: string };
}

export interface Removals {
  /**
   * `objects` are `type/name`. Refused when they are not what was approved, in the repository that it was approved for; when a snapshot arrived after the list
   * was made, because it may need them; and while a client holds a lock, because it may be about to.
   */
  mark(approval: Approval, client: string, objects: readonly string[], waitMs: number): Promise<void>;
  /** Takes a removal back, as long as it has not happened. */
  unmark(prune: string): Promise<void>;
  /** Removes what is marked and free, of these removals only. Nothing while the clock is doubted, and nothing of a repository on hold. */
  sweep(approved: ReadonlySet<string>, onHold?: ReadonlySet<string>): Promise<readonly Swept[]>;
}

/** Objects of one `swept` line. */
const SWEPT_TOGETHER = 1000;

/** `onTakenBack`: what was set aside is held again. */
export function openRemovals(
  { layout, holdings, journal, clock, turns }: VaultRoom,
  onTakenBack: () => void,
): Removals {
  async function removeFile({ client, type, object }: Held): Promise<boolean> {
    try {
      await rm(layout.pathOf(client, type, object), { force: true });
      return true;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EPERM') return false; // still immutable: its keeper counts its own time
      throw cause;
    }
  }

  /** Each in its turn, which lasts until its line stands: who stores it again comes before the look or after the line. */
  async function sweepSome(prune: string, some: readonly Held[], at: number): Promise<readonly Held[]> {
    const ends: (() => void)[] = [];
    try {
      const gone: Held[] = [];
      for (const held of some) {
        const end = turns.tryTake(layout.pathOf(held.client, held.type, held.object));
        if (end === undefined) continue; // somebody stores it again; the next sweep looks anew
        ends.push(end);
        if (isMarked(held, prune) && holdings.isFree(held, at) && (await removeFile(held))) gone.push(held);
      }
      if (gone.length === 0) return gone;
      // The line comes after the files: the start of the vault takes a file that a sweep may have removed as swept.
      const objects = gone.map(({ client, type, object }) => Holdings.key(client, type, object));
      await journal.append([{ kind: 'swept', at, prune, objects }]);
      return gone;
    } finally {
      for (const end of ends) end();
    }
  }

  async function takeBack(prune: string): Promise<void> {
    const { at } = await clock.now();
    await journal.append([{ kind: 'unmarked', at, prune }]);
    onTakenBack();
  }

  function isMarked(held: Held, prune: string): boolean {
    return held.mark?.prune === prune && holdings.get(held.client, held.type, held.object) === held;
  }

  return {
    async mark(approval, client, objects, waitMs) {
      const held = objects.map((object) => heldObject(holdings, client, object));
      expectApproved(approval, client, held);
      expectNothingLater(holdings, client, approval, new Set(held));
      if (keptClients(holdings, approval.onHold).has(client))
        throw new Fault('legal-hold', `a legal hold keeps what ${client} stores here: nothing of it is removed`);
      if (approval.signed !== undefined && holdings.knowsRemoval(approval.prune))
        throw new Fault('already-used', 'this removal was begun before: a new one needs a new name and new signatures');
      if (await isAtWork(layout.pathOf(client, 'locks', ''))) throw atWork();
      const { at } = await clock.now();
      const { prune, signed } = approval;
      const line = { kind: 'marked', at, prune, client, objects: [...objects], notBefore: at + waitMs } as const;
      await journal.append([signed === undefined ? line : { ...line, signed }]);
      // Somebody who came between the look and the line read an index that is not there any more.
      if (!(await isAtWork(layout.pathOf(client, 'locks', '')))) return;
      await takeBack(prune);
      throw atWork();
    },
    unmark: takeBack,
    async sweep(approved, onHold) {
      const { at, doubt } = await clock.now();
      const kept = keptClients(holdings, onHold);
      const free = holdings.sweepable(at, doubt !== undefined).filter(({ client }) => !kept.has(client));
      const done: Swept[] = [];
      for (const prune of approved) {
        const marked = free.filter(({ mark }) => mark?.prune === prune);
        let [objects, bytes] = [0, 0];
        for (let from = 0; from < marked.length; from += SWEPT_TOGETHER) {
          const gone = await sweepSome(prune, marked.slice(from, from + SWEPT_TOGETHER), at);
          objects += gone.length;
          bytes += gone.reduce((sum, held) => sum + held.bytes, 0);
        }
        if (objects > 0) done.push({ prune, objects, bytes });
      }
      return done;
    },
  };
}

/**
 * Snapshots of one repository share their packs, so a hold on one of them is a hold on everything there: whatever a removal names. What is set aside
 * counts, too.
 */
function keptClients(holdings: Holdings, onHold: ReadonlySet<string> = new Set()): ReadonlySet<string> {
  const kept = new Set<string>(onHold);
  if (onHold.size === 0) return kept;
  for (const { client, type, object } of holdings.all())
    if (type === 'snapshots' && onHold.has(object)) kept.add(client);
  return kept;
}

/** A lock that its client has not renewed for so long was left behind: stock restic and ours write a new one every five minutes. */
const LOCK_LEFT_MS = 60 * 60_000;

async function isAtWork(locks: string): Promise<boolean> {
  for (const name of await namesIn(locks, /^[0-9a-f]{64}$/)) {
    const found = await stat(join(locks, name)).catch(() => undefined); // given back meanwhile
    // The file's time is this machine's: no client says it.
    if (found !== undefined && Date.now() - found.mtimeMs < LOCK_LEFT_MS) return true;
  }
  return false;
}

/** Only data, index and snapshots can be marked: without its keys and config a repository is noise. */
function heldObject(holdings: Holdings, client: string, object: string): Held {
  const [type, name = ''] = object.split('/');
  const held =
    type === 'data' || type === 'index' || type === 'snapshots' ? holdings.get(client, type, name) : undefined;
  if (held === undefined) throw new Fault('not-held', `the vault does not hold ${object.slice(0, 120)}`);
  return held;
}

function atWork(): Fault {
  return new Fault('client-at-work', 'the client holds a lock in its repository: wait until it is done', {
    retry: true,
  });
}

/** A snapshot that nobody looked at when the list was made may need what is on it. */
function expectNothingLater(
  holdings: Holdings,
  client: string,
  { signed, upTo }: Approval,
  listed: ReadonlySet<Held>,
): void {
  if (upTo === undefined && signed !== undefined) return; // a list by hand, of people who signed every line of it
  const later = holdings.list(client, 'snapshots').find((one) => !listed.has(one) && one.n > (upTo ?? -1));
  if (later === undefined) return;
  const says =
    upTo === undefined
      ? 'the list does not say up to which arrival it was made'
      : `snapshot ${later.object.slice(0, 8)} arrived after the list was made`;
  throw new Fault(
    'list-too-old',
    `${says}: make it again with picturelock backup removal-list, the same snapshots give the same list`,
  );
}

/** Two people read whose repository, which snapshots, how many bytes and the list's hash: whoever computed the list cannot slip in others. */
function expectApproved({ snapshots, bytes, list, signed }: Approval, client: string, held: readonly Held[]): void {
  if (signed === undefined) {
    if (list === undefined) throw new Fault('not-approved', 'the approval names no list: ask again, with the list');
    if (list.client !== client)
      throw new Fault('not-approved', `the approval is about the repository of ${list.client}`);
    const lines = objectLines(held.map(({ type, object }) => `${type}/${object}`));
    if (hash('sha256', lines, 'hex') !== list.objectsSha256)
      throw new Fault('not-approved', 'this is not the list that was approved');
  }
  const named = new Set([...snapshots, ...(list?.beside ?? [])]);
  const other = held.find(({ type, object }) => type === 'snapshots' && !named.has(object));
  if (other !== undefined)
    throw new Fault('not-approved', `nobody approved the removal of snapshot ${other.object.slice(0, 8)}`);
  const packs = held.filter(({ type }) => type === 'data').reduce((sum, one) => sum + one.bytes, 0);
  if (packs > bytes) throw new Fault('not-approved', `${packs} bytes are listed and ${bytes} were approved`);
}
