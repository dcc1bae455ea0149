/** `backup offsite`: how far behind each copy is, until when it is locked by the store's own word, and what it costs. */
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import type { Console } from '../console.ts';
import { usage } from '../failure.ts';
import { EXIT, instant, table } from '../output.ts';
import { bytesOf } from './vault-client.ts';
import { bucketRepositories } from '#host/offsite/bucket-locks.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import { takenAt } from '#plan/backup/choose-snapshot.ts';
import { offsiteCost } from '#plan/backup/offsite-cost.ts';
import type { OffsiteCost } from '#plan/backup/offsite-cost.ts';
import { isRoundDue, readLockNote } from '#vault/offsite/lock-note.ts';

export function addOffsiteCommands(backup: Command, cli: Cli): void {
  backup
    .command('offsite')
    .description('copies in other places: how far behind, locked until when; leaves with 1 when somebody should look')
    .action(() =>
      cli.with(async (console) => {
        const [lags, buckets] = [lagRows(console), bucketRows(console, cli.data())];
        console.output.show({ lags, buckets }, () => [...lagLines(lags), ...bucketLines(buckets)]);
        if (lags.some(({ isLate }) => isLate) || buckets.some(({ attention }) => attention.length > 0))
          cli.leave(EXIT.no);
      }),
    );
  addCost(backup, cli);
}

interface LagRow {
  readonly project: string;
  readonly vault: string;
  /** What the newest snapshot there shows, and how old that is; absent: there is none. */
  readonly showsAt?: number;
  readonly lagMs?: number;
  readonly lockedUntil?: number;
  readonly isLate: boolean;
}

function lagRows(console: Console): readonly LagRow[] {
  const { backups, projects } = console.state();
  const policies = [...backups.policies.values()].filter(({ endedAt }) => endedAt === undefined);
  return policies.flatMap(({ id, project, vaults, rpoMs }) =>
    vaults.map((vault): LagRow => {
      const taken = [...backups.taken.values()].filter((one) => one.policy === id && one.standing === 'taken');
      const there = taken.filter(({ copies }) => copies.some((copy) => copy.vault === vault));
      const newest = there.sort((a, b) => takenAt(b) - takenAt(a))[0];
      const names = {
        project: projects.get(project)?.alias ?? project,
        vault: backups.vaults.get(vault)?.name ?? vault,
      };
      if (newest === undefined) return { ...names, isLate: true };
      const [showsAt, copy] = [takenAt(newest), newest.copies.find((one) => one.vault === vault)];
      const lagMs = console.now - showsAt;
      const lockedUntil = copy === undefined ? {} : { lockedUntil: copy.lockedUntil };
      return { ...names, showsAt, lagMs, ...lockedUntil, isLate: lagMs > rpoMs };
    }),
  );
}

function lagLines(rows: readonly LagRow[]): readonly string[] {
  return table(
    ['project', 'vault', 'newest there', 'behind', 'locked until'],
    rows.map(({ project, vault, showsAt, lagMs, lockedUntil, isLate }) => [
      project,
      vault,
      showsAt === undefined ? 'NONE' : instant(showsAt),
      lagMs === undefined ? '' : `${(lagMs / HOUR_MS).toFixed(1)} h${isLate ? ' LATE' : ''}`,
      lockedUntil === undefined ? '' : instant(lockedUntil),
    ]),
  );
}

function bucketRows(console: Console, data: string) {
  return bucketRepositories(data, console.state()).map(({ vault, repository, place }) => {
    const note = readLockNote(place);
    const attention: string[] = [];
    if (note === undefined) attention.push('its locks were never measured');
    else {
      if (isRoundDue(note, place, console.now - DAY_MS)) attention.push('its locks wait to be measured or made longer');
      for (const [what, keys] of [
        ['hidden by a delete marker', note.hidden],
        ['written over', note.overlaid],
        ['without a right version', note.lost],
        ['not to be locked', note.failed],
      ] as const)
        if (keys.length > 0) attention.push(`${keys.length} objects ${what}: ${keys[0]}`);
    }
    return { vault: vault.name, repository, ...(note === undefined ? {} : { note }), attention };
  });
}

function bucketLines(rows: ReturnType<typeof bucketRows>): readonly string[] {
  return [
    ...table(
      ['bucket', 'repository', 'objects', 'locked at least until', 'measured'],
      rows.map(({ vault, repository, note }) => [
        vault,
        repository,
        String(note?.objects ?? ''),
        note === undefined ? '' : instant(note.soonest),
        note === undefined ? 'never' : instant(note.at),
      ]),
    ),
    ...rows.flatMap(({ vault, repository, attention }) => attention.map((says) => `${vault}/${repository}: ${says}`)),
  ];
}

interface CostGiven {
  readonly perTibMonth: number;
  readonly perThousandPuts: number;
  readonly perThousandGets: number;
  readonly perTibOut: number;
  readonly daysMin: number;
  readonly stored: number;
  readonly monthly: number;
  readonly keepDays: number;
  readonly lockDays: number;
  readonly backups: number;
  readonly read: number;
}

/** What our packs are about. */
const PACK_BYTES = 16 << 20;

function addCost(backup: Command, cli: Cli): void {
  backup
    .command('offsite-cost')
    .description('what a bucket costs a month, by the prices that you were quoted, in cents')
    .requiredOption('--per-tib-month <cents>', 'one TiB kept for a month', Number)
    .option('--per-thousand-puts <cents>', 'stored objects and longer locks', Number, 0)
    .option('--per-thousand-gets <cents>', 'reads, lists, questions about locks', Number, 0)
    .option('--per-tib-out <cents>', 'one TiB read back', Number, 0)
    .option('--days-min <n>', 'each object is paid for so long at least', Number, 0)
    .requiredOption('--stored <bytes>', 'there now: 20T', bytesOf)
    .requiredOption('--monthly <bytes>', 'new in a month: 2T', bytesOf)
    .option('--keep-days <n>', 'of the policy', Number, 90)
    .option('--lock-days <n>', 'of the vault', Number, 30)
    .option('--backups <n>', 'in a month', Number, 30)
    .option('--read <bytes>', 'by drills in a month', bytesOf, 0)
    .action((given: CostGiven) => {
      const numbers = Object.values(given).every((value) => Number.isFinite(value) && value >= 0);
      if (!numbers || given.lockDays < 1)
        throw usage('Prices and amounts are numbers from 0.', 'picturelock backup offsite-cost --help');
      const cost = costOf(given);
      cli.output().show(cost, () => costLines(cost));
    });
}

function costOf({ stored, monthly, keepDays, lockDays, backups, read, ...prices }: CostGiven): OffsiteCost {
  return offsiteCost(
    {
      bytes: stored,
      objects: Math.ceil(stored / PACK_BYTES),
      newBytesPerMonth: monthly,
      newObjectsPerMonth: Math.ceil(monthly / PACK_BYTES),
      keptDays: keepDays,
      lockDays,
      backupsPerMonth: backups,
      readBytesPerMonth: read,
    },
    prices,
  );
}

function costLines({ keepCents, requestCents, readCents, monthCents, steadyMonthCents, restoreCents }: OffsiteCost) {
  const units = (cents: number): string => (cents / 100).toFixed(2);
  return table(
    ['a month', 'kept', 'requests', 'drills', 'when as much goes as comes', 'everything back once'],
    [[monthCents, keepCents, requestCents, readCents, steadyMonthCents, restoreCents].map(units)],
  );
}
