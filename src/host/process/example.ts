/**
 * The example facility, made by the very commands that people use: three titles, their people with engagements of every kind,
 * zones and hosts, requests that wait, files. Every name is invented. Times begin now, because the ledger does not backdate.
 */
import { putExampleFiles } from './example-files.ts';
import type { ExampleGate } from './example-files.ts';
import { exampleNetwork } from './example-network.ts';
import type { Command } from '#model/commands.ts';
import type { By } from '#model/events.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { Random } from '#ports/random.ts';
import type { SubjectKeys } from '#ports/subject-keys.ts';
import type { EngagementId, IdKind, PersonId, ProjectId, RoleId } from '#std/ids.ts';
import type { Id } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok } from '#std/refused.ts';

export interface ExamplePorts extends ExampleGate {
  readonly engine: EngineClient;
  readonly keys: SubjectKeys;
  readonly random: Random;
}

export interface Example {
  readonly projects: readonly ProjectId[];
  readonly people: readonly PersonId[];
  /** By the short name used in the table below: `maya`. */
  readonly byName: ReadonlyMap<string, PersonId>;
}

interface PersonRow {
  readonly name: string;
  readonly mail?: string;
  readonly facilityRole?: string;
  readonly isService?: true;
  readonly cleared?: true;
}

const PEOPLE: Readonly<Record<string, PersonRow>> = {
  maya: { name: 'Maya Lindqvist', mail: 'maya@harbourpost.example', cleared: true },
  tomas: { name: 'Tomás Ferreira', mail: 'tomas@harbourpost.example', cleared: true },
  ines: { name: 'Ines Okafor', mail: 'ines@freelance.example', cleared: true },
  joon: { name: 'Joon Park', mail: 'joon@freelance.example', cleared: true },
  priya: { name: 'Priya Raman', mail: 'priya@colour.example', cleared: true },
  lukas: { name: 'Lukas Brandt', mail: 'lukas@sound.example' },
  sofia: { name: 'Sofia Marchetti', mail: 'sofia@vfx.example', cleared: true },
  dele: { name: 'Dele Adeyemi', mail: 'dele@harbourpost.example', cleared: true },
  hannah: { name: 'Hannah Weiss', mail: 'hannah@client.example', cleared: true },
  noor: { name: 'Noor Haddad', mail: 'noor@harbourpost.example', facilityRole: 'security-lead', cleared: true },
  elias: { name: 'Elias Berg', mail: 'elias@harbourpost.example', facilityRole: 'engineer', cleared: true },
  viktor: { name: 'Viktor Sand', mail: 'viktor@assessors.example', facilityRole: 'assessor' },
  farm: { name: 'Render farm', isService: true, cleared: true },
};

interface ProjectRow {
  readonly title: string;
  readonly level: 'standard' | 'high-security';
}

const PROJECTS: Readonly<Record<string, ProjectRow>> = {
  nightjar: { title: 'The Night Ferry', level: 'high-security' },
  saltmarsh: { title: 'Salt Marsh, Season Two', level: 'standard' },
  'paper-lantern': { title: 'Paper Lantern', level: 'standard' },
};

/** Who, on what, in which role, from and until (days from now). */
const ENGAGEMENTS: readonly (readonly [string, string, string, number, number])[] = [
  ['maya', 'nightjar', 'producer', 0, 180],
  ['maya', 'saltmarsh', 'producer', 0, 120],
  ['tomas', 'nightjar', 'post-supervisor', 0, 150],
  ['tomas', 'paper-lantern', 'post-supervisor', 0, 30],
  ['ines', 'nightjar', 'editor', 0, 90],
  ['joon', 'nightjar', 'assistant-editor', 0, 6.5],
  ['joon', 'saltmarsh', 'assistant-editor', 0, 45],
  ['priya', 'nightjar', 'colourist', 30, 60],
  ['lukas', 'saltmarsh', 'sound-mixer', 10, 40],
  ['sofia', 'nightjar', 'vfx-artist', 0, 0.8],
  ['dele', 'nightjar', 'data-wrangler', 0, 150],
  ['dele', 'saltmarsh', 'data-wrangler', 0, 120],
  ['hannah', 'nightjar', 'client-reviewer', 0, 14],
  ['ines', 'paper-lantern', 'editor', 0, 21],
  ['farm', 'nightjar', 'render-service', 0, 90],
];

export async function buildExample(ports: ExamplePorts, by: By): Promise<Outcome<Example>> {
  const builder = new Builder(ports, by);
  try {
    await builder.people();
    await builder.projects();
    await builder.network();
    await builder.engagements();
    await builder.requests();
    await builder.files();
    return ok(builder.example());
  } catch (cause) {
    if (isRefused(cause)) return cause;
    throw cause;
  }
}

