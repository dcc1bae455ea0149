/** A small facility for the engine's own tests. */
import type { Command } from '#model/commands.ts';
import type { Draft } from '#model/events.ts';
import { newId } from '#engine/test-founding.ts';

const OWNER_DAYS = 100;

export { newId };

export const owner = newId('person');

export function createFacility(at = Date.now()): Command {
  return {
    kind: 'create-facility',
    name: 'Dailies',
    timeZone: 'Europe/London',
    origin: 'dailies.example/audit',
    owner,
    ownerName: { subject: owner, salt: 'c2FsdA', box: 'Ym94' },
    ownerRolesUntil: at + OWNER_DAYS * 86_400_000,
    exception: newId('exception'),
  };
}

/** An activity entry, of the kind and about the size that a file gate writes most. */
export function listed(path: string): Draft {
  return {
    kind: 'folder.listed',
    stream: 'facility',
    by: { person: owner },
    about: { person: owner, path },
    data: { gate: 'portal', entries: 1 },
  };
}
