/**
 * A quarantine of one machine reaches what that machine fetches, and not what others fetch in the same session or with the same account's
 * other tokens. Two addresses of loopback are two machines.
 */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { hashToken, SERVICE_TOKEN_PREFIX } from '#api/identity/token.ts';
import { DAY_MS } from '#model/limits.ts';
import type { EngagementId, HostId, PersonId, ProjectId, RoleId } from '#std/ids.ts';
import { Browser } from './clients.ts';
import type { Watched } from './clients.ts';
import type { Facility } from './facility.ts';
import { newId, openFacility } from './facility.ts';

const [NODE_1, NODE_2] = ['127.0.0.1', '127.0.0.2'] as const;
const REEL = '/files/alpha/media/reel.mov';

let facility: Facility;
let alpha: ProjectId;
let second: HostId;
let farm: { readonly person: PersonId; readonly engagement: EngagementId };
before(async () => {
  facility = await openFacility();
  alpha = await facility.project('alpha');
  const zone = newId('zone');
  await facility.do({ kind: 'add-zone', zone, name: 'Render', trust: 50, networks: [{ cidr: '127.0.0.0/8' }] });
  second = newId('host');
  await facility.do({ kind: 'add-host', host: second, zone, name: 'node-2', addresses: [NODE_2] });
  const [person, engagement] = [newId('person'), newId('engagement')];
  const name = { subject: 'facility', salt: '', box: '' } as const;
  await facility.do({ kind: 'add-person', person, nature: 'service', name, roles: [] });
  const [from, role] = [Date.now(), 'render-service' as RoleId]; // a built-in role
  const until = from + DAY_MS;
  await facility.do({ kind: 'give-engagement', engagement, person, project: alpha, role, from, until });
  farm = { person, engagement };
});
after(() => facility.close());

async function makeToken(): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await facility.do({
    kind: 'add-credential',
    credential: newId('credential'),
    person: farm.person,
    label: 'node',
    expiresAt: Date.now() + DAY_MS / 2,
    what: { type: 'service-token', tokenHash: hashToken(token), engagement: farm.engagement },
  });
  return `${SERVICE_TOKEN_PREFIX}${token}`;
}

function fetchWith(token: string, address: string): Promise<Watched> {
  return new Browser(facility.portal).watch(REEL, undefined, { token, address });
}

/** What the portal's receipt says of quarantining the second machine; `then` runs before it is let go. */
async function containSecond(then: () => Promise<void>) {
  const [quarantine, cut] = [newId('quarantine'), newId('cut')];
  const scope = { kind: 'host', host: second } as const;
  await facility.do({ kind: 'quarantine', quarantine, scope, reason: 'odd traffic', cut });
  const { receipts } = await facility.receipts(cut, 2);
  const receipt = receipts.find(({ gate }) => gate === 'portal');
  assert.deepEqual([receipt?.probe.bytesStopped, receipt?.probe.accessRefused], [true, true]);
  await then();
  await facility.do({ kind: 'ask-release', quarantine, reason: 'reinstalled' });
  await facility.do({ kind: 'release-quarantine', quarantine });
  assert.ok(receipt);
  return receipt;
}

async function goesOn(watched: Watched): Promise<void> {
  const bytes = watched.bytes();
  while (watched.bytes() === bytes) await new Promise((done) => setTimeout(done, 10));
}

test('two nodes with a token each: one is cut, the other goes on', async () => {
  const [mine, theirs] = [await makeToken(), await makeToken()];
  const first = await fetchWith(mine, NODE_1);
  const other = await fetchWith(theirs, NODE_2);
  const receipt = await containSecond(async () => {
    assert.equal(await other.over, 'cut');
    await goesOn(first);
    await assert.rejects(fetchWith(theirs, NODE_2), /status 40[13]/);
  });
  assert.equal(receipt.sessionCount, 1);
  first.stop();
});

test('one token on two nodes: each has a session of its own, and a token that was on the machine is held everywhere', async () => {
  const token = await makeToken();
  const first = await fetchWith(token, NODE_1);
  const other = await fetchWith(token, NODE_2);
  const sessions = [...facility.engine.state().sessions.values()].filter(({ person }) => person === farm.person);
  const there = sessions.find(({ from }) => from === NODE_2);
  assert.ok(sessions.some(({ from }) => from === NODE_1) && there !== undefined);
  const receipt = await containSecond(async () => {
    assert.deepEqual([await other.over, await first.over], ['cut', 'cut']);
    await assert.rejects(fetchWith(token, NODE_1), /status 40[13]/);
  });
  assert.deepEqual(receipt.sessions, [there.id]);
});

test('a browser whose cookie went to another machine: what that one fetches ends, and the session lives on', async () => {
  const guest = await facility.guest([[alpha, DAY_MS]]);
  const browser = new Browser(facility.portal);
  await browser.signIn(await facility.linkOf(guest.person));
  const here = await browser.watch(REEL, undefined, { address: NODE_1 });
  const there = await browser.watch(REEL, undefined, { address: NODE_2 });
  const receipt = await containSecond(async () => {
    assert.equal(await there.over, 'cut');
    await goesOn(here);
    await assert.rejects(browser.watch(REEL, undefined, { address: NODE_2 }), /status 40[13]/);
    assert.equal((await browser.request('GET', '/api/v1/me')).status, 200);
  });
  assert.equal(receipt.sessionCount, 1);
  here.stop();
});
