/** The real rules: the model's and the decision's, and for changes of the network the proof that no invariant breaks. */
import { authorize } from '#access/authorize.ts';
import type { Rules } from '#engine/rules.ts';
import type { Asked, Command, CommandKind } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import type { Draft } from '#model/events.ts';
import { emptyState, evolve } from '#model/evolve.ts';
import { due } from '#model/due.ts';
import { foldAside } from '#model/fold-aside.ts';
import type { State } from '#model/state.ts';
import { networkGuard } from '#plan/network/guard.ts';
import type { Outcome } from '#std/refused.ts';

export const modelRules: Rules = { empty: emptyState, authorize, decide: decideGuarded, evolve, due };

/** Everything that may let a packet through that did not pass before, or take an exception away. Quarantine and closing never wait for a proof. */
const GUARDED: ReadonlySet<CommandKind> = new Set<CommandKind>([
  'add-zone',
  'change-zone',
  'remove-zone',
  'add-host',
  'change-host',
  'remove-host',
  'define-service',
  'retire-service',
  'add-flow',
  'review-flow',
  'remove-flow',
  'add-exposure',
  'review-exposure',
  'remove-exposure',
  'except-invariant',
  'end-invariant-exception',
  'import-network',
  'open-path',
]);

/** What time brings about is not held up: that it breaks something is then for the proof to show. */
function decideGuarded(state: State, command: Command, asked: Asked): Outcome<readonly Draft[]> {
  const outcome = decide(state, command, asked);
  if (outcome.kind === 'refused' || !GUARDED.has(command.kind) || asked.by.service === 'clock') return outcome;
  return networkGuard(state, foldAside(state, outcome.value, asked.at), asked.at) ?? outcome;
}
