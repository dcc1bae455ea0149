/** `backup close`: the end of a project, step by step. Keys are destroyed by two people, in the pages: the console has no name to tell from another. */
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import type { Console } from '../console.ts';
import { Failure } from '../failure.ts';
import { instant, table } from '../output.ts';
import { readCertificate } from '#host/backup/destroy-keys.ts';
import { closingOf } from '#model/closing.ts';
import type { Closing } from '#model/backup-state.ts';
import { isRefused } from '#std/refused.ts';

export function addClosingCommands(backup: Command, cli: Cli): void {
  const close = backup
    .command('close')
    .description('the end of a project: delivered, archived, proved, its keys destroyed');
  close
    .command('show <project>')
    .description('how far it has come, and what comes next')
    .action((alias: string) => cli.with(async (console) => show(console, alias)));
  close
    .command('deliver <project>')
    .description('record to whom it was delivered, and what')
    .requiredOption('--to <whom>')
    .requiredOption('--what <text>', 'such as "two LTO-9 tapes, serials A and B"')
    .action((alias: string, given: { to: string; what: string }) =>
      cli.with(async (console) => {
        await console.change({ kind: 'record-delivery', project: console.project(alias).id, ...given });
      }),
    );
  close
    .command('archive <project>')
    .description('name the newest snapshot from after the wrap as the archive')
    .action((alias: string) =>
      cli.with(async (console) => {
        await console.change({ kind: 'archive-project', project: console.project(alias).id });
      }),
    );
  close
    .command('prove <project>')
    .description('record that a drill which held restored what is in the archive')
    .action((alias: string) =>
      cli.with(async (console) => {
        await console.change({ kind: 'prove-archive', project: console.project(alias).id });
      }),
    );
  close
    .command('certificate <project>')
    .description('the certificate of destroyed keys, as the ledger has its hash')
    .action((alias: string) => cli.with(async (console) => certificate(console, cli, alias)));
}

function show(console: Console, alias: string): void {
  const project = console.project(alias);
  const closing = closingOf(console.state(), project.id);
  const rows = stepsOf(closing, project.standing === 'wrapped' ? project.standingSince : undefined);
  console.output.show({ standing: project.standing, ...closing, next: nextOf(rows, alias) }, () => [
    ...table(
      ['step', 'when', 'what'],
      rows.map(({ step, at, what }) => [step, at === undefined ? 'not yet' : instant(at), what]),
    ),
    `next: ${nextOf(rows, alias)}`,
  ]);
}

interface StepRow {
  readonly step: keyof typeof NEXT;
  readonly at: number | undefined;
  readonly what: string;
}

function stepsOf(
  { delivered, archived, proved, asked, approved, destroyed }: Closing,
  over?: number,
): readonly StepRow[] {
  return [
    { step: 'wrapped', at: over, what: '' },
    { step: 'delivered', at: delivered?.at, what: delivered === undefined ? '' : `${delivered.to}: ${delivered.what}` },
    { step: 'archived', at: archived?.at, what: archived?.snapshot.slice(0, 12) ?? '' },
    { step: 'proved', at: proved?.at, what: proved === undefined ? '' : `report ${proved.reportSha256.slice(0, 12)}` },
    { step: 'asked', at: asked?.at, what: asked?.reason ?? '' },
    {
      step: 'approved',
      at: approved?.at,
      what: approved === undefined ? '' : `not before ${instant(approved.notBefore)}`,
    },
    { step: 'destroyed', at: destroyed?.at, what: destroyed?.certificateSha256 ?? '' },
  ];
}

const NEXT = {
  wrapped: 'wrap the project ALIAS in its page',
  delivered: 'picturelock backup close deliver ALIAS --to WHOM --what TEXT',
  archived: 'picturelock backup now ALIAS, then picturelock backup close archive ALIAS',
  proved: 'picturelock backup drill ALIAS, then picturelock backup close prove ALIAS',
  asked: 'when the contract lets the keys go: ask in the pages, Backups, End of project',
  approved: 'somebody else approves in the pages, Backups, End of project',
  destroyed: 'wait: the keys go by themselves',
} as const;

function nextOf(rows: readonly StepRow[], alias: string): string {
  const next = rows.find(({ at }) => at === undefined);
  return next === undefined
    ? `picturelock backup close certificate ${alias}`
    : NEXT[next.step].replaceAll('ALIAS', alias);
}

function certificate(console: Console, cli: Cli, alias: string): void {
  const { id } = console.project(alias);
  const text = readCertificate(cli.data(), id);
  if (isRefused(text)) throw new Failure(text.code, text.message, { next: `picturelock backup close show ${alias}` });
  console.output.show(JSON.parse(text.value), () => [text.value]);
}
