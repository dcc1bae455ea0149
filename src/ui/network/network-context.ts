/** What every tab of the network's pages shares: the network as it is shown, and whether that is the past. */
import { createContext, useContext } from 'react';
import type { NetworkView } from '#api/endpoints/network-views.ts';
import { Bug } from '#std/assert.ts';
import type { Hat } from '../paths.ts';

export interface ShownNetwork {
  readonly net: NetworkView;
  readonly hat: Exclude<Hat, 'studio'>;
  /** The instant in the address; undefined is now. */
  readonly at: number | undefined;
}

export const NetworkContext = createContext<ShownNetwork | undefined>(undefined);

export function useNetwork(): ShownNetwork {
  const shown = useContext(NetworkContext);
  if (shown === undefined) throw new Bug('a part of the network outside of its page');
  return shown;
}

/** Why nothing can be changed from here, or undefined. */
export function pastReason({ at }: ShownNetwork): string | undefined {
  return at === undefined ? undefined : 'This is the past: go back to now first.';
}

/** What a quarantine leaves open while no gateway has rules loaded. */
export function gatewayNote({ net }: ShownNetwork): string | undefined {
  const isLoaded = net.mode !== 'off' && net.apply !== undefined && net.apply.standing !== 'rolled-back';
  if (isLoaded) return undefined;
  return 'No gateway has rules loaded: sessions are cut and credentials held, but packets still pass.';
}
