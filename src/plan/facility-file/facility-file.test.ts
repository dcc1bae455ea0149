/** A file and a facility: what is written is read back, nothing that is the same is touched, and tests of the file bite. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { addPerson, addProject, ask, drawWorld, newId, WORLD_BEGINS } from '#model/drawn-world.ts';
import { pick, seeded } from '#access/random-world.ts';
import type { FacilityFile, FileEnd } from '#model/facility-file.ts';
import { facilityFile } from '#model/facility-file.ts';
import { DAY_MS } from '#model/limits.ts';
import { checkTests } from '#plan/facility-file/assertions.ts';
import type { Reader } from '#plan/facility-file/names.ts';
import { afterChanges, planImport } from '#plan/facility-file/plan-import.ts';
import { previewNetwork } from '#plan/network/guard.ts';
import { renderFile } from '#plan/facility-file/render-file.ts';
import { drawFacility } from '#plan/network/test-facility.ts';
import { parsePort } from '#plan/facility-file/nouns.ts';

// The same cases in every run; a failure names the case that shrank from it.
fc.configureGlobal({ seed: 20260302 });

function readerOf(world: DrawnWorld): Reader {
  return { at: world.at, makeId: (kind) => newId(world, kind), me: world.owner };
}

function scene(): DrawnWorld {
  const world = drawWorld();
  addProject(world, 'alpha');
  addPerson(world);
  return world;
}

/** Imports, or says what is in the way. */
function bring(world: DrawnWorld, file: FacilityFile): number {
  const { changes, troubles } = planImport(world.state, file, readerOf(world));
  assert.deepEqual(troubles, []);
  if (changes.length > 0) ask(world, { kind: 'import-network', changes: [...changes] });
  return changes.length;
}

const NAMES = ['a', 'b', 'edit/1', 'drop', 'a b', 'Ünïx', 'a/b', 'toString'] as const;
/** A file that fits: each zone has a network of its own, each host an address of its zone. */
function randomFile(seed: number): FacilityFile {
  const next = seeded(seed);
  const roll = (below: number) => Math.floor(next() * below);
  const some = (least: number, most: number) =>
    [...NAMES].sort(() => next() - 0.5).slice(0, least + roll(most - least + 1));
  const date = () => new Date(WORLD_BEGINS + (1 + roll(300)) * DAY_MS).toISOString().slice(0, 10);
  const [zones, services, shift] = [some(1, 5), some(1, 3), roll(4) * 16];
  const homes = some(0, 6).map((name, i) => ({ name, home: roll(zones.length), i }));
  const end = (): FileEnd => {
    if (homes.length > 0 && roll(2) === 0) return { host: pick(homes, next).name };
    const zone = pick(zones, next);
    return roll(4) > 0 ? { zone } : { zone, network: `10.${zones.indexOf(zone) + shift}.0.0/24`, name: 'part' };
  };
  const flows = Array.from({ length: roll(7) }, () => ({
    from: end(),
    to: end(),
    service: pick(services, next),
    class: pick(['standard', 'core-service', 'admin'] as const, next),
    reason: `because ${roll(3)}`,
    ...(roll(2) === 0 ? { review: date() } : {}),
    ...(roll(3) === 0 ? { until: date() } : {}),
  }));
  const exposures = Array.from({ length: homes.length === 0 ? 0 : roll(3) }, (_, i) => {
    return { host: pick(homes, next).name, service: pick(services, next), as: `n${i}`, reason: 'r' };
  });
  const subject = () => {
    if (flows.length > 0 && roll(2) === 0) {
      const { from, to, service } = pick(flows, next);
      return { flow: { from, to, service } };
    }
    if (exposures.length > 0 && roll(2) === 0) {
      const { host, service } = pick(exposures, next);
      return { exposure: { host, service } };
    }
    return homes.length > 0 && roll(2) === 0 ? { host: pick(homes, next).name } : { zone: pick(zones, next) };
  };
  return {
    facility: 1,
    zones: Object.fromEntries(
      zones.map((name, i) => {
        const networks = [`10.${i + shift}.0.0/16`, ...(roll(2) === 0 ? [`fd00:${i + shift}::/32`] : [])];
        return [name, { trust: roll(100), networks }];
      }),
    ),
    hosts: Object.fromEntries(
      homes.map(({ name, home, i }) => [
        name,
        {
          zone: zones[home] ?? '',
          addresses: [`10.${home + shift}.0.${i + 1}`],
          ...(roll(2) === 0 ? { purpose: 'x' } : {}),
          ...(roll(3) === 0 ? { projects: ['alpha'] } : {}),
          ...(roll(3) === 0 ? { macs: [`02:00:00:00:00:0${i}`] } : {}),
        },
      ]),
    ),
    services: Object.fromEntries(services.map((name, i) => [name, { ports: [`tcp/${400 + i}`, 'icmp'] }])),
    flows,
    exposures,
    exceptions: Array.from({ length: roll(4) }, () => ({
      invariant: pick(['I3', 'I6'] as const, next),
      ...subject(),
      reason: `e${roll(2)}`,
      until: date(),
    })),
    tests: Array.from({ length: roll(4) }, () => ({
      ...(roll(2) === 0 ? { name: `promise ${roll(2)}` } : {}),
      deny: { from: pick(zones, next), to: pick(zones, next), service: pick(['any', 'tcp/9'], next) },
    })),
  };
}

