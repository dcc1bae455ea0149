/**
 * Every action that a role can hold, as one table.
 *
 * - `reach` says on what the action is asked: files of a workspace (narrowed by folder), a project, or the facility.
 * - `sensitive` actions need a second factor shown within `FACTOR_AGE_MAX_MS`. Ending access is never sensitive:
 *   stopping must not wait.
 * - `closed` actions stay possible while a project is wrapped or locked.
 * - `own` actions are everybody's for themselves.
 * - `changes` marks file actions that alter the workspace; its top folders are fixed.
 */
export interface ActionTraits {
  readonly reach: 'file' | 'project' | 'facility';
  readonly says: string;
  readonly sensitive?: true;
  readonly closed?: true;
  readonly own?: true;
  readonly changes?: true;
}

export const ACTIONS = {
  'file.list': { reach: 'file', says: 'see what is in a folder' },
  'file.read': { reach: 'file', says: 'open and download files' },
  'file.write': { reach: 'file', says: 'upload files', changes: true },
  'file.move': { reach: 'file', says: 'move and rename', changes: true },
  'file.delete': { reach: 'file', says: 'put files in the bin', changes: true },
  'file.restore': { reach: 'file', says: 'take files out of the bin', changes: true },
  'folder.make': { reach: 'file', says: 'make folders', changes: true },

  'desktop.open': { reach: 'project', says: 'work on a remote seat' },
  'share.open': { reach: 'project', says: 'open central storage at a workstation' },
  'clipboard.in': { reach: 'project', says: 'paste into a remote seat' },
  'clipboard.out': { reach: 'project', says: 'copy out of a remote seat', sensitive: true },
  'review.stream': { reach: 'project', says: 'watch review streams' },
  'drive.see': { reach: 'project', says: 'see drives and their custody', closed: true },
  'drive.check-out': { reach: 'project', says: 'hand a drive over', sensitive: true },
  'drive.check-in': { reach: 'project', says: 'take a drive back' },

  'project.see': { reach: 'project', says: 'see the project', closed: true },
  'title.see': { reach: 'project', says: 'see the true title', closed: true },
  'project.wrap': { reach: 'project', says: 'wrap the project', sensitive: true },
  'project.lock': { reach: 'project', says: 'lock the project', closed: true },
  'project.reopen': { reach: 'project', says: 'reopen the project', sensitive: true, closed: true },
  'engagement.see': { reach: 'project', says: 'see who is on the project', closed: true, own: true },
  'engagement.give': { reach: 'project', says: 'put people on the project', sensitive: true },
  'engagement.give-lead': { reach: 'project', says: 'give roles that themselves give access', sensitive: true },
  'engagement.extend': { reach: 'project', says: 'give people more time', sensitive: true },
  'engagement.end': { reach: 'project', says: "end people's access", closed: true, own: true },
  'request.make': { reach: 'project', says: 'ask for access or more time', own: true },
  'request.decide': { reach: 'project', says: 'decide requests for access', sensitive: true },
  'review.complete': { reach: 'project', says: 'complete an access review', sensitive: true, closed: true },
  'token.issue': { reach: 'project', says: 'issue service tokens', sensitive: true },
  'session.see': { reach: 'project', says: 'see live sessions', closed: true, own: true },
  'session.end': { reach: 'project', says: 'end live sessions', closed: true, own: true },
  'ledger.see': { reach: 'project', says: 'search the ledger', closed: true },
  'ledger.export': { reach: 'project', says: 'export evidence', sensitive: true, closed: true },

  'project.create': { reach: 'facility', says: 'create projects', sensitive: true },
  'person.see': { reach: 'facility', says: 'see people', own: true },
  'person.invite': { reach: 'facility', says: 'add and invite people', sensitive: true },
  'person.edit': { reach: 'facility', says: "edit people's records", sensitive: true },
  'person.assign-roles': { reach: 'facility', says: 'give facility roles', sensitive: true },
  'person.suspend': { reach: 'facility', says: 'suspend people' },
  'person.restore': { reach: 'facility', says: 'restore and unlock people', sensitive: true },
  'person.end-access': { reach: 'facility', says: "end all of a person's access" },
  'person.erase': { reach: 'facility', says: "erase a person's name and details", sensitive: true },
  'credential.see': { reach: 'facility', says: "see people's credentials", own: true },
  'credential.add-own': { reach: 'facility', says: 'enrol own credentials', own: true },
  'credential.revoke': { reach: 'facility', says: 'revoke credentials', own: true },
  'recovery.approve': { reach: 'facility', says: 'approve account recoveries', sensitive: true },
  'role.define': { reach: 'facility', says: 'define roles', sensitive: true },
  'exception.record': { reach: 'facility', says: 'record exceptions', sensitive: true },
  'facility.see': { reach: 'facility', says: 'see the facility' },
  'facility.configure': { reach: 'facility', says: "change the facility's settings", sensitive: true },
  'zone.edit': { reach: 'facility', says: 'edit zones, hosts, services and flows', sensitive: true },
  'network.see': { reach: 'facility', says: 'see the network map' },
  'network.enforce': { reach: 'facility', says: 'load, confirm and switch the rules of the network', sensitive: true },
  'quarantine.order': { reach: 'facility', says: 'put machines, people and projects in quarantine' },
  'quarantine.release': { reach: 'facility', says: 'release from quarantine', sensitive: true },
  'shell.open': { reach: 'facility', says: 'open a shell on hosts', sensitive: true },
  'backup.see': { reach: 'facility', says: 'see backups and drills' },
  'backup.configure': { reach: 'facility', says: 'set vaults and backup policies', sensitive: true },
  'backup.run': { reach: 'facility', says: 'start backups, verifications and drills' },
  'backup.hold': { reach: 'facility', says: 'place and lift legal holds', sensitive: true },
  'prune.ask': { reach: 'facility', says: 'ask to remove expired backups', sensitive: true },
  'prune.approve': { reach: 'facility', says: 'approve the removal of expired backups', sensitive: true },
  'change.plan': { reach: 'facility', says: 'announce planned mass changes of files' },
  'backup.restore': { reach: 'facility', says: 'restore backups', sensitive: true },
} as const satisfies { readonly [action: string]: ActionTraits };

export type Action = keyof typeof ACTIONS;

export function isAction(value: unknown): value is Action {
  return typeof value === 'string' && Object.hasOwn(ACTIONS, value);
}

const TRAITS: ReadonlyMap<string, ActionTraits> = new Map(Object.entries(ACTIONS));

export function traitsOf(action: Action): ActionTraits {
  return TRAITS.get(action) ?? ACTIONS[action];
}

/** Actions on no particular project that any live engagement whose role holds them allows: a producer invites people. */
export const ANYWHERE: ReadonlySet<Action> = new Set<Action>(['person.see', 'person.invite']);
