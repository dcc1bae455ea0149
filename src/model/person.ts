/** People and service accounts: who they are to the facility, and the ends of their access. */
import type { Asked, CommandOf } from '#model/commands.ts';
import type { Because, EntryOf, EntryKind } from '#model/events.ts';
import { DAY_MS, FACILITY_ROLE_DAYS_MAX, ONBOARDING_DAYS_MAX } from '#model/limits.ts';
import { endEverything, engagementsOf, holdEngagement, isOver, liveEngagementsOf, orderCut } from '#model/ending.ts';
import { isLifted } from '#model/facility.ts';
import { alreadyDone, badTime, notActive, takenId, unknown } from '#model/refusals.ts';
import type { FacilityRole, HeldRole, Person, State } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import type { PersonId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';
import { Set as PSet } from 'immutable';

/** The state with one person changed; every entry about a person goes through here. */
export function withPerson(state: State, id: PersonId | undefined, change: (person: Person) => Person): State {
  const person = id === undefined ? undefined : state.people.get(id);
  assert(person !== undefined, 'an entry about a person names a known one');
  return { ...state, people: state.people.set(person.id, change(person)) };
}

function standing(state: State, entry: EntryOf<EntryKind>, value: Person['standing']): State {
  return withPerson(state, entry.about.person, (person) => ({ ...person, standing: value, standingSince: entry.at }));
}

/** A role whose end stays the same is as it was; one that is new or extended begins again, and is warned of again. */
function heldRoles(before: readonly HeldRole[], roles: readonly FacilityRole[], at: number): readonly HeldRole[] {
  return roles.map(
    ({ role, until }) =>
      before.find((held) => held.role === role && held.until === until) ?? { role, until, givenAt: at },
  );
}

export const personEvolve = {
  'person.added': (state, entry) => {
    const id = entry.about.person;
    assert(id !== undefined, 'person.added names its person');
    const { nature, name, mail, roles } = entry.data;
    const person = present<Person>({
      id,
      nature,
      name,
      mail,
      roles: heldRoles([], roles, entry.at),
      addedAt: entry.at,
      standing: 'active',
      standingSince: entry.at,
      locked: false,
      failures: 0,
      lastSeenAt: entry.at,
      dormancyWarnedAt: undefined,
      onboarding: {},
      credentials: PSet(),
    });
    return { ...state, people: state.people.set(id, person) };
  },
  'person.renamed': (state, entry) =>
    withPerson(state, entry.about.person, (person) =>
      present<Person>({ ...person, name: entry.data.name, mail: entry.data.mail ?? person.mail }),
    ),
  'person.roles-changed': (state, entry) =>
    withPerson(state, entry.about.person, (person) => ({
      ...person,
      roles: heldRoles(person.roles, entry.data.roles, entry.at),
    })),
  'person.role-warned': (state, entry) => {
    const { role, daysLeft } = entry.data;
    const warned = (held: HeldRole) => (held.role === role ? { ...held, warnedDaysLeft: daysLeft } : held);
    return withPerson(state, entry.about.person, (person) => ({ ...person, roles: person.roles.map(warned) }));
  },
  'person.onboarded': (state, entry) =>
    withPerson(state, entry.about.person, (person) => ({
      ...person,
      onboarding: { ...person.onboarding, [entry.data.item]: entry.data.until },
    })),
  'person.warned': (state, entry) =>
    withPerson(state, entry.about.person, (person) => ({ ...person, dormancyWarnedAt: entry.at })),
  'person.suspended': (state, entry) =>
    standing(state, entry, entry.data.because === 'dormancy' ? 'dormant' : 'suspended'),
  'person.restored': (state, entry) =>
    withPerson(standing(state, entry, 'active'), entry.about.person, (person) =>
      present<Person>({ ...person, lastSeenAt: entry.at, dormancyWarnedAt: undefined }),
    ),
  'person.locked': (state, entry) =>
    withPerson(state, entry.about.person, (person) => ({ ...person, locked: true, failures: entry.data.failures })),
  'person.unlocked': (state, entry) =>
    withPerson(state, entry.about.person, (person) => ({ ...person, locked: false, failures: 0 })),
  'person.erased': (state, entry) => standing(state, entry, 'erased'),
} satisfies Evolvers;

export const personDecide = {
  'add-person': (state, command, asked) => {
    const { person, nature, name, mail, roles } = command;
    if (state.people.has(person)) return takenId('person');
    const no = nature === 'service' && roles.length > 0 ? serviceRoles() : rolesRefusal(state, person, roles, asked);
    return no ?? decided(draft(asked, 'person.added', 'facility', { person }, { nature, name, mail, roles }));
  },
  'rename-person': (state, command, asked) => {
    const person = state.people.get(command.person);
    if (person === undefined) return unknown('person');
    if (person.standing === 'erased') return notActive();
    return decided(
      draft(asked, 'person.renamed', 'facility', { person: person.id }, { name: command.name, mail: command.mail }),
    );
  },
  'change-roles': changeRoles,
  'record-onboarding': (state, command, asked) => {
    const { person, item, until } = command;
    if (!state.people.has(person)) return unknown('person');
    if (asked.by.person === person && !isLifted(state, 'self-grant', person, asked.at)) return ownAffair();
    if (until <= asked.at || until > asked.at + ONBOARDING_DAYS_MAX * DAY_MS) {
      return badTime(
        'An onboarding record must end in the future.',
        `Choose an end within ${ONBOARDING_DAYS_MAX} days.`,
      );
    }
    return decided(draft(asked, 'person.onboarded', 'facility', { person }, { item, until }));
  },
  'suspend-person': suspend,
  'restore-person': (state, command, asked) => {
    const person = state.people.get(command.person);
    if (person === undefined) return unknown('person');
    if (person.standing === 'active') return alreadyDone('This person is active.');
    if (person.standing === 'erased')
      return refused('person-erased', 'An erased person cannot come back.', 'Add the person anew.');
    if (asked.by.person === person.id) return ownAffair();
    const held = engagementsOf(state, person.id).filter(
      (engagement) => engagement.held && !isOver(engagement, asked.at),
    );
    return decided(
      draft(asked, 'person.restored', 'facility', { person: person.id }, { reason: command.reason }),
      held.map(({ id: engagement, project, role }) =>
        draft(asked, 'engagement.released', project, { engagement, person: person.id, project, role }, {}),
      ),
    );
  },
  'unlock-person': (state, command, asked) => {
    const person = state.people.get(command.person);
    if (person === undefined) return unknown('person');
    if (!person.locked) return alreadyDone('This account is not locked.');
    if (asked.by.person === person.id) return ownAffair();
    return decided(draft(asked, 'person.unlocked', 'facility', { person: person.id }, {}));
  },
  'end-all-access': (state, command, asked) => {
    const person = state.people.get(command.person);
    if (person === undefined) return unknown('person');
    if (person.standing === 'erased' || hasEnded(state, person))
      return alreadyDone("All of this person's access has ended already.");
    const no = lastOwner(state, person.id, asked.at);
    if (no !== undefined) return no;
    const { reason, cut } = command;
    return decided(
      endEverything(state, asked, person.id, 'button', cut, reason),
      draft(asked, 'person.suspended', 'facility', { person: person.id, cut }, { because: 'button', reason }),
      orderCut(asked, cut, { kind: 'person', person: person.id }, 'button', 'facility', reason),
    );
  },
  'erase-person': (state, command, asked) => {
    const person = state.people.get(command.person);
    if (person === undefined) return unknown('person');
    if (person.standing === 'erased') return alreadyDone('This person was erased already.');
    const no = lastOwner(state, person.id, asked.at);
    if (no !== undefined) return no;
    const { reason, cut } = command;
    return decided(
      endEverything(state, asked, person.id, 'erased', cut),
      draft(asked, 'person.erased', 'facility', { person: person.id, cut }, { reason }),
      orderCut(asked, cut, { kind: 'person', person: person.id }, 'erased', 'facility', reason),
    );
  },
  'warn-role': (state, command, asked) => {
    const held = state.people.get(command.person)?.roles.find(({ role }) => role === command.role);
    if (held === undefined) return unknown('role');
    const daysLeft = held.until <= asked.at ? 0 : command.daysLeft;
    if (held.warnedDaysLeft !== undefined && held.warnedDaysLeft <= daysLeft)
      return alreadyDone('This was warned of already.');
    const about = { person: command.person, role: command.role };
    return decided(draft(asked, 'person.role-warned', 'facility', about, { role: command.role, daysLeft }));
  },
  'warn-dormancy': (state, command, asked) => {
    const person = state.people.get(command.person);
    if (person === undefined) return unknown('person');
    if (person.standing !== 'active') return notActive();
    if (person.dormancyWarnedAt !== undefined) return alreadyDone('This person was warned already.');
    return decided(
      draft(asked, 'person.warned', 'facility', { person: person.id }, { of: 'dormancy', inDays: command.inDays }),
    );
  },
} satisfies Deciders;

function suspend(state: State, command: CommandOf<'suspend-person'>, asked: Asked): Decided {
  const person = state.people.get(command.person);
  if (person === undefined) return unknown('person');
  const no =
    standingRefusal(state, person, command.because, asked.at) ??
    lastOwner(state, person.id, command.because === 'dormancy' ? EVER : asked.at);
  if (no !== undefined) return no;
  const { because, reason, cut } = command;
  const held = liveEngagementsOf(state, person.id, asked.at).filter((engagement) => !engagement.held);
  return decided(
    draft(asked, 'person.suspended', 'facility', { person: person.id, cut }, { because, reason }),
    held.map((engagement) =>
      holdEngagement(asked, engagement, because === 'dormancy' ? 'dormancy' : 'suspension', cut),
    ),
    orderCut(
      asked,
      cut,
      { kind: 'person', person: person.id },
      because === 'dormancy' ? 'dormancy' : 'suspension',
      'facility',
      reason,
    ),
  );
}

function standingRefusal(state: State, person: Person, because: Because, at: number): Refused | undefined {
  if (person.standing === 'erased') return notActive();
  if (because !== 'dormancy')
    return person.standing === 'suspended' ? alreadyDone('This person is suspended.') : undefined;
  if (person.standing !== 'active') return alreadyDone('This person is suspended or dormant.');
  const days = state.facility?.dormantAfterDays;
  if (days !== undefined && at >= person.lastSeenAt + days * DAY_MS) return undefined;
  return refused('not-dormant', 'This person was here recently.', 'Suspend the person with a reason instead.');
}

function changeRoles(state: State, command: CommandOf<'change-roles'>, asked: Asked): Decided {
  const person = state.people.get(command.person);
  if (person === undefined) return unknown('person');
  if (person.standing === 'erased') return notActive();
  if (person.nature === 'service' && command.roles.length > 0) return serviceRoles();
  if (asked.by.person === person.id && !isLifted(state, 'self-grant', person.id, asked.at)) return ownAffair();
  const keepsOwner = command.roles.some(({ role, until }) => role === 'owner' && until > asked.at);
  const no =
    (keepsOwner ? undefined : lastOwner(state, person.id, asked.at)) ??
    rolesRefusal(state, person.id, command.roles, asked);
  return (
    no ?? decided(draft(asked, 'person.roles-changed', 'facility', { person: person.id }, { roles: command.roles }))
  );
}

function rolesRefusal(
  state: State,
  person: PersonId,
  roles: readonly FacilityRole[],
  asked: Asked,
): Refused | undefined {
  for (const { role, until } of roles) {
    const known = state.roles.get(role);
    if (known === undefined || known.retired)
      return refused('unknown-role', `There is no role "${role}".`, 'Choose from the list of roles.');
    if (known.scope !== 'facility')
      return refused('role-scope', `"${role}" is held on a project.`, 'Give it as an engagement.');
    if (until <= asked.at || until > asked.at + FACILITY_ROLE_DAYS_MAX * DAY_MS) {
      return badTime('A facility role must end in the future.', `Choose an end within ${FACILITY_ROLE_DAYS_MAX} days.`);
    }
  }
  const names = new Set<string>(roles.map(({ role }) => role));
  if (names.size < roles.length) return refused('role-twice', 'A role is named twice.', 'Name each role once.');
  if (
    names.has('engineer') &&
    names.has('security-lead') &&
    !isLifted(state, 'engineer-and-security-lead', person, asked.at)
  ) {
    return refused(
      'separation-of-duties',
      'The engineer and the security lead are different people.',
      'Give one of the roles to somebody else, or record an exception with an end.',
    );
  }
  return undefined;
}

/** As the time of `lastOwner`: an owner's role counts though it has ended. Dormancy asks so, lest the answer change while nobody acts. */
export const EVER = -1;

/**
 * A facility without an owner could not be governed any more. An owner whose role has run out still counts as the last one: renewing the
 * role at the console is the way back.
 */
export function lastOwner(state: State, person: PersonId, at: number): Refused | undefined {
  const owns = (other: Person, when: number) =>
    other.standing === 'active' && other.roles.some(({ role, until }) => role === 'owner' && until > when);
  const self = state.people.get(person);
  if (self === undefined || !owns(self, EVER)) return undefined;
  if (state.people.some((other) => other.id !== person && owns(other, at))) return undefined;
  return refused('last-owner', 'This person is the only owner of the facility.', 'Make somebody else an owner first.');
}

function hasEnded(state: State, person: Person): boolean {
  return (
    person.standing === 'suspended' &&
    person.roles.length === 0 &&
    engagementsOf(state, person.id).every((engagement) => engagement.ended !== undefined) &&
    person.credentials.every((id) => state.credentials.get(id)?.revokedAt !== undefined)
  );
}

function serviceRoles(): Refused {
  return refused('service-role', 'A service account holds no facility roles.', 'Give it an engagement on a project.');
}

function ownAffair(): Refused {
  return refused(
    'own-affair',
    'Nobody changes their own standing, records or roles.',
    'Ask another owner or the security lead.',
  );
}
