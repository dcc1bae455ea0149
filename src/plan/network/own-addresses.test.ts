/** What is asked of packets to the gateway itself follows from zones, hosts and flows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '#model/drawn-world.ts';
import { TIME_MAX } from '#model/limits.ts';
import { renderSpan } from '#plan/network/address-set.ts';
import { addressPlan, hostsAt, pointsOf, zoneAt, zoneSet } from '#plan/network/address-plan.ts';
import { assumptionsOf } from '#plan/network/assumptions.ts';
import { dhcpOf, ownAddresses } from '#plan/network/own-addresses.ts';
import type { Box4 } from '#plan/network/policy.ts';
import { holds } from '#plan/network/span-set.ts';
import { drawFacility } from '#plan/network/test-facility.ts';
import { assert as ensure } from '#std/assert.ts';

test('every zone and every host is asked, link-local addresses too, and the rest of the world is not', () => {
  const { state } = drawFacility('small').world;
  const { asked } = ownAddresses(state);
  for (const host of state.hosts.values())
    for (const point of pointsOf(host))
      assert.ok(
        typeof point === 'bigint' ? asked.v6.some((s) => holds(s, point)) : asked.v4.some((s) => holds(s, point)),
        host.name,
      );
  const texts = [...asked.v4.map(renderSpan), ...asked.v6.map(renderSpan)];
  assert.ok(texts.includes('169.254.0.0/16') && texts.includes('fe80::/10'));
  assert.ok(!asked.v4.some((span) => holds(span, 0xc633_6407)), '198.51.100.7 is the internet');
});

test('a declared host is a neighbour to its own zone and to nobody else, and follows the model', () => {
  const { world } = drawFacility('small');
  const { state } = world;
  const plan = addressPlan(state.zones);
  const { near4 } = ownAddresses(state);
  const [host] = state.hosts.values();
  ensure(host !== undefined, 'drawn');
  const point = pointsOf(host).find((one) => typeof one === 'number');
  ensure(typeof point === 'number', 'it has an IPv4 address');
  const zone = zoneAt(plan, point);
  ensure(zone !== undefined, 'in a zone');
  const sources = near4.filter(({ destination }) => holds(destination, point)).map(({ source }) => source);
  assert.deepEqual(sources, zoneSet(plan, zone).v4);
  const undeclared = near4.flatMap(({ destination: { first, last } }) =>
    Array.from({ length: last - first + 1 }, (_, k) => first + k).filter(
      (one) => hostsAt(state.hosts, one).length === 0,
    ),
  );
  assert.deepEqual(undeclared, []);
  assert.equal(ownAddresses(state), ownAddresses(state), 'nothing is made twice');
  ask(world, { kind: 'remove-host', host: host.id });
  assert.ok(!ownAddresses(world.state).near4.some(({ destination }) => holds(destination, point)));
});

test('requests for an address are heard on the links of those who may use DHCP without an end', () => {
  const box = (over: Partial<Box4>): Box4 => ({
    source: { first: 10, last: 19 },
    destination: { first: 50, last: 50 },
    protocol: { first: 17, last: 17 },
    port: { first: 67, last: 67 },
    time: { first: 0, last: TIME_MAX },
    because: 'flw_a',
    ...over,
  });
  const heard = (over: Partial<Box4>, first = 15) =>
    dhcpOf({ v4: [box(over)], v6: [] }, { v4: [{ first, last: first + 9 }], v6: [] }).dhcp4;
  assert.equal(heard({}), true);
  assert.equal(heard({ protocol: { first: 0, last: 255 }, port: { first: 0, last: 65_535 } }), true);
  assert.equal(heard({}, 20), undefined, 'another link');
  assert.equal(heard({ port: { first: 68, last: 68 } }), undefined);
  assert.equal(heard({ protocol: { first: 6, last: 6 } }), undefined);
  assert.equal(heard({ time: { first: 0, last: 99 } }), undefined, 'what ends opens nothing that no timer closes');
});

test('what is not asked is printed with every proof', () => {
  const { state } = drawFacility('small').world;
  assert.ok(assumptionsOf(state).some((one) => one.includes('what the gateway begins by itself is not')));
});
