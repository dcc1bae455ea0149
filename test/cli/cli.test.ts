/** The command line against a real running facility: what it prints, what it changes, and how it leaves. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningFacility } from '../../tool/demo/facility.ts';
import { removeDirectory, startFacility, throwawayDirectory } from '../../tool/demo/facility.ts';
import { PortalClient } from '../../tool/demo/portal-client.ts';
import { ROOT } from '../source-files.ts';

const PASSWORD = 'correct-Horse-battery-9-staple';
const directory = throwawayDirectory();
let facility: RunningFacility;
let owner: PortalClient;

before(async () => {
  facility = await startFacility(join(directory, 'data'), ROOT, { portal: 0, sftp: 0 });
  owner = new PortalClient(facility.portal);
  await owner.firstRun('Harbour Post', 'Olive Owner', PASSWORD);
  await owner.call('POST', '/first-run/example');
});
after(async () => {
  await facility.stop();
  removeDirectory(directory);
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function picturelock(...args: readonly string[]): Ran {
  const done = spawnSync(process.execPath, ['src/cli/main.ts', '--data', facility.data, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { code: done.status ?? -1, out: done.stdout, err: done.stderr };
}

function json<T>(...args: readonly string[]): T {
  const ran = picturelock('--json', ...args);
  assert.equal(ran.code, 0, ran.err);
  return JSON.parse(ran.out) as T; // our own output
}

test('who can read, on what, and at what time', () => {
  const { people } = json<{ people: { name: string; role: string }[] }>(
    'who-can',
    'file.read',
    '--project',
    'nightjar',
    '--path',
    'media/a.mov',
  );
  assert.ok(people.some(({ name, role }) => name === 'Ines Okafor' && role === 'editor'));
  assert.ok(!people.some(({ name }) => name === 'Hannah Weiss'), 'a client reviewer reads no media');
  assert.deepEqual(
    json<{ people: unknown[] }>('who-can', 'file.read', '--project', 'nightjar', '--at', '2020-01-01').people,
    [],
  );
});

test('what somebody can, by mail address', () => {
  const ran = picturelock('what-can', 'ines@freelance.example');
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /nightjar: editor until/);
});

test('the record is searched, and an entry shows its proof', () => {
  const page = json<{ entries: { index: number; entry: { kind: string } }[] }>(
    'ledger',
    'search',
    '--project',
    'nightjar',
    '--kind',
    'engagement.',
    '--limit',
    '3',
  );
  assert.equal(page.entries.length, 3);
  assert.ok(page.entries.every(({ entry }) => entry.kind.startsWith('engagement.')));
  const shown = picturelock('ledger', 'show', String(page.entries[0]?.index));
  assert.match(shown.out, /c2sp\.org\/tlog-proof@v1/);
  assert.match(picturelock('ledger', 'checkpoint').out, /^\S+\n\d+\n[A-Za-z0-9+/=]{44}\n\n\u2014 /);
});

test('a bundle verifies, an altered one does not, and neither needs a running facility', () => {
  const file = join(directory, 'nightjar.zip');
  assert.equal(picturelock('bundle', '--project', 'nightjar', '--out', file).code, 0);
  assert.equal(picturelock('verify', file).code, 0);
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(`${file}.altered`, bytes);
  const refused = picturelock('verify', `${file}.altered`);
  assert.equal(refused.code, 1);
  assert.match(refused.out, /FAIL/);
  assert.equal(picturelock('verify', facility.data).code, 0);
});

test('ending somebody at the console leaves receipts of both gates', () => {
  const { receipts } = json<{ receipts: { gate: string; probe: { accessRefused: boolean } }[] }>(
    'person',
    'end',
    'Sofia Marchetti',
    '--reason',
    'left',
  );
  assert.deepEqual(receipts.map(({ gate }) => gate).sort(), ['portal', 'sftp']);
  assert.ok(receipts.every(({ probe }) => probe.accessRefused));
  const again = picturelock('engagement', 'list', '--project', 'nightjar');
  assert.doesNotMatch(again.out, /Sofia/);
});

test('the way back in: a link that the portal takes', async () => {
  const { link } = json<{ link: string }>('person', 'invite', 'Olive Owner');
  const back = new PortalClient(facility.portal);
  await back.acceptInvitation(link, `${PASSWORD}-new`);
  assert.equal((await back.call<{ person: { name: string } }>('GET', '/me')).person.name, 'Olive Owner');
});

test('every error says what to do next, and leaves with its code', () => {
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['what-can', 'nobody@nowhere'], 1, /picturelock person list/],
    [['who-can', 'file.dance'], 1, /docs\/spec\/roles\.md/],
    [['who-can', 'file.read', '--at', 'yesterday'], 2, /2026-03-14/],
    [['bundle', '--project', 'no-such'], 1, /picturelock project list/],
    [['verify', '/no/such/file'], 2, /picturelock bundle/],
    [['session', 'end', 'x'], 1, /picturelock session list/],
    [['nonsense'], 2, /unknown command/],
  ];
  for (const [args, code, says] of cases) {
    const ran = picturelock(...args);
    assert.equal(ran.code, code, `${args.join(' ')}: ${ran.err}`);
    assert.match(ran.err, says);
  }
});
