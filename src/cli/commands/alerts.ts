/** `alerts`: who is told outside, what waits and fails, and a test that goes the whole way. */
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import type { Console } from '../console.ts';
import { Failure } from '../failure.ts';
import { EXIT, instant } from '../output.ts';
import { waitUntil } from './backup-work.ts';
import { waysShown } from '#model/alerts.ts';

export function addAlertCommands(program: Command, cli: Cli): void {
  const alerts = program.command('alerts').description('who is told outside these pages, and whether that works');
  alerts
    .command('status')
    .description('the ways out, what waits, what fails; leaves with 1 when there is no way or one fails')
    .action(() => cli.with(async (console) => show(console, cli)));
  alerts
    .command('test')
    .description('send a test by every way and wait until each took it; leaves with 1 when one did not')
    .action(() => cli.with(async (console) => test(console, cli)));
}

function show(console: Console, cli: Cli): void {
  const ways = waysShown(console.state().alerts);
  if (ways.length === 0 || ways.some(({ failing }) => failing !== undefined)) cli.leave(EXIT.no);
  console.output.show({ ways, dropped: console.state().alerts.dropped }, () =>
    ways.length === 0
      ? ['nobody is told outside the pages: start with --alert-command FILE or --alert-webhook FILE']
      : ways.map(({ way, to, waiting, sentAt, failing }) => {
          const last = sentAt === undefined ? 'nothing taken yet' : `last taken ${instant(sentAt)}`;
          const trouble = failing === undefined ? '' : `; NOT TAKEN since ${instant(failing.since)} (${failing.code})`;
          return `${way}  ${to}  ${last}, ${waiting} waiting${trouble}`;
        }),
  );
}

async function test(console: Console, cli: Cli): Promise<void> {
  const before = new Map(waysShown(console.state().alerts).map(({ way, failing }) => [way, failing?.at]));
  const index = (await console.change({ kind: 'test-alert' })).entries[0]?.index ?? 0;
  const ended = await waitUntil(console, (state) => {
    const ways = [...state.alerts.ways.values()];
    if (ways.length === 0) throw new Failure('no-alert-way', 'Alerts have no way out any more.');
    const isOver = ways.every(({ way, upTo, failing }) => upTo >= index || failing?.at !== before.get(way));
    return isOver ? ways : undefined;
  });
  const failed = ended.filter(({ upTo }) => upTo < index);
  if (failed.length > 0) cli.leave(EXIT.no);
  console.output.show(
    { taken: ended.length - failed.length, failed: failed.map(({ way, failing }) => ({ way, code: failing?.code })) },
    () =>
      failed.map(
        ({ way, to, failing }) =>
          `${way} ${to} did not take it: ${failing?.code ?? 'unknown'}. It is sent again by itself`,
      ),
  );
}
