/** What of the network ends by the clock: flows, exposures and exceptions that have an end, and every path. */
import type { Command } from '#model/commands.ts';
import type { Exposure, Flow, InvariantException, OpenPath } from '#model/network-state.ts';
import type { State } from '#model/state.ts';

interface Ending {
  readonly at: number;
  readonly command: () => Command;
}

/** Each part of the network, so that a horizon is found anew only for the part that changed. */
export const NETWORK_DUE: readonly {
  readonly part: (state: State) => object;
  readonly things: (state: State) => Iterable<Ending>;
}[] = [
  // Before what they lift: an exception leaves with its rule, and would not be there to be ended.
  { part: ({ network }) => network.exceptions, things: invariantExceptionsDue },
  { part: ({ network }) => network.flows, things: flowsDue },
  { part: ({ network }) => network.exposures, things: exposuresDue },
  { part: ({ network }) => network.paths, things: pathsDue },
];

function* flowsDue({ network }: State): Iterable<Ending> {
  for (const { id, until } of network.flows.values() as Iterable<Flow>)
    if (until !== undefined) yield { at: until, command: () => ({ kind: 'remove-flow', flow: id }) };
}

function* exposuresDue({ network }: State): Iterable<Ending> {
  for (const { id, until } of network.exposures.values() as Iterable<Exposure>)
    if (until !== undefined) yield { at: until, command: () => ({ kind: 'remove-exposure', exposure: id }) };
}

/** The exception goes; what it lifted stays, and shows as broken from then on. */
function* invariantExceptionsDue({ network }: State): Iterable<Ending> {
  for (const { id, until } of network.exceptions.values() as Iterable<InvariantException>)
    yield { at: until, command: () => ({ kind: 'end-invariant-exception', exception: id }) };
}

/** The gateway closed it by its own timer; this is the record of it. */
function* pathsDue({ network }: State): Iterable<Ending> {
  for (const { id, until } of network.paths.values() as Iterable<OpenPath>)
    yield { at: until, command: () => ({ kind: 'close-path', path: id, because: 'clock' }) };
}