/** As exported: two facilities with the same are the same text. */
function exported(world: DrawnWorld): string {
  return JSON.stringify(renderFile(world.state));
}

test('any file onto any facility: all of it is there, a second time changes nothing, and so does what is exported', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (a, b) => {
      const [one, other] = [randomFile(a), randomFile(b)];
      const [world, fresh] = [scene(), scene()];
      bring(world, one);
      bring(world, other);
      assert.equal(bring(world, other), 0, 'the same file again');
      const copy = facilityFile.parse(JSON.parse(exported(world)));
      assert.equal(bring(world, copy), 0, 'what was exported');
      bring(fresh, copy);
      assert.equal(exported(fresh), exported(world), 'what was exported, onto an empty facility');
    }),
    { numRuns: 400 },
  );
});

for (const size of ['small', 'mid'] as const) {
  test(`a drawn ${size} facility is exported and comes back the same`, () => {
    const { world } = drawFacility(size);
    const file = facilityFile.parse(JSON.parse(exported(world)));
    assert.equal(bring(world, file), 0);
    const fresh = drawWorld();
    const aliases = [...world.state.projects.values()].map(({ alias }) => alias);
    for (const alias of aliases) addProject(fresh, alias);
    for (const person of world.state.people.keys())
      if (!fresh.state.people.has(person))
        ask(fresh, {
          kind: 'add-person',
          person,
          nature: 'human',
          name: { subject: 'facility', salt: '', box: '' },
          roles: [],
        });
    bring(fresh, file);
    assert.equal(exported(fresh), exported(world));
  });
}

const BASE: FacilityFile = {
  facility: 1,
  owner: 'me',
  zones: {
    internet: { trust: 0, kinds: ['internet'] },
    office: { trust: 30, networks: ['10.1.0.0/24'], kinds: ['corporate'] },
    production: { trust: 70, networks: [{ cidr: '10.2.0.0/24', vlan: 20 }], kinds: ['production', 'storage'] },
  },
  hosts: { san: { zone: 'production', addresses: ['10.2.0.10'], role: 'storage' } },
  services: { smb: { ports: ['tcp/445'] } },
  flows: [],
};

test('a section that is left out is left as it is; one that is there is the whole of it', () => {
  const world = scene();
  bring(world, BASE);
  assert.equal(bring(world, { facility: 1, services: { smb: { ports: ['tcp/445', 'tcp/139'] } } }), 1);
  assert.equal(world.state.zones.size, 3);
  assert.equal(bring(world, { facility: 1, hosts: {} }), 1);
  assert.equal(world.state.hosts.size, 0);
  assert.equal(bring(world, { ...BASE, hosts: {}, zones: { internet: { trust: 0, kinds: ['internet'] } } }), 3);
  assert.equal(world.state.zones.size, 1);
});

test('what changes is as little as it can be: a date is reviewed, a host changed, a reason makes a new flow', () => {
  const world = scene();
  const flow = { from: 'production', to: 'office', service: 'smb', reason: 'deliveries', review: '2026-06-01' };
  bring(world, { ...BASE, flows: [flow] });
  const kinds = (file: FacilityFile) => planImport(world.state, file, readerOf(world)).changes.map(({ kind }) => kind);
  assert.deepEqual(kinds({ ...BASE, flows: [{ ...flow, review: '2026-07-01' }] }), ['review-flow']);
  assert.deepEqual(kinds({ ...BASE, flows: [{ ...flow, reason: 'other' }] }), ['remove-flow', 'add-flow']);
  assert.deepEqual(
    kinds({ ...BASE, flows: [{ from: 'production', to: 'office', service: 'smb', reason: 'deliveries' }] }),
    [],
  );
  const san = { zone: 'production', addresses: ['10.2.0.11'] };
  assert.deepEqual(kinds({ ...BASE, flows: [flow], hosts: { san } }), ['change-host']);
  assert.deepEqual(kinds({ ...BASE, flows: [flow, flow] }), ['add-flow'], 'the same line twice is two flows');
});

