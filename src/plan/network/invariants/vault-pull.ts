/** I11: the vault fetches; nothing starts a connection to it but its own administration. */
import type { Crossing } from '#plan/network/invariants/ground.ts';
import { isFromManagement, serviceOf } from '#plan/network/invariants/ground.ts';
import type { Breach, Invariant } from '#plan/network/invariants/invariant.ts';
import { named } from '#plan/network/invariants/invariant.ts';

export const vaultPull: Invariant = {
  id: 'I11',
  controls: ['OR-1.3'],
  title: 'The vault only fetches: nothing starts a connection to it but its own administration',
  asksForKinds: true,
  assumptions: [
    'That accounts of production cannot sign in at the vault is held by its own accounts, not by the network.',
  ],
  crossing: function* intoVault(crossing: Crossing): Iterable<Breach> {
    const { from, to } = crossing;
    if (to.kinds.has('vault') && !isAdministration(crossing)) {
      const next = 'Let the vault fetch instead.';
      yield { crossing, says: `${named(crossing)} starts a connection to the vault from ${from.name}.`, next };
    }
    if (!from.kinds.has('vault') || isFetch(crossing)) return;
    const next = 'The vault needs storage to fetch from and the core for its log.';
    yield { crossing, says: `${named(crossing)} leads from the vault to ${to.name}.`, next };
  },
};

function isAdministration(crossing: Crossing): boolean {
  const { rule } = crossing;
  if (!isFromManagement(crossing)) return false;
  return rule.kind === 'path' || serviceOf(rule)?.plane === 'management';
}

function isFetch({ rule, to }: Crossing): boolean {
  if (rule.kind !== 'flow') return false;
  if (to.kinds.has('core') && rule.flow.class === 'core-service') return true;
  return rule.flow.class === 'pull' && (to.kinds.has('storage') || to.kinds.has('enclave'));
}
