/**
 * A facility begins with one person, who does alone what the rules keep apart; an exception says so. It is over when somebody else
 * who governs or runs the facility has joined: from then on there is somebody to ask.
 */
import { credentialsOf, isLiveCredential } from '#model/ending.ts';
import type { Exception, Person, State } from '#model/state.ts';

/** Whoever holds one of these is an administrator. The rules that a facility of one lifts are kept between them. */
const ADMINISTRATORS: ReadonlySet<string> = new Set(['owner', 'engineer', 'security-lead']);

/** The exception still lives, and its person is not alone any more. As of the state's own time, so that nothing flips while nobody acts. */
export function isOutgrown(state: State, exception: Exception): boolean {
  if (exception.rule !== 'facility-of-one' || exception.until <= state.at) return false;
  return !isAlone(state, exception.person);
}

/** Whether nobody but this person, or of everybody at most one, governs or runs the facility and can sign in. */
export function isAlone(state: State, person: Exception['person']): boolean {
  const others = state.people.filter((other) => other.id !== person && isAdministrator(state, other));
  return others.size < (person === undefined ? 2 : 1);
}

function isAdministrator(state: State, person: Person): boolean {
  return (
    person.standing === 'active' &&
    person.roles.some(({ role, until }) => ADMINISTRATORS.has(role) && until > state.at) &&
    canSignIn(state, person)
  );
}

/** With a passkey, or with a password and a code: what joining enrols. */
function canSignIn(state: State, { id }: Person): boolean {
  const live = credentialsOf(state, id).filter((credential) => isLiveCredential(credential, state.at));
  const types = new Set(live.map(({ what }) => what.type));
  return types.has('passkey') || (types.has('password') && types.has('totp'));
}
