/** Arbitrary commands of the network for the test of sequences, and a scene in which they meet. */
import fc from 'fast-check';
import { numberedId, WORLD_BEGINS } from '#model/drawn-world.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { IdKind } from '#std/ids.ts';

const T = WORLD_BEGINS;
const id = <Kind extends IdKind>(kind: Kind, most = 6) =>
  fc.integer({ min: 0, max: most }).map((n) => numberedId(kind, n));
const cut = fc.integer({ min: 0, max: 60 }).map((n) => numberedId('cut', n));
const until = fc.integer({ min: -3, max: 60 }).map((days) => T + days * DAY_MS);
const soon = fc.integer({ min: -1, max: 100 }).map((hours) => T + hours * HOUR_MS);
const hash = fc.integer({ min: 0, max: 9 }).map((n) => String(n).repeat(64));
const because = fc.constantFrom('button', 'clock', 'dormancy', 'stolen-key' as const);
const reason = fc.constant('because');

const end = fc.oneof(
  fc.record({ kind: fc.constant('zone' as const), zone: id('zone') }),
  fc.record({ kind: fc.constant('host' as const), host: id('host') }),
);
const ports = fc.constant([{ protocol: 'tcp' as const, first: 445, last: 445 }]);
const scope = fc.oneof(
  fc.record({ kind: fc.constant('host' as const), host: id('host') }),
  fc.record({ kind: fc.constant('person' as const), person: id('person') }),
  fc.record({ kind: fc.constant('project' as const), project: id('project', 3) }),
);
/** Each zone mostly has a network of its own, and each host an address in its zone's. */
const nth = fc.integer({ min: 0, max: 6 });
export const zoneCommand = fc
  .record({ n: nth, network: fc.oneof(nth, fc.constant(undefined)), name: hash })
  .map((one) => ({
    zone: numberedId('zone', one.n),
    name: one.name,
    trust: 5,
    networks: [{ cidr: `10.${one.network ?? one.n}.0.0/16` }],
    kinds: ['production' as const],
  }));
export const hostCommand = fc.record({ n: nth, zone: fc.constantFrom(0, 1, 2, 6), name: hash }).map((one) => ({
  host: numberedId('host', one.n),
  zone: numberedId('zone', one.zone),
  name: one.name,
  addresses: [`10.${one.zone}.0.${one.n + 1}`],
}));
const flowCommand = fc.record({
  flow: id('flow', 4),
  service: id('service', 3),
  from: end,
  to: end,
  class: fc.constantFrom('standard', 'admin', 'share' as const),
  owner: id('person'),
  reason,
  reviewBy: until,
});
/** From the workstation of the scene to its storage, by its share flow; and to elsewhere, by another flow, on another port. */
const sharePath = fc.record({
  path: id('path', 6),
  session: fc.constantFrom(numberedId('session', 7), numberedId('session', 8)),
  flow: fc.constantFrom(numberedId('flow', 4), numberedId('flow', 4), numberedId('flow', 0)),
  from: fc.constantFrom('10.0.0.3', '10.0.0.3', '10.0.0.1'),
  to: fc.constantFrom('10.1.0.4', '10.1.0.4', '10.1.0.2'),
  protocol: fc.constant('tcp' as const),
  port: fc.constantFrom(445, 445, 446),
  until: soon,
});
/** At the workstation of the scene, or elsewhere. */
export const shareSession = fc.record({
  session: fc.constantFrom(numberedId('session', 7), numberedId('session', 8)),
  person: id('person', 3),
  gate: fc.constant('share' as const),
  project: id('project', 1),
  engagement: id('engagement', 4),
  from: fc.constantFrom('10.0.0.3', '10.0.0.1', '10.9.9.9'),
  until: soon,
});
const applyCommand = fc.record({
  apply: id('apply', 4),
  mode: fc.constantFrom('observe', 'enforce' as const),
  fromSize: fc.nat(),
  rulesSha256: hash,
  listingSha256: hash,
  elements: fc.nat(),
  commitMs: fc.nat(),
  confirmBy: fc.oneof(soon, fc.constant(undefined)),
});

