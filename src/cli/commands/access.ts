/** `who-can`, `what-can`: questions to the decision, now or at any date. */
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { Failure } from '../failure.ts';
import { parseInstant } from '../instant.ts';
import { instant, table } from '../output.ts';
import { whatCan, whoCan } from '#access/standing.ts';
import { isAction } from '#model/actions.ts';

export function addAccessCommands(program: Command, cli: Cli): void {
  program
    .command('who-can <action>')
    .description('everybody who may do an action, now or at a date')
    .option('--project <alias>', 'on this project')
    .option('--path <path>', 'on this path of its workspace')
    .option('--at <instant>', 'as it was then')
    .action((action: string, options: { project?: string; path?: string; at?: string }) =>
      cli.with(async (console) => {
        if (!isAction(action))
          throw new Failure('no-such-action', `There is no action ${action}.`, {
            next: 'docs/spec/roles.md lists them',
          });
        const at = options.at === undefined ? console.now : parseInstant(options.at);
        const state = options.at === undefined ? console.state() : await console.engine.stateAt({ at });
        const project = options.project === undefined ? undefined : console.project(options.project).id;
        const holders = whoCan(state, action, { project, path: options.path }, at);
        const rows = holders.map((holder) => ({
          person: holder.person,
          name: console.nameOf(holder.person),
          role: holder.role,
          until: holder.until,
        }));
        console.output.show({ at, action, people: rows }, () =>
          rows.length === 0
            ? [`Nobody may ${action}.`]
            : table(
                ['name', 'role', 'until', 'person'],
                rows.map((row) => [row.name, row.role, instant(row.until), row.person]),
              ),
        );
      }),
    );

  program
    .command('what-can <person>')
    .description('everything a person holds (by id, mail address or name)')
    .option('--at <instant>', 'as it was then')
    .action((text: string, options: { at?: string }) =>
      cli.with(async (console) => {
        const at = options.at === undefined ? console.now : parseInstant(options.at);
        const state = options.at === undefined ? console.state() : await console.engine.stateAt({ at });
        const held = whatCan(state, console.person(text).id, at).map((holding) => ({
          project:
            holding.project === undefined
              ? 'facility'
              : (state.projects.get(holding.project)?.alias ?? holding.project),
          role: holding.role,
          from: holding.from,
          until: holding.until,
          actions: holding.actions.map(({ action, folders }) =>
            folders === undefined ? action : `${action}(${folders.join(',')})`,
          ),
          blockedBy: holding.blockedBy?.says,
        }));
        console.output.show({ at, holdings: held }, () =>
          held.length === 0
            ? ['Nothing.']
            : held.flatMap((holding) => [
                `${holding.project}: ${holding.role} until ${instant(holding.until)}${blocked(holding.blockedBy)}`,
                `  ${holding.actions.join(' ')}`,
              ]),
        );
      }),
    );
}

function blocked(by: string | undefined): string {
  return by === undefined ? '' : ` (blocked: ${by})`;
}
