/** The facility of a lab: a real engine in memory with two people who answer for it, and the network that a file says. */
import { randomBytes } from 'node:crypto';
import { weighFile } from '#api/facility-file/weigh-import.ts';
import type { LocalEngine } from '#engine/local.ts';
import { openLocalEngine } from '#engine/local.ts';
import type { Command } from '#model/commands.ts';
import type { By, Sealed } from '#model/events.ts';
import type { FacilityFile } from '#model/facility-file.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { Id, IdKind, PersonId, ProjectId, RoleId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';

const BLANK: Sealed = { subject: 'facility', salt: '', box: '' };
const LINK_NAME = 'zone';

export interface LabFacility {
  readonly engine: LocalEngine;
  readonly owner: By & { readonly person: PersonId };
  /** Somebody else, who may release what the owner asks to release. */
  readonly second: By & { readonly person: PersonId };
  /** Throws what it was refused with. */
  ask(command: Command, by?: By): Promise<void>;
}

/** Projects that the file names are made; every person that it names is the second. */
export async function openLabFacility(file: FacilityFile): Promise<LabFacility> {
  const engine = await openLocalEngine();
  const owner = await createFacility(engine);
  const ask = async (command: Command, by: By = owner): Promise<void> => {
    const answer = await engine.command(command, by);
    if (answer.kind === 'refused') throw answer;
  };
  const second = await addSecond(engine, ask);
  await endFacilityOfOne(engine, ask);
  for (const alias of aliasesIn(file)) await addProject(ask, alias, owner.person);
  await importFile(engine, ask, withLinks(file), { owner, second });
  return { engine, owner, second, ask };
}

export function newLabId<Kind extends IdKind>(kind: Kind): Id<Kind> {
  return makeId(kind, randomBytes(ID_RANDOM_BYTES));
}

async function createFacility(engine: EngineClient): Promise<LabFacility['owner']> {
  const owner = newLabId('person');
  const answer = await engine.command(
    {
      kind: 'create-facility',
      name: 'Lab',
      timeZone: 'UTC',
      origin: 'lab.example/log',
      owner,
      ownerName: BLANK,
      ownerRolesUntil: Date.now() + 365 * DAY_MS,
      exception: newLabId('exception'),
    },
    { service: 'gate-portal' },
  );
  if (answer.kind === 'refused') throw answer;
  return { person: owner, session: await openLabSession(engine, owner) };
}

async function addSecond(engine: EngineClient, ask: LabFacility['ask']): Promise<LabFacility['second']> {
  const person = newLabId('person');
  const roles = [{ role: 'security-lead' as RoleId, until: Date.now() + 90 * DAY_MS }]; // a role's id is its name
  await ask({ kind: 'add-person', person, nature: 'human', name: BLANK, roles });
  return { person, session: await openLabSession(engine, person) };
}

/** There are two people now, so nobody releases what they asked to release. */
async function endFacilityOfOne(engine: LocalEngine, ask: LabFacility['ask']): Promise<void> {
  for (const exception of engine.state().exceptions.keys())
    await ask({ kind: 'end-exception', exception, reason: 'there is a second person' });
}

export async function openLabSession(engine: EngineClient, person: PersonId, project?: ProjectId) {
  const [session, now] = [newLabId('session'), Date.now()];
  const gate = project === undefined ? 'portal' : 'desktop';
  const answer = await engine.command(
    {
      kind: 'open-session',
      session,
      person,
      gate,
      until: now + HOUR_MS,
      factorAt: now,
      ...(project === undefined ? {} : { project }),
    },
    { service: `gate-${gate}` },
  );
  if (answer.kind === 'refused') throw answer;
  return session;
}

function aliasesIn({ zones = {}, hosts = {} }: FacilityFile): ReadonlySet<string> {
  const ofZones = Object.values(zones).flatMap(({ project }) => project ?? []);
  return new Set([...ofZones, ...Object.values(hosts).flatMap(({ projects }) => projects ?? [])]);
}

async function addProject(ask: LabFacility['ask'], alias: string, owner: PersonId): Promise<void> {
  const project = newLabId('project');
  await ask({ kind: 'create-project', project, alias, title: BLANK, level: 'high-security', owner, folders: [] });
}

/** A zone without a link of the gateway gets one, so that its machines have somewhere to hang. */
export function withLinks(file: FacilityFile): FacilityFile {
  const zones = Object.entries(file.zones ?? {}).map(
    ([name, zone], n) => [name, { ...zone, link: zone.link ?? `${LINK_NAME}${n}` }] as const,
  );
  return { ...file, zones: Object.fromEntries(zones) };
}

async function importFile(
  engine: LocalEngine,
  ask: LabFacility['ask'],
  file: FacilityFile,
  { owner, second }: Pick<LabFacility, 'owner' | 'second'>,
): Promise<void> {
  // Nobody answers for an exception that they make themselves.
  const reader = { at: Date.now(), makeId: newLabId, me: second.person, person: () => second.person };
  const { troubles, changes, refused } = weighFile(engine.state(), file, reader, owner);
  const [first] = troubles;
  if (first !== undefined) throw new Fault('bad-file', `${troubles.length} troubles, the first: ${first.says}`);
  if (refused !== undefined) throw refused;
  await ask({ kind: 'import-network', changes: [...changes] });
}
