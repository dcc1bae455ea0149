/**
 * Login tracking: every attempt that fails is an entry with where from, with what and why. Tries per address are limited; of those beyond the
 * limit the first of a minute is an entry, so that a flood is told and does not flood the ledger.
 */
import type { ApiContext } from '#api/context.ts';
import { PORTAL } from '#api/context.ts';
import type { CredentialId, PersonId } from '#std/ids.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { Fault, isRefused, refused } from '#std/refused.ts';

export type Factor =
  | 'passkey'
  | 'password-and-totp'
  | 'totp'
  | 'invitation'
  | 'recovery'
  | 'demo-link'
  | 'setup-code'
  | 'first-run'
  | 'service-token';

export interface Attempt {
  /** Whose way in it was, when it was anybody's. */
  readonly person?: PersonId | undefined;
  readonly credential?: CredentialId | undefined;
  readonly with: Factor;
  readonly why: string;
}

/** What counts the tries of addresses. */
export type Tries = Pick<ApiContext, 'engine' | 'clock' | 'rate' | 'floodNotes'>;

const WHY_CHARS_MAX = 80;

/** One answer for every reason that a stranger must not learn. */
export function notSignedIn(): Refused {
  return refused(
    'sign-in-refused',
    'This did not sign you in.',
    'Try again. After five wrong tries an account is locked and an administrator unlocks it.',
  );
}

/** Records durably, then gives the answer that the caller passes on. */
export async function refuseAttempt(
  { engine }: Pick<ApiContext, 'engine'>,
  from: string,
  { person, credential, with: factor, why }: Attempt,
  answer: Refused,
): Promise<Refused> {
  const recorded = await engine.command(
    {
      kind: 'refuse-signin',
      gate: 'portal',
      with: factor,
      why: why.slice(0, WHY_CHARS_MAX),
      ...(person === undefined ? {} : { person }),
      ...(credential === undefined ? {} : { credential }),
    },
    { service: PORTAL, from },
  );
  if (recorded.kind === 'refused')
    throw new Fault('attempt-not-recorded', `A refused sign-in could not be recorded: ${recorded.code}`);
  return answer;
}

/** The outcome as it is; a refusal is recorded first, under its own code unless another reason is given. */
export async function tellRefusal<T>(
  context: Pick<ApiContext, 'engine'>,
  from: string,
  attempt: Omit<Attempt, 'why'> & { readonly why?: string },
  outcome: Outcome<T>,
): Promise<Outcome<T>> {
  return isRefused(outcome) ? refuseAttempt(context, from, { why: outcome.code, ...attempt }, outcome) : outcome;
}

/** For refusals that cost whoever asks nothing: they take from the tries of the address, or anybody could write entries without end. */
export async function refuseCheap(context: Tries, from: string, attempt: Attempt, answer: Refused): Promise<Refused> {
  return (
    (await tooManyTries(context, from, attempt.with, attempt.person)) ?? refuseAttempt(context, from, attempt, answer)
  );
}

/** Undefined when the address may try once more. */
export async function tooManyTries(
  context: Tries,
  from: string,
  factor: Factor,
  person?: PersonId,
): Promise<Refused | undefined> {
  const now = context.clock.monotonic();
  if (context.rate.take(from, now)) return undefined;
  const answer = refused(
    'too-many-tries',
    'There were too many tries from this address.',
    'Wait a minute, then try again.',
  );
  if (!context.floodNotes.take(from, now)) return answer;
  return refuseAttempt(context, from, { person, with: factor, why: 'too-many-tries' }, answer);
}
