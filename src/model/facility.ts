/** The facility itself: how it begins, its settings, and the exceptions it lives with. */
import type { Asked, CommandOf } from '#model/commands.ts';
import type { Draft } from '#model/events.ts';
import type { PersonId } from '#std/ids.ts';
import type { Exception, Facility, State } from '#model/state.ts';
import { BUILT_IN, BUILT_IN_NAMES, grantsOf, roleIdOf } from '#model/built-in-roles.ts';
import {
  BIN_DAYS,
  DAY_MS,
  DORMANT_AFTER_DAYS,
  ENGAGEMENT_DAYS_MAX,
  EXCEPTION_DAYS_MAX,
  FACILITY_ROLE_DAYS_MAX,
} from '#model/limits.ts';
import { isAlone } from '#model/facility-of-one.ts';
import { alreadyDone, badTime, takenId, unknown } from '#model/refusals.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { refused } from '#std/refused.ts';

/**
 * Rules that a recorded exception can lift while it lives. `facility-of-one` lifts the others too, for the person it is about: somebody
 * has to run a facility with one person in it, and the ledger says so.
 */
export const LIFTABLE = [
  'facility-of-one',
  'engineer-and-security-lead',
  'self-grant',
  'wrangler-and-production',
] as const;
export type Liftable = (typeof LIFTABLE)[number];

export function isLifted(state: State, rule: Liftable, person: PersonId | undefined, at: number): boolean {
  return state.exceptions.some(
    (exception) =>
      exception.until > at &&
      (exception.rule === rule || exception.rule === 'facility-of-one') &&
      (exception.person === undefined || exception.person === person),
  );
}

/** One that names nobody is for everybody, its author included. A facility of one has nobody else to ask. */
function isOwnException(state: State, person: PersonId | undefined, { by, at }: Asked): boolean {
  const isTheirs = by.person !== undefined && (person === undefined || person === by.person);
  return isTheirs && !isLifted(state, 'facility-of-one', by.person, at);
}

export function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false; // the one way that Intl has to say so
  }
}

export const facilityEvolve = {
  'facility.created': (state, entry) => ({
    ...state,
    facility: {
      ...entry.data,
      createdAt: entry.at,
      dormantAfterDays: DORMANT_AFTER_DAYS,
      binDays: BIN_DAYS,
      maxEngagementDays: ENGAGEMENT_DAYS_MAX,
      extraFileTypes: [],
    },
  }),
  'facility.settings-changed': (state, entry) =>
    state.facility === undefined
      ? state
      : { ...state, facility: { ...state.facility, ...present<Partial<Facility>>(entry.data) } },
  'exception.recorded': (state, entry) => {
    const { exception: id, rule, reason, until } = entry.data;
    const exception = present<Exception>({ id, rule, reason, until, person: entry.about.person, by: entry.by.person });
    return { ...state, exceptions: state.exceptions.set(id, exception) };
  },
  'exception.ended': (state, entry) => ({ ...state, exceptions: state.exceptions.delete(entry.data.exception) }),
} satisfies Evolvers;

export const facilityDecide = {
  'create-facility': createFacility,
  'change-settings': (state, command, asked) => {
    const { timeZone } = command.settings;
    if (state.facility === undefined) return noFacility();
    if (timeZone !== undefined && !isTimeZone(timeZone)) return unknownTimeZone(timeZone);
    return decided(draft(asked, 'facility.settings-changed', 'facility', {}, command.settings));
  },
  'end-exception': (state, { exception, reason }, asked) => {
    const known = state.exceptions.get(exception);
    if (known === undefined) return unknown('exception');
    const about = known.person === undefined ? {} : { person: known.person };
    return decided(draft(asked, 'exception.ended', 'facility', about, { exception, reason }));
  },
  'record-exception': (state, command, asked) => {
    if (state.exceptions.has(command.exception)) return takenId('exception');
    if (!LIFTABLE.some((rule) => rule === command.rule)) {
      return refused(
        'unknown-rule',
        'No such rule can be lifted by an exception.',
        `Name one of: ${LIFTABLE.join(', ')}.`,
      );
    }
    if (command.until <= asked.at || command.until > asked.at + EXCEPTION_DAYS_MAX * DAY_MS) {
      return badTime('An exception must end in the future.', `Choose an end within ${EXCEPTION_DAYS_MAX} days.`);
    }
    const { exception, rule, reason, until, person } = command;
    if (rule === 'facility-of-one' && !isAlone(state, person)) {
      return refused(
        'not-alone',
        'Somebody else governs or runs this facility.',
        'Name the one rule that has to be lifted, and for whom.',
      );
    }
    if (isOwnException(state, person, asked)) {
      return refused(
        'own-exception',
        'Nobody lifts a rule for themselves, alone or among everybody.',
        'Ask another owner or the security lead to record it, and name the person.',
      );
    }
    return decided(
      draft(asked, 'exception.recorded', 'facility', person === undefined ? {} : { person }, {
        exception,
        rule,
        reason,
        until,
      }),
    );
  },
} satisfies Deciders;

function createFacility(state: State, command: CommandOf<'create-facility'>, asked: Asked): Decided {
  if (state.facility !== undefined) return alreadyDone('This facility exists already.');
  if (!isTimeZone(command.timeZone)) return unknownTimeZone(command.timeZone);
  if (command.ownerRolesUntil <= asked.at || command.ownerRolesUntil > asked.at + FACILITY_ROLE_DAYS_MAX * DAY_MS) {
    return badTime("The owner's roles must end in the future.", `Choose an end within ${FACILITY_ROLE_DAYS_MAX} days.`);
  }
  const { name, timeZone, origin, owner, ownerRolesUntil: until } = command;
  const roles = (['owner', 'engineer', 'security-lead'] as const).map((role) => ({ role: roleIdOf(role), until }));
  const person = present<{
    nature: 'human';
    name: typeof command.ownerName;
    mail?: typeof command.ownerMail;
    roles: typeof roles;
  }>({
    nature: 'human',
    name: command.ownerName,
    mail: command.ownerMail,
    roles,
  });
  return decided(
    draft(asked, 'facility.created', 'facility', {}, { name, timeZone, origin }),
    roleDefinitions(asked),
    draft(asked, 'person.added', 'facility', { person: owner }, person),
    draft(
      asked,
      'exception.recorded',
      'facility',
      { person: owner },
      {
        exception: command.exception,
        rule: 'facility-of-one',
        until,
        reason: 'The facility begins with one person, who is owner, engineer and security lead at once.',
      },
    ),
  );
}

function roleDefinitions(asked: Asked): readonly Draft[] {
  return BUILT_IN_NAMES.map((name) => {
    const { title, scope } = BUILT_IN[name];
    return draft(
      asked,
      'role.defined',
      'facility',
      { role: roleIdOf(name) },
      { title, scope, grants: [...grantsOf(BUILT_IN[name])] },
    );
  });
}

export function noFacility(): Decided {
  return refused('no-facility', 'There is no facility yet.', 'Create the facility on the first-run page.');
}

function unknownTimeZone(name: string): Decided {
  return refused(
    'unknown-time-zone',
    `"${name}" is not a time zone.`,
    'Use a name such as Europe/London or America/Los_Angeles.',
  );
}
