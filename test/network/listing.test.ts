/** What nft lists is what was loaded: compiled rules go through the real packet filter and come back as the same policy. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { createNamespace, listTable, withoutNamespaces } from './namespaces.ts';
import type { Namespace } from './namespaces.ts';
import { randomPolicy } from './random-policy.ts';
import { compileRules } from '#plan/network/nft/compile-rules.ts';
import { loadedPolicy } from '#plan/network/nft/loaded-policy.ts';
import { NO_MARKS } from '#plan/network/nft/marks.ts';
import type { Wanted } from '#plan/network/nft/prove-loaded.ts';
import { proveListing } from '#plan/network/nft/prove-loaded.ts';
import { renderRules } from '#plan/network/nft/render-rules.ts';
import type { Link } from '#plan/network/nft/rules.ts';
import { addressesSet } from '#plan/network/address-set.ts';
import type { OwnAddresses } from '#plan/network/own-addresses.ts';
import { NOBODY } from '#plan/network/own-addresses.ts';
import type { Policy } from '#plan/network/policy.ts';
import { DENY_ALL } from '#plan/network/policy.ts';
import { assert as ensure } from '#std/assert.ts';

const AT = 1_790_000_000_000;
// Kernel ticks round up by at most one, and the listing comes a while after the load.
const TOLERANCE = { earlyMs: 900, lateMs: 8 };
const LINKS: readonly Link[] = [
  {
    name: 'eth1',
    v4: [
      { first: 0x0a00_0000, last: 0x0a00_00ff },
      { first: 5, last: 77 },
    ],
    v6: [{ first: 7n, last: 9n }],
  },
  { name: 'vlan20.x', v4: [], v6: [], dhcp4: true },
  { name: 'wan', v4: [], v6: [{ first: 99n, last: 99n }], dhcp4: true, dhcp6: true },
];
const OWN: OwnAddresses = {
  asked: addressesSet(['10.0.0.0/8', '192.0.2.7', 'fe80::/10', 'fd00::3']),
  near4: [
    { source: { first: 0x0a00_0000, last: 0x0a00_00ff }, destination: { first: 0x0a00_0005, last: 0x0a00_0009 } },
    { source: { first: 0x0a00_0100, last: 0x0a00_01ff }, destination: { first: 0x0a00_0101, last: 0x0a00_0101 } },
  ],
  near6: [{ source: { first: 16n, last: 31n }, destination: { first: 17n, last: 17n } }],
};
const skip = withoutNamespaces();
let namespace: Namespace | undefined;

before(() => {
  if (skip === false) namespace = createNamespace();
});
after(() => namespace?.remove());

function load(policy: Policy, enforce: boolean, links: readonly Link[]) {
  ensure(namespace !== undefined, 'the namespace stands');
  const { rules } = compileRules(policy, { enforce, links, own: links.length > 0 ? OWN : NOBODY, marks: NO_MARKS });
  namespace.nft(renderRules(rules, AT));
  return { rules, policy };
}

function prove(wanted: Wanted) {
  ensure(namespace !== undefined, 'the namespace stands');
  return proveListing(listTable(namespace), wanted, AT, TOLERANCE);
}

function big(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

test('what lives for days, weeks or years comes back with its time', { skip }, () => {
  const one = (n: number) => ({ first: n, last: n });
  const box = { source: one(0x0a00_0005), protocol: one(6), port: one(445) };
  const ends = [27, 28, 24 * 45, 24 * 3650].map((hours) => AT + hours * 3_600_000 - 1);
  const v4 = ends.map((last, i) => ({
    ...box,
    destination: one(0x0a01_0005 + i),
    time: { first: AT, last },
    because: `flw_${i}`,
  }));
  const proof = prove(load({ ...DENY_ALL, v4 }, true, []));
  assert.equal(proof.kind, 'equal', JSON.stringify(proof, big));
});

test('random policies come back from the kernel as they were', { skip }, () => {
  fc.assert(
    fc.property(randomPolicy(AT), fc.boolean(), fc.boolean(), (policy, enforce, isLinked) => {
      const proof = prove(load(policy, enforce, isLinked ? LINKS : []));
      assert.equal(proof.kind, 'equal', JSON.stringify(proof, big));
    }),
    { numRuns: 60, seed: 20261121 },
  );
});

test('an empty policy loads as deny-all', { skip }, () => {
  const proof = prove(load(DENY_ALL, true, []));
  ensure(proof.kind === 'equal', 'the listing is that of deny-all');
  assert.ok(proof.listed.enforce);
  assert.deepEqual(loadedPolicy(proof.listed, AT), DENY_ALL);
});

test('a rule, an element or a chain that is not ours makes the listing unknown', { skip }, () => {
  const edits: readonly (readonly [string, RegExp])[] = [
    ['add rule inet picturelock go_through accept', /go_through/],
    ['insert rule inet picturelock go_through tcp dport 22 accept', /go_through/],
    ['add chain inet picturelock extra', /extra/],
    ['add set inet picturelock more { type ipv4_addr; }', /more/],
    ['add element inet picturelock live_marks { 0x77 }', /live_marks/],
    ['add chain inet picturelock go_through { policy accept; }', /go_through|on_refuse|on_spoof/],
    ['flush chain inet picturelock come_in', /come_in/],
    ['flush chain inet picturelock come_to', /come_to/],
    ['insert rule inet picturelock come_to tcp dport 22 accept', /come_to/],
    ['insert rule inet picturelock come_to iifname "eth1" ip saddr 0.0.0.0 udp dport 67 accept', /come_to/],
    ['add rule inet picturelock ask_own accept', /ask_own/],
    ['delete element inet picturelock asked4 { 10.0.0.0/8 }', /asked before/],
    ['add element inet picturelock near4 { 10.0.0.0/8 . 10.0.7.7 }', /neighbours of the gateway/],
    ['delete element inet picturelock quarantined4 { 10.0.0.7 }', /quarantine/],
  ];
  for (const [edit, why] of edits) {
    const policy: Policy = { ...DENY_ALL, quarantined4: [{ first: 0x0a00_0007, last: 0x0a00_0007 }] };
    const wanted = load(policy, true, LINKS);
    ensure(namespace !== undefined, 'the namespace stands');
    namespace.nft(`${edit}\n`);
    const proof = prove(wanted);
    assert.notEqual(proof.kind, 'equal', edit);
    assert.match(proof.kind === 'unknown' ? proof.why : proof.kind === 'different' ? proof.says : '', why, edit);
  }
});
