/** Shares over a real packet filter: storage is reached from a workstation while a person holds a session there, and at no other time. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { quarantined, release } from './acts.ts';
import { newId, SMB } from './guarded-facility.ts';
import { withoutNamespaces } from './namespaces.ts';
import type { Browser, Person, ShareFacility } from './share-facility.ts';
import { until } from '../until.ts';
import { openShareFacility } from './share-facility.ts';
import type { ShareView } from '#api/endpoints/shares.ts';
import type { DataOf } from '#model/events.ts';
import type { State } from '#model/state.ts';
import { assert as ensure } from '#std/assert.ts';
import type { CutId, SessionId } from '#std/ids.ts';

const skip = withoutNamespaces();
let facility: ShareFacility | undefined;

before(async () => {
  if (skip !== false) return;
  facility = await openShareFacility({ timings: { confirmMs: 60_000 } });
  await facility.nas.serve(SMB);
  await facility.mode('enforce');
  await facility.confirm();
});
after(() => facility?.close());

function world(): ShareFacility {
  ensure(facility !== undefined, 'the facility stands');
  return facility;
}

/** Somebody who sits at the seat, signed in there. */
async function atTheSeat(livesMs?: number): Promise<Person & { readonly browser: Browser }> {
  const artist = await world().addArtist(livesMs);
  return { ...artist, browser: await world().signIn(artist.person, world().seat.v4) };
}

async function opened(browser: Browser): Promise<NonNullable<ShareView['open']>> {
  const answer = await browser.open();
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const { open } = answer.body;
  ensure(open !== undefined, 'it is open');
  return open;
}

/** The state without this session, and the packet filter after it. */
async function gone(session: SessionId): Promise<void> {
  await world().until(({ sessions }) => !sessions.has(session));
  await world().gate.level();
}

async function receiptOf(cut: CutId): Promise<DataOf<'cut.receipt'>> {
  const find = (state: State) => state.cuts.get(cut)?.receipts.find(({ gate }) => gate === 'share');
  const receipt = find(await world().until((state) => find(state) !== undefined));
  ensure(receipt !== undefined, 'it was waited for');
  return receipt;
}

test(
  'storage is reached while a person holds a session at the machine, and cut with their engagement',
  { skip },
  async (t) => {
    const { seat, nas, broker, ask, engine } = world();
    const { browser, engagement, person } = await atTheSeat();
    assert.equal(await seat.tryOpen(nas.v4, SMB), 'ECONNREFUSED', 'a share flow lets nothing pass by itself');
    const open = await opened(browser);
    assert.deepEqual(
      new Set(open.paths.map(({ from, to, protocol, port, loaded }) => `${from} ${to} ${protocol} ${port} ${loaded}`)),
      new Set([`${seat.v4} ${nas.v4} tcp ${SMB} true`, `${seat.v6} ${nas.v6} tcp ${SMB} true`]),
    );
    assert.equal((await browser.see()).body.enforced, true);
    assert.equal(await seat.tryOpen(nas.v6, SMB), 'open', 'by either family');
    assert.equal(await broker.tryOpen(nas.v4, SMB), 'ECONNREFUSED', 'from no other machine');
    assert.equal(await seat.tryOpen(nas.v4, SMB + 1), 'ECONNREFUSED', 'on no other port');
    const mount = await seat.stream(nas.v4, SMB);

    await until(() => (engine.state().sessions.get(open.session)?.passed?.bytes ?? 0) > 1000, 'the counters were told');
    const cut = newId('cut');
    const orderedAt = performance.timeOrigin + performance.now();
    await ask({ kind: 'end-engagement', engagement, because: 'button', cut });
    const { lastAt, error } = await mount.ended;
    t.diagnostic(`the last byte came ${(lastAt - orderedAt).toFixed(1)} ms after the order to end the engagement`);
    assert.equal(error, 'ECONNRESET');
    assert.equal(await seat.tryOpen(nas.v4, SMB), 'ECONNREFUSED');
    const { sessions, probe } = await receiptOf(cut);
    assert.deepEqual(sessions, [open.session]);
    assert.deepEqual([probe.bytesStopped, probe.accessRefused, probe.rule], [true, true, 'path-closed']);
    await gone(open.session);
    const ended = await engine.search({ session: open.session, kind: 'session.closed', limit: 1 });
    const closing = ended.entries[0]?.entry;
    ensure(closing?.kind === 'session.closed', 'it was closed');
    const { passed, because } = closing.data;
    assert.ok(because === 'button' && passed !== undefined && passed.bytes > 1000 && passed.packets > 10);
    const hammering = await Promise.all(Array.from({ length: 20 }, () => seat.tryOpen(nas.v4, SMB)));
    assert.deepEqual(new Set(hammering), new Set(['ECONNREFUSED']), 'however often it is tried');
    const again = await browser.open();
    assert.deepEqual([again.status, again.body.code], [403, 'engagement-ended']);
    const told = await engine.search({ person, kind: 'access.refused', limit: 1 });
    assert.deepEqual(told.entries[0]?.entry.data, { action: 'share.open', rule: 'engagement-ended', gate: 'portal' });
  },
);

