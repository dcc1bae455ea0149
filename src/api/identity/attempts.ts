/** Login tracking: every attempt that fails is an entry with where from, with what and why; and tries per address are limited. */
import type { ApiContext } from '#api/context.ts';
import { PORTAL } from '#api/context.ts';
import type { PersonId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { Fault, refused } from '#std/refused.ts';

export type Factor = 'passkey' | 'password-and-totp' | 'totp' | 'invitation' | 'demo-link' | 'setup-code';

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
  attempt: { readonly person?: PersonId; readonly with: Factor; readonly why: string },
  answer: Refused,
): Promise<Refused> {
  const recorded = await engine.command(
    { kind: 'refuse-signin', gate: 'portal', ...attempt },
    { service: PORTAL, from },
  );
  if (recorded.kind === 'refused')
    throw new Fault('attempt-not-recorded', `A refused sign-in could not be recorded: ${recorded.code}`);
  return answer;
}

/** Undefined when the address may try once more. The first refusal of a minute is recorded; a flood does not flood the ledger. */
export async function tooManyTries(context: ApiContext, from: string, factor: Factor): Promise<Refused | undefined> {
  const now = context.clock.monotonic();
  if (context.rate.take(from, now)) return undefined;
  const answer = refused(
    'too-many-tries',
    'There were too many tries from this address.',
    'Wait a minute, then try again.',
  );
  if (!context.floodNotes.take(from, now)) return answer;
  return refuseAttempt(context, from, { with: factor, why: 'too-many-tries' }, answer);
}
