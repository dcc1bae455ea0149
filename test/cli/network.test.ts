/** The commands of docs/operate/070-network.md against a real running facility, in their order; and what the command line answers to mistakes. */
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
const GUIDE = readFileSync(join(ROOT, 'docs/operate/070-network.md'), 'utf8');
let facility: RunningFacility;

before(async () => {
  facility = await startFacility(join(directory, 'data'), ROOT, { portal: 0, sftp: 0 });
  const owner = new PortalClient(facility.portal);
  await owner.firstRun('Harbour Post', 'Olive Owner', PASSWORD);
});
after(async () => {
  await facility.stop();
  removeDirectory(directory);
});

function network(...args: readonly string[]) {
  const program = join(ROOT, 'src/cli/main.ts');
  const done = spawnSync(process.execPath, [program, '--data', facility.data, 'network', ...args], {
    cwd: directory,
    encoding: 'utf8',
  });
  return { code: done.status ?? -1, out: done.stdout, err: done.stderr };
}

/** Words of a line of the guide; quotes hold spaces together. */
function words(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

const COMMANDS = [...GUIDE.matchAll(/^picturelock network (.*)$/gm)].map(([, line]) => line ?? '');

test('every command of the guide does what the guide says, in its order', () => {
  assert.ok(COMMANDS.length >= 14, 'the guide has its commands');
  writeFileSync(join(directory, 'neighbours.txt'), '10.20.16.21 dev eth0 lladdr 7c:2e:0d:00:00:21 REACHABLE\n');
  for (const line of COMMANDS) {
    const ran = network(...words(line.replace('you@post.example', '"Olive Owner"')));
    // No gateway runs here: nothing was loaded that could be confirmed, and the proof says so.
    const isUnloaded = line === 'confirm' || line === 'prove';
    if (line === 'confirm') assert.match(ran.err, /No rules were loaded yet/);
    if (line === 'prove') assert.match(ran.out, /^I1 +(BREAKS|unknown)/m);
    if (line.startsWith('quarantine')) addHost();
    if (line.startsWith('quarantine') || line.startsWith('release')) continue;
    assert.equal(ran.code, isUnloaded ? 1 : 0, `${line}: ${ran.err}`);
  }
});

/** The guide's machine; it was found on the network and sorted by hand. */
function addHost(): void {
  const path = join(directory, 'facility.yaml');
  const text = readFileSync(path, 'utf8');
  if (!text.includes('edit-01'))
    writeFileSync(path, text.replace('hosts:\n', 'hosts:\n  edit-01: {zone: production, addresses: [10.20.16.99]}\n'));
  const ran = network('import', 'facility.yaml', '--as', 'Olive Owner');
  assert.equal(ran.code, 0, ran.err);
  const [order = '', release = ''] = COMMANDS.filter((line) => /^(quarantine|release)/.test(line));
  const ordered = network(...words(order));
  assert.equal(ordered.code, 0, ordered.err);
  assert.match(ordered.out, /portal: 0 sessions.*access refused: yes/);
  assert.match(network('quarantine').out, /host +edit-01/);
  assert.equal(network(...words(release)).code, 0);
  assert.match(network('quarantine').out, /asked for/);
}

test('everything but what asks for a gateway holds in the preset as it was imported', () => {
  const { out } = network('prove');
  const broken = [...out.matchAll(/^(I\d+) +(BREAKS|unknown)/gm)].map(([, id]) => id);
  assert.deepEqual(broken, ['I1', 'I14']);
  assert.match(out, /^test holds  deny internet -> production any always$/m);
  assert.doesNotMatch(out, /^test FAILS/m);
});

test('what is exported is imported again without a change', () => {
  assert.equal(network('export', 'copy.yaml').code, 0);
  const ran = network('import', 'copy.yaml', '--dry-run');
  assert.deepEqual([ran.code, ran.out], [0, 'Nothing changes.\n']);
});

test('a bad change is refused with the line, the packet or the test that speaks against it, and changes nothing', () => {
  const good = readFileSync(join(directory, 'copy.yaml'), 'utf8');
  const flow = (line: string) =>
    good.replace('flows:\n', `owner: Olive Owner\nflows:\n  - {${line}, reason: a bad idea}\n`);
  const rows: readonly (readonly [string, RegExp])[] = [
    [good.replace('trust: 0', 'trust: none'), /bad\.yaml:\d+: zones\.\S+\.trust/],
    [flow('from: nowhere, to: production, service: https'), /bad\.yaml:\d+: There is no zone nowhere/],
    [flow('from: office, to: production, service: smb'), /I\d+: .*\d -> \d/],
    [
      good.replace('tests:\n', 'tests:\n  - allow: {from: office, to: production, service: smb}\n'),
      /test at line \d+ \(allow\) fails/,
    ],
    ['{', /bad\.yaml:1: /],
  ];
  const before = network('export').out;
  for (const [text, says] of rows) {
    writeFileSync(join(directory, 'bad.yaml'), text);
    const ran = network('import', 'bad.yaml', '--as', 'Olive Owner');
    assert.equal(ran.code, 1, ran.out);
    assert.match(`${ran.out}${ran.err}`, says);
  }
  assert.equal(network('export').out, before);
  assert.equal(network('import', 'not-there.yaml').code, 2);
  assert.equal(network('preset', 'huge', '--network', '10.20.0.0/16').code, 2);
  assert.equal(network('preset', 'small', '--network', '10.20.0.0/24').code, 1);
  assert.equal(network('mode', 'sometimes').code, 2);
  assert.equal(network('quarantine', 'host', 'nobody').code, 1);
});
