/** Whatever ends a service account's access also stops the bytes that its token is moving. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import type { CutView } from '#api/endpoints/views.ts';
import { DAY_MS } from '#model/limits.ts';
import { startProduct } from './facility.ts';
import type { Product } from './facility.ts';

const REEL_BYTES = 4 * 2 ** 30;
const LAST_BYTE_MS_MAX = 1_000;
const QUIET_MS = 200;

let product: Product;
before(async () => {
  product = await startProduct();
});
after(() => product.close());

interface Farm {
  readonly alias: string;
  readonly person: string;
  readonly engagement: string;
  readonly credential: string;
  readonly token: string;
}

async function farm(alias: string): Promise<Farm> {
  const { owner, data } = product;
  await product.project(alias);
  const { project } = await owner.call<{ project: { id: string } }>('GET', `/projects/${alias}`);
  const media = join(data, 'workspaces', project.id, 'media');
  mkdirSync(media, { recursive: true, mode: 0o700 });
  const reel = openSync(join(media, 'reel.mov'), 'w', 0o600);
  ftruncateSync(reel, REEL_BYTES);
  closeSync(reel);
  const service = { name: `Farm of ${alias}`, nature: 'service' };
  const { person } = await owner.call<{ person: { id: string } }>('POST', '/people', service);
  const [from, until] = [Date.now(), Date.now() + DAY_MS];
  const wanted = { person: person.id, role: 'render-service', from, until };
  const given = await owner.call<{ engagement: { id: string } }>('POST', `/projects/${alias}/engagements`, wanted);
  const place = `/engagements/${given.engagement.id}/tokens`;
  const issued = await owner.call<{ credential: { id: string }; token: string }>('POST', place, {
    label: 'farm',
    until,
  });
  return {
    alias,
    person: person.id,
    engagement: given.engagement.id,
    credential: issued.credential.id,
    token: issued.token,
  };
}

interface Moving {
  bytes(): number;
  lastByteAt(): number;
  readonly over: Promise<string>;
}

/** A download by the token, slow enough to last. Resolves at its first byte. */
function move({ alias, token }: Farm): Promise<Moving> {
  const [first, over] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
  const seen = { bytes: 0, at: 0 };
  const headers = { authorization: `Bearer ${token}` };
  const request = get(`${product.portal}/files/${alias}/media/reel.mov`, { headers, agent: false }, (response) => {
    if (response.statusCode !== 200) first.reject(new Error(`status ${response.statusCode}`));
    response.on('data', (piece: Buffer) => {
      seen.bytes += piece.length;
      seen.at = Date.now();
      first.resolve();
      response.pause();
      setTimeout(() => response.resume(), 2);
    });
    response.on('error', () => undefined);
    response.on('close', () => over.resolve(response.complete ? 'complete' : 'cut'));
  });
  request.on('error', (error) => (over.resolve('cut'), first.reject(error)));
  return first.promise.then(() => ({ bytes: () => seen.bytes, lastByteAt: () => seen.at, over: over.promise }));
}

/** The stream of events that a machine keeps open while it waits for work: its first byte, and its end. */
function listen({ token }: Farm): { readonly first: Promise<void>; readonly over: Promise<void> } {
  const [first, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
  const request = get(`${product.portal}/api/v1/events`, { headers, agent: false }, (response) => {
    if (response.statusCode !== 200) first.reject(new Error(`status ${response.statusCode}`));
    response.on('data', () => first.resolve());
    response.on('error', () => undefined);
    response.on('close', () => over.resolve());
  });
  request.on('error', first.reject);
  return { first: first.promise, over: over.promise };
}

const ENDS: Readonly<Record<string, (its: Farm) => readonly [path: string, body: unknown]>> = {
  'the engagement is ended': ({ engagement }) => [`/engagements/${engagement}/end`, {}],
  'the token is reported stolen': ({ credential }) => [
    `/credentials/${credential}/revocation`,
    { because: 'stolen-key' },
  ],
  'the account is suspended': ({ person }) => [`/people/${person}/suspension`, { reason: 'odd traffic' }],
  'all its access is ended': ({ person }) => [`/people/${person}/end-all-access`, {}],
  'the project wraps': ({ alias }) => [`/projects/${alias}/wrap`, {}],
  'the project is locked': ({ alias }) => [`/projects/${alias}/lock`, { reason: 'a leak' }],
};

for (const [index, [name, order]] of Object.entries(ENDS).entries()) {
  test(`${name}: the token moves nothing any more, and hears nothing`, { timeout: 30_000 }, async () => {
    const its = await farm(`title-${index}`);
    const moving = await move(its);
    const listening = listen(its);
    await listening.first;
    const orderedAt = Date.now();
    const [path, body] = order(its);
    const { cut } = await product.owner.call<{ cut: string }>('POST', path, body);
    assert.equal(await moving.over, 'cut');
    await listening.over;
    const bytes = moving.bytes();
    await new Promise((done) => setTimeout(done, QUIET_MS));
    assert.equal(moving.bytes(), bytes, 'a byte arrived after the end');
    assert.ok(bytes < REEL_BYTES);
    const ms = moving.lastByteAt() - orderedAt;
    assert.ok(ms <= LAST_BYTE_MS_MAX, `the last byte came ${ms} ms after the order`);
    const answer = await product.owner.call<{ cut: CutView }>('GET', `/cuts/${cut}?wait=5000`);
    const receipt = answer.cut.receipts.find(({ gate }) => gate === 'portal');
    assert.deepEqual(
      [answer.cut.complete, receipt?.sessionCount, receipt?.probe.bytesStopped, receipt?.probe.accessRefused],
      [true, 1, true, true],
    );
    await assert.rejects(move(its), /status 40[134]/);
    await assert.rejects(listen(its).first, /status 40[134]/);
  });
}
