/** Refusals and faults as HTTP: one JSON body, one status per code. Faults tell nothing about the inside (TS-8.0). */
import { DENIALS } from '#access/rules.ts';
import type { Problem } from '#api/endpoints/views.ts';
import type { Refused } from '#std/refused.ts';
import { Fault, refused } from '#std/refused.ts';

const STATUS: Readonly<Record<string, number>> = {
  'signed-out': 401,
  'session-ended': 401,
  'sign-in-refused': 401,
  'unknown-passkey': 401,
  'passkey-refused': 401,
  'credential-ended': 401,
  'wrong-code': 401,
  'wrong-setup-code': 401,
  'person-locked': 403,
  'person-not-active': 403,
  'not-yours': 403,
  'cross-site': 403,
  'own-affair': 403,
  'own-approval': 403,
  'service-not-allowed': 403,
  'bad-because': 403,
  'needs-another': 403,
  'separation-of-duties': 403,
  'last-owner': 409,
  'already-done': 409,
  'already-set-up': 409,
  'already-asked': 409,
  'not-empty': 409,
  'alias-taken': 409,
  'mail-taken': 409,
  'name-taken': 409,
  'machine-taken': 409,
  'no-gateway': 409,
  'way-not-open': 503,
  'behind-proxy': 403,
  'not-a-workstation': 403,
  'signed-in-elsewhere': 403,
  'not-a-person': 403,
  'unknown-machine': 403,
  'no-share-flow': 403,
  'invitation-closed': 410,
  'invitation-outgrown': 410,
  'bad-request': 400,
  'bad-json': 400,
  'not-json': 415,
  'too-large': 413,
  'too-many-tries': 429,
  'too-many-streams': 429,
  'too-many-requests': 429,
  'not-found': 404,
  'not-sealed': 404,
  'engine-lost': 503,
  busy: 503,
  fault: 500,
};

export function statusOf({ code }: Refused): number {
  const known = STATUS[code];
  if (known !== undefined) return known;
  if (code.startsWith('unknown-')) return 404;
  return Object.hasOwn(DENIALS, code) ? 403 : 422;
}

export function problemOf({ code, message, ask }: Refused): Problem {
  return ask === undefined ? { code, message } : { code, message, ask };
}

/** What a thrown error becomes. A Bug is not for here: it ends the process. */
export function refusalOfFault(error: unknown): Refused {
  if (!(error instanceof Fault))
    return refused(
      'fault',
      'Something failed inside; nothing more is known.',
      'Try again; tell the engineer if it lasts.',
    );
  if (error.code === 'busy') return refused('busy', 'Too much is going on at once.', 'Try again in a moment.');
  return refused(
    error.code === 'engine-lost' ? 'engine-lost' : 'fault',
    'The act did not complete.',
    error.retry ? 'Try again in a moment.' : 'Look whether it was done, then try again.',
  );
}
