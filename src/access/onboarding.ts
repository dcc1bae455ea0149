/** What a person has to have on record for a high-security project, and until when it holds. */
import type { Person, State } from '#model/state.ts';

/** NDA and training always, a background screening where the facility asks for one; 0 when something is missing. */
export function onboardedUntil({ facility }: State, { onboarding }: Person): number {
  const { nda = 0, training = 0, screening = 0 } = onboarding;
  const always = Math.min(nda, training);
  return facility?.screeningAsked === true ? Math.min(always, screening) : always;
}
