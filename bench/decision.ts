/**
 * `permits` beside casbin on the same requests in the same run, and the standing-access report.
 *
 * casbin is given its best shape: one policy line per role, roles in domains (person, role, project), and plain functions of ours for what its
 * model has no words for (windows, hours, folders, standing). Both answer every request; the rows count differing answers.
 */
import { newEnforcer, newModelFromString } from 'casbin';
import type { BenchRow } from './bench.ts';
import { median } from './bench.ts';
import { isWithin } from '#access/hours.ts';
import type { AccessQuestion } from '#access/permits.ts';
import { permits } from '#access/permits.ts';
import { standingAccess } from '#access/standing.ts';
import type { Action } from '#model/actions.ts';
import { ACTIONS, traitsOf } from '#model/actions.ts';
import { addPerson, addProject, drawWorld, newId, WORLD_BEGINS } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { decide } from '#model/decide.ts';
import type { Hours } from '#model/events.ts';
import { foldAside } from '#model/fold-aside.ts';
import { DAY_MS } from '#model/limits.ts';
import type { PersonId, ProjectId, RoleId } from '#std/ids.ts';
import type { State } from '#model/state.ts';
import { isRefused } from '#std/refused.ts';

const PEOPLE = 2000;
const PROJECTS = 200;
const ENGAGEMENTS = 5000;
const REQUESTS = 4000;
const ROUNDS = 15;
const RATIO_BAR = 20;
const COLD_RATIO_BAR = 3;
const REPORT_BAR_MS = 2000;
const AT = WORLD_BEGINS + DAY_MS;

const ROLES = [
  'editor',
  'assistant-editor',
  'colourist',
  'sound-mixer',
  'vfx-artist',
  'data-wrangler',
  'post-supervisor',
  'producer',
  'client-reviewer',
] as const;

/** The same numbers in every run (mulberry32). */
function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Crowd {
  readonly world: DrawnWorld;
  readonly people: readonly PersonId[];
  readonly projects: readonly ProjectId[];
}

function crowd(next: () => number): Crowd {
  const world = drawWorld();
  const people = Array.from({ length: PEOPLE - 1 }, () => addPerson(world));
  for (const role of ['owner', 'engineer', 'security-lead', 'assessor'] as const) addPerson(world, [role]);
  const projects = Array.from({ length: PROJECTS }, (_, i) =>
    addProject(world, `title-${i}`, i % 10 === 0 ? 'high-security' : 'standard'),
  );
  let given = 0;
  while (given < ENGAGEMENTS) if (give(world, pick(people, next), pick(projects, next), next)) given += 1;
  return { world, people, projects };
}

/** Whether the rules let it: a random pair may break the separation of duties. */
function give(world: DrawnWorld, person: PersonId, project: ProjectId, next: () => number): boolean {
  const hours: Hours | undefined = next() < 0.2 ? { days: [1, 2, 3, 4, 5], from: 9 * 60, until: 18 * 60 } : undefined;
  const from = world.at + (next() < 0.1 ? 10 * DAY_MS : 0);
  const role = pick(ROLES, next) as string as RoleId; // a role's id is its name
  const command = {
    kind: 'give-engagement',
    engagement: newId(world, 'engagement'),
    person,
    project,
    role,
    from,
    until: from + (1 + Math.floor(next() * 200)) * DAY_MS,
    hours,
  } as const;
  const asked = { by: { service: 'console' }, at: world.at };
  const outcome = decide(world.state, command, asked);
  if (isRefused(outcome)) return false;
  world.state = foldAside(world.state, outcome.value, world.at);
  return true;
}

function pick<T>(from: readonly T[], next: () => number): T {
  const found = from[Math.floor(next() * from.length)];
  if (found === undefined) throw new RangeError('nothing to pick from');
  return found;
}

const PROJECT_ACTIONS = (Object.keys(ACTIONS) as Action[]).filter(
  (action) => traitsOf(action).reach !== 'facility' && traitsOf(action).own !== true,
); // keys of the table
const PATHS = [
  'media/reel-01/a.mov',
  'project/cut.prproj',
  'incoming/day-3/b.mov',
  'deliveries/final.mov',
  'review/v12.mov',
];

function questions({ world, people, projects }: Crowd, next: () => number): readonly AccessQuestion[] {
  const engagements = [...world.state.engagements.values()];
  return Array.from({ length: REQUESTS }, () => {
    const engagement = pick(engagements, next);
    const isOff = next() < 0.2;
    const who = isOff ? pick(people, next) : engagement.person;
    const project = isOff ? pick(projects, next) : engagement.project;
    return {
      who,
      action: pick(PROJECT_ACTIONS, next),
      on: { project, path: pick(PATHS, next) },
      context: { factorAt: AT },
    };
  });
}

const MODEL = `
[request_definition]
r = sub, dom, act, path
[policy_definition]
p = role
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.role, r.dom) && holds(p.role, r.act, r.path) && live(r.sub, p.role, r.dom)
`;

