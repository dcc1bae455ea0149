/** `bundle` makes an evidence archive; `verify` checks one, or a whole ledger directory, with the assessor's own file. */
import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { Failure, usage } from '../failure.ts';
import { openBundles } from '../evidence.ts';
import { verifyAt } from '#host/evidence/verify-at.ts';
import { parseInstant } from '../instant.ts';
import { EXIT } from '../output.ts';
import { isRefused } from '#std/refused.ts';

interface BundleOptions {
  readonly project: string;
  readonly from?: string;
  readonly until?: string;
  readonly out?: string;
}

export function addEvidenceCommands(program: Command, cli: Cli): void {
  program
    .command('bundle')
    .description('an evidence bundle of one project: everything about it, and proof that nothing is missing')
    .requiredOption('--project <alias>')
    .option('--from <instant>', 'the report begins here')
    .option('--until <instant>', 'and ends before this')
    .option('--out <file>', 'where to write the zip; its own name by default')
    .action((options: BundleOptions) =>
      cli.with(async (console) => {
        const bundles = await openBundles(cli.data(), console);
        const range = {
          ...(options.from === undefined ? {} : { from: parseInstant(options.from) }),
          ...(options.until === undefined ? {} : { until: parseInstant(options.until) }),
        };
        const project = console.project(options.project);
        const made = await bundles.export(project.id, range);
        if (isRefused(made)) throw new Failure(made.code, made.message, { next: made.ask });
        const file = resolve(options.out ?? made.value.name);
        writeFileSync(file, made.value.zip, { mode: 0o600 });
        await console.engine.record([
          {
            kind: 'bundle.exported',
            stream: project.id,
            by: { service: 'console' },
            about: { project: project.id },
            data: { ...range, sha256: made.value.sha256 },
          },
        ]);
        const { sha256, entryCount } = made.value;
        console.output.show({ file, sha256, entryCount }, () => [`${file}  ${entryCount} entries, sha256 ${sha256}`]);
      }),
    );

  program
    .command('verify <path>')
    .description('check a bundle (zip or folder) or a facility\u2019s data directory; needs no running facility')
    .option('--policy <file>', 'trust these keys, not the ones inside')
    .action(async (path: string, options: { policy?: string }) => {
      if (!existsSync(path)) throw usage(`${path} does not exist.`, 'picturelock bundle --project ALIAS makes one');
      const result = await verifyAt(path, options.policy);
      cli.output().show(result, () => result.lines.map((line) => `${line.level.padEnd(4)}  ${line.text}`));
      if (!result.holds) cli.leave(EXIT.no);
    });
}
