/** What the network gate says of itself, and what a person should do about it. */
import type { DataOf } from '#model/events.ts';

type Found = DataOf<'network.found'>;

export const FAILED_KEY = 'enforcement-failed';
export const DRIFT_KEY = 'drift:rules';
export const ROLLED_BACK_KEY = 'rolled-back';
export const NOT_CONFIRMED = 'Nobody confirmed in time that everything still works.';

export function failure(says: string): Found {
  return {
    key: FAILED_KEY,
    finding: 'enforcement-failed',
    says: says.slice(0, 500),
    next: 'The last proven rules stand. Put right what is said here; the gate tries again by itself.',
  };
}

export const UNOBSERVED_KEY = 'unobserved';

export function unobserved(): Found {
  return {
    key: UNOBSERVED_KEY,
    finding: 'unobserved',
    says: 'Nobody sees what passes: the warden hears of no refused packet and cannot list the flows under way.',
    next: 'Install conntrack on the gateway, and a C compiler, and start the warden again.',
  };
}

/** `process`: who did it, as the kernel names them. */
export function drift(says: string, process: string | undefined): Found {
  const who = process === undefined ? '' : ` by ${process}`;
  return {
    key: DRIFT_KEY,
    finding: 'drift',
    says: `The packet filter was changed${who} behind our back: ${says}.`.slice(0, 500),
    next: 'The rules of the model are loaded again. Find out who ran this on the gateway, and why.',
    ...(process === undefined ? {} : { process: process.slice(0, 80) }),
  };
}

export function rolledBack(): Found {
  return {
    key: ROLLED_BACK_KEY,
    finding: 'rolled-back',
    says: `${NOT_CONFIRMED} The rules from before are loaded again.`,
    next: 'Look what the new rules cut off and change the model, or load them again and confirm.',
  };
}
