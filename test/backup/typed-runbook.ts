/**
 * A printed runbook, typed: the text that the facility wrote is taken apart into its steps, and the commands of each step are run exactly as they stand
 * there, from each kind of copy, with our tool and with stock restic, until the bytes are back where they were.
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { filesOf } from './lost-facility.ts';
import type { LostFacility } from './lost-facility.ts';

let lost: LostFacility;
let steps: ReadonlyMap<string, string>;
/** The commands of each step by its title, in which steps of sections about projects come after those of the facility. */
function stepsIn(runbook: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let title = '';
  for (const line of runbook.split('\n')) {
    title = /^ {3}\[ \] \d+\.\d+ (.*?)(?: {3}\(.*\))?$/.exec(line)?.[1] ?? title;
    const command = /^ {9}\$ (.*)$/.exec(line)?.[1];
    if (command !== undefined) found.set(title, `${found.get(title) ?? ''}${command}\n`);
  }
  return found;
}

function step(title: string): string {
  const commands = steps.get(title);
  assert.ok(commands !== undefined, `the runbook has no step “${title}”: ${[...steps.keys()].join(', ')}`);
  return commands;
}

/** What two people bring to an empty folder. */
const SHEETS = 'cp ../shares/share-1.txt ../shares/share-2.txt .\n';

async function bringBack(titles: readonly string[]): Promise<string> {
  rmSync(lost.data, { recursive: true, force: true });
  const said = await lost.script(SHEETS + titles.map(step).join(''));
  assert.deepEqual(filesOf(join(lost.data, 'workspaces', lost.project)), lost.kept);
  return said;
}

export function giveTypedRunbook(given: LostFacility): void {
  lost = given;
  steps = stepsIn(readFileSync(join(lost.directory, 'runbook.txt'), 'utf8'));
}

/** Every way takes minutes: `npm test` takes one place with each tool, and `npm run faults` all of them. */
const ALL = process.env['PICTURELOCK_ALL_WAYS'] === '1';
const PLACES = {
  ours: ALL ? ['rack', 'tower', 'bucket'] : ['tower'],
  stock: ALL ? ['rack', 'tower', 'bucket'] : ['bucket'],
};

export function testTypedRunbook(): void {
  for (const name of PLACES.ours)
    test(`from ${name}, with our tool: shares, facility, ledger verified, project`, async () => {
      await bringBack([
        'Bring the shares together',
        `Ledger, checkpoints and keys from ${name}`,
        'Verify it',
        `From ${name}, with our tool`,
      ]);
    });

  for (const name of PLACES.stock)
    test(`from ${name}, without this program: Python, OpenSSL and stock restic`, async () => {
      await bringBack([
        'The same without this program',
        `The same with stock restic, from ${name}`,
        `From ${name}, with stock restic`,
      ]);
      assert.ok(existsSync(join(lost.data, 'ledger')) && existsSync(join(lost.data, 'keys')));
    });

  test('no secret stands in the runbook, and one sheet alone opens nothing', async () => {
    const text = readFileSync(join(lost.directory, 'runbook.txt'), 'utf8');
    const sheet = readFileSync(join(lost.directory, 'shares', 'share-1.txt'), 'utf8');
    for (const secret of ['token-of-house', 'token-of-nightjar', 'BEGIN CERTIFICATE'])
      assert.ok(!text.includes(secret) && !sheet.includes(secret), secret);
    copyFileSync(join(lost.directory, 'shares', 'share-1.txt'), join(lost.directory, 'alone.txt'));
    await assert.rejects(
      lost.script('picturelock backup unlock ../alone.txt --out facility.password'),
      /different shares are needed/,
    );
  });
}
