/** `network`: the model as a file, its proof, quarantine, and the rules that are loaded. */
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import type { Console } from '../console.ts';
import { Failure } from '../failure.ts';
import { EXIT, instant, table } from '../output.ts';
import { showReceipts } from './people.ts';
import { networkMode } from '#model/network-shapes.ts';
import type { QuarantineScope } from '#model/network-shapes.ts';
import type { Quarantine } from '#model/network-state.ts';
import type { State } from '#model/state.ts';
import { checkKept } from '#plan/facility-file/kept-tests.ts';
import { proveInvariants } from '#plan/network/invariants.ts';
import { unheld } from '#plan/network/unheld.ts';
import { renderPacket } from '#plan/network/guard.ts';
import type { IdKind, Id } from '#std/ids.ts';
import { ID_RANDOM_BYTES, isId, makeId } from '#std/ids.ts';

export function addNetworkCommands(network: Command, cli: Cli): void {
  network
    .command('show')
    .description('zones, rules, mode, what is in quarantine')
    .action(() => cli.with(show));
  network
    .command('prove')
    .description(
      'judge the fourteen invariants and the policy tests over every packet and instant; leaves with 1 when one does not hold',
    )
    .action(() => cli.with(async (console) => prove(console, cli)));
  network
    .command('mode <mode>')
    .description('off, observe, warn or enforce')
    .option('--reason <text>')
    .action((text: string, { reason }: { reason?: string }) =>
      cli.with(async (console) => {
        const mode = networkMode.safeParse(text);
        if (!mode.success)
          throw new Failure('no-such-mode', `There is no mode ${text}.`, {
            next: 'off, observe, warn or enforce',
            exit: EXIT.usage,
          });
        await console.change({ kind: 'change-network-mode', mode: mode.data, reason });
      }),
    );
  network
    .command('confirm')
    .description('keep the rules that were just loaded; without it they go back by themselves')
    .action(() => cli.with(confirm));
  network
    .command('apply-again')
    .description('load the rules of the model again, after a roll-back or a drift')
    .action(() => cli.with(async (console) => void (await console.change({ kind: 'apply-again' }))));
  addQuarantineCommands(network, cli);
}

function addQuarantineCommands(network: Command, cli: Cli): void {
  network
    .command('quarantine [kind] [name]')
    .description(
      'take a host, person or project off the network and end its sessions; without a name: what is in quarantine',
    )
    .option('--reason <text>', 'why', 'ordered at the console')
    .action((kind: string | undefined, name: string | undefined, { reason }: { reason: string }) =>
      cli.with((console) => (kind === undefined ? listQuarantines(console) : contain(console, kind, name, reason))),
    );
  network
    .command('release <name>')
    .description('ask to release a host, person or project; somebody else releases it in the pages')
    .requiredOption('--reason <text>', 'what makes it safe again')
    .action((name: string, { reason }: { reason: string }) =>
      cli.with(async (console) => {
        await console.change({ kind: 'ask-release', quarantine: quarantineNamed(console, name).id, reason });
      }),
    );
}

export function newId<Kind extends IdKind>(kind: Kind): Id<Kind> {
  return makeId(kind, randomBytes(ID_RANDOM_BYTES));
}

async function show(console: Console): Promise<void> {
  const { zones, hosts, network } = console.state();
  const rows = [...zones.values()].map(({ id, name, kinds = [], trust, networks }) => ({
    zone: id,
    name,
    kinds,
    trust,
    networks: networks.map(({ cidr }) => cidr),
    hosts: hosts.count((host) => host.zone === id),
  }));
  const { mode, apply, flows, exposures, exceptions, paths, quarantines, findings } = network;
  const counts = {
    flows: flows.size,
    exposures: exposures.size,
    exceptions: exceptions.size,
    paths: paths.size,
    quarantines: quarantines.size,
    findings: findings.size,
  };
  const applied = apply === undefined ? undefined : { at: apply.at, standing: apply.standing, mode: apply.mode };
  console.output.show({ mode, applied, zones: rows, ...counts }, () => [
    ...table(
      ['zone', 'trust', 'for', 'hosts', 'networks'],
      rows.map((row) => [row.name, String(row.trust), row.kinds.join(','), String(row.hosts), row.networks.join(' ')]),
    ),
    `mode ${mode}; ${applied === undefined ? 'no rules were loaded yet' : `rules of ${instant(applied.at)}, ${applied.standing}`}`,
    Object.entries(counts)
      .map(([what, count]) => `${count} ${what}`)
      .join(', '),
  ]);
}

