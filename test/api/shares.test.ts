/** Opening storage at a workstation, as a table of what is refused and why: every refused attempt is an entry, and no session is left of it. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { LOOPBACK_COOKIE } from '#api/authenticate.ts';
import type { EntryOf } from '#model/events.ts';
import { decodeEntry } from '#ledger/entry.ts';
import type { Command } from '#model/commands.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { HostRole, ServicePort } from '#model/network-shapes.ts';
import type { By } from '#model/events.ts';
import type {
  EngagementId,
  FlowId,
  HostId,
  Id,
  IdKind,
  PersonId,
  ProjectId,
  RoleId,
  ServiceId,
  ZoneId,
} from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import { isRefused } from '#std/refused.ts';
import { Browser, createFacility, openWorld } from './world.ts';
import type { World } from './world.ts';

const [SEAT, OTHER_SEAT, SERVER, NAS] = ['10.20.0.5', '10.20.0.6', '10.20.0.9', '10.30.0.9'] as const;

let world: World;
let owner: Browser;
let by: By;
let project: ProjectId;
let beta: ProjectId;
const hosts = new Map<string, HostId>();
const zones = new Map<string, ZoneId>();
const services = new Map<string, ServiceId>();
let flow: FlowId;
/** What the gateway does in a facility: it says of each path that it is loaded. */
let isLoading = true;

/** A browser whose requests come from this address. */
class At extends Browser {
  readonly #from: string;

  constructor(from: string) {
    super(world);
    this.#from = from;
  }

  override async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookie !== undefined) headers.set('cookie', this.cookie);
    const request = new Request(`${world.portal.origin}${path}`, { ...init, headers });
    const response = await world.portal.api.fetch(request, { from: this.#from });
    const set = response.headers.get('set-cookie');
    if (set !== null) this.cookie = /Max-Age=0/.test(set) ? undefined : (set.split(';', 1)[0] ?? '');
    return response;
  }
}

function newId<K extends IdKind>(kind: K): Id<K> {
  return makeId(kind, crypto.getRandomValues(new Uint8Array(ID_RANDOM_BYTES)));
}

async function ask(command: Command, as: By = by): Promise<void> {
  const answer = await world.engine.command(command, as);
  assert.notEqual(answer.kind, 'refused', `${command.kind}: ${JSON.stringify(answer)}`);
}

before(async () => {
  world = await openWorld({ gates: ['portal', 'share'] });
  ({ browser: owner } = await createFacility(world));
  const me = (await owner.call('me')).body;
  by = { person: me.person.id as PersonId, session: me.session.id, from: '127.0.0.1' } as By; // ids are text in answers
  // The console declares the network; an engineer would.
  const console: By = { service: 'console' };
  for (const [name, network, kind] of [
    ['production', '10.20.0.0/24', 'production'],
    ['storage', '10.30.0.0/24', 'storage'],
  ] as const) {
    const zone = newId('zone');
    zones.set(name, zone);
    const networks = [{ cidr: network }];
    await importing({ kind: 'add-zone', zone, name, trust: 70, networks, kinds: [kind], content: 'kept' });
  }
  await addHost('suite-1', 'production', 'workstation', SEAT);
  await addHost('suite-2', 'production', 'workstation', OTHER_SEAT);
  await addHost('licence', 'production', 'server', SERVER);
  await addHost('nas', 'storage', 'storage', NAS);
  await addService('smb', [{ protocol: 'tcp', first: 445, last: 445 }]);
  project = await addProject('alpha');
  beta = await addProject('beta');
  flow = await addShare('suite-1');
  await addShare('licence');
  world.engine.subscribe((placed) => {
    for (const { entry } of placed) {
      const path = entry.about.opening;
      if (entry.kind !== 'path.opened' || path === undefined || !isLoading) continue;
      void world.engine.command({ kind: 'record-path-loaded', path }, { service: 'gate-network' });
    }
  });
  await ask({ kind: 'change-network-mode', mode: 'observe' }, console);
});
after(() => world.close());

function importing(change: Extract<Command, { kind: 'import-network' }>['changes'][number]): Promise<void> {
  return ask({ kind: 'import-network', changes: [change] }, { service: 'console' });
}

async function addHost(name: string, zone: string, role: HostRole, address: string): Promise<void> {
  const host = newId('host');
  hosts.set(name, host);
  await importing({ kind: 'add-host', host, zone: zones.get(zone) ?? newId('zone'), name, role, addresses: [address] });
}

async function addService(name: string, ports: ServicePort[]): Promise<void> {
  const service = newId('service');
  services.set(name, service);
  await importing({ kind: 'define-service', service, name, plane: 'data', ports });
}

