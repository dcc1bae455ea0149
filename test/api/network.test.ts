/** The network over HTTP: previews tell what the engine then does, nothing that breaks an invariant is made, releases take two. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { DAY_MS } from '#model/limits.ts';
import type { CutId, FlowId, HostId, PersonId, RoleId, ServiceId, ZoneId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import { createFacility, joinWith, openWorld } from './world.ts';
import type { Browser, World } from './world.ts';

let world: World;
let owner: Browser;
let engineer: Browser;
let artist: Browser;
let self: PersonId;
let other: PersonId;
const zone: Record<string, ZoneId> = {};
const host: Record<string, HostId> = {};
let smb: ServiceId;
let count = 0;

before(async () => {
  world = await openWorld({ gates: ['portal'] });
  ({ browser: owner } = await createFacility(world));
  self = (await owner.call('me')).body.person.id;
  await made(owner.call('create-project', { body: { alias: 'alpha', title: 'Alpha', owner: self } }));
  const until = world.clock.now() + 100 * DAY_MS;
  const added = await made(
    owner.call('add-person', {
      body: { name: 'Ella Second', inviteDays: 1, roles: [{ role: 'engineer' as RoleId, until }] },
    }),
  );
  other = added.person.id;
  ({ browser: engineer } = await joinWith(world, added.link ?? ''));
  const third = await made(owner.call('add-person', { body: { name: 'Art Third', inviteDays: 1 } }));
  ({ browser: artist } = await joinWith(world, third.link ?? ''));
  await describe();
});
after(() => world.close());

async function made<T>(call: Promise<{ readonly status: number; readonly body: T }>): Promise<T> {
  const { status, body } = await call;
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

function idOf<K extends 'zone' | 'host' | 'service' | 'flow'>(kind: K) {
  count += 1;
  return makeId(
    kind,
    Uint8Array.from({ length: ID_RANDOM_BYTES }, (_, i) => (i === 0 ? count : 7)),
  );
}

/** One batch that names its own things: zones, machines, a service, and the way from the suites to the storage. */
async function describe(): Promise<void> {
  smb = idOf('service');
  for (const name of ['Internet', 'Production', 'Storage']) zone[name] = idOf('zone');
  for (const name of ['edit-01', 'san-01']) host[name] = idOf('host');
  await made(
    owner.call('change-network', {
      body: {
        changes: [
          {
            kind: 'add-zone',
            zone: at(zone, 'Internet'),
            name: 'Internet',
            trust: 0,
            networks: [],
            kinds: ['internet'],
          },
          {
            kind: 'add-zone',
            zone: at(zone, 'Production'),
            name: 'Production',
            trust: 70,
            networks: [{ cidr: '10.1.0.0/24' }],
            kinds: ['production'],
            content: 'kept',
          },
          {
            kind: 'add-zone',
            zone: at(zone, 'Storage'),
            name: 'Storage',
            trust: 70,
            networks: [{ cidr: '10.2.0.0/24' }],
            kinds: ['storage'],
            content: 'kept',
          },
          {
            kind: 'add-host',
            host: at(host, 'edit-01'),
            zone: at(zone, 'Production'),
            name: 'edit-01',
            addresses: ['10.1.0.5'],
            role: 'workstation',
            owner: other,
          },
          {
            kind: 'add-host',
            host: at(host, 'san-01'),
            zone: at(zone, 'Storage'),
            name: 'san-01',
            addresses: ['10.2.0.5'],
            role: 'storage',
          },
          {
            kind: 'define-service',
            service: smb,
            name: 'smb',
            ports: [{ protocol: 'tcp', first: 445, last: 445 }],
            plane: 'data',
          },
          flow(at(zone, 'Production'), { kind: 'host', host: at(host, 'san-01') }),
        ],
      },
    }),
  );
}

function at<T>(map: Readonly<Record<string, T>>, name: string): T {
  const found = map[name];
  assert.ok(found !== undefined, name);
  return found;
}

type To = { readonly kind: 'host'; readonly host: HostId } | { readonly kind: 'zone'; readonly zone: ZoneId };

function flow(from: ZoneId, to: To, id?: FlowId) {
  return {
    kind: 'add-flow' as const,
    ...(id === undefined ? {} : { flow: id }),
    service: smb,
    from: { kind: 'zone' as const, zone: from },
    to,
    class: 'standard' as const,
    owner: other,
    reason: 'work',
    reviewBy: world.clock.now() + 90 * DAY_MS,
  };
}

