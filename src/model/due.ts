/**
 * What time alone brings about: warnings, ends by the clock, dormancy, expiry. `due` proposes commands, the clock
 * asks them, `decide` has the last word; asked again after they are folded in, it proposes nothing new. `nextDue` says when
 * to look again, so that nothing is scanned while nothing is near.
 */
import type { Command } from '#model/commands.ts';
import { BUILT_IN, BUILT_IN_NAMES, grantsOf, roleIdOf } from '#model/built-in-roles.ts';
import {
  DAY_MS,
  DORMANCY_GRACE_MS,
  DORMANCY_WARNING_DAYS,
  DUE_MAX,
  END_WARNING_DAYS,
  REQUEST_DAYS_MAX,
  SESSION_GRACE_MS,
  TIME_MAX,
} from '#model/limits.ts';
import { backupsDue } from '#model/backup-due.ts';
import { isOutgrown } from '#model/facility-of-one.ts';
import { NETWORK_DUE } from '#model/network-due.ts';
import { EVER, lastOwner } from '#model/person.ts';
import type {
  AccessRequest,
  Credential,
  Engagement,
  HeldRole,
  Invitation,
  Person,
  Role,
  Session,
  State,
} from '#model/state.ts';
import type { Id } from '#std/ids.ts';

/** Makes a new cut id; ids are the caller's to make, because this is a pure function. */
export type MakeId = (kind: 'cut') => Id<'cut'>;

/** One thing that falls due: when, and what is asked then. */
interface Due {
  readonly at: number;
  readonly command: (makeId: MakeId) => Command;
}

/** At most `DUE_MAX` commands; whoever has them decided asks again until there are none. */
export function due(state: State, at: number, makeId: MakeId): readonly Command[] {
  if (nextDue(state) > at) return [];
  const commands: Command[] = [];
  for (const thing of allDue(state)) {
    if (thing.at > at) continue;
    commands.push(thing.command(makeId));
    if (commands.length >= DUE_MAX) break;
  }
  return commands;
}

/** Per part of the state: its horizon, and what else that was found under: the facility's settings, and other parts that were read. */
const horizons = new WeakMap<object, { readonly under: readonly unknown[]; readonly earliest: number }>();

/** The earliest time at which `due` has something to propose; `TIME_MAX` when nothing is in sight. Unchanged parts of the state are not read twice. */
export function nextDue(state: State): number {
  if (state.facility === undefined) return TIME_MAX;
  return Math.min(
    horizon(state, state.engagements, engagementsDue),
    horizon(state, state.people, peopleDue),
    horizon(state, state.credentials, credentialsDue),
    horizon(state, state.invitations, invitationsDue),
    horizon(state, state.requests, requestsDue),
    horizon(state, state.sessions, sessionsDue),
    horizon(state, state.roles, rolesDue),
    ...NETWORK_DUE.map(({ part, things }) => horizon(state, part(state), things)),
    horizon(state, state.backups.policies, backupsDue),
    horizon(state, state.exceptions, exceptionsDue, [state.people, state.credentials]),
  );
}

function horizon(
  state: State,
  part: object,
  things: (state: State) => Iterable<Due>,
  others: readonly object[] = [],
): number {
  const under = [state.facility, ...others];
  const known = horizons.get(part);
  if (known !== undefined && known.under.every((one, index) => one === under[index])) return known.earliest;
  let earliest = TIME_MAX;
  for (const { at } of things(state)) earliest = Math.min(earliest, at);
  horizons.set(part, { under, earliest });
  return earliest;
}

function* allDue(state: State): Iterable<Due> {
  yield* engagementsDue(state);
  yield* credentialsDue(state);
  yield* peopleDue(state);
  yield* invitationsDue(state);
  yield* requestsDue(state);
  yield* sessionsDue(state);
  yield* rolesDue(state);
  for (const { things } of NETWORK_DUE) yield* things(state);
  yield* backupsDue(state);
  yield* exceptionsDue(state);
}

function* engagementsDue(state: State): Iterable<Due> {
  for (const engagement of state.engagements.values()) {
    if (engagement.ended !== undefined) continue;
    yield {
      at: engagement.until,
      command: (makeId) => ({
        kind: 'end-engagement',
        engagement: engagement.id,
        because: 'clock',
        cut: makeId('cut'),
      }),
    };
    const warning = nextWarning(engagement);
    if (warning !== undefined) yield warning;
  }
}

/** The days before an end at which to warn next: each warning once, and none that would have come before what ends was given. */
function warningDays({ until, givenAt, warnedDaysLeft }: Pick<HeldRole, 'until' | 'givenAt' | 'warnedDaysLeft'>) {
  return END_WARNING_DAYS.find((days) => (warnedDaysLeft ?? Infinity) > days && until - days * DAY_MS > givenAt);
}