async function addShare(from: string): Promise<FlowId> {
  const id = newId('flow');
  const end = (name: string) => ({ kind: 'host' as const, host: hosts.get(name) ?? newId('host') });
  await importing({
    kind: 'add-flow',
    flow: id,
    from: end(from),
    to: end('nas'),
    service: services.get('smb') ?? newId('service'),
    class: 'share',
    owner: by.person ?? newId('person'),
    reason: 'media lies there',
    reviewBy: world.clock.now() + 30 * DAY_MS,
  });
  return id;
}

async function addProject(alias: string): Promise<ProjectId> {
  const made = await owner.call('create-project', {
    body: { alias, title: alias, owner: by.person ?? newId('person') },
  });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  return made.body.project.id as ProjectId; // ids are text in answers
}

interface Artist {
  readonly id: PersonId;
  readonly engagement: EngagementId;
  /** Signs in from this address. */
  readonly at: (from: string) => Promise<At>;
}

/** Somebody on alpha. */
async function artist(role = 'editor', on = project): Promise<Artist> {
  const { person } = (await owner.call('add-person', { body: { name: 'Sam Artist' } })).body;
  const id = person.id as PersonId; // ids are text in answers
  const engagement = newId('engagement');
  const window = { from: world.clock.now(), until: world.clock.now() + 5 * DAY_MS };
  await ask({ kind: 'give-engagement', engagement, person: id, project: on, role: role as RoleId, ...window }); // a role's id is its name
  return { id, engagement, at: (from) => signIn(id, from) };
}

/** As the portal does it once a passkey is shown. */
async function signIn(person: PersonId, from: string): Promise<At> {
  const opened = await world.portal.api.context.signIns.open({ person, from });
  assert.ok(!isRefused(opened), JSON.stringify(opened));
  const browser = new At(from);
  browser.cookie = `${LOOPBACK_COOKIE}=${opened.value.token}`;
  return browser;
}

const ALPHA = { params: { project: 'alpha' } } as const;

interface Row {
  readonly code: string;
  readonly status: number;
  /** Makes it so, and says who asks; `headers` come with the request. */
  readonly asks: () => Promise<{ readonly browser: Browser; readonly headers?: Readonly<Record<string, string>> }>;
  readonly undo?: () => Promise<unknown>;
  readonly on?: string;
}

let undoing: () => Promise<unknown> = () => Promise.resolve();

const rows: readonly Row[] = [
  {
    code: 'unknown-machine',
    status: 403,
    asks: async () => ({ browser: await (await artist()).at('192.168.7.7') }),
  },
  {
    code: 'behind-proxy',
    status: 403,
    asks: async () => ({ browser: await (await artist()).at(SEAT), headers: { 'x-forwarded-for': SEAT } }),
  },
  { code: 'not-a-workstation', status: 403, asks: async () => ({ browser: await (await artist()).at(SERVER) }) },
  {
    code: 'signed-in-elsewhere',
    status: 403,
    asks: async () => {
      const elsewhere = await (await artist()).at(OTHER_SEAT);
      const here = new At(SEAT);
      here.cookie = elsewhere.cookie;
      return { browser: here };
    },
  },
  { code: 'no-share-flow', status: 403, asks: async () => ({ browser: await (await artist()).at(OTHER_SEAT) }) },
  {
    code: 'no-share-flow',
    status: 403,
    on: 'beta',
    asks: async () => {
      // The storage holds alpha alone.
      const nas = { host: hosts.get('nas') ?? newId('host'), zone: zones.get('storage') ?? newId('zone'), name: 'nas' };
      const change = { kind: 'change-host' as const, ...nas, role: 'storage' as const, addresses: [NAS] };
      await importing({ ...change, projects: [project] });
      undoing = () => importing(change);
      return { browser: await (await artist('editor', beta)).at(SEAT) };
    },
    undo: () => undoing(),
  },
  {
    code: 'role-lacks-action',
    status: 403,
    asks: async () => ({ browser: await (await artist('client-reviewer')).at(SEAT) }),
  },
  {
    code: 'no-engagement',
    status: 403,
    asks: async () => ({ browser: await (await artist('editor', beta)).at(SEAT) }),
  },
  {
    code: 'engagement-ended',
    status: 403,
    asks: async () => {
      const { engagement, at } = await artist();
      const browser = await at(SEAT);
      await ask({ kind: 'end-engagement', engagement, because: 'button', cut: newId('cut') });
      return { browser };
    },
  },
  {
    code: 'project-not-live',
    status: 403,
    asks: async () => {
      const browser = await (await artist()).at(SEAT);
      await ask({ kind: 'lock-project', project, reason: 'a leak', cut: newId('cut') });
      return { browser };
    },
    undo: () => ask({ kind: 'reopen-project', project, reason: 'it was none' }),
  },
  {
    code: 'quarantined',
    status: 403,
    asks: async () => {
      const browser = await (await artist()).at(SEAT);
      const host = hosts.get('nas') ?? newId('host');
      const quarantine = newId('quarantine');
      await ask({ kind: 'quarantine', quarantine, scope: { kind: 'host', host }, reason: 'odd', cut: newId('cut') });
      undoing = async () => {
        const exception = newId('exception');
        const until = world.clock.now() + HOUR_MS;
        await ask({ kind: 'record-exception', exception, rule: 'facility-of-one', reason: 'one person', until });
        await ask({ kind: 'ask-release', quarantine, reason: 'it was cleaned' });
        await ask({ kind: 'release-quarantine', quarantine });
      };
      return { browser };
    },
    undo: () => undoing(),
  },
  {
    code: 'way-not-open',
    status: 503,
    asks: async () => {
      isLoading = false;
      const browser = await (await artist()).at(SEAT);
      const winding = setInterval(() => world.clock.advance(1000), 10);
      undoing = () => Promise.resolve(clearInterval(winding));
      return { browser };
    },
    undo: async () => {
      await undoing();
      isLoading = true;
    },
  },
  {
    code: 'no-gateway',
    status: 409,
    asks: async () => {
      Object.assign(world.portal.api.context.settings, { gates: ['portal'] });
      return { browser: await (await artist()).at(SEAT) };
    },
    undo: () => Promise.resolve(Object.assign(world.portal.api.context.settings, { gates: ['portal', 'share'] })),
  },
];

