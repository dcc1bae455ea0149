/** Refusals that more than one noun gives. The code is stable; the sentence is for a person. */
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

export function unknown(noun: string): Refused {
  return refused(`unknown-${noun}`, `There is no such ${noun}.`, 'Look at the list again; it may have changed.');
}

/** The same command came twice, or somebody was faster: nothing needs doing. */
export function alreadyDone(sentence: string): Refused {
  return refused('already-done', sentence, 'Nothing more to do.');
}

export function takenId(noun: string): Refused {
  return alreadyDone(`This ${noun} was already recorded.`);
}

export function badTime(sentence: string, ask: string): Refused {
  return refused('bad-time', sentence, ask);
}

export function notActive(): Refused {
  return refused(
    'person-not-active',
    'This person is suspended, dormant or erased.',
    'Ask the security lead to restore the person first.',
  );
}