async function prove(console: Console, cli: Cli): Promise<void> {
  const proof = proveInvariants(console.state(), console.now);
  const tests = checkKept(console.state(), console.now);
  if ([...proof.invariants, ...tests].some(({ holds }) => holds !== true)) cli.leave(EXIT.no);
  console.output.show({ ...proof, tests }, () => [
    ...proof.invariants.flatMap(({ id, title, holds, violations, more }) => [
      `${id.padEnd(3)} ${holds === true ? 'holds' : holds === false ? 'BREAKS' : 'unknown'}  ${title}`,
      ...violations
        .filter(({ standing }) => holds !== true || standing === 'excepted')
        .flatMap(({ says, next, packet, standing }) => [
          `      ${standing === 'excepted' ? 'excepted: ' : ''}${says}${packet === undefined ? '' : ` (${renderPacket(packet)})`}`,
          ...(standing === 'excepted' ? [] : [`      Next: ${next}`]),
        ]),
      ...(more > 0 ? [`      and ${more} more`] : []),
    ]),
    ...tests.map(
      ({ name, holds, expects, says }) =>
        `test ${holds ? 'holds' : 'FAILS'}  ${name}${holds ? '' : `: ${expects} ${says}`}`,
    ),
    'Assuming:',
    ...proof.assumptions.map((assumption) => `  ${assumption}`),
  ]);
}

async function confirm(console: Console): Promise<void> {
  const { apply } = console.state().network;
  if (apply === undefined)
    throw new Failure('nothing-applied', 'No rules were loaded yet.', { next: 'picturelock network mode observe' });
  await console.change({ kind: 'confirm-apply', apply: apply.id });
}

async function contain(console: Console, kind: string, name: string | undefined, reason: string): Promise<void> {
  if (name === undefined)
    throw new Failure('usage', 'Name what to put in quarantine.', {
      next: 'picturelock network quarantine host NAME',
      exit: EXIT.usage,
    });
  const [quarantine, cut] = [newId('quarantine'), newId('cut')];
  await console.change({ kind: 'quarantine', quarantine, scope: scopeNamed(console, kind, name), reason, cut });
  const made = console.state().network.quarantines.get(quarantine);
  const gap = made === undefined ? undefined : unheld(console.state(), made);
  if (gap !== undefined) process.stderr.write(`Not held by the network: ${gap.says} ${gap.next}\n`);
  await showReceipts(console, cut);
}

function scopeNamed(console: Console, kind: string, name: string): QuarantineScope {
  switch (kind) {
    case 'host':
      return { kind, host: hostNamed(console.state(), name) };
    case 'person':
      return { kind, person: console.person(name).id };
    case 'project':
      return { kind, project: console.project(name).id };
    default:
      throw new Failure('usage', `${kind} is neither host, person nor project.`, {
        next: 'picturelock network quarantine host NAME',
        exit: EXIT.usage,
      });
  }
}

function hostNamed({ hosts, index }: State, name: string): Id<'host'> {
  const id = isId('host', name) ? name : (index.hostByName.get(name) ?? index.hostByAddress.get(name));
  if (id !== undefined && hosts.has(id)) return id;
  throw new Failure('no-such-host', `There is no host ${name}.`, { next: 'picturelock network export' });
}

function subjectOf(console: Console, { scope }: Quarantine): string {
  const { hosts, projects } = console.state();
  switch (scope.kind) {
    case 'host':
      return hosts.get(scope.host)?.name ?? scope.host;
    case 'person':
      return console.nameOf(scope.person);
    case 'project':
      return projects.get(scope.project)?.alias ?? scope.project;
  }
}

function quarantineNamed(console: Console, name: string): Quarantine {
  const found = console
    .state()
    .network.quarantines.find(
      (one) => one.id === name || subjectOf(console, one) === name || Object.values(one.scope).includes(name),
    );
  if (found !== undefined) return found;
  throw new Failure('no-such-quarantine', `${name} is not in quarantine.`, { next: 'picturelock network quarantine' });
}

async function listQuarantines(console: Console): Promise<void> {
  const rows = [...console.state().network.quarantines.values()].map((one) => ({
    quarantine: one.id,
    kind: one.scope.kind,
    name: subjectOf(console, one),
    since: one.orderedAt,
    reason: one.reason,
    releaseAsked: one.releaseAsked?.at,
  }));
  console.output.show(rows, () =>
    table(
      ['what', 'name', 'since', 'release', 'reason'],
      rows.map((one) => [
        one.kind,
        one.name,
        instant(one.since),
        one.releaseAsked === undefined ? '' : 'asked for',
        one.reason,
      ]),
    ),
  );
}
