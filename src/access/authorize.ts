/**
 * Whether somebody may ask a command at all. `decide` then says whether the command makes sense; neither replaces the other.
 *
 * A person needs every action that the command names (command-needs.ts), or asks about themselves. A service asks only what its kind of
 * service may. When both are named, either suffices: a gate acting for a person reports facts that no person could.
 */
import { actionsFor, needOf } from '#access/command-needs.ts';
import type { Service } from '#access/command-needs.ts';
import { invitingOnProjects, isOutgrown } from '#access/inviting.ts';
import type { AccessQuestion } from '#access/permits.ts';
import { permits, refusalOf } from '#access/permits.ts';
import type { Context } from '#access/binding.ts';
import { bind } from '#access/binding.ts';
import { DENIALS } from '#access/rules.ts';
import type { Command, CommandOf } from '#model/commands.ts';
import { FACTOR_AGE_MAX_MS } from '#model/limits.ts';
import type { Because, By } from '#model/events.ts';
import type { State } from '#model/state.ts';
import type { PersonId } from '#std/ids.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { ok, refused } from '#std/refused.ts';

const YES: Outcome<void> = ok(undefined);

export function authorize(state: State, command: Command, by: By, at: number): Outcome<void> {
  if (command.kind === 'create-facility' && state.facility === undefined) return YES;
  if (command.kind === 'use-invitation' && isStaleLink(state, command, at)) return outgrown();
  if (by.service !== undefined && mayService(command, by.service)) return becauseRefusal(command, by) ?? YES;
  if (by.person === undefined) {
    return refused(
      'service-not-allowed',
      'This part of Picturelock may not ask for this.',
      'Sign in as a person who may.',
    );
  }
  return becauseRefusal(command, by) ?? authorizePerson(state, command, { ...by, person: by.person }, at);
}

/** `gate-portal`, `gate-sftp`, ... are gates. */
export function serviceKind(service: string): Service | undefined {
  if (service.startsWith('gate-')) return 'gate';
  return service === 'clock' || service === 'engine' || service === 'console' ? service : undefined;
}

function mayService(command: Command, service: string): boolean {
  const kind = serviceKind(service);
  return kind !== undefined && needOf(command).services?.includes(kind) === true;
}

function authorizePerson(
  state: State,
  command: Command,
  by: By & { readonly person: PersonId },
  at: number,
): Outcome<void> {
  const { own, on, instead } = needOf(command);
  const subject = own?.(state, command);
  const context: Context = { from: by.from, session: by.session };
  if (subject !== undefined && subject === by.person) return ownRefusal(state, command, by.person, context, at) ?? YES;
  const actions = actionsFor(state, command);
  if (actions.length === 0) return refused('not-yours', 'Only the person themselves can do this.', 'Ask the person.');
  const isEnough = (question: Pick<AccessQuestion, 'action' | 'on'>) =>
    permits(state, { who: by.person, ...question, context }, at).allow;
  if (instead?.(state, command).some(isEnough) === true) return YES;
  // A command is never somebody's own affair by the target's person alone: `own` above says so where it is.
  const { person: _, ...target } = on(state, command);
  const elsewhere = command.kind === 'invite' ? invitingOnProjects(state, command.person, at) : [];
  for (const question of [...actions.map((action) => ({ action, on: target })), ...elsewhere]) {
    const decision = permits(state, { who: by.person, ...question, context }, at);
    if (!decision.allow) return refusalOf(decision);
  }
  return YES;
}

function isStaleLink(state: State, { invitation }: CommandOf<'use-invitation'>, at: number): boolean {
  const link = state.invitations.get(invitation);
  return link !== undefined && isOutgrown(state, link, at);
}

/** The answer to a link whose maker could not give all that it leads to now. */
export function outgrown(): Refused {
  return refused(
    'invitation-outgrown',
    'Whoever made this invitation could not give all that this person holds by now.',
    'Ask whoever gave you the newest role or project for a new invitation.',
  );
}

/** Own affairs need a live account and, where a session is named, a live session. A first session has none to name. */
function ownRefusal(state: State, command: Command, who: PersonId, context: Context, at: number): Refused | undefined {
  const person = state.people.get(who);
  if (person === undefined || person.standing !== 'active')
    return command.kind === 'close-session' ? undefined : toRefused('person-not-active');
  if (command.kind === 'close-session') return undefined;
  const { denial, isToken, factorAt } = bind(state, who, context, at);
  if (denial !== undefined) return toRefused(denial);
  if (isToken) return toRefused('bound-elsewhere');
  // A session left open must not be enough to enrol a key; an invitation, which has no session yet, is.
  const isStale = context.session !== undefined && (factorAt === undefined || factorAt + FACTOR_AGE_MAX_MS <= at);
  return command.kind === 'add-credential' && isStale ? toRefused('factor-too-old') : undefined;
}

function toRefused(id: keyof typeof DENIALS): Refused {
  const { says, ask } = DENIALS[id];
  return refused(id, says, ask);
}

const PERSONS_REASONS: ReadonlySet<Because> = new Set<Because>([
  'button',
  'stolen-key',
  'suspension',
  'credential-ended',
]);

/** A person cannot make the ledger say that the clock or dormancy did it; the clock says nothing else. */
function becauseRefusal(command: Command, by: By): Refused | undefined {
  if (command.kind !== 'end-engagement' && command.kind !== 'revoke-credential' && command.kind !== 'suspend-person')
    return undefined;
  const isClock = by.service === 'clock' && by.person === undefined;
  const fits = isClock
    ? command.because === 'clock' || command.because === 'dormancy'
    : PERSONS_REASONS.has(command.because);
  return fits
    ? undefined
    : refused('bad-because', 'This reason is not for you to give.', 'Use "button", or "stolen-key" for a credential.');
}
