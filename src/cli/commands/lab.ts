/** `lab`: the facility's network built on this machine, with real packets through the real rules, held beside the proof engine. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { Failure, usage } from '../failure.ts';
import { EXIT, table } from '../output.ts';
import type { Output } from '../output.ts';
import { readFacilityText } from '#api/facility-file/facility-text.ts';
import type { BreachStory, Scan } from '#host/lab/breach.ts';
import { isShown, playBreach } from '#host/lab/breach.ts';
import type { Checked, Lab, LabReport } from '#host/lab/lab.ts';
import { checkLab, openLab } from '#host/lab/lab.ts';
import { THE_GATEWAY } from '#host/lab/layout.ts';
import { whyNoLab } from '#host/lab/namespace.ts';
import { withSeats } from '#host/lab/seats.ts';
import type { FacilityFile } from '#model/facility-file.ts';
import { preset } from '#plan/presets/preset.ts';
import { FACILITY_SIZES } from '#plan/presets/zone-table.ts';

interface Given {
  readonly preset: string;
  readonly demo?: boolean;
  readonly random: string;
  readonly seed: string;
}

const DISAGREEMENTS_SHOWN = 20;
const RANDOM_MAX = 100_000;
const PRESET_NETWORKS = { network: '10.20.0.0/16', network6: 'fd20:1:2::/48' };

export function addLabCommand(program: Command, cli: Cli): void {
  program
    .command('lab [file]')
    .description('build the network of a facility file in namespaces and compare what packets do with what is proved')
    .option('--preset <size>', `without a file: ${FACILITY_SIZES.join(', ')}`, 'small')
    .option('--demo', 'take a workstation over, see what it reaches, put it in quarantine, release it')
    .option('--random <count>', 'packets between anybody, beside those of each pair of zones', '2000')
    .option('--seed <n>', 'another seed gives other packets', '1')
    .action((path: string | undefined, given: Given) => run(cli, fileOf(path, given.preset), given));
}

function fileOf(path: string | undefined, text: string): FacilityFile {
  if (path !== undefined) return readFile(path);
  const size = FACILITY_SIZES.find((one) => one === text);
  if (size === undefined)
    throw usage(`There is no preset ${text}.`, `picturelock lab --preset ${FACILITY_SIZES.join('|')}`);
  const made = preset({ size, ...PRESET_NETWORKS, at: Date.now() });
  if (made.kind === 'refused') throw made;
  return withSeats(made.value);
}

function readFile(path: string): FacilityFile {
  let text: string;
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch {
    throw usage(`${path} cannot be read.`, 'picturelock network export facility.yaml');
  }
  const { file, troubles } = readFacilityText(text);
  if (file !== undefined) return file;
  const [first] = troubles;
  throw new Failure('bad-file', `${path}:${first?.line ?? 0}: ${first?.says ?? 'it cannot be read'}`);
}

async function run(cli: Cli, file: FacilityFile, given: Given): Promise<void> {
  const [random, seed] = [Number(given.random), Number(given.seed)];
  if (!Number.isInteger(random) || random < 0 || random > RANDOM_MAX || !Number.isInteger(seed))
    throw usage(`--random takes 0 to ${RANDOM_MAX}, --seed a whole number.`, 'picturelock lab --random 2000 --seed 1');
  const why = await whyNoLab();
  if (why !== undefined)
    throw new Failure('no-lab', `There is no lab on this machine: ${why}.`, {
      next: 'run it as root on Linux with nftables, iproute2 and gcc installed',
      exit: EXIT.fault,
    });
  const output = cli.output();
  const onStep = (says: string): void => void process.stderr.write(`lab: ${says}\n`);
  await withLab(file, onStep, async (lab) => {
    if (given.demo === true) return demo(cli, output, lab);
    const report = await checkLab(lab, { random, seed, onStep });
    if (report.disagreements > 0) cli.leave(EXIT.no);
    output.show(report, () => reportLines(report));
  });
}

/** Whatever happens, and also when somebody interrupts it, nothing of the lab is left. */
async function withLab(
  file: FacilityFile,
  onStep: (says: string) => void,
  use: (lab: Lab) => Promise<void>,
): Promise<void> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(new Failure('interrupted', 'The lab was interrupted and removed.'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  const stopped = new Promise<never>((_, reject) =>
    stopping.signal.addEventListener('abort', () => reject(stopping.signal.reason)),
  );
  stopped.catch(() => undefined); // whoever races with it is told
  const lab = await openLab(file, { onStep, onTrouble: onStep, signal: stopping.signal });
  try {
    const used = use(lab);
    used.catch(() => undefined); // after an interruption nobody waits for it
    await Promise.race([used, stopped]);
  } finally {
    await lab.close();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  }
}

async function demo(cli: Cli, output: Output, lab: Lab): Promise<void> {
  const story = await playBreach(lab, (part) => {
    if (!output.json) for (const line of storyLines(part)) process.stdout.write(`${line}\n`);
  });
  const shows = isShown(story);
  if (!shows) cli.leave(EXIT.no);
  output.show({ ...story, shows }, () => [shows ? 'Every step was checked.' : 'NOT everything went as it should.']);
}

function storyLines(part: Partial<BreachStory>): readonly string[] {
  const { host, before, radius, streamedTo, lastByteMs = 0, levelledMs = 0, receipt, held, ownRelease, after } = part;
  return [
    ...(before === undefined || radius === undefined
      ? []
      : [
          `${host} is taken over. From inside it, ${before.tried} addresses and ports are tried; ${before.open} answer:`,
          `  through the gateway  ${scanText(before)}`,
          `  the model said       ${[...radius.direct, ...(radius.internet ? ['the internet'] : [])].join(', ') || 'nothing'}`,
          `  below the gateway    ${before.below.join(', ') || 'nothing'} (the model said ${radius.neighbours.join(', ') || 'nothing'})`,
        ]),
    ...(held === undefined
      ? []
      : [
          `It streams from ${streamedTo}, and is put in quarantine.`,
          `  the last byte came   ${lastByteMs.toFixed(1)} ms after the order, which was committed within ${levelledMs.toFixed(1)} ms`,
          `  receipt              bytes stopped: ${receipt?.bytesStopped ?? 'none'}, access refused: ${receipt?.accessRefused ?? 'none'}`,
          `  through the gateway  ${scanText(held)}`,
          `  below the gateway    ${held.below.join(', ') || 'nothing'}${held.below.length === 0 ? '' : ': unplug it, or close its switch port'}`,
        ]),
    ...(after === undefined
      ? []
      : [
          `Who asked for its release may not release it (${ownRelease}); a second person does. It reaches ${scanText(after)} again.`,
        ]),
  ];
}

function scanText({ through, reachesOutside }: Scan): string {
  return [...through, ...(reachesOutside ? ['the internet'] : [])].join(', ') || 'nothing';
}

function reportLines(report: LabReport): readonly string[] {
  const { checks, zones, machines, addresses, ports, tried, disagreements, hostsLeftOut } = report;
  return [
    `${zones.length} zones, ${machines} machines, ${addresses} addresses, ${ports.length} ports of TCP and UDP, and echo requests; IPv4 and IPv6.`,
    ...(hostsLeftOut > 0
      ? [`${hostsLeftOut} hosts were left out; rules speak of zones and addresses, which were not.`]
      : []),
    ...(report.untried.length > 0 ? [`No packet was sent of: ${report.untried.join(', ')}.`] : []),
    ...checks.flatMap((check) => [
      '',
      checkTitle(check),
      ...matrix(check, zones),
      ...check.disagreements.slice(0, DISAGREEMENTS_SHOWN).map(disagreementText),
    ]),
    '',
    `${tried} packets, ${disagreements} disagreements between what packets do and what is proved.`,
  ];
}

function checkTitle({ name, tried, passed, ms }: Checked): string {
  return `${name}: ${tried} packets in ${(ms / 1000).toFixed(1)} s, ${passed} passed. From (rows) to (columns): passed/sent; = neighbours.`;
}

function matrix({ cells }: Checked, zones: readonly string[]): readonly string[] {
  const columns = [...zones, THE_GATEWAY];
  const rows = zones.map((from) => [
    from,
    ...columns.map((to) => {
      const cell = cells.find((one) => one.from === from && one.to === to);
      if (cell === undefined || cell.tried === 0) return '.';
      return `${from === to ? '=' : ''}${cell.passed}/${cell.tried}${cell.disagreed > 0 ? ` !${cell.disagreed}` : ''}`;
    }),
  ]);
  return table(['', ...columns], rows);
}

function disagreementText({
  from,
  to,
  protocol,
  port,
  between,
  engine,
  packets,
}: Checked['disagreements'][number]): string {
  return `  ! ${from} to ${to} ${protocol} ${port} (${between.join(' to ')}): the engine says ${engine}, the packet ${packets}`;
}
