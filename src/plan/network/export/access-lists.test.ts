/** Access lists say what the policy says: read back by somebody else's eyes, and asked about packets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isInternet } from '#model/addressing.ts';
import { ask, newId } from '#model/drawn-world.ts';
import { DAY_MS } from '#model/limits.ts';
import type { FlowEnd, ServicePort } from '#model/network-shapes.ts';
import type { State } from '#model/state.ts';
import { isInside, parseAddress, parseCidr } from '#std/address.ts';
import type { Address } from '#std/address.ts';
import { compilePolicy } from '../compile-policy.ts';
import type { Policy } from '../policy.ts';
import { drawFacility } from '../test-facility.ts';
import type { DrawnFacility, FacilitySize } from '../test-facility.ts';
import { drawPreset } from '../test-preset.ts';
import { exportZoneMatrix } from './export-matrix.ts';
import type { AccessLists, TestPacket } from './test-access-lists.ts';
import { passes, readIosLike, readJunos } from './test-access-lists.ts';

fc.configureGlobal({ seed: 20260302 });
const SIZES: readonly FacilitySize[] = ['small', 'mid', 'large'];

const READERS: readonly (readonly [format: 'cisco-ios' | 'arista-eos' | 'junos', (text: string) => AccessLists])[] = [
  ['cisco-ios', readIosLike],
  ['arista-eos', readIosLike],
  ['junos', readJunos],
];

/** By definition: one packet that begins a flow, against every box. */
function begins(policy: Policy, from: Address, to: Address, protocol: number, port: number, at: number): boolean {
  const holds = (span: { readonly first: number | bigint; readonly last: number | bigint }, n: bigint) =>
    BigInt(span.first) <= n && n <= BigInt(span.last);
  return [...(from.width === 32 ? policy.v4 : policy.v6)].some(
    (box) =>
      holds(box.source, from.bits) &&
      holds(box.destination, to.bits) &&
      holds(box.protocol, BigInt(protocol)) &&
      holds(box.port, BigInt(port)) &&
      holds(box.time, BigInt(at)),
  );
}

function placeOf(state: State, address: Address): string {
  for (const zone of state.zones.values()) {
    const isHere = zone.networks.some(({ cidr }) => isInside(parseCidr(cidr) ?? assert.fail(), address));
    if (isHere && !isInternet(zone)) return String(zone.networks[0]?.vlan);
  }
  return 'internet';
}

/** Addresses of hosts, the edges of every network, and some that are nobody's; ports of every service and beside them. */
function pools(state: State): { readonly addresses: readonly Address[]; readonly ports: readonly number[] } {
  const texts = [...state.hosts.values()].slice(0, 40).flatMap(({ addresses }) => addresses);
  const outside = ['8.8.8.8', '198.51.100.7', '198.51.101.7', '10.21.0.1', '2001:db8::1', 'fd21::1'];
  const edges = [...state.zones.values()].flatMap(({ networks }) =>
    networks.flatMap(({ cidr }) => {
      const { bits, width, prefix } = parseCidr(cidr) ?? assert.fail(cidr);
      const size = 1n << BigInt(width - prefix);
      return [bits, bits + size - 1n].map((one) => ({ bits: one, width }));
    }),
  );
  const addresses = [...texts, ...outside].map((text) => parseAddress(text) ?? assert.fail(text));
  const ports = [...state.network.services.values()].flatMap((service) =>
    service.ports.flatMap(({ first = 0, last = 0 }) => [first - 1, first, last, last + 1]),
  );
  return {
    addresses: [...addresses, ...edges],
    ports: [...new Set([...ports, 0, 50_000, 65_535])].filter((n) => n >= 0),
  };
}

function anyPacket(addresses: readonly Address[], ports: readonly number[]) {
  return fc.record({
    from: fc.constantFrom(...addresses),
    to: fc.constantFrom(...addresses),
    protocol: fc.constantFrom(6, 6, 17, 1, 58, 50, 47),
    sourcePort: fc.constantFrom(...ports),
    destinationPort: fc.constantFrom(...ports),
    isLater: fc.boolean(),
  });
}

/** From the corners of some box, or one beside them; half of them the other way round, as an answer comes. */
function likelyPacket(policy: Policy, ports: readonly number[]) {
  const boxes = [
    ...policy.v4.map((box) => ({ box, width: 32 as const })),
    ...policy.v6.map((box) => ({ box, width: 128 as const })),
  ];
  const corner = fc.tuple(fc.boolean(), fc.constantFrom(0n, 0n, 0n, 1n, -1n));
  return fc
    .record({
      chosen: fc.constantFrom(...boxes),
      corners: fc.tuple(corner, corner),
      other: fc.constantFrom(...ports),
      beside: fc.constantFrom(0, 0, 0, 1, -1),
      isFirst: fc.boolean(),
      isLater: fc.boolean(),
      isAnswer: fc.boolean(),
    })
    .map(({ chosen: { box, width }, corners, other, beside, isFirst, isLater, isAnswer }) => {
      const at = ({ first, last }: { first: number | bigint; last: number | bigint }, n: 0 | 1): Address => {
        const [isLow, delta] = corners[n];
        const top = (1n << BigInt(width)) - 1n;
        const bits = BigInt(isLow ? first : last) + delta;
        return { bits: bits < 0n ? 0n : bits > top ? top : bits, width };
      };
      const [from, to] = [at(box.source, 0), at(box.destination, 1)];
      const served = Math.min(65_535, Math.max(0, (isFirst ? box.port.first : box.port.last) + beside));
      const protocol = box.protocol.first === box.protocol.last ? box.protocol.first : [6, 17, 50, 47][other % 4];
      const rest = { protocol: protocol ?? 6, isLater };
      return isAnswer
        ? { ...rest, from: to, to: from, sourcePort: served, destinationPort: other }
        : { ...rest, from, to, sourcePort: other, destinationPort: served };
    });
}