function nextWarning(engagement: Engagement): Due | undefined {
  const days = engagement.held ? undefined : warningDays(engagement);
  if (days === undefined) return undefined;
  const command = { kind: 'warn-engagement', engagement: engagement.id, daysLeft: days } as const;
  return { at: engagement.until - days * DAY_MS, command: () => command };
}

function* roleWarnings({ id: person, roles }: Person): Iterable<Due> {
  for (const held of roles) {
    const daysLeft = warningDays(held);
    if (daysLeft === undefined) continue;
    const { role, until } = held;
    yield { at: until - daysLeft * DAY_MS, command: () => ({ kind: 'warn-role', person, role, daysLeft }) };
  }
}

function* peopleDue(state: State): Iterable<Due> {
  const days = state.facility?.dormantAfterDays;
  if (days === undefined) return;
  for (const person of state.people.values()) {
    if (person.standing !== 'active') continue;
    yield dormancy(state, person, days);
    yield* roleWarnings(person);
  }
}

/** When a warned person is suspended as dormant, unless she is seen before; undefined when that is not ahead. */
export function dormantAt(state: State, { id, standing, lastSeenAt, dormancyWarnedAt }: Person): number | undefined {
  const days = state.facility?.dormantAfterDays;
  if (days === undefined || dormancyWarnedAt === undefined || standing !== 'active') return undefined;
  // The only owner stays: a facility that nobody governs is worse. The warning stands.
  if (lastOwner(state, id, EVER) !== undefined) return undefined;
  return Math.max(lastSeenAt + days * DAY_MS, dormancyWarnedAt + DORMANCY_GRACE_MS);
}

function dormancy(state: State, person: Person, days: number): Due {
  const { id, lastSeenAt, dormancyWarnedAt } = person;
  if (dormancyWarnedAt === undefined) {
    const inDays = Math.min(DORMANCY_WARNING_DAYS, days - 1);
    const at = lastSeenAt + (days - inDays) * DAY_MS;
    return { at, command: () => ({ kind: 'warn-dormancy', person: id, inDays }) };
  }
  const at = dormantAt(state, person) ?? TIME_MAX;
  return { at, command: (makeId) => ({ kind: 'suspend-person', person: id, because: 'dormancy', cut: makeId('cut') }) };
}

function* credentialsDue({ credentials }: State): Iterable<Due> {
  for (const { id, revokedAt, expiresAt } of credentials.values() as Iterable<Credential>) {
    if (revokedAt !== undefined) continue;
    yield {
      at: expiresAt,
      command: (makeId) => ({ kind: 'revoke-credential', credential: id, because: 'clock', cut: makeId('cut') }),
    };
  }
}

function* invitationsDue({ invitations }: State): Iterable<Due> {
  for (const { id, state, expiresAt } of invitations.values() as Iterable<Invitation>) {
    if (state === 'open') yield { at: expiresAt, command: () => ({ kind: 'withdraw-invitation', invitation: id }) };
  }
}

function* requestsDue({ requests }: State): Iterable<Due> {
  for (const { id, state, madeAt, until } of requests.values() as Iterable<AccessRequest>) {
    if (state !== 'open') continue;
    yield {
      at: Math.min(madeAt + REQUEST_DAYS_MAX * DAY_MS, until),
      command: () => ({ kind: 'withdraw-request', request: id }),
    };
  }
}

/** A session that outlived its limit by so much has lost its gate; what it moved since its last entry is in the file entries. */
function* sessionsDue({ sessions }: State): Iterable<Due> {
  for (const { id, until } of sessions.values() as Iterable<Session>) {
    yield {
      at: until + SESSION_GRACE_MS,
      command: () => ({ kind: 'close-session', session: id, because: 'lease', bytesIn: 0, bytesOut: 0, operations: 0 }),
    };
  }
}

/** At once: an exception that its person has outgrown. */
function* exceptionsDue(state: State): Iterable<Due> {
  for (const exception of state.exceptions.values()) {
    if (!isOutgrown(state, exception)) continue;
    const reason = 'Another owner, engineer or security lead has joined.';
    yield { at: 0, command: () => ({ kind: 'end-exception', exception: exception.id, reason }) };
  }
}

/** Built-in roles that a newer release describes differently. */
function* rolesDue({ roles }: State): Iterable<Due> {
  for (const name of BUILT_IN_NAMES) {
    const row = BUILT_IN[name];
    const grants = grantsOf(row);
    if (isSame(roles.get(roleIdOf(name)), row.title, grants)) continue;
    const { title, scope } = row;
    yield { at: 0, command: () => ({ kind: 'define-role', role: roleIdOf(name), title, scope, grants: [...grants] }) };
  }
}

function isSame(role: Role | undefined, title: string, grants: Role['grants']): boolean {
  return (
    role !== undefined &&
    !role.retired &&
    role.title === title &&
    JSON.stringify(role.grants) === JSON.stringify(grants)
  );
}
