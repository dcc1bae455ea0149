/** The facility that the bars speak of: 2,000 hosts and 10,000 live grants, sound by every invariant of the model. */
import { openPaths } from '#plan/network/test-facility.ts';
import type { DrawnFacility } from '#plan/network/test-facility.ts';
import { drawSound } from '#plan/network/test-sound-facility.ts';
import type { State } from '#model/state.ts';

export const HOSTS = 2000;
export const GRANTS = 10_000;

export function barFacility(): DrawnFacility {
  const facility = drawSound('bench');
  openPaths(facility, GRANTS);
  const { hosts, network } = facility.world.state;
  if (hosts.size < HOSTS || network.paths.size < GRANTS) throw new Error('the facility is smaller than the bar says');
  return facility;
}

/** The same facility in new maps and objects: nothing that was remembered of the old ones holds. */
export function renewed(state: State): State {
  const { network } = state;
  return {
    ...state,
    zones: state.zones.map((one) => ({ ...one })),
    hosts: state.hosts.map((one) => ({ ...one })),
    network: {
      ...network,
      services: network.services.map((one) => ({ ...one })),
      flows: network.flows.map((one) => ({ ...one })),
      exposures: network.exposures.map((one) => ({ ...one })),
      paths: network.paths.map((one) => ({ ...one })),
    },
  };
}

export function timed<T>(work: () => T): { readonly ms: number; readonly value: T } {
  const began = performance.now();
  const value = work();
  return { ms: performance.now() - began, value };
}