test('whatever cannot be is told with its place, all at once, and nothing is changed', () => {
  const world = scene();
  bring(world, BASE);
  const { changes, troubles } = planImport(
    world.state,
    {
      ...BASE,
      owner: 'somebody',
      zones: { ...BASE.zones, lost: { trust: 5, project: 'nothing' } },
      hosts: { san: { zone: 'storage' } },
      services: { smb: { ports: ['tcp/99999'] } },
      flows: [
        { from: 'nowhere', to: 'office/san', service: 'smb', reason: 'x' },
        { from: 'office', to: 'production', service: 'nfs', reason: 'x' },
        { from: 'office', to: 'production', service: 'smb', reason: 'x' },
      ],
      exceptions: [{ invariant: 'I6', reason: 'x', until: '2026-09-01' }],
    },
    readerOf(world),
  );
  assert.deepEqual(changes, []);
  assert.deepEqual(
    troubles.map(({ path }) => path.join('.')).sort(),
    [
      'exceptions.0',
      'flows.0.from',
      'flows.0.to',
      'flows.1.service',
      'flows.2.owner',
      'hosts.san.zone',
      'services.smb.ports.0',
      'zones.lost.project',
    ].sort(),
  );
  for (const { says } of troubles) assert.ok(says.endsWith('.'), says);
});

test('tests are kept by the facility: written again, left by a file without them, replaced by one that has some', () => {
  const world = scene();
  const border = { name: 'The border', deny: { from: 'internet', to: 'production', service: 'any' } } as const;
  const inward = { allow: { from: 'office', to: 'office', service: 'smb', at: 'always' } } as const;
  assert.equal(bring(world, { ...BASE, tests: [border, inward, border] }), 7);
  const file = facilityFile.parse(JSON.parse(exported(world)));
  assert.deepEqual(new Set(file.tests), new Set([border, inward]));
  assert.equal(bring(world, file), 0, 'what was exported changes nothing');
  assert.equal(bring(world, BASE), 0, 'no section, no change');
  const kinds = (tests: FacilityFile['tests']) =>
    planImport(world.state, { ...BASE, tests }, readerOf(world)).changes.map(({ kind }) => kind);
  assert.deepEqual(kinds([border]), ['drop-policy-test']);
  assert.deepEqual(kinds([{ ...border, name: 'Our border' }, inward]), ['drop-policy-test', 'keep-policy-test']);
  assert.equal(bring(world, { facility: 1, tests: [] }), 2);
  assert.equal(world.state.network.tests.size, 0);
});

test('people by id, by what the reader knows, or as oneself', () => {
  const world = scene();
  const she = addPerson(world);
  const flow = { from: 'production', to: 'office', service: 'smb', reason: 'x' };
  const person = (text: string) => (text === 'maya@post.example' ? she : undefined);
  const plan = (owner: string | undefined, reader: Partial<Reader> = {}) =>
    planImport(world.state, { ...BASE, owner, flows: [flow] }, { ...readerOf(world), person, ...reader });
  const ownerIn = (text: string | undefined) =>
    plan(text).changes.flatMap((change) => (change.kind === 'add-flow' ? [change.owner] : []));
  assert.deepEqual(ownerIn(she), [she]);
  assert.deepEqual(ownerIn('maya@post.example'), [she]);
  assert.deepEqual(ownerIn('me'), [world.owner]);
  assert.deepEqual(ownerIn(undefined), [world.owner]);
  assert.match(plan('me', { me: undefined }).troubles[0]?.says ?? '', /Nobody is signed in/);
});

