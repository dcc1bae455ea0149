/** All the rules of the model: a command is answered with the drafts it leads to, or with a refusal. Total, and pure. */
import { alertDecide } from '#model/alerts.ts';
import { backupDecide } from '#model/backup.ts';
import { closingDecide } from '#model/closing.ts';
import type { Asked, Command, CommandKind } from '#model/commands.ts';
import { copyingDecide } from '#model/copying.ts';
import { credentialDecide } from '#model/credential.ts';
import { cutDecide } from '#model/cut.ts';
import { enforcementDecide } from '#model/enforcement.ts';
import { engagementDecide } from '#model/engagement.ts';
import { facilityDecide, noFacility } from '#model/facility.ts';
import { flowDecide } from '#model/flow.ts';
import { invitationDecide } from '#model/invitation.ts';
import { importDecide } from '#model/network-import.ts';
import { openingDecide } from '#model/opening.ts';
import { personDecide } from '#model/person.ts';
import { projectDecide } from '#model/project.ts';
import { quarantineDecide } from '#model/quarantine.ts';
import { proofDecide } from '#model/recovery-proof.ts';
import { recoveryDecide } from '#model/recovery.ts';
import { requestDecide } from '#model/request.ts';
import { reviewDecide } from '#model/review.ts';
import type { CutId } from '#std/ids.ts';
import { roleDecide } from '#model/role.ts';
import { sessionDecide } from '#model/session.ts';
import type { State } from '#model/state.ts';
import { alreadyDone } from '#model/refusals.ts';
import type { Decided, Deciders } from '#model/transition.ts';
import { standingTroublesDecide } from '#model/standing-troubles.ts';
import { vaultReportsDecide } from '#model/vault-reports.ts';
import { zoneDecide } from '#model/zone.ts';

const DECIDE = {
  ...facilityDecide,
  ...zoneDecide,
  ...roleDecide,
  ...personDecide,
  ...credentialDecide,
  ...invitationDecide,
  ...recoveryDecide,
  ...projectDecide,
  ...engagementDecide,
  ...requestDecide,
  ...reviewDecide,
  ...sessionDecide,
  ...cutDecide,
  ...flowDecide,
  ...importDecide,
  ...openingDecide,
  ...quarantineDecide,
  ...enforcementDecide,
  ...backupDecide,
  ...copyingDecide,
  ...alertDecide,
  ...standingTroublesDecide,
  ...vaultReportsDecide,
  ...closingDecide,
  ...proofDecide,
} satisfies Required<Deciders>;

export const COMMAND_KINDS = Object.keys(DECIDE) as readonly CommandKind[]; // the table has every kind: `satisfies` above

/** What there is before there is a facility: making it, and being refused at that (somebody guesses the set-up code). */
const BEFORE_ALL: ReadonlySet<CommandKind> = new Set(['create-facility', 'refuse-signin']);

type AnyDecider = (state: State, command: Command, asked: Asked) => Decided;

export function decide(state: State, command: Command, asked: Asked): Decided {
  if (state.facility === undefined && !BEFORE_ALL.has(command.kind)) return noFacility();
  if (cutsOrdered(command).some((cut) => state.cuts.has(cut))) return alreadyDone('This cut was ordered already.');
  const decider = DECIDE[command.kind] as AnyDecider; // the table is keyed by the kind of the command it takes
  return decider(state, command, asked);
}

/** `close-session` and `record-receipt` name a cut that exists; every other command that names one orders it. */
function cutsOrdered(command: Command): readonly CutId[] {
  if (command.kind === 'close-session' || command.kind === 'record-receipt') return [];
  if (command.kind === 'complete-review') return command.cuts;
  return 'cut' in command && command.cut !== undefined ? [command.cut] : [];
}
