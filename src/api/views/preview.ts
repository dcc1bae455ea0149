/** What a change of the network would open, close, break and heal, in words. */
import { authorize } from '#access/authorize.ts';
import type { AccessChangeView, NetworkPreviewView } from '#api/endpoints/network-views.ts';
import { problemOf } from '#api/problem.ts';
import { addressNames } from '#api/views/addresses.ts';
import { ruleName } from '#api/views/network.ts';
import { packetView } from '#api/views/packet.ts';
import { policyTestView, violationView } from '#api/views/proof.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { defined } from '#api/views/viewer.ts';
import type { Command } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import type { By } from '#model/events.ts';
import { foldAside } from '#model/fold-aside.ts';
import type { State } from '#model/state.ts';
import { previewNetwork } from '#plan/network/guard.ts';
import type { InvariantChange } from '#plan/network/guard.ts';
import type { Violation } from '#plan/network/invariants/invariant.ts';
import type { End, Opening } from '#plan/network/openings.ts';
import type { Refused } from '#std/refused.ts';
import { isRefused } from '#std/refused.ts';

const CHANGES_SHOWN = 40;
const VIOLATIONS_SHOWN = 5;
const TESTS_SHOWN = 20;
const ADDRESSES_NAMED = 3;

export function previewView(viewer: Viewer, command: Command, by: By): NetworkPreviewView {
  const { state, at } = viewer;
  const decided = decide(state, command, { by, at });
  if (isRefused(decided)) return nothing(decided);
  const after = foldAside(state, decided.value, at);
  const preview = previewNetwork(state, after, at);
  const allowed = authorize(state, command, by, at);
  const refusal = isRefused(allowed) ? allowed : preview.refused;
  return defined<NetworkPreviewView>({
    opens: preview.opens.slice(0, CHANGES_SHOWN).map((opening) => changeView(after, opening)),
    closes: preview.closes.slice(0, CHANGES_SHOWN).map((opening) => changeView(state, opening)),
    shares: preview.shares.slice(0, CHANGES_SHOWN).map((opening) => changeView(after, opening)),
    moreOpens: Math.max(0, preview.opens.length - CHANGES_SHOWN),
    moreCloses: Math.max(0, preview.closes.length - CHANGES_SHOWN),
    invariants: preview.invariants.map((change) => invariantChangeView(state, after, change)),
    tests: preview.tests.slice(0, TESTS_SHOWN).map((one) => policyTestView(after, one)),
    refused: refusal === undefined ? undefined : problemOf(refusal),
    exceptable: refusal?.code === 'breaks-invariant' || refusal?.code === 'relabelled',
  });
}

function nothing(refusal: Refused): NetworkPreviewView {
  return {
    opens: [],
    closes: [],
    shares: [],
    moreOpens: 0,
    moreCloses: 0,
    invariants: [],
    tests: [],
    refused: problemOf(refusal),
    exceptable: false,
  };
}

function invariantChangeView(
  before: State,
  after: State,
  { id, title, broken, healed, excepted }: InvariantChange,
): NetworkPreviewView['invariants'][number] {
  const views = (state: State, some: readonly Violation[]) =>
    some.slice(0, VIOLATIONS_SHOWN).map((violation) => violationView(state, violation));
  return { id, title, broken: views(after, broken), healed: views(before, healed), excepted: views(after, excepted) };
}

function changeView(state: State, { rule, from, to, ports, packet, until }: Opening): AccessChangeView {
  return defined<AccessChangeView>({
    from: endsText(state, from),
    to: endsText(state, to),
    on: ports.join(', '),
    rule: ruleName(state, rule) ?? rule,
    packet: packetView(state, packet),
    until,
  });
}

/** `Edit suites, san-1`: a whole zone by its name, a few addresses by the hosts that hold them. */
function endsText(state: State, ends: readonly End[]): string {
  return ends.map((end) => endText(state, end)).join(', ') || 'nothing';
}

function endText(state: State, { zone: id, addresses, more }: End): string {
  const zone = id === 'internet' ? undefined : state.zones.get(id);
  const name = zone?.name ?? 'the internet';
  const declared = new Set(zone?.networks.map(({ cidr }) => cidr));
  const isWhole = zone !== undefined && more === 0 && addresses.every((text) => declared.has(text));
  if (isWhole || more > 0 || addresses.length > ADDRESSES_NAMED) return name;
  const names = addressNames(state);
  return addresses.map((text) => (text.includes('/') ? `${text} in ${name}` : (names.nameOf(text) ?? text))).join(', ');
}