test('the model is shown with names beside ids', async () => {
  const { flows, hosts, zones, mode } = await made(owner.call('network', { query: {} }));
  assert.deepEqual(
    zones.map(({ name, hostCount }) => [name, hostCount]),
    [
      ['Production', 1],
      ['Storage', 1],
      ['Internet', 0],
    ],
  );
  assert.deepEqual(
    flows.map(({ from, to, service, owner: by, overdue }) => [from.name, to.name, service.name, by.name, overdue]),
    [['Production', 'san-01', 'smb', 'Ella Second', false]],
  );
  assert.equal(hosts.find(({ name }) => name === 'edit-01')?.owner?.name, 'Ella Second');
  assert.equal(mode, 'off');
});

test('a preview tells what opens, and the change then does exactly that', async () => {
  const change = flow(at(zone, 'Storage'), { kind: 'host', host: at(host, 'edit-01') });
  const preview = await made(owner.call('preview-network', { body: { changes: [change] } }));
  assert.deepEqual(
    preview.opens.map(({ from, to, on }) => [from, to, on]),
    [['Storage', 'edit-01', 'tcp 445']],
  );
  assert.equal(preview.refused, undefined);
  const before = await reach('san-01', 'edit-01');
  assert.equal(before.may, false);
  assert.match(before.next ?? '', /A new flow from san-01 to edit-01 would open it and break nothing/);
  await made(owner.call('change-network', { body: { changes: [change] } }));
  const after = await reach('san-01', 'edit-01');
  assert.equal(after.may, true);
  assert.deepEqual(
    after.because.map(({ name, reason }) => [name, reason]),
    [['Storage → edit-01, smb', 'work']],
  );
});

async function reach(from: string, to: string) {
  return made(owner.call('network-reach', { body: { from: at(host, from), to: at(host, to), port: 445 } }));
}

test('what breaks an invariant is previewed as broken, refused, and made only with an exception that ends', async () => {
  const id = idOf('flow');
  const bad = flow(at(zone, 'Production'), { kind: 'zone', zone: at(zone, 'Internet') }, id);
  const preview = await made(owner.call('preview-network', { body: { changes: [bad] } }));
  assert.equal(preview.refused?.code, 'breaks-invariant');
  assert.equal(preview.exceptable, true);
  const broken = preview.invariants.filter((one) => one.broken.length > 0).map((one) => one.id);
  assert.ok(broken.includes('I4'), broken.join());
  assert.ok(preview.invariants.every((one) => one.broken.every(({ packet }) => packet !== undefined)));
  const refused = await owner.call('change-network', { body: { changes: [bad] } });
  assert.deepEqual([refused.status, refused.body.code], [422, 'breaks-invariant']);
  const until = world.clock.now() + 10 * DAY_MS;
  const lifted = broken.map((invariant) => ({
    kind: 'except-invariant' as const,
    invariant,
    flow: id,
    owner: other,
    reason: 'until the mirror is up',
    until,
  }));
  const batch = [{ ...bad, until }, ...lifted];
  const excepted = await made(owner.call('preview-network', { body: { changes: batch } }));
  assert.equal(excepted.refused, undefined);
  await made(owner.call('change-network', { body: { changes: batch } }));
  const { invariants } = await made(owner.call('prove-network', { query: {} }));
  const i4 = invariants.find((one) => one.id === 'I4');
  assert.equal(i4?.standing, 'excepted');
  assert.equal(i4?.violations[0]?.exceptedBy !== undefined, true);
});

test('a batch is made whole or not at all', async () => {
  const name = 'edit-02';
  const changes = [
    { kind: 'add-host' as const, zone: at(zone, 'Production'), name, addresses: ['10.1.0.6'] },
    { kind: 'add-host' as const, zone: at(zone, 'Production'), name: 'edit-01', addresses: ['10.1.0.7'] },
  ];
  const { status } = await owner.call('change-network', { body: { changes } });
  assert.equal(status, 409);
  const { hosts } = await made(owner.call('network', { query: {} }));
  assert.equal(
    hosts.some((one) => one.name === name),
    false,
  );
});

test('a facility file leads back to what it was written from, and a dry run changes nothing', async () => {
  const { text } = await made(owner.call('facility-file', { query: {} }));
  const same = await made(owner.call('import-facility-file', { body: { text, dryRun: true } }));
  assert.deepEqual([same.troubles, same.changeCount], [[], 0]);
  const more = text.replace('hosts:\n', 'hosts:\n  grade-09: {zone: Production, addresses: [10.1.0.99]}\n');
  const dry = await made(owner.call('import-facility-file', { body: { text: more, dryRun: true } }));
  assert.deepEqual(dry.changes, [{ sign: '+', noun: 'host', name: 'grade-09' }]);
  const { hosts } = await made(owner.call('network', { query: {} }));
  assert.equal(
    hosts.some(({ name }) => name === 'grade-09'),
    false,
  );
  const real = await made(owner.call('import-facility-file', { body: { text: more, dryRun: false } }));
  assert.equal(real.entries?.length, 1);
  const wrong = await made(owner.call('import-facility-file', { body: { text: `${text}nonsense: [`, dryRun: true } }));
  assert.ok(wrong.troubles.length > 0 && wrong.entries === undefined);
  const preset = await made(owner.call('network-preset', { body: { size: 'small', network: '10.20.0.0/16' } }));
  assert.match(preset.text, /production/);
});

