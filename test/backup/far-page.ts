/**
 * The page about a dead server, run from the copies that lie behind a network: a vault of ours over TLS whose token is made anew, and a bucket; with this
 * program to a facility that runs, and without it. Every fence of the page that the test of the folder leaves out is run here.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import { filesOf } from './lost-facility.ts';
import type { LostFacility } from './lost-facility.ts';
import { fences, wayBack } from './pages.ts';

const PAGE = 'docs/operate/095-disaster.md';
let lost: LostFacility;

function variables(): Readonly<Record<string, string>> {
  const { directory, ids, vault, bucketAddress, data } = lost;
  return {
    SHARES: join(directory, 'shares'),
    NEW: join(directory, 'new'),
    OLD: data,
    PASSWORD: 'facility.password',
    VAULT: ids.tower,
    VAULT_URL: vault.url.replace(/\/$/, ''),
    VAULT_DATA: vault.data,
    BUCKET: ids.bucket,
    BUCKET_URL: bucketAddress,
  };
}

/** Runs the page to its end, looks at what is there, and ends the facility that it started. */
async function toWorkingFacility(from: 'a vault' | 'a bucket'): Promise<void> {
  const [listen, sftp] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const started = join(lost.directory, 'started');
  const script = `${fences(PAGE, wayBack(from))}\necho $! > '${started}'\n`;
  const given = variables();
  try {
    const said = await lost.script(script, { ...given, LISTEN: listen, SFTP: sftp });
    assert.match(said, /nightjar/);
    assert.deepEqual(filesOf(join(given['NEW'] ?? '', 'workspaces', lost.project)), lost.kept);
  } finally {
    if (existsSync(started)) await stopped(Number(readFileSync(started, 'utf8')));
    rmSync(started, { force: true });
    rmSync(given['NEW'] ?? '', { recursive: true, force: true });
  }
}

/** The command hands the signal on to the facility and ends after it. */
async function stopped(pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM');
  for (let tries = 0; tries < 300 && existsSync(`/proc/${pid}/exe`); tries += 1) await sleep(100);
}

function withoutProgram(from: 'a vault' | 'a bucket'): Promise<string> {
  return lost.script(
    fences(PAGE, ['Put the shares together', `Without this program, from ${from}`]),
    variables(),
    join(lost.directory, `without ${from}`),
  );
}

export function giveFarPage(given: LostFacility): void {
  lost = given;
}

/** The last of them changes the vault's token. */
export function testFarPage(): void {
  for (const from of ['a vault', 'a bucket'] as const) {
    test(`from ${from} and two sheets to a working facility`, () => toWorkingFacility(from));
    test(`from ${from} by stock restic alone`, async () => {
      await withoutProgram(from);
      const by = join(lost.directory, `without ${from}`, 'by-restic', lost.data, 'workspaces', lost.project);
      assert.deepEqual(filesOf(by), lost.kept);
    });
  }

  test('a vault whose token is lost gives a new one at its own machine, and the one before is no longer known', async () => {
    const facility = fences(PAGE, ['The facility from a vault']);
    const renewed = [
      fences(PAGE, ['Put the shares together']),
      `${fences(PAGE, ["When a vault's token is lost, or refused"])}`,
      facility,
    ];
    await lost.script(renewed.join('\n'), variables());
    assert.ok(existsSync(join(lost.directory, 'new', 'ledger')));
    rmSync(join(lost.directory, 'new'), { recursive: true });
    const old = `${fences(PAGE, ['Put the shares together'])}\n${facility}`;
    await assert.rejects(lost.script(old, variables()), /this ended with/);
  });
}