test('the entry stands before the way is open, and it opens once however often it is asked for', { skip }, async () => {
  const { engine, seat, nas } = world();
  const { browser } = await atTheSeat();
  const [one, two] = await Promise.all([opened(browser), opened(browser)]);
  assert.equal(one.session, two.session);
  assert.equal((await opened(browser)).session, one.session);
  const page = await engine.search({ session: one.session, limit: 20 });
  const kinds = page.entries.map(({ entry }) => entry.kind).reverse();
  assert.equal(kinds[0], 'session.opened');
  assert.equal(kinds.filter((kind) => kind === 'path.opened').length, one.paths.length);
  assert.ok(kinds.indexOf('path.loaded') > kinds.indexOf('path.opened'));
  assert.equal(await seat.tryOpen(nas.v4, SMB), 'open');
  assert.equal((await browser.call('DELETE', `/me/sessions/${one.session}`)).status, 200, 'the Close button');
  await gone(one.session);
  assert.equal(await seat.tryOpen(nas.v4, SMB), 'ECONNREFUSED');
});

test(
  'it goes on when the browser is signed out for being idle, and ends when the person signs out there',
  { skip },
  async () => {
    const { engine, seat, nas, signIn } = world();
    const { browser, person } = await atTheSeat();
    const { session } = await opened(browser);
    const mount = await seat.stream(nas.v4, SMB);
    const [visit] = [...engine.state().sessions.values()].filter(
      (one) => one.person === person && one.gate === 'portal',
    );
    ensure(visit !== undefined, 'signed in');
    const moved = { bytesIn: 0, bytesOut: 0, operations: 0 };
    await world().ask(
      { kind: 'close-session', session: visit.id, because: 'idle', ...moved },
      { service: 'gate-portal' },
    );
    assert.equal(await seat.tryOpen(nas.v4, SMB), 'open');
    const back = await signIn(person, seat.v4);
    assert.equal((await back.see()).body.open?.session, session, 'and is found again');
    assert.equal((await back.call('POST', '/sign-out')).status, 200);
    assert.equal((await mount.ended).error, 'ECONNRESET');
    await gone(session);
    assert.equal(await seat.tryOpen(nas.v4, SMB), 'ECONNREFUSED');
  },
);

test('a machine is one person’s at a time', { skip }, async () => {
  const { seat, nas, engine } = world();
  const first = await atTheSeat();
  const open = await opened(first.browser);
  const mount = await seat.stream(nas.v4, SMB);
  const second = await atTheSeat();
  assert.equal((await mount.ended).error, 'ECONNRESET', 'somebody else signs in');
  await gone(open.session);
  assert.equal(await seat.tryOpen(nas.v4, SMB), 'ECONNREFUSED', 'who has opened nothing');

  const mine = await opened(first.browser);
  const theirs = await opened(second.browser);
  assert.equal(engine.state().sessions.has(mine.session), false, 'somebody else opens it');
  assert.equal(await seat.tryOpen(nas.v4, SMB), 'open');
  assert.equal((await first.browser.see()).body.open, undefined);
  const closed = await engine.search({ session: mine.session, kind: 'session.closed', limit: 1 });
  assert.equal((closed.entries[0]?.entry.data as DataOf<'session.closed'> | undefined)?.because, 'machine-taken');
  await second.browser.call('DELETE', `/me/sessions/${theirs.session}`);
  await gone(theirs.session);
});

test('quarantine, a project under lock, and a flow taken away end it at once', { skip }, async () => {
  const { seat, nas, ask, project } = world();
  const { browser } = await atTheSeat();
  const acts: readonly (readonly [string, () => Promise<() => Promise<unknown>>])[] = [
    [
      'quarantine of the machine',
      async () => {
        const { quarantine } = await quarantined(world(), 'seat');
        return () => release(world(), quarantine);
      },
    ],
    [
      'a lock of the project',
      async () => {
        await ask({ kind: 'lock-project', project, reason: 'a leak', cut: newId('cut') });
        return () => ask({ kind: 'reopen-project', project, reason: 'it was none' });
      },
    ],
    [
      'the flow taken away',
      async () => {
        const flow = world()
          .engine.state()
          .network.flows.findKey(() => true);
        ensure(flow !== undefined, 'declared');
        await ask({ kind: 'remove-flow', flow, reason: 'another storage' });
        return () => Promise.resolve();
      },
    ],
  ];
  for (const [what, act] of acts) {
    const asking = what.startsWith('quarantine') ? browser : (await atTheSeat()).browser;
    const { session } = await opened(asking);
    const mount = await seat.stream(nas.v4, SMB);
    const undo = await act();
    // A quarantine drops every packet, its resets too: the end shows in that nothing passes.
    if (what.startsWith('quarantine')) mount.stop();
    else assert.equal((await mount.ended).error, 'ECONNRESET', what);
    await gone(session);
    assert.notEqual(await seat.tryOpen(nas.v4, SMB), 'open', what);
    await undo();
  }
  const late = await (await atTheSeat()).browser.open();
  assert.deepEqual([late.status, late.body.code], [403, 'no-share-flow']);
  await world().declareShare();
});

test('the packet filter ends it at its time with engine and gates gone', { skip }, async () => {
  const { seat, nas, engine, gate, shares } = world();
  const livesMs = 2500;
  const { browser } = await atTheSeat(livesMs);
  const { until } = await opened(browser);
  const mount = await seat.stream(nas.v4, SMB);
  await shares.close();
  await gate.close();
  await engine.close();
  const { lastAt, error } = await mount.ended;
  assert.equal(error, 'ECONNRESET');
  assert.ok(
    lastAt >= until - 1100 && lastAt <= until + 250,
    `the last byte came ${(lastAt - until).toFixed(0)} ms after the end`,
  );
  assert.equal(await seat.tryOpen(nas.v4, SMB), 'ECONNREFUSED');
});
