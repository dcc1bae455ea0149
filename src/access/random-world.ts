/** Facilities at random from a seed, with everything in them that a decision looks at; for tests and benchmarks. Every step is a real command. */
import type { Context } from '#access/binding.ts';
import type { AccessQuestion } from '#access/permits.ts';
import type { Action } from '#model/actions.ts';
import { ACTIONS } from '#model/actions.ts';
import type { Command } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import { addPerson, addProject, drawWorld, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import type { Hours } from '#model/events.ts';
import { foldAside } from '#model/fold-aside.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { QuarantineScope } from '#model/network-shapes.ts';
import type { State } from '#model/state.ts';
import type { CredentialId, EngagementId, PersonId, ProjectId, RoleId, SessionId } from '#std/ids.ts';
import { isRefused } from '#std/refused.ts';

export type Random = () => number;

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): Random {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function pick<T>(from: readonly T[], next: Random): T {
  if (from.length === 0) throw new RangeError('nothing to pick from');
  return from[Math.floor(next() * from.length)] as T; // the index is within
}

/** Asks; a refusal changes nothing. */
export function tryAsk(world: DrawnWorld, command: Command): boolean {
  const outcome = decide(world.state, command, { by: { service: 'console' }, at: world.at });
  if (isRefused(outcome)) return false;
  world.state = foldAside(world.state, outcome.value, world.at);
  return true;
}

const FACILITY_ROLES = ['owner', 'engineer', 'security-lead', 'assessor', 'watcher'] as const;
const PROJECT_ROLES = [
  'editor',
  'assistant-editor',
  'colourist',
  'sound-mixer',
  'vfx-artist',
  'data-wrangler',
  'post-supervisor',
  'producer',
  'client-reviewer',
  'render-service',
  'runner',
  'bygone',
] as const;

export function randomWorld(
  next: Random,
  size: { readonly people: number; readonly projects: number; readonly engagements: number },
): DrawnWorld {
  const world = drawWorld(pick(['Europe/London', 'America/Los_Angeles', 'Asia/Kolkata'], next));
  customRoles(world);
  if (next() < 0.5) tryAsk(world, { kind: 'change-settings', settings: { screeningAsked: true } });
  tryAsk(world, {
    kind: 'add-zone',
    zone: newId(world, 'zone'),
    name: 'production',
    trust: 90,
    networks: [{ cidr: '10.1.0.0/16' }],
  });
  tryAsk(world, {
    kind: 'add-zone',
    zone: newId(world, 'zone'),
    name: 'remote',
    trust: 30,
    networks: [{ cidr: '10.2.0.0/16' }],
  });
  hosts(world);
  for (let i = 0; i < size.people; i += 1) person(world, next);
  for (let i = 0; i < size.projects; i += 1)
    addProject(world, `title-${i}`, next() < 0.3 ? 'high-security' : 'standard');
  for (let i = 0; i < size.engagements; i += 1) engagement(world, next);
  tryAsk(world, { kind: 'retire-role', role: 'bygone' as RoleId }); // a role's id is its name
  for (let i = 0; i < size.people; i += 1) keys(world, next);
  for (let i = 0; i < size.people / 3; i += 1) mishap(world, next);
  if (next() < 0.6) contain(world, next);
  return world;
}

/** Two machines that sessions and questions come from. */
const HOSTS = [
  ['production', '10.1.4.4'],
  ['remote', '10.2.0.9'],
] as const;

function hosts(world: DrawnWorld): void {
  for (const [name, address] of HOSTS) {
    const zone = world.state.zones.find((one) => one.name === name);
    if (zone === undefined) continue;
    tryAsk(world, { kind: 'add-host', host: newId(world, 'host'), zone: zone.id, name: address, addresses: [address] });
  }
}

/** Puts a machine, some people, a project or all of them into quarantine. */
function contain(world: DrawnWorld, next: Random): void {
  const { people, projects, hosts: machines } = world.state;
  const scopes: readonly QuarantineScope[] = [
    ...(next() < 0.5 ? [{ kind: 'host', host: pick([...machines.keys()], next) } as const] : []),
    ...(next() < 0.7 ? [{ kind: 'person', person: pick([...people.keys()], next) } as const] : []),
    ...(next() < 0.5 ? [{ kind: 'project', project: pick([...projects.keys()], next) } as const] : []),
  ];
  for (const scope of scopes) {
    const [quarantine, cut] = [newId(world, 'quarantine'), newId(world, 'cut')];
    tryAsk(world, { kind: 'quarantine', quarantine, scope, reason: 'odd traffic', cut });
  }
}

function customRoles(world: DrawnWorld): void {
  const define = (role: string, scope: 'facility' | 'project', grants: { action: string; folders?: string[] }[]) =>
    tryAsk(world, { kind: 'define-role', role: role as RoleId, title: role, scope, grants }); // a role's id is its name
  define('watcher', 'facility', [{ action: 'session.see' }, { action: 'clipboard.out' }, { action: 'project.see' }]);
  define('runner', 'project', [
    { action: 'file.read' },
    { action: 'file.list' },
    { action: 'file.move' },
    { action: 'drive.check-out' },
  ]);
  define('bygone', 'project', [{ action: 'file.read', folders: ['media'] }, { action: 'desktop.open' }]);
}

function person(world: DrawnWorld, next: Random): void {
  const isService = next() < 0.15;
  const roles = !isService && next() < 0.3 ? [pick(FACILITY_ROLES, next)] : [];
  const id = addPerson(world, roles, isService ? 'service' : 'human');
  for (const item of ['nda', 'training', 'screening'] as const) {
    if (next() < 0.85)
      tryAsk(world, { kind: 'record-onboarding', person: id, item, until: world.at + Math.ceil(next() * 60) * DAY_MS });
  }
}

function engagement(world: DrawnWorld, next: Random): void {
  const zones = [...world.state.zones.keys()];
  const from = world.at + Math.max(0, Math.floor(next() * 8) - 4) * DAY_MS;
  const hours = next() < 0.4 ? randomHours(next) : undefined;
  tryAsk(world, {
    kind: 'give-engagement',
    engagement: newId(world, 'engagement'),
    person: pick([...world.state.people.keys()], next),
    project: pick([...world.state.projects.keys()], next),
    role: pick(PROJECT_ROLES, next) as string as RoleId, // a role's id is its name
    from,
    until: from + Math.ceil(next() * 20 * DAY_MS),
    hours,
    zones: next() < 0.2 ? [pick(zones, next)] : undefined,
  });
}

export function randomHours(next: Random): Hours {
  const days = [0, 1, 2, 3, 4, 5, 6].filter(() => next() < 0.7);
  return {
    days: days.length === 0 ? [1] : days,
    from: Math.floor(next() * 48) * 30,
    until: (1 + Math.floor(next() * 48)) * 30,
  };
}

function keys(world: DrawnWorld, next: Random): void {
  const { state, at } = world;
  const owner = pick([...state.people.values()], next);
  const credential = newId(world, 'credential');
  const held = [...state.engagements.values()].find((one) => one.person === owner.id && one.until > at);
  const what =
    owner.nature === 'service'
      ? held === undefined
        ? undefined
        : ({ type: 'service-token', tokenHash: String(world.count).padStart(64, '0'), engagement: held.id } as const)
      : ({ type: 'ssh-key', algorithm: 'ssh-ed25519', publicKey: 'x', fingerprint: `SHA256:${world.count}` } as const);
  if (what === undefined) return;
  const expiresAt = Math.min(at + Math.ceil(next() * 10 * DAY_MS), held?.until ?? Infinity);
  tryAsk(world, { kind: 'add-credential', credential, person: owner.id, what, label: 'key', expiresAt });
  session(world, next, owner.id, next() < 0.7 && state.people.has(owner.id) ? credential : undefined);
  if (next() < 0.2)
    tryAsk(world, { kind: 'revoke-credential', credential, because: 'button', cut: newId(world, 'cut') });
}

function session(world: DrawnWorld, next: Random, who: PersonId, credential: CredentialId | undefined): void {
  const id = newId(world, 'session');
  tryAsk(world, {
    kind: 'open-session',
    session: id,
    person: who,
    gate: 'sftp',
    until: world.at + Math.ceil(next() * 6 * DAY_MS),
    credential: credential !== undefined && world.state.credentials.has(credential) ? credential : undefined,
    project: next() < 0.3 ? pick([...world.state.projects.keys()], next) : undefined,
    factorAt: next() < 0.5 ? world.at : undefined,
    from: next() < 0.4 ? pick(['10.1.4.4', '::ffff:10.2.0.9', '192.0.2.1'], next) : undefined,
  });
  if (next() < 0.15) tryAsk(world, { kind: 'end-session', session: id, cut: newId(world, 'cut') });
}

function mishap(world: DrawnWorld, next: Random): void {
  const who = pick([...world.state.people.keys()], next);
  const engagementId = pick([...world.state.engagements.keys()], next);
  const project = pick([...world.state.projects.keys()], next);
  const cut = newId(world, 'cut');
  const dice = next();
  if (dice < 0.3) tryAsk(world, { kind: 'suspend-person', person: who, because: 'button', cut });
  else if (dice < 0.6) tryAsk(world, { kind: 'end-engagement', engagement: engagementId, because: 'button', cut });
  else if (dice < 0.7) tryAsk(world, { kind: 'lock-project', project, reason: 'leak', cut });
  else if (dice < 0.75) tryAsk(world, { kind: 'wrap-project', project, cut });
  else if (dice < 0.85) tryAsk(world, { kind: 'restore-person', person: who, reason: 'back' });
  else if (dice < 0.9) tryAsk(world, { kind: 'end-all-access', person: who, cut });
}

const ALL_ACTIONS = Object.keys(ACTIONS) as readonly Action[]; // exactly the keys of the table
const PATHS = [
  '',
  'media',
  'media/',
  'media/a.mov',
  'media/reel-01/',
  'project/cut.prproj',
  'incoming/b.mov',
  'deliveries/final.mov',
  'review/v1.mov',
  'elsewhere/x',
  '/media/a',
  'media//a',
  'media/../review/a',
  './media/a',
  'media/.',
  'media/..a',
  '..',
  'media/a/b/c.exr',
  '.',
  'Media/a.mov',
];

/** Mostly soon after the world was drawn, sometimes much later. */
export function randomInstant(world: DrawnWorld, next: Random): number {
  return world.at + pick([0, 0, 0, 1, 3, 12], next) * DAY_MS + Math.floor(next() * DAY_MS);
}

/** Mostly about somebody's own engagement, so that a good part of the answers is yes. */
export function randomQuestion(state: State, next: Random): AccessQuestion {
  const engagements = [...state.engagements.values()];
  const near = next() < 0.75 ? pick(engagements, next) : undefined;
  const who = near?.person ?? pick([...state.people.keys()], next);
  const project: ProjectId | undefined =
    next() < 0.12 ? undefined : (near?.project ?? pick([...state.projects.keys()], next));
  const held =
    near === undefined ? [] : (state.roles.get(near.role)?.grants ?? []).map(({ action }) => action as Action); // define-role knows only these
  const action = held.length > 0 && next() < 0.8 ? pick(held, next) : pick(ALL_ACTIONS, next);
  const folders =
    near === undefined
      ? undefined
      : state.roles.get(near.role)?.grants.find((grant) => grant.action === action)?.folders;
  const path = folders !== undefined && next() < 0.6 ? `${pick(folders, next)}/reel/a.mov` : pick(PATHS, next);
  const person = next() < 0.2 ? (next() < 0.6 ? who : pick([...state.people.keys()], next)) : undefined;
  return {
    who,
    action,
    on: { project, path: next() < 0.9 ? path : undefined, person },
    context: randomContext(state, who, next),
  };
}

function randomContext(state: State, who: PersonId, next: Random): Context {
  const sessions = [...state.sessions.values()].filter((one) => one.person === who || next() < 0.004);
  const credentials = [...state.credentials.values()].filter((one) => one.person === who || next() < 0.004);
  const session: SessionId | undefined = sessions.length > 0 && next() < 0.3 ? pick(sessions, next).id : undefined;
  const credential = credentials.length > 0 && next() < 0.12 ? pick(credentials, next).id : undefined;
  const engagement: EngagementId | undefined = next() < 0.05 ? pick([...state.engagements.keys()], next) : undefined;
  const from = pick(['10.1.4.4', '10.2.0.9', '192.0.2.1', undefined], next);
  const factorAt = next() < 0.8 ? state.at - Math.floor(next() * 15 * HOUR_MS) : undefined;
  return { from, factorAt, session, credential, engagement };
}
