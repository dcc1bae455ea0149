/**
 * Asks every vault now and then whether it has snapshots that the ledger never took, and raises an alarm with the sign `poisoned-snapshot` for those that
 * nobody was told of yet. The state forgets the oldest snapshots; before anything is called a stranger, the ledger itself is asked.
 */
import type { FindStrangersJob, Stranger } from './job.ts';
import { passwordFile } from './repository-keys.ts';
import { placeIn } from './repository-place.ts';
import type { JobOptions } from './run-job.ts';
import { runJob } from './run-job.ts';
import type { BackupDeskParts } from './runbook-now.ts';
import { vaultsWith } from '#model/backup.ts';
import type { By } from '#model/events.ts';
import { HOUR_MS } from '#model/limits.ts';
import type { Alarm, State, Vault } from '#model/state.ts';
import type { Random } from '#ports/random.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import type { ProjectId } from '#std/ids.ts';
import { Fault, isRefused } from '#std/refused.ts';

const LOOK_EVERY_MS = HOUR_MS;
const LOOKED_MAX = 10_000;
const PAGE = 500;
const PAGES_MAX = 10_000;
/** As many as an alarm names: signs, and examples of each. */
const SIGNS_MAX = 20;
const EXAMPLES_MAX = 10;

export interface WatchParts extends BackupDeskParts {
  readonly by: By;
  readonly random: Random;
  onTrouble(what: string, cause: unknown): void;
}

export interface StrangerWatch {
  /** Looks into one copy that was not looked into for an hour; false when there is none. */
  next(options: JobOptions): Promise<boolean>;
}

interface Copy {
  readonly project: ProjectId;
  readonly vault: Vault;
}

/** The first look is an hour after `startedAt`: a backup that was cut off is first done again. */
export function createStrangerWatch(parts: WatchParts, startedAt: number): StrangerWatch {
  const lookedAt = new Map<string, number>();
  return {
    async next(options) {
      const now = parts.clock.now();
      const isDue = (one: Copy): boolean => now - (lookedAt.get(keyOf(one)) ?? startedAt) >= LOOK_EVERY_MS;
      const due = copiesIn(parts.engine.state()).find(isDue);
      if (due === undefined) return false;
      lookedAt.delete(keyOf(due));
      lookedAt.set(keyOf(due), now);
      const [oldest] = lookedAt.keys();
      if (lookedAt.size > LOOKED_MAX && oldest !== undefined) lookedAt.delete(oldest);
      try {
        await lookInto(parts, due, options);
      } catch (cause) {
        options.signal?.throwIfAborted();
        parts.onTrouble(`${due.vault.name} could not be looked through for snapshots that nobody took`, cause);
      }
      return true;
    },
  };
}

function keyOf({ project, vault }: Copy): string {
  return `${vault.id} ${project}`;
}

function copiesIn({ backups }: State): readonly Copy[] {
  const found = new Map<string, Copy>();
  for (const backup of backups.taken.values()) {
    if (backup.taken === undefined || backups.keysDestroyed.has(backup.project)) continue;
    for (const id of vaultsWith(backup)) {
      const vault = backups.vaults.get(id);
      if (vault?.standing !== 'in-use') continue;
      const copy = { project: backup.project, vault };
      found.set(keyOf(copy), copy);
    }
  }
  return [...found.values()];
}

async function lookInto(parts: WatchParts, copy: Copy, options: JobOptions): Promise<void> {
  const { data, engine } = parts;
  const { project, vault } = copy;
  const { backups } = engine.state();
  const place = placeIn(data, vault, project);
  const told = namedIn([...backups.alarms.values()]);
  const job: Omit<FindStrangersJob, 'known'> = {
    kind: 'find-strangers',
    place,
    passwordFile: passwordFile(data, project),
    told,
  };
  const remembered = [...backups.taken.values()].flatMap((one) => one.taken?.snapshot ?? []);
  const first = await runJob({ ...job, known: remembered }, options);
  if (first.count === 0) return;
  const known = [...remembered, ...(await everTaken(parts, project))];
  const { strangers, count } = await runJob({ ...job, known }, options);
  if (count > 0) await raise(parts, copy, strangers, count);
}

/** Every snapshot of the project that the ledger has an entry of. */
async function everTaken({ engine }: WatchParts, project: ProjectId): Promise<readonly string[]> {
  const found: string[] = [];
  let before: number | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const query = { kind: 'backup.taken', project, limit: PAGE, ...(before === undefined ? {} : { before }) };
    const page = await engine.search(query);
    for (const { entry } of page.entries) if (entry.kind === 'backup.taken') found.push(entry.data.snapshot);
    if (page.next === undefined) break;
    before = page.next;
  }
  return found;
}

function namedIn(alarms: readonly Alarm[]): readonly string[] {
  const signs = alarms.flatMap((alarm) => alarm.signs).filter(({ sign }) => sign === 'poisoned-snapshot');
  return signs.flatMap(({ examples }) => examples.map((example) => example.slice(0, 64)));
}

/** What does not fit into this alarm is told by the next look. */
async function raise(
  { engine, random, by }: WatchParts,
  { project, vault }: Copy,
  strangers: readonly Stranger[],
  count: number,
): Promise<void> {
  const says = [
    `${vault.name} has snapshots that the ledger never took (${count}): restore none of them;`,
    'change the client’s token, then the password. One may be of a backup that was killed before it was recorded.',
  ].join(' ');
  const signs = [];
  for (let at = 0; at < strangers.length && signs.length < SIGNS_MAX; at += EXAMPLES_MAX) {
    const some = strangers.slice(at, at + EXAMPLES_MAX);
    const examples = some.map((one) => `${one.snapshot} ${one.says}`.slice(0, 300));
    signs.push({ sign: 'poisoned-snapshot' as const, says: says.slice(0, 300), files: some.length, examples });
  }
  const alarm = makeId('alarm', random.bytes(ID_RANDOM_BYTES));
  const answer = await engine.command({ kind: 'raise-alarm', alarm, project, score: 1, signs }, by);
  if (isRefused(answer)) throw new Fault(answer.code, answer.message);
}
