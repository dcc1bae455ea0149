/** The workstation that somebody is at: told by the address that their request came from, and by nothing that they say. */
import type { Caller } from '#api/caller.ts';
import { isWorkplace, machineOf, notAWorkplace, unknownMachine } from '#model/share.ts';
import type { Host, State } from '#model/state.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

export function machineFor(state: State, caller: Caller, isForwarded: boolean): Host | Refused {
  if (isForwarded) return behindProxy();
  if (caller.project !== undefined || state.people.get(caller.person)?.nature === 'service') return notAPerson();
  const machine = machineOf(state, caller);
  if (machine === undefined) return unknownMachine(caller.from);
  if (!isWorkplace(machine)) return notAWorkplace(machine.name);
  return machineOf(state, caller.session)?.id === machine.id ? machine : signedInElsewhere(machine.name);
}

function behindProxy(): Refused {
  return refused(
    'behind-proxy',
    'This request came by a proxy, so nobody can tell which machine you are at.',
    'Open the page directly from the workstation, or ask the engineer to take the proxy out of the way.',
  );
}

function notAPerson(): Refused {
  return refused('not-a-person', 'A share is held by a person at a machine, not by a service.', 'Sign in as a person.');
}

function signedInElsewhere(name: string): Refused {
  return refused(
    'signed-in-elsewhere',
    `You signed in at another machine than ${name}.`,
    `Sign out, and sign in at ${name}.`,
  );
}
