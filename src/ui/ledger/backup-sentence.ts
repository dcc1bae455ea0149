/** What the entries of backups say. A kind of theirs that has no sentence here does not compile. Pure. */
import type { EntryView } from '#api/endpoints/views.ts';
import { KINDS } from '#model/events.ts';
import type { DataOf, EntryKind } from '#model/events.ts';
import { absoluteText, bytesText, countText, dateText, durationText, measuredText } from '../kit/words.ts';

type BackupKind = Extract<
  EntryKind,
  | `vault.${string}`
  | `backup.${string}`
  | `hold.${string}`
  | `restore.${string}`
  | `drill.${string}`
  | `alarm.${string}`
  | `change.${string}`
  | `prune.${string}`
  | `closing.${string}`
  | `runbook.${string}`
  | 'facility.copied'
  | 'facility.drilled'
  | 'facility.escrow-proved'
>;

type Sentences = { readonly [K in BackupKind]: (data: DataOf<K>) => string };

const because = (why: 'schedule' | 'asked'): string => (why === 'asked' ? 'because somebody asked' : 'by its schedule');
const short = (digest: string): string => digest.slice(0, 12);
const what = (path: string): string => (path === '' ? 'everything' : path);

const SAID: Sentences = {
  'vault.enrolled': ({ name, lockDays }) => `enrolled the vault ${name}, which locks for ${lockDays} days`,
  'vault.changed': ({ name }) => `changed what is said of the vault ${name}`,
  'vault.retired': ({ reason }) => `retired a vault; what it holds stays locked: ${reason}`,
  'vault.window-opened': ({ until, reason }) => `let a vault take new keys until ${absoluteText(until)}: ${reason}`,
  'vault.accepted': ({ rows }) =>
    `the vault took in ${countText(rows.length, 'object')} (${bytesText(rows.reduce((sum, row) => sum + row.bytes, 0))})`,
  'vault.refused': ({ client, code, object, times }) =>
    `the vault refused ${client} ${countText(times, 'time')} (${code}): ${object}`,
  'vault.grew': ({ client, bytesToday, bytes, quotaBytes }) =>
    `${client} stored ${bytesText(bytesToday)} in a vault within a day: ${bytesText(bytes)} of its ${bytesText(quotaBytes)}`,
  'vault.damage-reported': ({ objects, count }) =>
    count === 0
      ? 'everything in a vault is what its name says again'
      : `a vault holds ${countText(count, 'object')} that ${count === 1 ? 'is' : 'are'} damaged: ${objects[0]}`,
  'backup.verified': ({ readData, packs, damagedCount }) => {
    const found = damagedCount === 0 ? 'whole' : `${countText(damagedCount, 'object')} damaged`;
    return `${readData ? 'read a copy through' : 'looked at a copy'} (${countText(packs, 'pack')}): ${found}`;
  },
  'backup.healed': ({ healedCount, left }) =>
    `healed ${countText(healedCount, 'object')} of a copy from another one${left === 0 ? '' : `; ${left} stay damaged`}`,
  'backup.index-rebuilt': ({ packs }) => `made the index of a copy anew: ${countText(packs, 'pack')}`,
  'vault.locks-extended': ({ objects, lockedUntil }) =>
    `the vault locked ${countText(objects, 'object')} until ${dateText(lockedUntil)}`,
  'vault.locks-reported': ({ lockedUntil, hidden, overlaid, failure }) => {
    const until = lockedUntil === undefined ? 'were not measured yet' : `last until ${dateText(lockedUntil)} at least`;
    const touched = hidden.count + overlaid.count;
    const more = touched === 0 ? '' : `; ${countText(touched, 'object')} hidden or written over by somebody`;
    const no = failure === undefined ? '' : `; they could not be looked after (${failure.code}, try ${failure.tries})`;
    return `the locks in a bucket ${until}${more}${no}`;
  },
  'vault.pull-found': ({ count, findings: [first] }) =>
    count === 0 || first === undefined
      ? 'a second vault finds nothing wrong at the first any more'
      : `a second vault found ${countText(count, 'object')} not as before at the first: ${first.object} (${first.code})`,
  'vault.clock-doubted': ({ says }) => `doubted a vault’s clock, so nothing expires there: ${says}`,
  'vault.clock-trusted': () => 'a vault’s clock was looked at and is right',
  'backup.policy-set': ({ name, everyMs, keepDays }) =>
    `set the backup policy ${name}: every ${durationText(everyMs)}, kept for ${keepDays} days`,
  'backup.policy-ended': ({ reason }) => `ended a backup policy: ${reason}`,
  'backup.begun': (data) => `began a backup ${because(data.because)}`,
  'backup.taken': ({ files, bytes, addedBytes, unsteady, attributesLack }) => {
    const changed = unsteady === 0 ? '' : `; ${countText(unsteady, 'file')} changed or could not be read`;
    const lack = attributesLack === undefined ? '' : `; extended attributes and access lists lack: ${attributesLack}`;
    return `took a snapshot of ${countText(files, 'file')} (${bytesText(bytes)}, ${bytesText(addedBytes)} new)${changed}${lack}`;
  },
  'backup.failed': ({ says }) => `a backup failed: ${says}`,
  'backup.late': ({ dueAt }) => `no snapshot came when one was due (${absoluteText(dueAt)})`,
  'backup.trouble': ({ code }) => `something about backups needs a look: ${code}`,
  'backup.trouble-over': ({ code }) => `what needed a look about backups is over: ${code}`,
  'backup.copied': ({ bytes, lockedUntil, verified }) =>
    `a copy lies in a vault (${bytesText(bytes)}, ${verified === 'read-back' ? 'read back' : 'listed'}), locked until ${dateText(lockedUntil)}`,
  'backup.copy-failed': ({ says, tries }) =>
    `a copy to a vault was not made (try ${tries}), and is tried again: ${says}`,
  'backup.expired': ({ snapshot }) => `the snapshot ${short(snapshot)} had its time and is gone`,
  'backup.keys-destroyed': ({ objects, reason }) =>
    `the keys of this project’s backups were destroyed (${countText(objects, 'file')}): ${reason}`,
  'closing.delivered': ({ to, what: goods }) => `delivered the project to ${to}: ${goods}`,
  'closing.archived': ({ snapshot, files, bytes }) =>
    `named the snapshot ${short(snapshot)} as the archive (${countText(files, 'file')}, ${bytesText(bytes)})`,
  'closing.proved': ({ reportSha256 }) => `proved the archive by a drill (report ${short(reportSha256)})`,
  'closing.asked': ({ reason }) => `asked to destroy the keys of this project’s backups: ${reason}`,
  'closing.approved': ({ notBefore }) => `approved that the keys are destroyed, not before ${absoluteText(notBefore)}`,
  'closing.declined': ({ reason }) => `kept the keys of this project’s backups: ${reason}`,
  'facility.copied': ({ files, bytes }) =>
    `the facility itself went to a vault (${countText(files, 'file')}, ${bytesText(bytes)})`,
  'facility.drilled': ({ held, files, why }) =>
    held
      ? `a drill brought the facility itself back: ${countText(files, 'file')}, and its ledger holds`
      : `a drill of the facility itself FAILED: ${why ?? 'it did not come back'}`,
  'facility.escrow-proved': ({ shares }) => `${countText(shares, 'share')} gave the facility’s password back`,
  'hold.placed': ({ reason }) => `placed a legal hold: ${reason}`,
  'hold.lifted': ({ reason }) => `lifted a legal hold: ${reason}`,
  'restore.begun': ({ path, mode, newestClean, touched, reason }) => {
    const where = mode === 'aside' ? 'beside what is there' : 'in its place';
    const clean = newestClean ? ', the newest clean version of each file' : '';
    return `began to restore ${what(path)} ${where}${clean}${touched === undefined ? '' : ', what one person touched'}: ${reason}`;
  },
  'restore.finished': ({ files, bytes, failed, to, sources }) => {
    const from = sources === undefined ? '' : ` out of ${countText(sources.length, 'snapshot')}`;
    const but = failed === 0 ? '' : `; ${countText(failed, 'file')} failed`;
    return `restored ${countText(files, 'file')} (${bytesText(bytes)})${from} to ${to}${but}`;
  },
  'drill.begun': (data) => `began a drill ${because(data.because)}`,
  'drill.seeded': () => 'drew the seed of a drill, and promised it by its hash',
  'drill.finished': ({ held, files, filesOf, failed, rtoMs }) =>
    held
      ? `a drill held: ${files} of ${countText(filesOf, 'file')} came back to the byte; all of it takes ${measuredText(rtoMs)}`
      : `a drill FAILED: ${failed} of ${countText(files, 'file')} did not come back`,
  'alarm.raised': ({ signs }) => `raised an alarm: ${signs.map(({ says }) => says).join(' ')}`,
  'alarm.settled': ({ genuine, reason }) => `settled an alarm as ${genuine ? 'an attack' : 'harmless'}: ${reason}`,
  'change.planned': ({ from, until, reason }) =>
    `announced a mass change from ${absoluteText(from)} to ${absoluteText(until)}: ${reason}`,
  'prune.asked': ({ snapshots, bytes, reason }) =>
    `asked to remove ${countText(snapshots.length, 'snapshot')} (${bytesText(bytes)}): ${reason}`,
  'prune.approved': ({ notBefore }) => `approved a removal, not before ${absoluteText(notBefore)}`,
  'prune.declined': ({ reason }) => `declined a removal: ${reason}`,
  'prune.finished': ({ objects, bytes }) => `removed ${countText(objects, 'object')} (${bytesText(bytes)})`,
  'runbook.written': ({ sha256, steps, neverProven }) =>
    `wrote the runbook ${short(sha256)}: ${countText(steps, 'step')}, ${neverProven} never proven`,
};

const KINDS_SAID: ReadonlySet<string> = new Set(Object.keys(SAID));

/** Undefined for a kind of another room, and for data that does not have its kind's shape. */
export function backupSentence({ kind, data }: Pick<EntryView, 'kind' | 'data'>): string | undefined {
  if (!isSaid(kind)) return undefined;
  const parsed = KINDS[kind].data.safeParse(data);
  const says: (data: never) => string = SAID[kind];
  return parsed.success ? says(parsed.data as never) : undefined; // the schema and the sentence are of the same kind
}

export function isSaid(kind: string): kind is BackupKind {
  return KINDS_SAID.has(kind);
}
