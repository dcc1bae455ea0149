/**
 * Every way in which access ends, against connections that are really moving bytes: a browser's download, its event stream, and stock
 * OpenSSH `sftp`, from three separate processes of ours. What counts is what arrives at the client.
 */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Browser, canSftp, watchSftp } from './clients.ts';
import type { Watched } from './clients.ts';
import { newId, openFacility } from './facility.ts';
import type { Facility, Guest } from './facility.ts';
import type { Because } from '#model/events.ts';
import { DAY_MS } from '#model/limits.ts';
import type { CutId, ProjectId } from '#std/ids.ts';

/** From the order at the client's clock to the last byte at the client. Generous: the machine of a test may be busy with others. */
const LAST_BYTE_MS_MAX = 1_000;
const QUIET_MS = 300;
const GATES = 2;

let facility: Facility;
before(async () => {
  facility = await openFacility();
});
after(() => facility.close());

interface Held {
  readonly guest: Guest;
  readonly browser: Browser;
  readonly download: Watched;
  readonly events: Watched;
  readonly transfer: Watched;
}

async function hold(project: ProjectId, alias: string, ms = DAY_MS): Promise<Held> {
  const guest = await facility.guest([[project, ms]]);
  const browser = new Browser(facility.portal);
  await browser.signIn(await facility.linkOf(guest.person));
  const [download, transfer, events] = await Promise.all([
    browser.watch(`/files/${alias}/media/reel.mov`),
    watchSftp(facility.sftp, guest.keyPath, `/${alias}/media/reel.mov`),
    browser.watch('/api/v1/events'),
  ]);
  return { guest, browser, download, events, transfer };
}

async function assertStopped(watched: Watched, orderedAt: number): Promise<void> {
  assert.equal(await watched.over, 'cut');
  const bytes = watched.bytes();
  await new Promise((done) => setTimeout(done, QUIET_MS));
  assert.equal(watched.bytes(), bytes, 'a byte arrived after the end');
  const ms = watched.lastByteAt() - orderedAt;
  assert.ok(ms <= LAST_BYTE_MS_MAX, `the last byte came ${ms} ms after the order`);
}

interface Case {
  readonly name: string;
  readonly because: Because;
  /** Whether the sign-in session itself ends. */
  readonly endsSignIn: boolean;
  readonly order: (held: Held, project: ProjectId, cut: CutId) => Promise<void>;
}

/** Dormancy is not among them: whoever was here within the facility's idle days isn't dormant, and no session lasts that long. */
const CASES: readonly Case[] = [
  {
    name: 'the engagement is ended by button',
    because: 'button',
    endsSignIn: false,
    order: ({ guest }, _, cut) =>
      facility.do({ kind: 'end-engagement', engagement: guest.engagements[0]!, because: 'button', cut }),
  },
  {
    name: 'all access is ended',
    because: 'button',
    endsSignIn: true,
    order: ({ guest }, _, cut) => facility.do({ kind: 'end-all-access', person: guest.person, cut }),
  },
  {
    name: 'the person is suspended',
    because: 'suspension',
    endsSignIn: true,
    order: ({ guest }, _, cut) =>
      facility.do({ kind: 'suspend-person', person: guest.person, because: 'suspension', cut }),
  },
  {
    name: 'the project wraps',
    because: 'wrap',
    endsSignIn: false,
    order: (_, project, cut) => facility.do({ kind: 'wrap-project', project, cut }),
  },
  {
    name: 'the project is locked',
    because: 'lock',
    endsSignIn: false,
    order: (_, project, cut) => facility.do({ kind: 'lock-project', project, reason: 'a leak', cut }),
  },
];

for (const [index, { name, because, endsSignIn, order }] of CASES.entries()) {
  test(`${name}: bytes stop at the client, and both gates say so`, { timeout: 30_000 }, async () => {
    const alias = `title-${index}`;
    const project = await facility.project(alias);
    const held = await hold(project, alias);
    const { guest, browser, download, events, transfer } = held;
    const cut = newId('cut');
    const orderedAt = Date.now();
    await order(held, project, cut);
    await Promise.all([assertStopped(download, orderedAt), assertStopped(transfer, orderedAt), events.over]);
    const { receipts } = await facility.receipts(cut, GATES);
    assert.deepEqual(receipts.map(({ gate }) => gate).sort(), ['portal', 'sftp']);
    for (const { gate, sessionCount, ms, probe } of receipts) {
      assert.deepEqual([gate, sessionCount, probe.bytesStopped, probe.accessRefused], [gate, 1, true, true]);
      assert.ok(ms <= LAST_BYTE_MS_MAX, `${gate}: ${ms} ms`);
      assert.ok(probe.rule !== undefined && probe.rule !== '');
    }
    // Reconnecting, reusing the cookie and asking for the file again lead nowhere.
    assert.equal((await browser.request('GET', '/api/v1/me')).status, endsSignIn ? 401 : 200);
    assert.ok([401, 403, 404].includes((await browser.request('GET', `/files/${alias}/media/reel.mov`)).status));
    assert.equal(await canSftp(facility.sftp, guest.keyPath), false);
    const closed = await facility.engine.search({ person: guest.person, kind: 'session.closed', limit: 10 });
    assert.ok(
      closed.entries.every(
        ({ entry }) => entry.kind === 'session.closed' && entry.data.because === because && entry.data.cut === cut,
      ),
    );
    assert.equal(closed.entries.length, endsSignIn ? 2 : 1);
  });
}

test('a key reported stolen ends its own connection and nothing else', { timeout: 30_000 }, async () => {
  const project = await facility.project('stolen');
  const { guest, browser, download, events, transfer } = await hold(project, 'stolen');
  const cut = newId('cut');
  const orderedAt = Date.now();
  await facility.do({ kind: 'revoke-credential', credential: guest.sshKey, because: 'stolen-key', cut });
  await assertStopped(transfer, orderedAt);
  const before = download.bytes();
  const { receipts } = await facility.receipts(cut, GATES);
  assert.deepEqual(receipts.map(({ gate, sessionCount }) => [gate, sessionCount]).sort(), [
    ['portal', 0],
    ['sftp', 1],
  ]);
  await new Promise((done) => setTimeout(done, QUIET_MS));
  assert.ok(download.bytes() > before, 'the browser goes on');
  assert.equal(await canSftp(facility.sftp, guest.keyPath), false);
  assert.equal((await browser.request('GET', '/api/v1/me')).status, 200);
  for (const watched of [download, events]) watched.stop();
});

test('an engagement that runs out by the clock takes its connections with it', { timeout: 30_000 }, async () => {
  const project = await facility.project('clock');
  const { download, transfer, events, guest } = await hold(project, 'clock', 3_000);
  const until = facility.engine.state().engagements.get(guest.engagements[0]!)?.until ?? 0;
  await Promise.all([assertStopped(download, until), assertStopped(transfer, until)]);
  assert.ok(download.lastByteAt() > until - 1_000, 'and not before its time');
  assert.equal(await canSftp(facility.sftp, guest.keyPath), false);
  events.stop();
});

test('signing out ends the downloads and the event stream of that browser', { timeout: 30_000 }, async () => {
  const project = await facility.project('signed-out');
  const { browser, download, transfer, events } = await hold(project, 'signed-out');
  const orderedAt = Date.now();
  const response = await browser.request('POST', '/api/v1/sign-out', {});
  assert.ok(response.ok, `${response.status}`);
  await Promise.all([assertStopped(download, orderedAt), events.over]);
  assert.equal((await browser.request('GET', '/api/v1/me')).status, 401);
  transfer.stop();
});
