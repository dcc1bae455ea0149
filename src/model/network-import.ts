/** An import: many changes of the network's model as one command, all or none. */
import { facilityMisfit } from '#model/addressing.ts';
import type { NetworkChange } from '#model/network-change.ts';
import type { Asked, CommandOf } from '#model/commands.ts';
import type { Draft } from '#model/events.ts';
import { flowDecide } from '#model/flow.ts';
import { foldAside } from '#model/fold-aside.ts';
import { policyTestDecide } from '#model/policy-test.ts';
import type { State } from '#model/state.ts';
import { decided } from '#model/transition.ts';
import type { Decided, Deciders } from '#model/transition.ts';
import { looseZoneDecide } from '#model/zone.ts';
import { isRefused } from '#std/refused.ts';

export const importDecide = { 'import-network': importNetwork } satisfies Deciders;

/**
 * Each change is decided on the state that those before it lead to; the first refusal refuses the whole. Whether zones and hosts fit
 * together is asked of the state that all of them lead to.
 */
function importNetwork(state: State, { changes }: CommandOf<'import-network'>, asked: Asked): Decided {
  const drafts: Draft[] = [];
  let world = state;
  for (const change of changes) {
    const outcome = decideChange(world, change, asked);
    if (isRefused(outcome)) return outcome;
    drafts.push(...outcome.value);
    world = foldAside(world, outcome.value, asked.at);
  }
  return facilityMisfit(world) ?? decided(drafts);
}

type ChangeDecider = (state: State, change: NetworkChange, asked: Asked) => Decided;

const TABLE: { readonly [K in NetworkChange['kind']]: unknown } = {
  ...looseZoneDecide,
  ...flowDecide,
  ...policyTestDecide,
};

function decideChange(state: State, change: NetworkChange, asked: Asked): Decided {
  const decider = TABLE[change.kind] as ChangeDecider; // the tables are keyed by the kind of the command they take
  return decider(state, change, asked);
}
