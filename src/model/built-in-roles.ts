/**
 * The roles that every post facility has, as one readable table. `all` is every top folder of a workspace.
 * The table is recorded in the ledger when a facility is created (and again when a newer release changes it), so
 * that what "editor" meant on a given day is evidence, not code.
 */
import type { Action } from '#model/actions.ts';
import type { Grant } from '#model/events.ts';
import type { RoleId } from '#std/ids.ts';

export const WORKSPACE_FOLDERS = ['media', 'project', 'incoming', 'deliveries', 'review'] as const;
type Folder = (typeof WORKSPACE_FOLDERS)[number];

export interface BuiltInRole {
  readonly title: string;
  readonly scope: 'project' | 'facility';
  /** One line for the person who gives it. */
  readonly for: string;
  readonly files?: {
    readonly [Act in 'list' | 'read' | 'write' | 'move' | 'delete' | 'restore' | 'folder']?: readonly Folder[];
  };
  readonly may: readonly Action[];
}

const all: readonly Folder[] = WORKSPACE_FOLDERS;

// One row a role, read across: kept as it is by the formatter.
// prettier-ignore
export const BUILT_IN = {
  editor: {
    title: 'Editor', scope: 'project', for: 'Cuts the picture.',
    files: {
      list: all, read: all, write: ['project', 'incoming', 'review'], move: ['project', 'incoming', 'review'],
      delete: ['project', 'review'], restore: ['project', 'review'], folder: ['project', 'incoming', 'review'],
    },
    may: ['project.see', 'share.open', 'desktop.open', 'review.stream', 'clipboard.in'],
  },
  'assistant-editor': {
    title: 'Assistant editor', scope: 'project', for: 'Keeps media and turnovers in order.',
    files: {
      list: all, read: all, write: all, move: all, delete: ['project', 'incoming', 'review'],
      restore: ['project', 'incoming', 'review'], folder: all,
    },
    may: ['project.see', 'share.open', 'desktop.open', 'review.stream', 'clipboard.in'],
  },
  colourist: {
    title: 'Colourist', scope: 'project', for: 'Grades the picture.',
    files: {
      list: all, read: ['media', 'project', 'incoming', 'review'], write: ['project', 'deliveries', 'review'],
      move: ['project', 'review'], delete: ['project', 'review'], restore: ['project', 'review'], folder: ['project', 'deliveries', 'review'],
    },
    may: ['project.see', 'share.open', 'desktop.open', 'review.stream', 'clipboard.in'],
  },
  'sound-mixer': {
    title: 'Sound mixer', scope: 'project', for: 'Edits and mixes sound.',
    files: {
      list: ['media', 'project', 'incoming', 'review'], read: ['media', 'project', 'incoming', 'review'], write: ['project', 'incoming'],
      move: ['project'], delete: ['project'], restore: ['project'], folder: ['project', 'incoming'],
    },
    may: ['project.see', 'share.open', 'desktop.open', 'review.stream', 'clipboard.in'],
  },
  'vfx-artist': {
    title: 'VFX artist', scope: 'project', for: 'Makes shots.',
    files: {
      list: ['media', 'project', 'incoming', 'review'], read: ['media', 'project', 'review'], write: ['project', 'incoming', 'review'],
      move: ['project'], delete: ['project'], restore: ['project'], folder: ['project', 'incoming', 'review'],
    },
    may: ['project.see', 'share.open', 'desktop.open', 'review.stream', 'clipboard.in'],
  },
  'data-wrangler': {
    title: 'Data wrangler', scope: 'project', for: 'Moves content in and out. Holds no production role on the same project.',
    files: {
      list: ['media', 'incoming', 'deliveries'], read: ['media', 'incoming', 'deliveries'], write: ['media', 'incoming', 'deliveries'],
      move: ['media', 'incoming', 'deliveries'], delete: ['incoming'], restore: ['incoming'], folder: ['media', 'incoming', 'deliveries'],
    },
    may: ['project.see', 'drive.see', 'drive.check-out', 'drive.check-in'],
  },
  'post-supervisor': {
    title: 'Post supervisor', scope: 'project', for: 'Runs the post of one title: people, time, deliveries.',
    files: {
      list: all, read: all, write: ['deliveries', 'review'], move: ['deliveries', 'review'], delete: ['deliveries', 'review'],
      restore: all, folder: ['deliveries', 'review'],
    },
    may: [
      'project.see', 'title.see', 'review.stream', 'drive.see', 'engagement.see', 'engagement.give', 'engagement.extend', 'engagement.end',
      'request.decide', 'session.see', 'session.end', 'ledger.see', 'person.see', 'person.invite',
    ],
  },
  producer: {
    title: 'Producer', scope: 'project', for: 'Answers for the title: gives, extends and ends access, wraps, shows the evidence.',
    files: { list: all, read: ['deliveries', 'review'] },
    may: [
      'project.see', 'title.see', 'project.wrap', 'project.lock', 'review.stream', 'drive.see', 'engagement.see', 'engagement.give',
      'engagement.extend', 'engagement.end', 'request.decide', 'review.complete', 'token.issue', 'session.see', 'session.end',
      'ledger.see', 'ledger.export', 'person.see', 'person.invite',
    ],
  },
  'client-reviewer': {
    title: 'Client reviewer', scope: 'project', for: 'Watches what is put up for review, nothing else.',
    files: { list: ['review'], read: ['review'] },
    may: ['project.see', 'review.stream'],
  },
  'render-service': {
    title: 'Render service', scope: 'project', for: 'A render farm or another machine that reads media and writes renders.',
    files: { list: ['media', 'project', 'review'], read: ['media', 'project'], write: ['project', 'review'], folder: ['project', 'review'] },
    may: ['project.see'],
  },
  owner: {
    title: 'Owner', scope: 'facility', for: 'Answers for the facility: projects, people and who leads what. Reads no pictures.',
    may: [
      'facility.see', 'facility.configure', 'network.see', 'quarantine.order', 'quarantine.release', 'backup.see', 'backup.configure',
      'backup.hold', 'prune.approve', 'change.plan', 'project.create', 'project.see', 'title.see', 'project.wrap', 'project.lock', 'project.reopen',
      'engagement.see', 'engagement.give', 'engagement.give-lead', 'engagement.extend', 'engagement.end',
      'request.decide', 'review.complete', 'token.issue', 'drive.see', 'session.see', 'session.end', 'ledger.see', 'ledger.export', 'person.see',
      'person.invite', 'person.edit', 'person.assign-roles', 'person.suspend', 'person.restore', 'person.end-access', 'person.erase',
      'credential.see', 'credential.revoke', 'recovery.approve', 'exception.record',
    ],
  },
  engineer: {
    title: 'Engineer', scope: 'facility', for: 'Keeps the machines, zones and backups running. Reads no pictures by default.',
    may: [
      'facility.see', 'facility.configure', 'zone.edit', 'network.see', 'network.enforce', 'quarantine.order', 'quarantine.release',
      'shell.open', 'backup.see', 'backup.configure', 'backup.run', 'backup.restore', 'prune.ask', 'change.plan', 'project.see', 'drive.see',
      'engagement.see', 'session.see', 'session.end', 'ledger.see', 'person.see', 'person.invite', 'person.edit', 'credential.see',
      'credential.revoke', 'recovery.approve',
    ],
  },
  'security-lead': {
    title: 'Security lead', scope: 'facility', for: 'Ends access anywhere, defines roles, records exceptions. Reads no pictures.',
    may: [
      'facility.see', 'network.see', 'quarantine.order', 'quarantine.release', 'backup.see', 'backup.hold', 'prune.approve', 'project.see',
      'project.lock', 'project.reopen', 'engagement.see', 'engagement.end', 'review.complete', 'drive.see', 'session.see', 'session.end',
      'ledger.see', 'ledger.export', 'person.see', 'person.edit', 'person.suspend', 'person.restore',
      'person.end-access', 'person.erase', 'person.assign-roles', 'credential.see', 'credential.revoke', 'recovery.approve',
      'role.define', 'exception.record',
    ],
  },
  assessor: {
    title: 'Assessor', scope: 'facility', for: 'Reads records and evidence; changes nothing, sees no pictures.',
    may: [
      'facility.see', 'network.see', 'backup.see', 'project.see', 'engagement.see', 'drive.see', 'session.see', 'ledger.see', 'ledger.export',
      'person.see', 'credential.see',
    ],
  },
} as const satisfies { readonly [role: string]: BuiltInRole };

export type BuiltInRoleName = keyof typeof BUILT_IN;
export const BUILT_IN_NAMES = Object.keys(BUILT_IN) as readonly BuiltInRoleName[]; // exactly the keys of the table above

export function isBuiltIn(role: string): role is BuiltInRoleName {
  return Object.hasOwn(BUILT_IN, role);
}

export function roleIdOf(name: BuiltInRoleName): RoleId {
  return name as string as RoleId; // a role's id is its name
}

/** The row's grants as a `role.defined` entry holds them. */
export function grantsOf(row: BuiltInRole): readonly Grant[] {
  const files = Object.entries(row.files ?? {}).map(([act, folders]): Grant => {
    const action = act === 'folder' ? 'folder.make' : `file.${act}`;
    return { action, folders: [...folders] };
  });
  return [...files, ...row.may.map((action): Grant => ({ action }))];
}
