/** What servers write down of the machines they know, and whatever else arrives under that name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addProject, ask, drawWorld, newId } from '#model/drawn-world.ts';
import { facilityFile } from '#model/facility-file.ts';
import { planImport } from '#plan/facility-file/plan-import.ts';
import { guess, propose } from '#plan/guided-start/propose.ts';
import type { Leases } from '#plan/guided-start/read-leases.ts';
import { LEASE_CHARS_MAX, readLeases } from '#plan/guided-start/read-leases.ts';

fc.configureGlobal({ seed: 20260302 });

const DHCPD = `# The format of this file is documented in the dhcpd.leases(5) manual page.
authoring-byte-order little-endian;

lease 10.0.0.21 {
  starts 4 2026/11/19 08:00:00;
  binding state active;
  next binding state free;
  hardware ethernet 7c:2e:0d:00:00:21;
  client-hostname "edit-01";
}
lease 10.0.0.99 {
  binding state free;
  hardware ethernet 00:11:32:00:00:99;
}
lease 10.0.0.21 {
  binding state active;
  hardware ethernet 7C:2E:D:0:0:21;
  client-hostname "edit-01.post.example";
}
`;
const DNSMASQ = `1795248000 00:11:32:aa:bb:cc 10.0.0.10 nas 01:00:11:32:aa:bb:cc
0 02:00:00:00:00:22 10.0.0.22 * *
duid 00:01:00:01:2b
1795248000 12345 fd00::22 edit-02 00:01
`;
const KEA = `address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id
10.0.0.31,00:40:8c:00:00:31,,3600,1795248000,1,0,0,camera-1,0,,0
10.0.0.32,02:00:00:00:00:32,,3600,1795248000,1,0,0,gone,0,,0
10.0.0.32,02:00:00:00:00:32,,3600,1795240000,1,0,0,gone,2,,0
`;
const ARP = `? (10.0.0.1) at 24:5a:4c:00:00:01 [ether] on eth0
render-07 (10.0.0.57) at 00:25:90:00:00:57 [ether] PERM on eth0
? (10.0.0.58) at <incomplete> on eth0
`;
const NEIGH = `10.0.0.1 dev eth0 lladdr 24:5a:4c:00:00:01 REACHABLE
10.0.0.9 dev eth0 FAILED
fd00::1 dev eth0 lladdr 24:5a:4c:00:00:01 router STALE
fe80::1 dev eth0 lladdr 24:5a:4c:00:00:01 STALE
`;

const read = (text: string) => {
  const { format, found, troubles } = readLeases(text);
  assert.deepEqual(troubles, []);
  return [format, ...found.map(({ address, mac, hostname }) => [address, mac, hostname].filter(Boolean).join(' '))];
};

test('each format is told by itself and read; what has ended is left out, the newest word counts', () => {
  assert.deepEqual(read(DHCPD), ['dhcpd', '10.0.0.21 7c:2e:0d:00:00:21 edit-01.post.example']);
  assert.deepEqual(read(DNSMASQ), [
    'dnsmasq',
    '10.0.0.10 00:11:32:aa:bb:cc nas',
    '10.0.0.22 02:00:00:00:00:22',
    'fd00::22 edit-02',
  ]);
  assert.deepEqual(read(KEA), ['kea', '10.0.0.31 00:40:8c:00:00:31 camera-1']);
  assert.deepEqual(read(ARP), ['arp', '10.0.0.1 24:5a:4c:00:00:01', '10.0.0.57 00:25:90:00:00:57 render-07']);
  assert.deepEqual(read(NEIGH), ['neigh', '10.0.0.1 24:5a:4c:00:00:01', 'fd00::1 24:5a:4c:00:00:01']);
});

test('what cannot be read is told with its line, and the rest is read', () => {
  const rows: readonly (readonly [string, number, number])[] = [
    [DHCPD.replace('lease 10.0.0.21 {', 'lease 10.0.0.821 {'), 4, 1],
    [`${DHCPD}lease 10.0.0.30 {\n  binding state active;\n`, 20, 1],
    [DNSMASQ.replace('10.0.0.10', '10.0.0.x'), 1, 2],
    [`${KEA}10.0.0.33,02:00\n`, 5, 1],
    [`${ARP}nonsense\n`, 4, 2],
    [`${NEIGH}nonsense\n`, 5, 2],
  ];
  for (const [text, line, found] of rows) {
    const read = readLeases(text);
    assert.equal(read.troubles[0]?.line, line, JSON.stringify(read.troubles));
    assert.equal(read.found.length, found);
  }
  assert.equal(readLeases('hello').troubles.length, 1);
  assert.equal(readLeases('').troubles.length, 1);
  assert.equal(readLeases('x'.repeat(LEASE_CHARS_MAX + 1)).troubles.length, 1);
});

test('roles are guessed by name, then by the maker of the card, and a guess says what it rests on', () => {
  for (const [hostname, mac, role] of [
    ['edit-01', undefined, 'workstation'],
    ['nas-02', '3c:07:54:00:00:01', 'storage'],
    ['render-manager', undefined, 'render-manager'],
    ['render-07', undefined, 'render-node'],
    ['fw01', undefined, 'firewall'],
    [undefined, '00:11:32:00:00:01', 'storage'],
    [undefined, 'ac:cc:8e:00:00:01', 'camera'],
    ['olives-phone', '02:00:00:00:00:01', 'other'],
  ] as const) {
    const { role: guessed, because } = guess({
      ...(hostname === undefined ? {} : { hostname }),
      ...(mac === undefined ? {} : { mac }),
    });
    assert.equal(guessed, role, hostname ?? mac);
    assert.ok(because.length > 3);
  }
});

test('one machine is one host with all its addresses, and what is proposed can be imported', () => {
  const hosts = propose(readLeases(NEIGH).found, 'flat');
  assert.deepEqual(hosts['host-10-0-0-1']?.addresses, ['10.0.0.1', 'fd00::1']);
  const twins = readLeases('1 02:00:00:00:00:01 10.0.0.1 edit\n1 02:00:00:00:00:02 10.0.0.2 edit\n').found;
  assert.deepEqual(Object.keys(propose(twins, 'flat')), ['edit', 'edit-2']);
  const world = drawWorld();
  addProject(world, 'alpha');
  const networks = [{ cidr: '10.0.0.0/24' }, { cidr: 'fd00::/64' }];
  ask(world, { kind: 'add-zone', zone: newId(world, 'zone'), name: 'flat', trust: 50, networks });
  for (const text of [DHCPD, DNSMASQ, KEA, ARP, NEIGH]) {
    const file = facilityFile.parse({ facility: 1, hosts: propose(readLeases(text).found, 'flat') });
    const { changes, troubles } = planImport(world.state, file, { at: world.at, makeId: (kind) => newId(world, kind) });
    assert.deepEqual(troubles, []);
    ask(world, { kind: 'import-network', changes: [...changes] });
  }
});

test('no text makes it throw, and what it finds can always be proposed', () => {
  const pieces = [DHCPD, DNSMASQ, KEA, ARP, NEIGH].flatMap((text) => text.split(/(?<=[\s,{}()])/));
  const noise = fc.constantFrom(
    '__proto__',
    'constructor',
    '%s',
    '\u0000',
    '::1',
    '999.1.1.1',
    '{',
    '}',
    ',,,,,',
    '\r',
    '😀',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(fc.constantFrom(...pieces), noise), { maxLength: 80 }).map((all) => all.join('')),
    fc
      .tuple(fc.constantFrom(DHCPD, DNSMASQ, KEA, ARP, NEIGH), fc.nat(400), fc.string({ maxLength: 8 }))
      .map(([good, at, odd]) => good.slice(0, at) + odd + good.slice(at + 3)),
  );
  fc.assert(
    fc.property(text, (one) => {
      const { found, troubles }: Leases = readLeases(one);
      const lines = one.split(/\r?\n/).length;
      for (const { line } of [...found, ...troubles]) assert.ok(line >= 0 && line <= lines);
      facilityFile.parse({ facility: 1, hosts: propose(found, 'flat') });
    }),
    { numRuns: 4000 },
  );
});