test('tests of an imported file are kept: pages and API are held to them, the proof and the export show them', async () => {
  const text = (tests: string) => `facility: 1\ntests:\n${tests}`;
  const bring = (tests: string) => owner.call('import-facility-file', { body: { text: text(tests), dryRun: false } });
  const line = '  - {name: The storage keeps to itself, deny: {from: Storage, to: Internet, service: smb}}\n';
  const first = await made(bring(line));
  assert.deepEqual(first.changes, [{ sign: '+', noun: 'policy test', name: 'The storage keeps to itself' }]);
  assert.equal(first.entries?.length, 1);
  const { tests } = await made(owner.call('prove-network', { query: {} }));
  assert.deepEqual(
    tests.map(({ name, holds }) => [name, holds]),
    [['The storage keeps to itself', true]],
  );
  const written = await made(owner.call('facility-file', { query: {} }));
  assert.match(written.text, /name: The storage keeps to itself/);
  const same = await made(owner.call('import-facility-file', { body: { text: written.text, dryRun: true } }));
  assert.deepEqual([same.changeCount, same.refused], [0, undefined]);

  const id = idOf('flow');
  const until = world.clock.now() + 10 * DAY_MS;
  const out = { ...flow(at(zone, 'Storage'), { kind: 'zone', zone: at(zone, 'Internet') }, id), until };
  const breaking = await made(owner.call('preview-network', { body: { changes: [out] } }));
  assert.deepEqual([breaking.refused?.code, breaking.exceptable], ['breaks-invariant', true]);
  const broken = breaking.invariants.filter((one) => one.broken.length > 0);
  const lifted = broken.map((one) => {
    const lift = { kind: 'except-invariant' as const, invariant: one.id, flow: id, owner: other, until };
    return { ...lift, reason: 'until the mirror is up' };
  });
  const batch = [out, ...lifted];
  const preview = await made(owner.call('preview-network', { body: { changes: batch } }));
  assert.deepEqual([preview.refused?.code, preview.exceptable], ['policy-test-fails', false]);
  const [failing] = preview.tests;
  assert.deepEqual([failing?.name, failing?.expects], ['The storage keeps to itself', 'Nothing of it shall pass.']);
  assert.deepEqual([failing?.packet?.protocol, failing?.packet?.port], ['tcp', 445]);
  const refused = await owner.call('change-network', { body: { changes: batch } });
  assert.deepEqual([refused.status, refused.body.code], [422, 'policy-test-fails']);

  const wrong = await made(bring('  - {allow: {from: Storage, to: Internet, service: smb}}\n'));
  assert.deepEqual([wrong.refused?.code, wrong.entries], ['test-fails', undefined]);
  assert.match(wrong.refused?.message ?? '', /at line 3/);
  await made(bring('  []\n'));
  assert.equal((await made(owner.call('preview-network', { body: { changes: batch } }))).refused, undefined);
});

test('machines are read from another server’s records, those that are known told apart', async () => {
  const text = [
    '10.1.0.5 dev eth1 lladdr 02:00:00:00:00:05 REACHABLE',
    '10.1.0.77 dev eth1 lladdr 02:00:00:00:00:77 STALE',
  ].join('\n');
  const { devices, format } = await made(owner.call('read-devices', { body: { text } }));
  assert.equal(format, 'neigh');
  assert.deepEqual(
    devices.map(({ addresses, known, zone: found }) => [addresses[0], known, found === zone['Production']]),
    [
      ['10.1.0.5', 'edit-01', true],
      ['10.1.0.77', undefined, true],
    ],
  );
});

test('only who may see the network sees it, and only who may change it does', async () => {
  for (const name of ['network', 'prove-network', 'network-blast', 'network-map', 'list-quarantines'] as const)
    assert.equal((await artist.call(name, { query: {} })).status, 403, name);
  const scope = { kind: 'host', host: at(host, 'edit-01') } as const;
  assert.equal((await artist.call('quarantine', { body: { scope, reason: 'x' } })).status, 403);
  assert.equal((await artist.call('change-network-mode', { body: { mode: 'observe' } })).status, 403);
});

