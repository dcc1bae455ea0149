/** `person`, `project`, `engagement`, `session`: look, and end. Giving access is for people with a role, in the pages. */
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import type { Console } from '../console.ts';
import { Failure } from '../failure.ts';
import { instant, table } from '../output.ts';
import type { Gate } from '#model/events.ts';
import type { CutId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, isId, makeId } from '#std/ids.ts';

/** How long the command waits for every gate's receipt. */
const RECEIPTS_WAIT_MS = 3000;
const RECEIPTS_POLL_MS = 50;

export function addPeopleCommands(program: Command, cli: Cli): void {
  const person = program.command('person').description('people of the facility');
  person
    .command('list')
    .description('everybody')
    .action(() => cli.with(listPeople));
  person
    .command('end <person>')
    .description('end all access: engagements, credentials, sessions, on every gate')
    .option('--reason <text>')
    .action((text: string, options: { reason?: string }) =>
      cli.with(async (console) => {
        const cut = newCut();
        await console.change({
          kind: 'end-all-access',
          person: console.person(text).id,
          reason: options.reason ?? 'ended at the console',
          cut,
        });
        await showReceipts(console, cut);
      }),
    );

  program
    .command('project')
    .description('projects')
    .command('list')
    .description('every project')
    .action(() => cli.with(listProjects));

  const engagement = program.command('engagement').description('who works on what, until when');
  engagement
    .command('list')
    .option('--project <alias>')
    .option('--all', 'ended ones too')
    .action((options: { project?: string; all?: boolean }) => cli.with((console) => listEngagements(console, options)));
  engagement
    .command('end <engagement>')
    .description('end one engagement now; live sessions stop')
    .option('--reason <text>')
    .action((id: string, options: { reason?: string }) =>
      cli.with(async (console) => {
        if (!isId('engagement', id))
          throw new Failure('no-such-engagement', `${id} is not an engagement.`, {
            next: 'picturelock engagement list',
          });
        const cut = newCut();
        await console.change({
          kind: 'end-engagement',
          engagement: id,
          because: 'button',
          reason: options.reason ?? 'ended at the console',
          cut,
        });
        await showReceipts(console, cut);
      }),
    );

  const session = program.command('session').description('live sessions');
  session.command('list').action(() => cli.with(listSessions));
  session
    .command('end <session>')
    .description('end one session now')
    .action((id: string) =>
      cli.with(async (console) => {
        if (!isId('session', id))
          throw new Failure('no-such-session', `${id} is not a session.`, { next: 'picturelock session list' });
        const cut = newCut();
        await console.change({ kind: 'end-session', session: id, cut });
        await showReceipts(console, cut);
      }),
    );
}

function newCut(): CutId {
  return makeId('cut', randomBytes(ID_RANDOM_BYTES));
}

async function listPeople(console: Console): Promise<void> {
  const people = [...console.state().people.values()].map((person) => ({
    person: person.id,
    name: console.nameOf(person.id),
    nature: person.nature,
    standing: person.standing,
    locked: person.locked,
    lastSeenAt: person.lastSeenAt,
    lastSessionAt: person.lastSessionAt,
    roles: person.roles.map(({ role }) => role),
  }));
  console.output.show(people, () =>
    table(
      ['name', 'standing', 'last seen', 'facility roles', 'person'],
      people.map((one) => [
        one.name,
        one.locked ? 'locked' : one.standing,
        one.lastSessionAt === undefined ? 'never' : instant(one.lastSessionAt),
        one.roles.join(','),
        one.person,
      ]),
    ),
  );
}

async function listProjects(console: Console): Promise<void> {
  const projects = [...console.state().projects.values()].map(({ id, alias, standing, level, owner }) => ({
    project: id,
    alias,
    standing,
    level,
    owner,
  }));
  console.output.show(projects, () =>
    table(
      ['alias', 'standing', 'level', 'owner'],
      projects.map((one) => [one.alias, one.standing, one.level, console.nameOf(one.owner)]),
    ),
  );
}

async function listEngagements(
  console: Console,
  options: { readonly project?: string; readonly all?: boolean },
): Promise<void> {
  const project = options.project === undefined ? undefined : console.project(options.project).id;
  const state = console.state();
  const found = [...state.engagements.values()]
    .filter((one) => project === undefined || one.project === project)
    .filter((one) => options.all === true || (one.ended === undefined && one.until > console.now))
    .map((one) => ({
      engagement: one.id,
      name: console.nameOf(one.person),
      project: state.projects.get(one.project)?.alias ?? one.project,
      role: one.role,
      from: one.from,
      until: one.until,
      ended: one.ended?.at,
    }));
  console.output.show(found, () =>
    table(
      ['name', 'project', 'role', 'until', 'engagement'],
      found.map((one) => [
        one.name,
        one.project,
        one.role,
        one.ended === undefined ? instant(one.until) : `ended ${instant(one.ended)}`,
        one.engagement,
      ]),
    ),
  );
}

async function listSessions(console: Console): Promise<void> {
  const sessions = [...console.state().sessions.values()].map((one) => ({
    session: one.id,
    name: console.nameOf(one.person),
    gate: one.gate,
    from: one.from,
    openedAt: one.openedAt,
    until: one.until,
  }));
  console.output.show(sessions, () =>
    table(
      ['name', 'gate', 'from', 'since', 'until', 'session'],
      sessions.map((one) => [
        one.name,
        one.gate,
        one.from ?? '',
        instant(one.openedAt),
        instant(one.until),
        one.session,
      ]),
    ),
  );
}

/** A gate that runs answers within a moment; what has not come by then is said, not waited for. */
export async function showReceipts(console: Console, cut: CutId): Promise<void> {
  const give = Date.now() + RECEIPTS_WAIT_MS;
  // Where rules are loaded a gateway runs, and with it the two gates that answer for packets.
  const isGuarded = console.state().network.mode !== 'off';
  const gates: readonly Gate[] = isGuarded ? ['portal', 'sftp', 'share', 'network'] : ['portal', 'sftp'];
  const receipts = () => console.state().cuts.get(cut)?.receipts ?? [];
  const isAnswered = () => gates.every((gate) => receipts().some((one) => one.gate === gate));
  while (!isAnswered() && Date.now() < give) await new Promise((resolve) => setTimeout(resolve, RECEIPTS_POLL_MS));
  const came = receipts();
  console.output.show({ cut, receipts: came }, () => [
    ...came.map((one) => `${one.gate}: ${one.sessionCount} sessions, ${one.ms.toFixed(1)} ms, ${probed(one.probe)}`),
    ...gates
      .filter((gate) => !came.some((one) => one.gate === gate))
      .map((gate) => `${gate}: no receipt within ${RECEIPTS_WAIT_MS} ms; see picturelock ledger search --kind cut.`),
  ]);
}

function probed(probe: { readonly bytesStopped: boolean; readonly accessRefused: boolean }): string {
  return `bytes stopped: ${yes(probe.bytesStopped)}, access refused: ${yes(probe.accessRefused)}`;
}

function yes(holds: boolean): string {
  return holds ? 'yes' : 'NO';
}