class Builder {
  readonly #ports: ExamplePorts;
  readonly #by: By;
  readonly #now: number;
  readonly #people = new Map<string, PersonId>();
  readonly #projects = new Map<string, ProjectId>();
  readonly #engagements = new Map<string, EngagementId>();

  constructor(ports: ExamplePorts, by: By) {
    this.#ports = ports;
    this.#by = by;
    this.#now = ports.clock.now();
  }

  async people(): Promise<void> {
    const until = this.#now + 365 * DAY_MS;
    for (const [short, row] of Object.entries(PEOPLE)) {
      const person = this.#id('person');
      this.#people.set(short, person);
      await this.#do({
        kind: 'add-person',
        person,
        nature: row.isService === true ? 'service' : 'human',
        name: this.#ports.keys.seal(person, row.name),
        ...(row.mail === undefined ? {} : { mail: this.#ports.keys.seal(person, row.mail) }),
        roles: row.facilityRole === undefined ? [] : [{ role: row.facilityRole as RoleId, until }], // a built-in role's id is its name
      });
      if (row.cleared !== true) continue;
      await this.#do({ kind: 'record-onboarding', person, item: 'nda', until });
      await this.#do({ kind: 'record-onboarding', person, item: 'training', until });
    }
  }

  async projects(): Promise<void> {
    const owner = this.#by.person;
    if (owner === undefined) return;
    for (const [alias, { title, level }] of Object.entries(PROJECTS)) {
      const project = this.#id('project');
      this.#projects.set(alias, project);
      const folders = ['media', 'project', 'incoming', 'deliveries', 'review'];
      await this.#do({
        kind: 'create-project',
        project,
        alias,
        title: this.#ports.keys.seal(project, title),
        level,
        owner,
        folders,
      });
    }
  }

  async network(): Promise<void> {
    const changes = exampleNetwork({
      at: this.#now,
      id: (kind) => this.#id(kind),
      person: (short) => this.#person(short),
      project: (alias) => this.#project(alias),
    });
    await this.#do({ kind: 'import-network', changes });
  }

  async engagements(): Promise<void> {
    for (const [short, alias, role, fromDays, untilDays] of ENGAGEMENTS) {
      const engagement = this.#id('engagement');
      this.#engagements.set(`${short}@${alias}`, engagement);
      await this.#do({
        kind: 'give-engagement',
        engagement,
        person: this.#person(short),
        project: this.#project(alias),
        role: role as RoleId, // as above
        from: this.#now + fromDays * DAY_MS,
        until: this.#now + untilDays * DAY_MS,
      });
    }
  }

  async requests(): Promise<void> {
    const joon = this.#person('joon');
    const lukas = this.#person('lukas');
    await this.#ask(
      {
        kind: 'ask-access',
        request: this.#id('request'),
        ask: 'more-time',
        person: joon,
        project: this.#project('nightjar'),
        engagement: this.#engagement('joon@nightjar'),
        until: this.#now + 20 * DAY_MS,
        reason: 'Turnover to VFX moved to next week.',
      },
      { person: joon },
    );
    await this.#ask(
      {
        kind: 'ask-access',
        request: this.#id('request'),
        ask: 'access',
        person: lukas,
        project: this.#project('paper-lantern'),
        role: 'sound-mixer' as RoleId,
        until: this.#now + 12 * DAY_MS + HOUR_MS,
        reason: 'Temp mix for the Friday screening.',
      },
      { person: lukas },
    );
  }

  async files(): Promise<void> {
    const cast = { person: (short: string) => this.#person(short), project: (alias: string) => this.#project(alias) };
    const refusal = await putExampleFiles(this.#ports, cast, this.#by.from);
    if (refusal !== undefined) throw { ...refusal, message: `The example stopped at its files: ${refusal.message}` };
  }

  example(): Example {
    return { projects: [...this.#projects.values()], people: [...this.#people.values()], byName: this.#people };
  }

  #ask(command: Command, by: By): Promise<void> {
    return this.#do(command, by);
  }

  async #do(command: Command, by: By = this.#by): Promise<void> {
    const answer = await this.#ports.engine.command(command, by);
    if (answer.kind === 'refused') throw asRefusal(answer, command);
  }

  #id<Kind extends IdKind>(kind: Kind): Id<Kind> {
    return makeId(kind, this.#ports.random.bytes(ID_RANDOM_BYTES));
  }

  #person(short: string): PersonId {
    return known(this.#people, short);
  }

  #project(alias: string): ProjectId {
    return known(this.#projects, alias);
  }

  #engagement(name: string): EngagementId {
    return known(this.#engagements, name);
  }
}

function known<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name);
  if (found === undefined) throw new Error(`the example names ${name}, which it did not make`);
  return found;
}

function asRefusal(refusal: Refused, command: Command): Refused {
  return { ...refusal, message: `The example stopped at ${command.kind}: ${refusal.message}` };
}
