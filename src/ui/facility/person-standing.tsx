/** Where a person stands with the facility, and when she was last here. */
import type { PersonView } from '#api/endpoints/views.ts';
import { Moment } from '../kit/moment.tsx';
import { StateOf, Status } from '../kit/status.tsx';

/** Somebody who was added and has nothing to sign in with yet is invited, not active. */
export function PersonStanding({ person }: { readonly person: PersonView }) {
  if (person.locked) return <Status tone="bad">Locked</Status>;
  const isWaited = person.standing === 'active' && person.nature === 'human' && person.credentialTypes.length === 0;
  return isWaited ? <Status tone="info">Invited</Status> : <StateOf state={person.standing} />;
}

export function LastSeen({ person }: { readonly person: Pick<PersonView, 'lastSessionAt'> }) {
  return person.lastSessionAt === undefined ? (
    <span className="pl-dim">never</span>
  ) : (
    <Moment at={person.lastSessionAt} />
  );
}