export const NETWORK_COMMANDS = {
  'change-zone': zoneCommand,
  'change-host': hostCommand,
  'define-service': fc.record({ service: id('service', 3), name: hash, ports, plane: fc.constant('data' as const) }),
  'retire-service': fc.record({ service: id('service', 3) }),
  'add-flow': flowCommand,
  'review-flow': fc.record({ flow: id('flow', 4), reviewBy: until }),
  'remove-flow': fc.record({ flow: id('flow', 4) }),
  'add-exposure': fc.record({
    exposure: id('exposure', 3),
    host: id('host'),
    service: id('service', 3),
    publicName: reason,
    owner: id('person'),
    reason,
    reviewBy: until,
  }),
  'review-exposure': fc.record({ exposure: id('exposure', 3), reviewBy: until }),
  'remove-exposure': fc.record({ exposure: id('exposure', 3) }),
  'except-invariant': fc.record({
    exception: id('exception'),
    invariant: fc.constantFrom('I4', 'I6' as const),
    host: id('host'),
    owner: id('person'),
    reason,
    until,
  }),
  'end-invariant-exception': fc.record({ exception: id('exception') }),
  'import-network': fc.record({
    changes: fc.array(
      zoneCommand.map((zone) => ({ kind: 'add-zone' as const, ...zone })),
      { minLength: 1, maxLength: 2 },
    ),
  }),
  'change-network-mode': fc.record({ mode: fc.constantFrom('off', 'observe', 'enforce' as const) }),
  'open-path': fc.oneof(
    sharePath,
    fc.record({
      path: id('path', 6),
      session: id('session', 8),
      from: fc.constant('10.0.0.1'),
      to: fc.constant('10.0.0.2'),
      protocol: fc.constant('tcp' as const),
      port: fc.constant(5900),
      until: soon,
    }),
  ),
  'record-path-loaded': fc.record({ path: id('path', 6) }),
  'close-path': fc.record({ path: id('path', 6), because }),
  quarantine: fc.record({ quarantine: id('quarantine', 4), scope, reason, cut }),
  'ask-release': fc.record({ quarantine: id('quarantine', 4), reason }),
  'release-quarantine': fc.record({ quarantine: id('quarantine', 4) }),
  'record-apply': applyCommand,
  'confirm-apply': fc.record({ apply: id('apply', 4) }),
  'record-rollback': fc.record({ apply: id('apply', 4), why: reason }),
  'apply-again': fc.constant({}),
  'record-network-finding': fc.record({
    found: fc.record({
      key: fc.constantFrom('a', 'b'),
      finding: fc.constantFrom('drift', 'unknown-device' as const),
      says: reason,
      next: reason,
    }),
  }),
  'settle-network-finding': fc.record({ key: fc.constantFrom('a', 'b') }),
  'end-exception': fc.record({ exception: id('exception'), reason }),
};

/** Two zones with a host each, what may pass between them, and a quarantine whose release is asked for. */
export const NETWORK_SCENE = [
  ...[0, 1].map((n) => ({
    kind: 'add-zone',
    zone: numberedId('zone', n),
    name: `zone ${n}`,
    trust: 5,
    networks: [{ cidr: `10.${n}.0.0/16` }],
  })),
  ...[0, 1].map((n) => ({
    kind: 'add-host',
    host: numberedId('host', n),
    zone: numberedId('zone', n),
    name: `host ${n}`,
    addresses: [`10.${n}.0.${n + 1}`],
  })),
  ...[0, 1].map((n) => ({
    kind: 'define-service',
    service: numberedId('service', n),
    name: `service ${n}`,
    ports: [{ protocol: 'tcp', first: 445 + n, last: 445 + n }],
    plane: 'data',
  })),
  ...[0, 1].map((n) => ({
    kind: 'add-flow',
    flow: numberedId('flow', n),
    service: numberedId('service', 0),
    from: { kind: 'host', host: numberedId('host', n) },
    to: { kind: 'zone', zone: numberedId('zone', 1 - n) },
    class: 'standard',
    owner: numberedId('person', 0),
    reason: 'because',
    reviewBy: T + 30 * DAY_MS,
  })),
  {
    kind: 'add-host',
    host: numberedId('host', 2),
    zone: numberedId('zone', 0),
    name: 'suite',
    role: 'workstation',
    addresses: ['10.0.0.3'],
  },
  {
    kind: 'add-host',
    host: numberedId('host', 3),
    zone: numberedId('zone', 1),
    name: 'nas',
    role: 'storage',
    addresses: ['10.1.0.4'],
  },
  {
    kind: 'add-flow',
    flow: numberedId('flow', 4),
    service: numberedId('service', 0),
    from: { kind: 'zone', zone: numberedId('zone', 0) },
    to: { kind: 'host', host: numberedId('host', 3) },
    class: 'share',
    owner: numberedId('person', 0),
    reason: 'because',
    reviewBy: T + 30 * DAY_MS,
  },
  {
    kind: 'open-session',
    session: numberedId('session', 7),
    person: numberedId('person', 1),
    gate: 'share',
    project: numberedId('project', 0),
    engagement: numberedId('engagement', 0),
    from: '10.0.0.3',
    until: T + 10 * HOUR_MS,
  },
  {
    kind: 'open-path',
    path: numberedId('path', 6),
    session: numberedId('session', 7),
    host: numberedId('host', 3),
    flow: numberedId('flow', 4),
    from: '10.0.0.3',
    to: '10.1.0.4',
    protocol: 'tcp',
    port: 445,
    until: T + 10 * HOUR_MS,
  },
  {
    kind: 'quarantine',
    quarantine: numberedId('quarantine', 0),
    scope: { kind: 'host', host: numberedId('host', 1) },
    reason: 'because',
    cut: numberedId('cut', 99),
  },
  { kind: 'ask-release', quarantine: numberedId('quarantine', 0), reason: 'because' },
];