test('tests of a file speak of every packet and instant, and show the one that breaks them', () => {
  const world = scene();
  const flow = { from: 'office', to: 'production/san', service: 'smb', reason: 'x', until: '2026-03-10' };
  bring(world, { ...BASE, flows: [flow] });
  const office = { from: 'office', to: 'production', service: 'any' };
  const rows: readonly (readonly [boolean, NonNullable<FacilityFile['tests']>[number]])[] = [
    [false, { deny: office }],
    [false, { deny: { ...office, at: 'now' } }],
    [true, { deny: { ...office, at: '2026-03-10' } }],
    [true, { deny: { ...office, service: 'tcp/446-65535' } }],
    [true, { deny: { from: 'production', to: 'office', service: 'any' } }],
    [true, { deny: { from: { not: ['office'] }, to: 'production', service: 'any' } }],
    [false, { deny: { from: 'any', to: { not: ['office'] }, service: 'smb' } }],
    [false, { deny: { from: '10.1.0.7', to: '10.2.0.10', service: 'tcp/445' } }],
    [true, { deny: { from: '10.1.0.7', to: '10.2.0.11', service: 'tcp/445' } }],
    [true, { deny: { from: 'internet', to: 'production', service: 'any' } }],
    [true, { allow: { from: 'office', to: 'production/san', service: 'smb' } }],
    [true, { allow: { from: 'office', to: { host: 'san' }, service: 'smb', at: '2026-03-09' } }],
    [false, { allow: { from: 'office', to: 'production/san', service: 'smb', at: 'always' } }],
    [false, { allow: { from: 'office', to: 'production', service: 'smb' } }],
    [false, { allow: { from: 'internet', to: 'production/san', service: 'smb' } }],
    [false, { allow: { from: 'office', to: 'nowhere', service: 'smb' } }],
    [false, { deny: { from: 'office', to: 'production', service: 'nfs4' } }],
    [false, { deny: { ...office, at: '2026-01-01' } }],
  ];
  const results = checkTests(
    world.state,
    rows.map(([, one]) => one),
    world.at,
  );
  for (const [i, [expected, one]] of rows.entries()) {
    assert.equal(results[i]?.holds, expected, JSON.stringify(one));
    assert.ok(results[i]?.says.endsWith('.'), results[i]?.says);
  }
  assert.equal(results[0]?.packet?.to, '10.2.0.10');
  assert.equal(results[0]?.because?.length, 1);
  assert.equal(results[13]?.packet?.protocol, 'tcp');
});

test('an empty facility allows nothing: every deny holds, no allow does', () => {
  const world = scene();
  const results = checkTests(
    world.state,
    [
      { deny: { from: 'any', to: 'any', service: 'any' } },
      { allow: { from: '10.0.0.1', to: '10.0.0.2', service: 'tcp/445' } },
    ],
    world.at,
  );
  assert.deepEqual(
    results.map(({ holds }) => holds),
    [true, false],
  );
});

test('a change that a test of the file speaks against shows before it is made', () => {
  const world = scene();
  bring(world, BASE);
  const tests = [{ deny: { from: 'internet', to: 'production', service: 'any' } }];
  const file: FacilityFile = {
    ...BASE,
    flows: [{ from: 'internet', to: 'production/san', service: 'smb', reason: 'a bad idea' }],
    tests,
  };
  const { changes } = planImport(world.state, file, readerOf(world));
  const after = afterChanges(world.state, changes, { by: { person: world.owner }, at: world.at });
  assert.ok(after.kind === 'ok');
  const [result] = checkTests(after.value, tests, world.at);
  assert.equal(result?.holds, false);
  assert.match(result?.says ?? '', /-> 10\.2\.0\.10 tcp\/445 at 2026-03-02T09:00:00\.000Z passes\./);
});

test('ports are read as they are written', () => {
  assert.deepEqual(parsePort('tcp/445'), { protocol: 'tcp', first: 445, last: 445 });
  assert.deepEqual(parsePort('udp/5000-5010'), { protocol: 'udp', first: 5000, last: 5010 });
  assert.deepEqual(parsePort('icmp'), { protocol: 'icmp' });
  for (const text of ['tcp/70000', 'tcp/20-10', 'sctp/1', '', 'tcp/x', '/'])
    assert.equal(parsePort(text), undefined, text);
});

test('a zone goes with exceptions that the same file grants for it, and not without', () => {
  const { world, people } = drawFacility('mid');
  const whole = renderFile(world.state);
  const { physec: _, ...zones } = whole.zones ?? {};
  const hosts = Object.fromEntries(Object.entries(whole.hosts ?? {}).filter(([, { zone }]) => zone !== 'physec'));
  const flows = (whole.flows ?? []).filter((flow) => !JSON.stringify(flow).includes('physec'));
  const bare: FacilityFile = { ...whole, zones, hosts, flows, exceptions: [] };
  const preview = (file: FacilityFile) => {
    const { changes, troubles } = planImport(world.state, file, readerOf(world));
    assert.deepEqual(troubles, []);
    const after = afterChanges(world.state, changes, { by: { person: world.owner }, at: world.at });
    assert.ok(after.kind === 'ok', JSON.stringify(after));
    return previewNetwork(world.state, after.value, world.at);
  };
  const { refused, invariants } = preview(bare);
  assert.equal(refused?.code, 'relabelled');
  const until = new Date(world.at + DAY_MS).toISOString();
  const owner = people[0] ?? assert.fail();
  const exceptions = invariants
    .filter(({ broken }) => broken.length > 0)
    .map(({ id }) => ({ invariant: id, zone: 'physec', owner, reason: 'the doors moved to another network', until }));
  assert.equal(preview({ ...bare, exceptions }).refused, undefined);
});
