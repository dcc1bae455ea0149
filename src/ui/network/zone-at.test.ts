import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { NetworkZoneView } from '#api/endpoints/network-views.ts';
import { makeId } from '#std/ids.ts';
import { zoneAt } from './zone-at.ts';

function zone(name: string, ...cidrs: readonly string[]): NetworkZoneView {
  const id = makeId('zone', new Uint8Array(20));
  return { id, name, trust: 1, networks: cidrs.map((cidr) => ({ cidr })), kinds: [], hostCount: 0 };
}

test('an address lies in the zone with the longest prefix', () => {
  const zones = [zone('all', '10.0.0.0/8', 'fd00::/16'), zone('suites', '10.20.0.0/24'), zone('internet')];
  const table: readonly (readonly [string | undefined, string | undefined])[] = [
    ['10.20.0.9', 'suites'],
    ['10.21.0.9', 'all'],
    ['fd00::1', 'all'],
    ['192.0.2.1', undefined],
    ['nonsense', undefined],
    [undefined, undefined],
  ];
  for (const [address, name] of table) assert.equal(zoneAt({ zones }, address)?.name, name, String(address));
});