async function peer({ world }: Crowd): Promise<(question: AccessQuestion) => boolean> {
  const { state } = world;
  const enforcer = await newEnforcer(newModelFromString(MODEL));
  await enforcer.addPolicies(ROLES.map((role) => [role]));
  const lines = new Map(
    [...state.engagements.values()].map(({ person, role, project }) => [
      `${person} ${role} ${project}`,
      [person, role, project],
    ]),
  );
  await enforcer.addGroupingPolicies([...lines.values()]);
  const grants = new Map(
    [...state.roles.values()].flatMap(({ id, grants: all }) =>
      all.map(({ action, folders }) => [`${id} ${action}`, folders]),
    ),
  );
  const held = Map.groupBy(state.engagements.values(), ({ person, role, project }) => `${person} ${role} ${project}`);
  await enforcer.addFunction('holds', (role: string, action: Action, path: string) => {
    const key = `${role} ${action}`;
    if (!grants.has(key)) return false;
    return traitsOf(action).reach !== 'file' || (grants.get(key)?.includes(path.slice(0, path.indexOf('/'))) ?? true);
  });
  await enforcer.addFunction('live', (person: string, role: string, project: ProjectId) => {
    if (state.projects.get(project)?.level === 'high-security') return false; // nobody here has an NDA on record
    const all = held.get(`${person} ${role} ${project}`) ?? [];
    return all.some(
      ({ from, until, hours }) =>
        from <= AT && AT < until && (hours === undefined || isWithin(hours, 'Europe/London', AT)),
    );
  });
  return ({ who, on, action }) => enforcer.enforceSync(who, on.project, action, on.path);
}

/** Decisions per second of processor time (a busy machine delays both alike) of one round over all questions, `times` times. */
function rate(
  questionsAsked: readonly AccessQuestion[],
  times: number,
  decideOne: (question: AccessQuestion) => boolean,
): number {
  const began = process.cpuUsage();
  let allowed = 0;
  for (let i = 0; i < times; i += 1) for (const question of questionsAsked) if (decideOne(question)) allowed += 1;
  const used = process.cpuUsage(began);
  const seconds = (used.user + used.system) / 1_000_000;
  if (allowed === 0) throw new Error('nothing was allowed: the benchmark would measure denials only');
  return (questionsAsked.length * times) / seconds;
}

export async function run(): Promise<readonly BenchRow[]> {
  const next = random(7);
  const all = crowd(next);
  const { state } = all.world;
  const asked = questions(all, next);
  const ours = (question: AccessQuestion) => permits(state, question, AT).allow;
  const theirs = await peer(all);
  const differing = asked.filter((question) => ours(question) !== theirs(question)).length;
  const worlds = [state, changed(state)] as const;
  let turn = 0;
  const cold = (question: AccessQuestion) => permits((turn += 1) % 2 === 0 ? worlds[0] : worlds[1], question, AT).allow;
  const ourRates: number[] = [];
  const coldRates: number[] = [];
  const theirRates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    ourRates.push(rate(asked, 25, ours));
    theirRates.push(rate(asked, 1, theirs));
    coldRates.push(rate(asked, 5, cold));
  }
  const peerRate = median(theirRates);
  return [
    speed('permits', median(ourRates), peerRate, RATIO_BAR),
    speed('permits, every map changed since the last question', median(coldRates), peerRate, COLD_RATIO_BAR),
    agreement(differing),
    report(all),
  ];
}

/** The same facility in new maps: nothing that was remembered of the old ones holds. */
function changed(state: State): State {
  const { people, projects, engagements, roles, index } = state;
  return {
    ...state,
    people: people.map((one) => ({ ...one })),
    projects: projects.map((one) => ({ ...one })),
    engagements: engagements.map((one) => ({ ...one })),
    roles: roles.map((one) => one),
    index: { ...index, engagementsOf: index.engagementsOf.map((one) => one) },
  };
}

function speed(name: string, value: number, peerValue: number, bar: number): BenchRow {
  const ratio = value / peerValue;
  return {
    name,
    value: Math.round(value),
    unit: 'decisions per CPU-second',
    peer: 'casbin enforceSync',
    peerValue: Math.round(peerValue),
    ratio,
    bar: `>= ${bar} x casbin`,
    better: 'higher',
    holds: ratio >= bar,
  };
}

function agreement(differing: number): BenchRow {
  return {
    name: 'answers that differ from casbin',
    value: differing,
    unit: `of ${REQUESTS}`,
    bar: '0',
    better: 'lower',
    holds: differing === 0,
  };
}

function report({ world }: Crowd): BenchRow {
  const times = Array.from({ length: ROUNDS }, () => {
    const began = performance.now();
    const { possible } = standingAccess(world.state, AT);
    if (possible === 0) throw new Error('an empty report measures nothing');
    return performance.now() - began;
  });
  const value = median(times);
  return {
    name: `standing-access report, ${PEOPLE} people x ${PROJECTS} projects x ${Object.keys(ACTIONS).length} actions`,
    value,
    unit: 'ms',
    bar: `<= ${REPORT_BAR_MS} ms`,
    better: 'lower',
    holds: value <= REPORT_BAR_MS,
  };
}
