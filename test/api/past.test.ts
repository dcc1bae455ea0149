/** `?at=`: every view of the state can be asked for as it was; each answer here differs before and after one change. */
import { after, before, test } from 'node:test';
import { z } from 'zod';
import assert from 'node:assert/strict';
import { endpoints } from '#api/endpoints.ts';
import { DAY_MS } from '#model/limits.ts';
import type { Endpoint } from '#api/endpoints/endpoint.ts';
import type { CutId, EngagementId, HostId, PersonId, RoleId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import { createFacility, joinWith, openWorld } from './world.ts';
import type { Browser, World } from './world.ts';

let world: World;
let owner: Browser;
let artist: Browser;
let then: number;
let person: PersonId;
let farm: EngagementId;
let cut: CutId;
let suite: HostId;

before(async () => {
  // No SFTP gate runs here: its receipt comes when the test records it.
  world = await openWorld({ gates: ['portal', 'sftp'] });
  ({ browser: owner } = await createFacility(world));
  const self = (await owner.call('me')).body.person.id;
  await made(owner.call('create-project', { body: { alias: 'alpha', title: 'Alpha', owner: self } }));
  const added = await made(owner.call('add-person', { body: { name: 'Ada First', inviteDays: 1 } }));
  person = added.person.id;
  const first = await give('editor');
  ({ browser: artist } = await joinWith(world, added.link ?? ''));
  const service = await made(owner.call('add-person', { body: { name: 'Farm', nature: 'service' } }));
  farm = await give('render-service', service.person.id);
  cut = (await made(owner.call('end-engagement', { params: { engagement: await give('colourist') } }))).cut;
  await made(owner.call('see-cut', { params: { cut }, query: { wait: 1000 } }));
  world.clock.advance(1000);
  then = world.clock.now();
  world.clock.advance(1000);
  await change(first, self);
  world.clock.advance(1000);
});
after(() => world.close());

async function made<T>(call: Promise<{ readonly status: number; readonly body: T }>): Promise<T> {
  const { status, body } = await call;
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

async function give(role: string, who = person): Promise<EngagementId> {
  const from = world.clock.now();
  const body = { person: who, role: role as RoleId, from, until: from + DAY_MS };
  return (await made(owner.call('give-engagement', { params: { project: 'alpha' }, body }))).engagement.id;
}

/** One change for each thing that a view shows. */
async function change(first: EngagementId, self: PersonId): Promise<void> {
  for (const [alias, title] of [
    ['beta', 'Beta'],
    ['gamma', 'Gamma'],
  ] as const)
    await made(owner.call('create-project', { body: { alias, title, owner: self } }));
  await made(owner.call('add-person', { body: { name: 'Bea Second' } }));
  await made(owner.call('add-zone', { body: { name: 'Grading', trust: 80, networks: [] } }));
  const role = { title: 'Colour assist', scope: 'project' as const, grants: [] };
  await made(owner.call('define-role', { params: { role: 'colour-assist' as RoleId }, body: role }));
  await give('sound-mixer');
  const until = world.clock.now() + 10 * DAY_MS;
  const asked = { ask: 'access', project: 'beta', role: 'editor' as RoleId, until, reason: 'reel 2' } as const;
  await made(owner.call('ask-access', { body: asked }));
  await made(owner.call('end-engagement', { params: { engagement: first }, body: {} }));
  const token = { label: 'farm', until: until - 9.5 * DAY_MS };
  await made(owner.call('issue-token', { params: { engagement: farm }, body: token }));
  await made(owner.call('lock-project', { params: { project: 'alpha' }, body: { reason: 'a leak' } }));
  for (const somebody of [person, self]) {
    const opened = await world.sessions.open({ gate: 'portal', person: somebody, until });
    assert.ok(!('code' in opened), JSON.stringify(opened));
  }
  await made(owner.call('ask-recovery', { params: { person }, body: { reason: 'a lost phone' } }));
  await made(owner.call('add-ssh-key', { body: { publicKey: SSH_KEY } }));
  await receipt();
  await network();
  await backups();
}

/** A host in quarantine, and what the network gate refused. */
async function network(): Promise<void> {
  const zone = await made(
    owner.call('add-zone', { body: { name: 'Suites', trust: 70, networks: [{ cidr: '10.9.0.0/24' }] } }),
  );
  const added = { name: 'edit-07', zone: zone.zone.id, addresses: ['10.9.0.7'] };
  const { host } = await made(owner.call('add-host', { body: added }));
  suite = host.id;
  const scope = { kind: 'host', host: host.id } as const;
  await made(owner.call('quarantine', { body: { scope, reason: 'a strange process' } }));
  const now = world.clock.now();
  const rows = [{ from: '10.9.0.7', to: '192.0.2.1', protocol: 'tcp', port: 443, packets: 3 }];
  const data = { from: now - 1, until: now, rows, others: 0 };
  const by = { service: 'gate-network' };
  await world.engine.record([{ kind: 'network.denied', stream: 'facility', by, about: {}, data }]);
}

/** A vault, a policy, a snapshot, and what was tried with it. */
async function backups(): Promise<void> {
  const place = {
    name: 'Cellar',
    nature: 'local',
    address: 'https://cellar.example/',
    locks: 'root',
    lockDays: 30,
  } as const;
  const { vault } = await made(owner.call('enrol-vault', { body: place }));
  const hour = DAY_MS / 24;
  const wish = { name: 'Hourly', everyMs: hour, keepDays: 60, rpoMs: 2 * hour, rtoMs: hour, vaults: [vault] };
  const { policy } = await made(owner.call('set-backup-policy', { params: ALPHA, body: wish }));
  await made(owner.call('set-backup-policy', { params: { project: 'gamma' }, body: wish }));
  await made(owner.call('wrap-project', { params: { project: 'gamma' }, body: { reason: 'it is over' } }));
  const backup = makeId('backup', new Uint8Array(ID_RANDOM_BYTES));
  const by = { service: 'gate-backup' };
  const begun = await world.engine.command({ kind: 'begin-backup', backup, policy, vault, because: 'asked' }, by);
  assert.notEqual(begun.kind, 'refused');
  const [hash, now] = ['a'.repeat(64), world.clock.now()];
  const taken = {
    snapshot: hash,
    tree: hash,
    manifestSha256: hash,
    startedAt: now,
    finishedAt: now,
    files: 1,
    bytes: 1,
  };
  const rest = { addedBytes: 1, consistency: 'watched', unsteady: 0 } as const;
  const done = await world.engine.command({ kind: 'record-backup', backup, ...taken, ...rest }, by);
  assert.notEqual(done.kind, 'refused');
  const ways = [{ way: 'command' as const, to: '/usr/local/bin/tell' }];
  assert.notEqual((await world.engine.command({ kind: 'set-alert-ways', ways }, by)).kind, 'refused');
  const back = { backup, path: 'media', mode: 'aside', newestClean: false, reason: 'a look' } as const;
  await made(owner.call('begin-restore', { body: back }));
  await made(owner.call('begin-drill', { params: { policy }, body: {} }));
}

/** What the SFTP gate says a moment later. */
async function receipt(): Promise<void> {
  const now = world.clock.now();
  const probe = { bytesStopped: true, accessRefused: true, watchedMs: 1 };
  const told = { gate: 'sftp' as const, sessions: [], sessionCount: 0, orderedAt: now, ms: 1, probe };
  const recorded = await world.engine.command({ kind: 'record-receipt', cut, receipt: told }, { service: 'gate-sftp' });
  assert.notEqual(recorded.kind, 'refused');
}

/** Made once with `ssh-keygen -t ed25519`; its private half is gone. */
const SSH_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIej2Nh3kh9aipr2XNRNlRJon9gan6JBwXQjal0V2i0k laptop';

type Views = Readonly<Record<string, (at: { readonly at?: number }) => Promise<{ status: number; body: unknown }>>>;

const ALPHA = { project: 'alpha' };

/** What is asked, of each endpoint that takes an instant in its query. */
const VIEWS: Views = {
  me: (query) => artist.call('me', { query }),
  today: (query) => owner.call('today', { query }),
  'my-credentials': (query) => owner.call('my-credentials', { query }),
  'my-sessions': (query) => owner.call('my-sessions', { query }),
  'list-recoveries': (query) => owner.call('list-recoveries', { query }),
  'list-tokens': (query) => owner.call('list-tokens', { params: { engagement: farm }, query }),
  'see-cut': (query) => owner.call('see-cut', { params: { cut }, query }),
  facility: (query) => owner.call('facility', { query }),
  'see-alerts': (query) => owner.call('see-alerts', { query }),
  network: (query) => owner.call('network', { query }),
  'prove-network': (query) => owner.call('prove-network', { query }),
  'network-blast': (query) => owner.call('network-blast', { query }),
  'facility-file': (query) => owner.call('facility-file', { query }),
  'network-map': (query) => owner.call('network-map', { query }),
  'export-network': (query) => owner.call('export-network', { query: { format: 'opnsense', ...query } }),
  'network-denials': (query) => owner.call('network-denials', { query }),
  backups: (query) => owner.call('backups', { query }),
  'project-backups': (query) => owner.call('project-backups', { params: ALPHA, query }),
  'list-restores': (query) => owner.call('list-restores', { query }),
  closings: (query) => owner.call('closings', { query }),
  'list-drills': (query) => owner.call('list-drills', { query }),
  'list-quarantines': (query) => owner.call('list-quarantines', { query }),
  'list-roles': (query) => owner.call('list-roles', { query }),
  'list-sessions': (query) => owner.call('list-sessions', { query }),
  'list-people': (query) => owner.call('list-people', { query }),
  'see-person': (query) => owner.call('see-person', { params: { person }, query }),
  'list-projects': (query) => owner.call('list-projects', { query }),
  'see-project': (query) => owner.call('see-project', { params: ALPHA, query }),
  'project-people': (query) => owner.call('project-people', { params: ALPHA, query }),
  'project-sessions': (query) => owner.call('project-sessions', { params: ALPHA, query }),
  'list-requests': (query) => owner.call('list-requests', { query }),
  'list-cuts': (query) => owner.call('list-cuts', { query }),
  'who-had-access': (query) => owner.call('who-had-access', { params: ALPHA, query }),
};

/** Questions to the decision take it in their body. */
const QUESTIONS: Views = {
  'network-reach': (at) => owner.call('network-reach', { body: { from: '10.9.0.7', to: '192.0.2.1', ...at } }),
  'network-breach': (at) =>
    owner.call('network-breach', { body: { subjects: [{ kind: 'host', host: suite }], ...at } }),
  permits: (at) => owner.call('permits', { body: { person, action: 'file.list', project: 'alpha', ...at } }),
  'who-can': (at) => owner.call('who-can', { body: { action: 'file.list', project: 'alpha', ...at } }),
  'what-can': (at) => owner.call('what-can', { body: { person, ...at } }),
};

/** What can be read and is no view of the state: why it takes no instant. */
const NO_STATE: Readonly<Record<string, string>> = {
  status: 'for nobody in particular, before anybody is signed in',
  'search-ledger': 'entries: they carry their times, and the search takes a range',
  checkpoint: 'the newest signature under the ledger; older ones stand in bundles',
  'see-entry': 'shows the world as it was at its own entry',
  'person-history': 'entries',
  'project-history': 'entries',
  'list-files': 'what lies on the storage now; what lay there is in the file entries',
  'see-file': 'as above',
  'list-bin': 'as above',
  'list-set-aside': 'as above',
  'list-snapshot': 'what a snapshot holds: it is the past itself, and stays as it is',
  'find-in-snapshot': 'as above',
  'find-in-backups': 'as above',
  'file-versions': 'as above',
  'diff-snapshots': 'two of them, each as it is',
  'ledger-keys': 'the keys that it is signed with; older ones stand in bundles',
  'touched-files': 'file entries, from a time that is asked for, and what snapshots hold',
  'restore-report': 'the record of one restore, which does not change',
  'closing-certificate': 'the record of one end, which does not change',
  'see-drill': 'the record of one drill, which carries its times and does not change',
  'removable-backups': 'what may be asked to go now',
  'see-share': 'what may be opened here now; who held what open then is in the sessions',
  runbook: 'what to do now; the one of an earlier day is told by its hash in the ledger',
  openapi: 'a description of this API',
  events: 'a stream of what happens from now on',
};

test('every view of the state takes an instant, and is asked here', () => {
  const reads = (Object.entries(endpoints) as [string, Endpoint][]).filter(([, { method }]) => method === 'GET');
  const [taking, others] = [new Set<string>(), new Set<string>()];
  for (const [name, { query }] of reads) {
    const fields = query instanceof z.ZodObject ? query.shape : {};
    ('at' in fields ? taking : others).add(name);
  }
  assert.deepEqual([...others].sort(), Object.keys(NO_STATE).sort());
  assert.deepEqual(Object.keys(VIEWS).sort(), [...taking].sort());
});

test('I was an editor then, with her rights and no more', async () => {
  const [past, present] = [await made(artist.call('me', { query: { at: then } })), await made(artist.call('me'))];
  const rights = (me: typeof past) =>
    me.projects.flatMap(({ folders }) => folders.find(({ name }) => name === 'media')?.may);
  assert.deepEqual([rights(past), rights(present)], [['file.list', 'file.read'], [undefined]]);
  assert.equal(past.session.id, present.session.id, 'the session is the present one');
  const refusal = await artist.call('me', { query: { at: 1 } });
  assert.equal(refusal.body.code, 'unknown-facility', 'before there was a facility');
});

for (const [name, ask] of Object.entries({ ...VIEWS, ...QUESTIONS })) {
  test(`${name} shows what was, and what is`, async () => {
    const [past, present] = [await ask({ at: then }), await ask({})];
    assert.deepEqual([past.status, present.status], [200, 200], JSON.stringify([past.body, present.body]));
    assert.notDeepEqual(facts(past.body), facts(present.body));
    assert.deepEqual(facts((await ask({ at: then })).body), facts(past.body), 'the past stays as it was');
  });
}

/** An answer without the instants at which it was made, which always differ. */
function facts(body: unknown): unknown {
  return JSON.parse(
    JSON.stringify(body, (key, value: unknown) =>
      ['at', 'now', 'lastActiveAt', 'idleUntil', 'tookMs'].includes(key) ? undefined : value,
    ),
  );
}
