/** First run: whoever reaches its page now becomes the owner. */
import type { State } from '#model/state.ts';

/** No facility, or one whose owner never came to enrol (the portal stopped in between). */
export function isFirstRun(state: State): boolean {
  return state.facility === undefined || (state.credentials.isEmpty() && state.people.size === 1);
}
