/** `person invite|unlock|restore`: the way back in when nobody who could do it in the pages is left. Recorded as done at the console. */
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { instant } from '../output.ts';
import { hashToken, makeToken } from '#api/identity/token.ts';
import { createRandom } from '#host/random.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';

const LINK_VALID_MS = 60 * 60_000;

export function addWayBackCommands(program: Command, cli: Cli): void {
  const person = program.commands.find((one) => one.name() === 'person') ?? program.command('person');
  person
    .command('invite <person>')
    .description('a link, valid for an hour, to enrol anew; the token is shown this once')
    .option('--join', 'for somebody who never had a credential')
    .action((text: string, options: { join?: boolean }) =>
      cli.with(async (console) => {
        const token = makeToken(createRandom());
        const expiresAt = console.now + LINK_VALID_MS;
        await console.change({
          kind: 'invite',
          invitation: makeId('invitation', randomBytes(ID_RANDOM_BYTES)),
          person: console.person(text).id,
          tokenHash: hashToken(token),
          expiresAt,
          purpose: options.join === true ? 'join' : 'recover',
        });
        const link = `/invitation#${token}`;
        console.output.show({ link, expiresAt }, () => [
          `${link}  (behind the portal's address, until ${instant(expiresAt)})`,
        ]);
      }),
    );
  person
    .command('unlock <person>')
    .description('after too many wrong passwords')
    .action((text: string) =>
      cli.with(
        async (console) => void (await console.change({ kind: 'unlock-person', person: console.person(text).id })),
      ),
    );
  person
    .command('restore <person>')
    .description('after a suspension or dormancy')
    .requiredOption('--reason <text>')
    .action((text: string, options: { reason: string }) =>
      cli.with(
        async (console) =>
          void (await console.change({
            kind: 'restore-person',
            person: console.person(text).id,
            reason: options.reason,
          })),
      ),
    );
}
