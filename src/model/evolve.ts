/** The fold: one entry after another gives the state. It never fails on what `decide` drafted. */
import type { Entry, EntryKind, Placed } from '#model/events.ts';
import { alertEvolve, noAlerts, noteMatter } from '#model/alerts.ts';
import { backupEvolve, noBackups } from '#model/backup.ts';
import { closingEvolve } from '#model/closing.ts';
import { copyingEvolve } from '#model/copying.ts';
import { credentialEvolve } from '#model/credential.ts';
import { cutEvolve } from '#model/cut.ts';
import { emptyNetwork, enforcementEvolve } from '#model/enforcement.ts';
import { engagementEvolve } from '#model/engagement.ts';
import { facilityEvolve } from '#model/facility.ts';
import { flowEvolve } from '#model/flow.ts';
import { policyTestEvolve } from '#model/policy-test.ts';
import { invitationEvolve } from '#model/invitation.ts';
import { openingEvolve, withoutUndeclaredPaths } from '#model/opening.ts';
import { personEvolve } from '#model/person.ts';
import { projectEvolve } from '#model/project.ts';
import { quarantineEvolve } from '#model/quarantine.ts';
import { proofEvolve } from '#model/recovery-proof.ts';
import { recoveryEvolve } from '#model/recovery.ts';
import { requestEvolve } from '#model/request.ts';
import { reviewEvolve } from '#model/review.ts';
import { roleEvolve } from '#model/role.ts';
import { sessionEvolve } from '#model/session.ts';
import type { State } from '#model/state.ts';
import type { Evolvers } from '#model/transition.ts';
import { standingTroublesEvolve } from '#model/standing-troubles.ts';
import { vaultReportsEvolve } from '#model/vault-reports.ts';
import { zoneEvolve } from '#model/zone.ts';
import { assert } from '#std/assert.ts';
import { Map as PMap } from 'immutable';

export const emptyState: State = {
  size: 0,
  at: 0,
  facility: undefined,
  zones: PMap(),
  hosts: PMap(),
  roles: PMap(),
  people: PMap(),
  credentials: PMap(),
  invitations: PMap(),
  recoveries: PMap(),
  projects: PMap(),
  engagements: PMap(),
  requests: PMap(),
  exceptions: PMap(),
  network: emptyNetwork,
  backups: noBackups,
  alerts: noAlerts,
  sessions: PMap(),
  cuts: PMap(),
  index: {
    projectByAlias: PMap(),
    engagementsOf: PMap(),
    engagementsOn: PMap(),
    sessionByToken: PMap(),
    sshKeyByFingerprint: PMap(),
    passkeyByWebauthnId: PMap(),
    tokenByHash: PMap(),
    invitationByHash: PMap(),
    pathsOf: PMap(),
    hostByName: PMap(),
    hostByAddress: PMap(),
    hostByMac: PMap(),
  },
};

/** By kind; a kind without a line (activity, and the engine about itself) moves size and time only. */
export const EVOLVE: Evolvers = {
  ...facilityEvolve,
  ...zoneEvolve,
  ...roleEvolve,
  ...personEvolve,
  ...credentialEvolve,
  ...invitationEvolve,
  ...recoveryEvolve,
  ...projectEvolve,
  ...engagementEvolve,
  ...requestEvolve,
  ...reviewEvolve,
  ...sessionEvolve,
  ...cutEvolve,
  ...flowEvolve,
  ...policyTestEvolve,
  ...openingEvolve,
  ...quarantineEvolve,
  ...enforcementEvolve,
  ...backupEvolve,
  ...copyingEvolve,
  ...alertEvolve,
  ...standingTroublesEvolve,
  ...vaultReportsEvolve,
  ...closingEvolve,
  ...proofEvolve,
};

/** After these a path of a share may lead where nothing is declared any more. */
const MOVES_ENDS: ReadonlySet<EntryKind> = new Set<EntryKind>([
  'flow.removed',
  'host.changed',
  'host.removed',
  'service.defined',
  'zone.changed',
  'zone.removed',
]);

type AnyEvolver = (state: State, entry: Entry, index: number) => State;

/** `placed` comes after everything folded so far; entries in between may be left out if they are activity. */
export function evolve(state: State, placed: Placed): State {
  const { index, entry } = placed;
  assert(index >= state.size, 'entries are folded in ledger order');
  const change = EVOLVE[entry.kind] as AnyEvolver | undefined; // the table is keyed by the kind of the entry it takes
  const changed = change === undefined ? state : change(state, entry, index);
  const next = MOVES_ENDS.has(entry.kind) ? withoutUndeclaredPaths(changed) : changed;
  return { ...noteMatter(next, placed), size: index + 1, at: Math.max(state.at, entry.at) };
}
