/** `network import`, `export`, `preset` and `leases`: the network's model as a file of names. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import type { Console } from '../console.ts';
import { Failure, usage } from '../failure.ts';
import { EXIT, instant } from '../output.ts';
import { newId } from './network.ts';
import { writeFacilityText } from '#api/facility-file/facility-text.ts';
import type { Weighed } from '#api/facility-file/weigh-import.ts';
import { weighText } from '#api/facility-file/weigh-import.ts';
import type { NetworkChange } from '#model/network-change.ts';
import type { PersonId } from '#std/ids.ts';
import type { Reader } from '#plan/facility-file/names.ts';
import { renderFile } from '#plan/facility-file/render-file.ts';
import { renderPacket } from '#plan/network/guard.ts';
import type { Opening } from '#plan/network/openings.ts';
import { readLeases } from '#plan/guided-start/read-leases.ts';
import { propose } from '#plan/guided-start/propose.ts';
import { preset } from '#plan/presets/preset.ts';
import { FACILITY_SIZES } from '#plan/presets/zone-table.ts';

export function addFacilityFileCommands(network: Command, cli: Cli): void {
  network
    .command('import <file>')
    .description('make the network what the file says: all of it, or nothing')
    .option('--dry-run', 'only say what would change')
    .option('--as <person>', 'who "me" in the file is, and the owner of what names none')
    .action((path: string, options: { dryRun?: boolean; as?: string }) =>
      cli.with((console) => importFile(console, cli, path, options)),
    );
  network
    .command('export [file]')
    .description('the network as a file that can be imported again')
    .action((path: string | undefined) =>
      cli.with(async (console) => put(writeFacilityText(renderFile(console.state())), path)),
    );
  network
    .command('preset <size> [file]')
    .description(`a facility to begin with: ${FACILITY_SIZES.join(', ')}`)
    .requiredOption('--network <cidr>', 'a private /16, such as 10.20.0.0/16')
    .option('--network6 <cidr>', 'a /48 of unique local addresses')
    .option('--domain <domain>', 'of the public names')
    .option('--enclave <alias...>', 'projects that get a zone of their own')
    .action((size: string, path: string | undefined, options: PresetFlags) => put(presetText(size, options), path));
  network
    .command('leases <leases> [file]')
    .description('hosts to sort into zones, from the leases of a DHCP server or an ARP table')
    .option('--zone <zone>', 'the zone of what nothing else is known of', 'flat')
    .action((leases: string, path: string | undefined, { zone }: { zone: string }) =>
      put(hostsText(read(leases), zone), path),
    );
}

interface PresetFlags {
  readonly network: string;
  readonly network6?: string;
  readonly domain?: string;
  readonly enclave?: readonly string[];
}

function presetText(text: string, { enclave, ...options }: PresetFlags): string {
  const size = FACILITY_SIZES.find((one) => one === text);
  if (size === undefined)
    throw usage(`There is no preset ${text}.`, `picturelock network preset ${FACILITY_SIZES.join('|')}`);
  const made = preset({ size, ...options, enclaves: enclave, at: Date.now() });
  if (made.kind === 'refused') throw made;
  return writeFacilityText(made.value);
}

function hostsText(text: string, zone: string): string {
  const { found, troubles } = readLeases(text);
  for (const { line, says } of troubles) process.stderr.write(`line ${line}: ${says}\n`);
  if (found.length === 0)
    throw new Failure('no-leases', 'There are no machines in this file.', {
      next: 'Use the leases of ISC dhcpd, dnsmasq or Kea, or the output of arp -an or ip neigh.',
    });
  return writeFacilityText({ facility: 1, hosts: propose(found, zone) });
}

function read(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (cause) {
    throw new Failure('no-such-file', `${path} cannot be read: ${cause instanceof Error ? cause.message : ''}`, {
      exit: EXIT.usage,
    });
  }
}

function put(text: string, path: string | undefined): void {
  if (path === undefined) process.stdout.write(text);
  else writeFileSync(path, text);
}

async function importFile(
  console: Console,
  cli: Cli,
  path: string,
  options: { readonly dryRun?: boolean; readonly as?: string },
): Promise<void> {
  const me = options.as === undefined ? undefined : console.person(options.as).id;
  const reader: Reader = { at: console.now, makeId: newId, me, person: (text) => someone(console, text) };
  const text = read(path);
  const weighed = weighText(console.state(), text, reader, { service: 'console' });
  if (weighed.troubles.length > 0) return complain(console, cli, path, weighed);
  if (options.dryRun !== true && weighed.refused !== undefined) throw weighed.refused;
  if (options.dryRun !== true && weighed.changes.length > 0)
    await console.change({ kind: 'import-network', changes: [...weighed.changes] });
  if (weighed.refused !== undefined) cli.leave(EXIT.no);
  console.output.show(weighed, () => lines(weighed, options.dryRun === true));
}

function someone(console: Console, text: string): PersonId | undefined {
  try {
    return console.person(text).id;
  } catch {
    return undefined; // nobody, or several
  }
}

function complain({ output }: Console, cli: Cli, path: string, { troubles }: Weighed): void {
  cli.leave(EXIT.no);
  output.show({ troubles }, () => troubles.map(({ line, says }) => `${path}:${line}: ${says}`));
}

function lines({ changes, tests, preview, refused }: Weighed, isDry: boolean): readonly string[] {
  if (!isDry) return [];
  if (changes.length === 0) return ['Nothing changes.'];
  return [
    ...[...Map.groupBy(changes, ({ kind }) => kind)].map(([kind, all]) => `${kind}: ${namesOf(all)}`),
    ...(preview?.opens ?? []).map((opening) => `opens: ${openingText(opening)}`),
    ...(preview?.closes ?? []).map((closing) => `closes: ${openingText(closing)}`),
    ...(preview?.invariants ?? []).flatMap(({ id, broken, healed }) => [
      ...broken.map(
        ({ says, packet }) => `breaks ${id}: ${says}${packet === undefined ? '' : ` (${renderPacket(packet)})`}`,
      ),
      ...healed.map(({ says }) => `heals ${id}: ${says}`),
    ]),
    ...(preview?.tests ?? []).map(({ name, expects, says }) => `fails the policy test “${name}”: ${expects} ${says}`),
    ...tests.map(
      ({ line, kind, holds, says }) => `test at line ${line} (${kind}) ${holds ? 'holds' : `FAILS: ${says}`}`,
    ),
    ...(refused === undefined ? [] : [`Refused: ${refused.message}`, `Next: ${refused.ask ?? ''}`]),
  ];
}

function openingText({ from, to, ports, packet, until }: Opening): string {
  const ends = [from, to].map((all) =>
    all.map(({ addresses, more }) => `${addresses.join(' ')}${more > 0 ? ' …' : ''}`).join(' '),
  );
  const end = until === undefined ? '' : ` until ${instant(until)}`;
  return `${ends[0]} -> ${ends[1]} ${ports.join(' ')}${end}, such as ${renderPacket(packet)}`;
}

function namesOf(changes: readonly NetworkChange[]): string {
  const names = changes.flatMap((change) => ('name' in change ? [change.name] : []));
  return names.length === 0 ? String(changes.length) : names.join(', ');
}
