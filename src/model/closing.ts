/**
 * The end of a project's backups: delivered, archived, proved, and its keys destroyed; each step is an entry. Destroying is asked for by one person,
 * approved by another, waits as long as a removal does, and is then done by the backup service: what is left in the vaults is noise.
 */
import { isHeld } from '#model/backup-facts.ts';
import { withBackups } from '#model/backup.ts';
import type { Asked, CommandOf } from '#model/commands.ts';
import type { DataOf } from '#model/events.ts';
import { isLifted } from '#model/facility.ts';
import { PRUNE_WAIT_MS } from '#model/limits.ts';
import { isPrunePaused } from '#model/recovery-proof.ts';
import { alreadyDone, badTime, unknown } from '#model/refusals.ts';
import type { Backup, Closing } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import type { ProjectId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

export function closingOf({ backups }: State, project: ProjectId): Closing {
  return backups.closings.get(project) ?? { project };
}

function withClosing(state: State, project: ProjectId | undefined, change: (closing: Closing) => Closing): State {
  assert(project !== undefined, 'an entry about the end of a project names it');
  const closing = change(closingOf(state, project));
  return withBackups(state, (backups) => ({ ...backups, closings: backups.closings.set(project, closing) }));
}

export const closingEvolve = {
  'closing.delivered': (state, { about, data, at, by }) =>
    withClosing(state, about.project, (closing) => ({
      ...closing,
      delivered: present<NonNullable<Closing['delivered']>>({ ...data, at, by: by.person }),
    })),
  // A new archive has to be proved anew, and whoever approved the end of the old one did not mean this one.
  'closing.archived': (state, { about, data, at }) =>
    withClosing(state, about.project, ({ project, delivered }) =>
      present<Closing>({ project, delivered, archived: { ...data, at } }),
    ),
  'closing.proved': (state, { about, data, at }) =>
    withClosing(state, about.project, (closing) => ({ ...closing, proved: { ...data, at } })),
  'closing.asked': (state, { about, data, at, by }) =>
    withClosing(state, about.project, (closing) => ({
      ...closing,
      asked: present<NonNullable<Closing['asked']>>({ ...data, at, by: by.person }),
    })),
  'closing.approved': (state, { about, data, at, by }) =>
    withClosing(state, about.project, (closing) => ({
      ...closing,
      approved: present<NonNullable<Closing['approved']>>({ ...data, at, by: by.person }),
    })),
  'closing.declined': (state, { about }) =>
    withClosing(state, about.project, (closing) =>
      present<Closing>({ ...closing, asked: undefined, approved: undefined }),
    ),
  'backup.keys-destroyed': (state, { about, data, at }) => {
    const { project } = about;
    const next = withClosing(state, project, (closing) => ({ ...closing, destroyed: { ...data, at } }));
    assert(project !== undefined, 'backup.keys-destroyed names its project');
    return withBackups(next, (backups) => ({
      ...backups,
      keysDestroyed: backups.keysDestroyed.set(project, at),
      policies: backups.policies.map((policy) =>
        policy.project === project && policy.endedAt === undefined ? { ...policy, endedAt: at } : policy,
      ),
    }));
  },
} satisfies Evolvers;

export const closingDecide = {
  'record-delivery': (state, { project, ...command }, asked) => {
    const no = notOver(state, project);
    const { kind: _, ...data } = command;
    return no ?? decided(draft(asked, 'closing.delivered', project, { project }, data));
  },
  'archive-project': (state, { project }, asked) => {
    const no = notOver(state, project);
    if (no !== undefined) return no;
    const archive = archiveOf(state, project);
    if (archive?.taken === undefined)
      return refused(
        'no-archive',
        'There is no snapshot of this project from after it was wrapped that no alarm is about.',
        'Take a backup now, and archive it then.',
      );
    const { id: backup, taken } = archive;
    const { snapshot, manifestSha256, files, bytes } = taken;
    if (closingOf(state, project).archived?.snapshot === snapshot) return alreadyDone('This snapshot is the archive.');
    return decided(
      draft(asked, 'closing.archived', project, { project, backup }, { snapshot, manifestSha256, files, bytes }),
    );
  },
  'prove-archive': (state, { project }, asked) => {
    const no = notOver(state, project);
    if (no !== undefined) return no;
    const { archived, proved } = closingOf(state, project);
    if (archived === undefined) return missing('archive');
    if (proved !== undefined) return alreadyDone('This archive was proved.');
    const drill = proofOf(state, project, archived.manifestSha256);
    if (drill?.result === undefined)
      return refused(
        'not-proven',
        'No drill that held has restored what is in the archive.',
        'Begin a drill now, and prove the archive with it then.',
      );
    const { reportSha256 } = drill.result;
    return decided(draft(asked, 'closing.proved', project, { project, drill: drill.id }, { reportSha256 }));
  },
  'ask-key-destruction': (state, { project, reason }, asked) => {
    const no = notOver(state, project) ?? notReady(state, project) ?? kept(state, project);
    if (no !== undefined) return no;
    if (closingOf(state, project).asked !== undefined) return alreadyDone('This was asked for already.');
    return decided(draft(asked, 'closing.asked', project, { project }, { reason }));
  },
  'approve-key-destruction': (state, { project }, asked) => {
    const { asked: question, approved } = closingOf(state, project);
    if (question === undefined) return notAsked();
    if (approved !== undefined) return alreadyDone('This was approved already.');
    const { person } = asked.by;
    if (person !== undefined && person === question.by && !isLifted(state, 'facility-of-one', person, asked.at))
      return refused('own-prune', 'Nobody approves what they asked to remove.', 'Ask the owner or the security lead.');
    const no = notOver(state, project) ?? kept(state, project);
    return (
      no ?? decided(draft(asked, 'closing.approved', project, { project }, { notBefore: asked.at + PRUNE_WAIT_MS }))
    );
  },
  'decline-key-destruction': (state, { project, reason }, asked) => {
    if (state.backups.keysDestroyed.has(project)) return destroyed();
    if (closingOf(state, project).asked === undefined) return notAsked();
    return decided(draft(asked, 'closing.declined', project, { project }, { reason }));
  },
  'destroy-backup-keys': destroyKeys,
} satisfies Deciders;

function destroyKeys(state: State, command: CommandOf<'destroy-backup-keys'>, asked: Asked): Decided {
  const { kind: _, project, ...data } = command;
  const no = notOver(state, project);
  if (no !== undefined) return no;
  const { asked: question, approved } = closingOf(state, project);
  if (question === undefined || approved === undefined) return notAsked();
  if (asked.at < approved.notBefore)
    return badTime('The waiting time is not over.', 'Wait; no key is destroyed before it.');
  const still = kept(state, project);
  if (still !== undefined) return still;
  const whole: DataOf<'backup.keys-destroyed'> = { ...data, reason: question.reason };
  return decided(draft(asked, 'backup.keys-destroyed', project, { project }, whole));
}

/** Whose keys are destroyed now: approved, waited for, and nothing keeps them. */
export function destructionsDue(state: State, at: number): readonly Closing[] {
  return [...state.backups.closings.values()].filter(
    ({ project, approved, destroyed: done }) =>
      done === undefined && approved !== undefined && approved.notBefore <= at && kept(state, project) === undefined,
  );
}

/** The newest snapshot that shows the project as it was when it was over. */
export function archiveOf(state: State, project: ProjectId): Backup | undefined {
  const since = state.projects.get(project)?.standingSince ?? 0;
  return [...state.backups.taken.values()]
    .filter((one) => one.project === project && one.standing === 'taken' && !one.suspect)
    .filter(({ taken }) => taken !== undefined && taken.startedAt >= since)
    .sort((a, b) => (b.taken?.startedAt ?? 0) - (a.taken?.startedAt ?? 0))[0];
}

/** A drill that held, of a snapshot with the same manifest: the same paths, sizes and bytes. */
export function proofOf({ backups }: State, project: ProjectId, manifestSha256: string) {
  const same = new Set<string | undefined>(
    [...backups.taken.values()].flatMap(({ taken }) =>
      taken?.manifestSha256 === manifestSha256 ? [taken.snapshot] : [],
    ),
  );
  return [...backups.drills.values()]
    .filter(({ project: of, result }) => of === project && result?.held === true && same.has(result.snapshot))
    .sort((a, b) => b.begunAt - a.begunAt)[0];
}

function notOver(state: State, project: ProjectId): Refused | undefined {
  const known = state.projects.get(project);
  if (known === undefined) return unknown('project');
  if (state.backups.keysDestroyed.has(project)) return destroyed();
  if (known.standing === 'wrapped') return undefined;
  return refused('project-not-wrapped', 'This project is not over.', 'Wrap the project first.');
}

function notReady(state: State, project: ProjectId): Refused | undefined {
  const { delivered, archived, proved } = closingOf(state, project);
  if (delivered === undefined) return missing('delivery');
  if (archived === undefined) return missing('archive');
  return proved === undefined ? missing('proof') : undefined;
}

function kept(state: State, project: ProjectId): Refused | undefined {
  if (isHeld(state, project))
    return refused('legal-hold', 'A legal hold keeps this project.', 'Lift the hold first, with its reason.');
  if (!isPrunePaused(state)) return undefined;
  return refused('prune-paused', 'Nothing is removed while an alarm is open.', 'Settle the alarm first.');
}

function missing(what: 'delivery' | 'archive' | 'proof'): Refused {
  return refused(
    'closing-incomplete',
    `The ${what} is not on record yet.`,
    'Deliver, archive and prove first, in this order.',
  );
}

function notAsked(): Refused {
  return refused('closing-not-asked', 'Nobody asked to destroy these keys, or it was declined.', 'Ask for it first.');
}

function destroyed(): Refused {
  return alreadyDone('The keys of this project’s backups were destroyed.');
}
