/**
 * Asks every vault now and then whether it has snapshots that the ledger never took, of a project or of the facility itself, and raises an alarm with the
 * sign `poisoned-snapshot` for those that nobody was told of yet. The state forgets the oldest snapshots; before anything is called a stranger, the ledger
 * itself is asked.
 */
import type { FindStrangersJob, Stranger } from './repair-jobs.ts';
import { FACILITY, writtenVaults } from './facility-copy.ts';
import { facilityTurn } from './facility-turn.ts';
import { passwordFile } from './repository-keys.ts';
import type { RepositoryName } from './repository-keys.ts';
import { readFacilityCopies } from './notes.ts';
import { raiseAlarm } from './recording.ts';
import { placeIn } from './repository-place.ts';
import type { JobOptions } from './run-job.ts';
import { runJob } from './run-job.ts';
import type { BackupDeskParts } from './runbook-now.ts';
import { vaultsWith } from '#model/backup-facts.ts';
import type { By } from '#model/events.ts';
import { HOUR_MS } from '#model/limits.ts';
import type { Alarm, Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import type { Random } from '#ports/random.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';
import { EXAMPLES_MAX, SIGNS_MAX } from '#vault/detect/mark.ts';

const LOOK_EVERY_MS = HOUR_MS;
const LOOKED_MAX = 10_000;
/** A copy of the facility that takes longer is waited for until the next look. */
const TURN_MS_MAX = 10_000;
const PAGE = 500;
const PAGES_MAX = 10_000;

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
  readonly repository: RepositoryName;
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

function keyOf({ repository, vault }: Copy): string {
  return `${vault.id} ${repository}`;
}

function copiesIn(state: State): readonly Copy[] {
  const own = writtenVaults(state).filter(({ facility }) => facility !== undefined);
  return [...projectCopies(state), ...own.map((vault) => ({ repository: FACILITY, vault }) as const)];
}

function projectCopies({ backups }: State): readonly Copy[] {
  const found = new Map<string, Copy>();
  for (const backup of backups.taken.values()) {
    if (backup.taken === undefined || backups.keysDestroyed.has(backup.project)) continue;
    for (const id of vaultsWith(backup)) {
      const vault = backups.vaults.get(id);
      if (vault?.standing !== 'in-use') continue;
      const copy = { repository: backup.project, vault };
      found.set(keyOf(copy), copy);
    }
  }
  return [...found.values()];
}

/** Nobody copies the facility meanwhile: a snapshot that is there and not recorded yet is no stranger. */
async function lookInto(parts: WatchParts, copy: Copy, options: JobOptions): Promise<void> {
  if (copy.repository !== FACILITY) return lookThrough(parts, copy, options);
  const turn = await facilityTurn(parts.data, options.signal, TURN_MS_MAX).catch(untilNextLook);
  if (turn === undefined) return;
  try {
    await lookThrough(parts, copy, options);
  } finally {
    turn.release();
  }
}

function untilNextLook(cause: unknown): undefined {
  if (!(cause instanceof Fault && cause.code === 'facility-copy-running')) throw cause;
}

async function lookThrough(parts: WatchParts, copy: Copy, options: JobOptions): Promise<void> {
  const { data, engine } = parts;
  const { repository, vault } = copy;
  const { backups } = engine.state();
  const place = placeIn(data, vault, repository);
  const told = namedIn([...backups.alarms.values()]);
  const job: Omit<FindStrangersJob, 'known'> = {
    kind: 'find-strangers',
    place,
    passwordFile: passwordFile(data, repository),
    told,
  };
  const remembered = rememberedOf(parts, repository);
  const first = await runJob({ ...job, known: remembered }, options);
  if (first.count === 0) return;
  const known = [...remembered, ...(await everTaken(parts, repository))];
  const { strangers, count } = await runJob({ ...job, known }, options);
  if (count > 0) await raise(parts, copy, strangers, count);
}

function rememberedOf({ data, engine }: WatchParts, repository: RepositoryName): readonly string[] {
  if (repository === FACILITY) return readFacilityCopies(data).map(({ snapshot }) => snapshot);
  return [...engine.state().backups.taken.values()].flatMap((one) => one.taken?.snapshot ?? []);
}

/** Every snapshot of the project, or of the facility itself, that the ledger has an entry of. */
async function everTaken({ engine }: WatchParts, repository: RepositoryName): Promise<readonly string[]> {
  const of = repository === FACILITY ? { kind: 'facility.copied' } : { kind: 'backup.taken', project: repository };
  const found: string[] = [];
  let before: number | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page = await engine.search({ ...of, limit: PAGE, ...(before === undefined ? {} : { before }) });
    for (const { entry } of page.entries)
      if (entry.kind === 'backup.taken' || entry.kind === 'facility.copied') found.push(entry.data.snapshot);
    if (page.next === undefined) break;
    before = page.next;
  }
  return found;
}

function namedIn(alarms: readonly Alarm[]): readonly string[] {
  const signs = alarms.flatMap((alarm) => alarm.signs).filter(({ sign }) => sign === 'poisoned-snapshot');
  return signs.flatMap(({ examples }) => examples.map((example) => example.slice(0, 64)));
}

const INNOCENT = 'One may be of a backup that was killed before it was recorded';

/** What does not fit into this alarm is told by the next look. */
async function raise(
  parts: WatchParts,
  { repository, vault }: Copy,
  strangers: readonly Stranger[],
  count: number,
): Promise<void> {
  const says = [
    `${vault.name} has snapshots that the ledger never took (${count}): restore none of them;`,
    'change the client’s token, then the password.',
    repository === FACILITY ? `${INNOCENT}, or newer than the copy that this ledger came back from.` : `${INNOCENT}.`,
  ].join(' ');
  const signs = [];
  for (let at = 0; at < strangers.length && signs.length < SIGNS_MAX; at += EXAMPLES_MAX) {
    const some = strangers.slice(at, at + EXAMPLES_MAX);
    const examples = some.map((one) => `${one.snapshot} ${one.says}`);
    signs.push({ sign: 'poisoned-snapshot' as const, says, files: some.length, examples });
  }
  const alarm = makeId('alarm', parts.random.bytes(ID_RANDOM_BYTES));
  const about = repository === FACILITY ? { vault: vault.id } : { project: repository };
  await raiseAlarm(parts, { kind: 'raise-alarm', alarm, ...about, score: 1, signs });
}
