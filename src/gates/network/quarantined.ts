/** Addresses in quarantine, and what changes from one set to another. */
import type { State } from '#model/state.ts';
import { quarantinedSet } from '#plan/network/compile-policy.ts';
import { renderPoint } from '#plan/network/address-set.ts';
import { addressesOf } from '#plan/network/nft/compile-rules.ts';
import type { Change } from '#plan/network/nft/elements.ts';

export interface Quarantined {
  readonly v4: readonly number[];
  readonly v6: readonly bigint[];
}

export function quarantinedOf(state: State): Quarantined {
  const { v4, v6 } = quarantinedSet(state);
  return { v4: addressesOf(v4), v6: addressesOf(v6) };
}

export function quarantineChange(before: Quarantined, after: Quarantined): Pick<Change, 'quarantine' | 'release'> {
  const [held, holds] = [textsOf(before), textsOf(after)];
  return {
    quarantine: [...holds].filter((text) => !held.has(text)),
    release: [...held].filter((text) => !holds.has(text)),
  };
}

function textsOf({ v4, v6 }: Quarantined): ReadonlySet<string> {
  return new Set([...v4, ...v6].map(renderPoint));
}