function compareAll(state: State, at: number, runs: number): void {
  const policy = compilePolicy(state, at);
  const { addresses, ports } = pools(state);
  const packet = fc
    .oneof(anyPacket(addresses, ports), likelyPacket(policy, ports))
    .filter(({ from, to, protocol }) => from.width === to.width && protocol !== (from.width === 32 ? 58 : 1));
  for (const [format, read] of READERS) {
    const lists = read(exportZoneMatrix(state, format, at).files[0]?.text ?? '');
    let [permitted, refused] = [0, 0];
    fc.assert(
      fc.property(packet, (one) => {
        const { from, to, protocol, sourcePort, destinationPort, isLater } = one;
        const isPorted = protocol === 6 || protocol === 17;
        const asked: TestPacket = isPorted ? one : { ...one, sourcePort: 0, destinationPort: 0 };
        const isForward = begins(policy, from, to, protocol, isPorted ? destinationPort : 0, at);
        // Answers of protocols that the model has no name for are none.
        const isAnswering = protocol === 6 ? isLater : protocol !== 47;
        const isAnswer = isAnswering && begins(policy, to, from, protocol, isPorted ? sourcePort : 0, at);
        const expected = isForward || isAnswer;
        assert.equal(passes(lists, placeOf(state, from), asked), expected, `${format} ${JSON.stringify(one, bigints)}`);
        if (expected) permitted += 1;
        else refused += 1;
      }),
      { numRuns: runs },
    );
    assert.ok(permitted > runs / 10 && refused > runs / 10, `${format}: ${permitted} permitted, ${refused} refused`);
  }
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString(16) : value;
}

for (const size of SIZES) {
  test(`the lists of a ${size} facility, read back, permit the policy's packets and their answers, and no others`, () => {
    const { world } = drawFacility(size);
    compareAll(world.state, world.at, 4000);
  });
}

for (const size of ['small', 'mid', 'large'] as const) {
  test(`so do the lists of the ${size} preset`, () => {
    const { state, at } = drawPreset(size);
    compareAll(state, at, 4000);
  });
}

test('so do lists of random flows: between hosts, zones, parts of the internet, any protocol, and a host in two zones', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(99), fc.nat(99), fc.nat(5)), { minLength: 4, maxLength: 12 }), (rows) => {
      const facility = drawFacility('small');
      addRandomFlows(facility, rows);
      compareAll(facility.world.state, facility.world.at, 400);
    }),
    { numRuns: 12 },
  );
});

const PORTS: readonly ServicePort[] = [
  { protocol: 'tcp', first: 1000, last: 1999 },
  { protocol: 'udp', first: 5004, last: 5005 },
  { protocol: 'icmp' },
  { protocol: 'esp' },
  { protocol: 'any' },
  { protocol: 'tcp', first: 0, last: 65_535 },
];

function addRandomFlows({ world, zones, hosts }: DrawnFacility, rows: readonly (readonly number[])[]): void {
  const zone = zones.get('dmz') ?? assert.fail();
  const host = newId(world, 'host');
  const addresses = ['10.20.4.77', '10.20.25.77'];
  ask(world, { kind: 'add-host', host, zone, name: 'two-feet', role: 'server', addresses });
  const partner = {
    kind: 'network',
    zone: zones.get('internet') ?? assert.fail(),
    cidr: '192.0.2.0/25',
    name: 'Büro',
  } as const;
  const ends: readonly FlowEnd[] = [
    ...[...zones.values()].map((id) => ({ kind: 'zone', zone: id }) as const),
    ...[...hosts.values(), host].map((id) => ({ kind: 'host', host: id }) as const),
    partner,
  ];
  const services = PORTS.map((port, n) => {
    const service = newId(world, 'service');
    ask(world, { kind: 'define-service', service, name: `random ${n}`, plane: 'data', ports: [port] });
    return service;
  });
  for (const [a = 0, b = 0, s = 0] of rows) {
    const [from, to, service] = [ends[a % ends.length], ends[b % ends.length], services[s]];
    if (from === undefined || to === undefined || service === undefined) continue;
    if ((isOutside(from) && isOutside(to)) || JSON.stringify(from) === JSON.stringify(to)) continue;
    ask(world, {
      kind: 'add-flow',
      flow: newId(world, 'flow'),
      from,
      to,
      service,
      class: 'standard',
      owner: world.owner,
      reason: 'random; "quoted" ! # {x}',
      reviewBy: world.at + DAY_MS,
    });
  }

  /** Two ends outside never meet the gateway. */
  function isOutside(end: FlowEnd): boolean {
    return end.kind === 'network' || (end.kind === 'zone' && end.zone === zones.get('internet'));
  }
}

test('an empty model denies everything in every form', () => {
  const { world } = drawFacility('small');
  const bare = {
    ...world.state,
    network: {
      ...world.state.network,
      flows: world.state.network.flows.clear(),
      exposures: world.state.network.exposures.clear(),
    },
  };
  for (const [format, read] of READERS) {
    const lists = read(exportZoneMatrix(bare, format, world.at).files[0]?.text ?? '');
    assert.ok(lists.size > 0);
    for (const lines of lists.values()) assert.ok(lines.every(({ permit, discovery }) => !permit || discovery));
  }
  const srx = exportZoneMatrix(bare, 'junos-srx', world.at).files[0]?.text ?? '';
  assert.match(srx, /default-policy deny-all/);
  assert.doesNotMatch(srx, /then permit/);
});