test('the mode changes, rules wait to be kept, and whoever may keeps them', async () => {
  await made(owner.call('change-network-mode', { body: { mode: 'observe' } }));
  const apply = makeId('apply', new Uint8Array(ID_RANDOM_BYTES));
  const hash = '0'.repeat(64);
  const now = world.clock.now();
  await world.engine.command(
    {
      kind: 'record-apply',
      apply,
      mode: 'observe',
      fromSize: 3,
      rulesSha256: hash,
      listingSha256: hash,
      elements: 12,
      commitMs: 3.5,
      confirmBy: now + 60_000,
    },
    { service: 'gate-network' },
  );
  const waiting = await made(owner.call('network', { query: {} }));
  assert.deepEqual([waiting.mode, waiting.apply?.standing, waiting.apply?.commitMs], ['observe', 'unconfirmed', 3.5]);
  await made(owner.call('confirm-apply', { params: { apply } }));
  assert.equal((await made(owner.call('network', { query: {} }))).apply?.standing, 'confirmed');
  const again = await owner.call('confirm-apply', { params: { apply } });
  assert.equal(again.body.code, 'already-done');
});

test('findings are listed with their next step, and closed by who saw to them', async () => {
  const found = {
    key: 'device 02:00:00:00:00:99',
    finding: 'unknown-device' as const,
    says: 'A device nobody declared speaks on the production network.',
    next: 'Add it as a host, or unplug it.',
    mac: '02:00:00:00:00:99',
    from: '10.1.0.99',
  };
  await world.engine.command({ kind: 'record-network-finding', found }, { service: 'gate-network' });
  const { findings } = await made(owner.call('network', { query: {} }));
  assert.deepEqual(
    findings.map(({ key, times, next }) => [key, times, next]),
    [[found.key, 1, found.next]],
  );
  await made(owner.call('settle-network-finding', { body: { key: found.key } }));
  assert.deepEqual((await made(owner.call('network', { query: {} }))).findings, []);
});

test('refused packets are folded by both ends and port, with names', async () => {
  const now = world.clock.now();
  const row = { from: '10.1.0.5', to: '192.0.2.9', protocol: 'tcp', port: 443 };
  const entry = (packets: number) => ({
    kind: 'network.denied' as const,
    stream: 'facility' as const,
    by: { service: 'gate-network' },
    about: {},
    data: { from: now - 10, until: now, rows: [{ ...row, packets }], others: 1 },
  });
  await world.engine.record([entry(3), entry(4)]);
  const { rows, others } = await made(owner.call('network-denials', { query: {} }));
  assert.deepEqual(
    rows.map(({ lastAt, ...rest }) => ({ ...rest, isFresh: lastAt >= now })),
    [{ ...row, packets: 7, fromName: 'edit-01', toName: 'Internet', isFresh: true }],
  );
  assert.equal(others, 2);
});

test('quarantine: receipts, a map that shows it, a proof of why nothing passes, and a release that takes two', async () => {
  const scope = { kind: 'host', host: at(host, 'edit-01') } as const;
  const ordered = await made(owner.call('quarantine', { body: { scope, reason: 'a strange process' } }));
  const cut: CutId = ordered.cut;
  await made(owner.call('see-cut', { params: { cut }, query: { wait: 2000 } }));
  const [standing] = (await made(owner.call('list-quarantines', { query: {} }))).quarantines;
  assert.deepEqual([standing?.name, standing?.cut?.complete], ['edit-01', true]);
  assert.match((await made(owner.call('network-map', { query: {} }))).svg, /class="[^"]*quarantined/);
  const closed = await reach('edit-01', 'san-01');
  assert.deepEqual(
    [closed.may, closed.next],
    [false, 'edit-01 is in quarantine; that stands above every rule until two people release it.'],
  );
  const params = { quarantine: ordered.quarantine };
  assert.equal((await engineer.call('release-quarantine', { params })).body.code, 'release-not-asked');
  await made(engineer.call('ask-release', { params, body: { reason: 'it was the licence daemon' } }));
  const own = await engineer.call('release-quarantine', { params });
  assert.equal(own.body.code, 'own-release');
  await made(owner.call('release-quarantine', { params }));
  assert.deepEqual((await made(owner.call('list-quarantines', { query: {} }))).quarantines, []);
  assert.equal((await reach('edit-01', 'san-01')).may, true);
});

test('a question about what is not there is refused with how to ask', async () => {
  const answer = await owner.call('network-reach', { body: { from: 'nowhere', to: '10.2.0.5' } });
  assert.deepEqual([answer.status, answer.body.code], [404, 'unknown-place']);
});