for (const { code, status, asks, undo, on = 'alpha' } of rows) {
  test(`refused: ${code}${on === 'alpha' ? '' : `, on ${on}`}`, async () => {
    const { browser, headers = {} } = await asks();
    const before = refusals().length;
    const answer = await browser.call('open-share', { params: { project: on }, headers });
    assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(answer.body));
    const body = answer.body as { readonly message?: string; readonly ask?: string };
    assert.ok(body.message?.endsWith('.') === true && body.ask?.endsWith('.') === true, 'why, and whom to ask');
    const [entry, ...more] = refusals().slice(before);
    assert.deepEqual(more, []);
    assert.deepEqual([entry?.data.action, entry?.data.rule], ['share.open', code]);
    assert.ok(entry?.about.person !== undefined && entry.by.from !== undefined, 'who, and from where');
    assert.deepEqual(shares(), [], 'no session is left of it');
    await undo?.();
  });
}

function shares() {
  return [...world.engine.state().sessions.values()].filter(
    ({ gate, cutOrdered }) => gate === 'share' && cutOrdered === undefined,
  );
}

/** Every refusal of an act, in order. */
function refusals(): readonly EntryOf<'access.refused'>[] {
  const all = world.engine.store.entries.map((bytes) => decodeEntry(bytes));
  return all.filter((entry): entry is EntryOf<'access.refused'> => entry.kind === 'access.refused');
}

test('who may is let in until the engagement, the hours or twelve hours end, whichever comes first', async () => {
  const { at, engagement } = await artist();
  const browser = await at(SEAT);
  const seen = await browser.call('see-share', ALPHA);
  assert.deepEqual([seen.body.machine?.name, seen.body.open, seen.body.refused], ['suite-1', undefined, undefined]);
  const answer = await browser.call('open-share', ALPHA);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const { open, enforced, mode } = answer.body;
  assert.ok(open !== undefined);
  assert.deepEqual([enforced, mode], [false, 'observe'], 'and told that nothing is refused yet');
  assert.ok(Math.abs(open.until - open.openedAt - 12 * HOUR_MS) < 5000, 'at most a working day');
  assert.deepEqual(
    open.paths.map(({ host, from, to, port, loaded }) => [host.name, from, to, port, loaded]),
    [['nas', SEAT, NAS, 445, true]],
  );
  const listed = (await owner.call('list-sessions')).body.sessions.find(({ gate }) => gate === 'share');
  assert.deepEqual(
    listed?.paths?.map(({ host }) => host.name),
    ['nas'],
  );
  assert.equal(world.engine.state().sessions.get(open.session)?.engagement, engagement);
  await ask({ kind: 'remove-flow', flow });
  assert.equal(world.engine.state().network.paths.size, 0, 'no flow, no path');
  flow = await addShare('suite-1');
  assert.equal((await browser.call('sign-out')).status, 200);
  assert.deepEqual(shares(), []);
});

test('another person’s page tells nothing of a project that they do not see', async () => {
  const browser = await (await artist('editor', beta)).at(SEAT);
  const seen = await browser.call('see-share', ALPHA);
  assert.deepEqual([seen.status, seen.body.code], [404, 'unknown-project']);
});
