/** What the gateway says of the network as it really is: rules loaded and proved, taken back, drifted; devices and flows nobody declared. */
import { withNetwork } from '#model/flow.ts';
import { alreadyDone, takenId, unknown } from '#model/refusals.ts';
import type { Network, NetworkApply, NetworkFinding } from '#model/network-state.ts';
import type { State } from '#model/state.ts';
import { NETWORK_FINDINGS_KEPT } from '#model/network-state.ts';
import { decided, draft } from '#model/transition.ts';
import type { Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import type { ApplyId } from '#std/ids.ts';
import { Map as PMap } from 'immutable';

/** Whether what no rule allows is refused in fact: the mode says so, and the gateway has loaded it and not taken it back. */
export function isEnforced({ mode, apply }: Network): boolean {
  return mode === 'enforce' && apply?.mode === 'enforce' && apply.standing !== 'rolled-back';
}

export const emptyNetwork: Network = {
  mode: 'off',
  modeSince: 0,
  services: PMap(),
  flows: PMap(),
  exposures: PMap(),
  exceptions: PMap(),
  tests: PMap(),
  paths: PMap(),
  quarantines: PMap(),
  findings: PMap(),
};

export const enforcementEvolve = {
  'network.mode-changed': (state, entry) =>
    withNetwork(state, (network) => ({ ...network, mode: entry.data.mode, modeSince: entry.at })),
  'network.applied': (state, entry) => {
    const { apply: id } = entry.about;
    assert(id !== undefined, 'network.applied names its apply');
    const standing = entry.data.confirmBy === undefined ? 'confirmed' : 'unconfirmed';
    return withNetwork(state, (network) => ({ ...network, apply: { ...entry.data, id, at: entry.at, standing } }));
  },
  'network.confirmed': (state, entry) =>
    withApply(state, entry.about.apply, (apply) => ({ ...apply, standing: 'confirmed' })),
  'network.rolled-back': (state, entry) =>
    withApply(state, entry.about.apply, (apply) => ({ ...apply, standing: 'rolled-back', why: entry.data.why })),
  'network.apply-asked': (state, entry) => withNetwork(state, (network) => ({ ...network, applyAskedAt: entry.at })),
  'network.found': (state, entry) =>
    withNetwork(state, (network) => {
      const before = network.findings.get(entry.data.key);
      const found: NetworkFinding = {
        ...entry.data,
        firstAt: before?.firstAt ?? entry.at,
        lastAt: entry.at,
        times: (before?.times ?? 0) + 1,
      };
      return { ...network, findings: kept(network.findings.set(found.key, found)) };
    }),
  'network.settled': (state, entry) =>
    withNetwork(state, (network) => ({ ...network, findings: network.findings.delete(entry.data.key) })),
} satisfies Evolvers;

function withApply(state: State, id: ApplyId | undefined, change: (apply: NetworkApply) => NetworkApply): State {
  const { apply } = state.network;
  if (apply === undefined || apply.id !== id) return state; // an older one: the ledger has it
  return withNetwork(state, (network) => ({ ...network, apply: change(apply) }));
}

/** The oldest gives way: findings that still hold are found again. */
function kept(findings: Network['findings']): Network['findings'] {
  if (findings.size <= NETWORK_FINDINGS_KEPT) return findings;
  let oldest: NetworkFinding | undefined;
  for (const finding of findings.values()) if (oldest === undefined || finding.lastAt < oldest.lastAt) oldest = finding;
  return oldest === undefined ? findings : findings.delete(oldest.key);
}

export const enforcementDecide = {
  'change-network-mode': (state, { mode, reason }, asked) => {
    if (state.network.mode === mode) return alreadyDone('The network is in this mode already.');
    return decided(draft(asked, 'network.mode-changed', 'facility', {}, { mode, reason }));
  },
  'record-apply': (state, command, asked) => {
    const { kind: _, apply, ...data } = command;
    if (state.network.apply?.id === apply) return takenId('apply');
    return decided(draft(asked, 'network.applied', 'facility', { apply }, data));
  },
  'confirm-apply': (state, { apply }, asked) => {
    const current = state.network.apply;
    if (current === undefined || current.id !== apply) return unknown('apply');
    if (current.standing !== 'unconfirmed') return alreadyDone('These rules wait for no confirmation.');
    return decided(draft(asked, 'network.confirmed', 'facility', { apply }, {}));
  },
  'record-rollback': (state, { apply, why }, asked) => {
    const current = state.network.apply;
    if (current === undefined || current.id !== apply) return unknown('apply');
    return decided(draft(asked, 'network.rolled-back', 'facility', { apply }, { why }));
  },
  'apply-again': (_state, _command, asked) => decided(draft(asked, 'network.apply-asked', 'facility', {}, {})),
  'record-network-finding': (_state, { found }, asked) => decided(draft(asked, 'network.found', 'facility', {}, found)),
  'settle-network-finding': (state, { key }, asked) => {
    if (!state.network.findings.has(key)) return unknown('finding');
    return decided(draft(asked, 'network.settled', 'facility', {}, { key }));
  },
} satisfies Deciders;
