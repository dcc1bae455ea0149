/**
 * Quarantine of a machine, a person and a project against real gates: an SFTP client and a browser in the middle of a download are cut with a
 * receipt from each gate, nobody comes back, and after a release by a second person everything works again.
 */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import type { Facility, Guest } from './facility.ts';
import { newId, openFacility } from './facility.ts';
import type { Watched } from './clients.ts';
import { Browser, canSftp, watchSftp } from './clients.ts';
import type { By } from '#model/events.ts';
import { DAY_MS } from '#model/limits.ts';
import type { QuarantineScope } from '#model/network-shapes.ts';
import type { HostId, ProjectId, QuarantineId, RoleId } from '#std/ids.ts';

/** From the order to the last byte; the bar of the cut is held by its bench. */
const CUT_MS_MAX = 2000;

let facility: Facility;
let alpha: ProjectId;
let beta: ProjectId;
let guest: Guest;
let elsewhere: HostId;
let here: HostId;
let second: By;

before(async () => {
  facility = await openFacility();
  alpha = await facility.project('alpha');
  beta = await facility.project('beta');
  guest = await facility.guest([
    [alpha, DAY_MS],
    [beta, DAY_MS],
  ]);
  const zone = newId('zone');
  await facility.do({ kind: 'add-zone', zone, name: 'loopback', trust: 50, networks: [{ cidr: '127.0.0.0/8' }] });
  [here, elsewhere] = [newId('host'), newId('host')];
  await facility.do({ kind: 'add-host', host: here, zone, name: 'here', addresses: ['127.0.0.1'] });
  await facility.do({ kind: 'add-host', host: elsewhere, zone, name: 'elsewhere', addresses: ['127.0.0.2'] });
  second = await engineer();
});
after(() => facility.close());

/** Somebody else who may release; she works from a machine that is not on this list. */
async function engineer(): Promise<By> {
  const { person } = await facility.guest([]);
  const roles = [{ role: 'engineer' as RoleId, until: Date.now() + DAY_MS }]; // a built-in role
  await facility.do({ kind: 'change-roles', person, roles });
  const session = newId('session');
  const until = Date.now() + DAY_MS;
  const opened = { kind: 'open-session', session, person, gate: 'shell', until, factorAt: Date.now() } as const;
  await facility.do(opened, { service: 'gate-shell' });
  return { person, session };
}

interface Scene {
  readonly browser: Browser;
  readonly download: Watched;
  readonly sftp: Watched;
}

async function busy(): Promise<Scene> {
  const browser = new Browser(facility.portal);
  await browser.signIn(await facility.linkOf(guest.person));
  const download = await browser.watch('/files/alpha/media/reel.mov');
  const sftp = await watchSftp(facility.sftp, guest.keyPath, 'alpha/media/reel.mov');
  return { browser, download, sftp };
}

async function contain(scope: QuarantineScope) {
  const [quarantine, cut] = [newId('quarantine'), newId('cut')];
  await facility.do({ kind: 'quarantine', quarantine, scope, reason: 'odd traffic', cut });
  return { quarantine, cut: await facility.receipts(cut, 2) };
}

async function release(quarantine: QuarantineId): Promise<void> {
  const command = { kind: 'release-quarantine', quarantine } as const;
  await assert.rejects(facility.do(command), /release-not-asked/);
  await facility.do({ kind: 'ask-release', quarantine, reason: 'reinstalled' });
  await assert.rejects(
    facility.do(command, second).then(() => facility.do(command, second)),
    /unknown-quarantine/,
  );
}

/** Both are over, soon after the order, and every gate has said so. */
async function isCut({ download, sftp }: Scene, { cut }: Awaited<ReturnType<typeof contain>>): Promise<void> {
  assert.deepEqual([await download.over, await sftp.over], ['cut', 'cut']);
  for (const { lastByteAt } of [download, sftp]) assert.ok(lastByteAt() - cut.orderedAt < CUT_MS_MAX);
  assert.deepEqual(cut.receipts.map(({ gate }) => gate).sort(), ['portal', 'sftp']);
  for (const { gate, sessionCount, probe } of cut.receipts) {
    assert.ok(sessionCount >= 1, gate);
    assert.deepEqual([probe.bytesStopped, probe.accessRefused], [true, true], gate);
  }
}

/** Signs in by a link that only she has; the code of the refusal, or `yes`. */
async function signsIn(person = guest.person): Promise<string> {
  const browser = new Browser(facility.portal);
  const token = new URL(await facility.linkOf(person)).hash.slice(1);
  const response = await browser.request('POST', '/api/v1/sign-in/link', { token });
  const body = (await response.json()) as { readonly code?: string }; // the portal's own problem, or its answer
  return response.ok ? 'yes' : (body.code ?? String(response.status));
}

test('a machine: what comes from it is cut on every gate, comes back by no gate, and works after the release', async () => {
  const scene = await busy();
  const other = await contain({ kind: 'host', host: elsewhere });
  assert.deepEqual(
    other.cut.receipts.map(({ sessionCount }) => sessionCount),
    [0, 0],
    'nothing comes from there',
  );
  const bytes = scene.download.bytes();
  while (scene.download.bytes() === bytes) await new Promise((done) => setTimeout(done, 10));

  const ordered = await contain({ kind: 'host', host: here });
  await isCut(scene, ordered);
  assert.equal(await canSftp(facility.sftp, guest.keyPath), false);
  const stranger = await facility.guest([[beta, DAY_MS]]);
  assert.equal(await canSftp(facility.sftp, stranger.keyPath), false, 'whoever it is, from there');
  assert.equal(await signsIn(), 'quarantined');
  assert.equal(await signsIn(stranger.person), 'quarantined');
  assert.notEqual((await scene.browser.request('GET', '/api/v1/me')).status, 200);

  await release(ordered.quarantine);
  assert.equal(await canSftp(facility.sftp, guest.keyPath), true);
  const again = await busy();
  again.download.stop();
  again.sftp.stop();
});

test('a person: all of it ends and their key is held, others go on', async () => {
  const [scene, stranger] = [await busy(), await facility.guest([[beta, DAY_MS]])];
  const ordered = await contain({ kind: 'person', person: guest.person });
  await isCut(scene, ordered);
  assert.equal(await canSftp(facility.sftp, guest.keyPath), false);
  assert.equal(await signsIn(), 'quarantined');
  assert.equal(await canSftp(facility.sftp, stranger.keyPath), true);
  await release(ordered.quarantine);
  assert.equal(await canSftp(facility.sftp, guest.keyPath), true);
});

test('a project: its bytes stop on every gate, and its people keep their other work', async () => {
  const scene = await busy();
  const ordered = await contain({ kind: 'project', project: alpha });
  assert.deepEqual([await scene.download.over, await scene.sftp.over], ['cut', 'cut']);
  assert.deepEqual(ordered.cut.receipts.map(({ gate }) => gate).sort(), ['portal', 'sftp']);
  await assert.rejects(watchSftp(facility.sftp, guest.keyPath, 'alpha/media/reel.mov'));
  const other = await watchSftp(facility.sftp, guest.keyPath, 'beta/media/reel.mov');
  other.stop();
  const browser = new Browser(facility.portal);
  await browser.signIn(await facility.linkOf(guest.person));
  await assert.rejects(browser.watch('/files/alpha/media/reel.mov'), /status 403/);
  await release(ordered.quarantine);
  const again = await browser.watch('/files/alpha/media/reel.mov');
  again.stop();
});
