/** The front door over real sockets: headers, host names, cross-site requests, bodies, odd bytes, event streams, the log. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { API_PREFIX, REQUEST_HEADER } from '#api/endpoints.ts';
import { createPortalApi } from '#api/create.ts';
import { openPortalServer } from '#gates/portal/server.ts';
import { Browser, createFacility, openWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let owner: Browser;

before(async () => {
  world = await openWorld();
  ({ browser: owner } = await createFacility(world));
});
after(() => world.close());

function post(path: string, body: BodyInit, headers: Readonly<Record<string, string>> = {}) {
  return owner.fetch(API_PREFIX + path, {
    method: 'POST',
    body,
    headers: { [REQUEST_HEADER]: '1', 'content-type': 'application/json', ...headers },
  });
}

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { readonly code: string }).code;
}

/** What a raw client gets back until the server closes. */
function raw(bytes: string): Promise<string> {
  return new Promise((done, failed) => {
    const socket = connect(world.portal.port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('close', () => done(text));
    socket.on('error', failed);
  });
}

test('every answer carries the security headers', async () => {
  for (const path of [
    '/api/v1/status',
    '/api/v1/me',
    '/api/v1/nothing',
    '/log/checkpoint',
    '/files/alpha/a',
    '/assets/none.js',
  ]) {
    const response = await new Browser(world).fetch(path);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(response.headers.get('referrer-policy'), 'no-referrer', path);
    assert.equal(response.headers.get('x-frame-options'), 'DENY', path);
    assert.equal(response.headers.get('cross-origin-opener-policy'), 'same-origin', path);
    assert.equal(response.headers.get('cross-origin-resource-policy'), 'same-origin', path);
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/, path);
    assert.doesNotMatch(response.headers.get('content-security-policy') ?? '', /unsafe/, path);
    assert.equal(response.headers.get('x-powered-by'), null, path);
    await response.arrayBuffer();
  }
});

test('a host name that is not ours gets nothing: DNS rebinding ends here', async () => {
  const answer = await raw('GET /api/v1/status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
  assert.match(answer, /^HTTP\/1\.1 421 /);
  assert.match(
    await raw(`GET /api/v1/status HTTP/1.1\r\nHost: localhost:${world.portal.port}\r\nConnection: close\r\n\r\n`),
    /^HTTP\/1\.1 200 /,
  );
});

test('requests from other sites, or without our header, change nothing', async () => {
  for (const headers of [
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'null' },
  ]) {
    const response = await post('/zones', JSON.stringify({ name: 'Z', trust: 1, networks: [] }), headers);
    assert.deepEqual([response.status, await codeOf(response)], [403, 'cross-site'], JSON.stringify(headers));
  }
  const bare = await owner.fetch(`${API_PREFIX}/sign-out`, { method: 'POST' });
  assert.equal(await codeOf(bare), 'cross-site');
  assert.equal((await owner.fetch(`${API_PREFIX}/me`, { headers: { 'sec-fetch-site': 'cross-site' } })).status, 403);
  assert.equal(
    (await owner.call('me', { headers: { origin: world.portal.origin, 'sec-fetch-site': 'same-origin' } })).status,
    200,
  );
  assert.equal(world.engine.state().zones.size, 0);
});

test('bodies that are no JSON, too large, of another type or another shape are refused clearly', async () => {
  const cases: readonly (readonly [BodyInit, Readonly<Record<string, string>>, number, string])[] = [
    ['{', {}, 400, 'bad-json'],
    ['"\ud800"'.replace('\ud800', '\xff'), {}, 400, 'bad-request'],
    [Buffer.from([0xff, 0xfe]), {}, 400, 'bad-json'],
    ['[]', {}, 400, 'bad-request'],
    ['null', {}, 400, 'bad-request'],
    [JSON.stringify({ name: 'Z', trust: 1, networks: [], extra: 1 }), {}, 400, 'bad-request'],
    [JSON.stringify({ name: 'Z', trust: 101, networks: [] }), {}, 400, 'bad-request'],
    ['{"__proto__":{"admin":true},"name":"Z"}', {}, 400, 'bad-request'],
    ['['.repeat(100_000), {}, 400, 'bad-json'],
    ['{}', { 'content-type': 'text/plain' }, 415, 'not-json'],
    ['{}', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'not-json'],
    [' '.repeat(300_000), {}, 413, 'too-large'],
  ];
  for (const [body, headers, status, code] of cases) {
    const response = await post('/zones', body, headers);
    assert.deepEqual([response.status, await codeOf(response)], [status, code], String(body).slice(0, 60));
  }
  assert.equal((await owner.fetch(`${API_PREFIX}/people?at=-1`)).status, 400);
  assert.equal((await owner.fetch(`${API_PREFIX}/people?surprise=1`)).status, 400);
  assert.equal((await owner.fetch(`${API_PREFIX}/people/per_x`)).status, 400);
  assert.deepEqual(world.faults, []);
});

test('a refusal names the field and never echoes a secret', async () => {
  const response = await post(
    '/sign-in/password',
    JSON.stringify({ mail: 'a@b.example', password: 'hunter2-secret', code: 'not-a-code' }),
  );
  const text = await response.text();
  assert.match(text, /body\.code/);
  assert.doesNotMatch(text, /hunter2|not-a-code/);
});

test('bytes that are no HTTP end in a refusal or a closed connection, and the server lives on', async () => {
  const cases = [
    'GARBAGE\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: localhost:${world.portal.port}\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
    '\u0016\u0003\u0001\u0002\u0000\u0001\u0000',
    `POST /api/v1/zones HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
    `GET /api/v1/status HTTP/1.1\r\nHost: localhost:${world.portal.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    `GET /%E0%A4%A HTTP/1.1\r\nHost: localhost:${world.portal.port}\r\nConnection: close\r\n\r\n`,
    `GET ${'/x'.repeat(5000)} HTTP/1.1\r\nHost: localhost:${world.portal.port}\r\nConnection: close\r\n\r\n`,
  ];
  for (const bytes of cases) {
    const answer = await raw(bytes);
    assert.match(answer.slice(0, 20), /^(HTTP\/1\.1 4\d\d |$)/, bytes.slice(0, 30));
  }
  assert.equal((await owner.call('me')).status, 200);
});

test('pages on loopback are led to the one name that passkeys know', async () => {
  const response = await new Browser(world).fetch('/today');
  assert.equal(response.status, 307);
  assert.equal(response.headers.get('location'), `${world.portal.origin}/today`);
});

test('the event stream tells what one may see, resumes, and ends with its session', async () => {
  const { body } = await stream(owner);
  assert.ok(body !== null);
  const reader = lines(body);
  const zone = await owner.call('add-zone', { body: { name: 'Edit suites', trust: 70, networks: [] } });
  assert.equal(zone.status, 200, JSON.stringify(zone.body));
  const message = await reader.until('zone.added');
  const id = Number(/id: (\d+)/.exec(message)?.[1]);
  assert.ok(id > 0);
  const again = await stream(owner, { 'last-event-id': String(id - 1) });
  assert.ok(again.body !== null);
  assert.match(await lines(again.body).until('zone.added'), new RegExp(`id: ${id}`));
  const far = await stream(owner, { 'last-event-id': '0' });
  assert.ok(far.body !== null);
  await owner.call('sign-out');
  await reader.end();
  ({ browser: owner } = await signInAgain());
});

test('the public log is not public: strangers get nothing', async () => {
  for (const path of ['/log/checkpoint', '/log/tile/0/000', '/log/tile/entries/000']) {
    assert.equal((await new Browser(world).fetch(path)).status, 401, path);
  }
  const tile = await owner.fetch('/log/tile/0/000');
  assert.equal(tile.status, 200);
  assert.equal((await owner.fetch('/log/tile/0/..%2f..%2fkeys')).status, 404);
  assert.equal((await owner.fetch('/log/tile/entries/000')).status, 200);
});

test('plain HTTP exists on loopback only', async () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'portal.example']) {
    await assert.rejects(openPortalServer({ host, port: 0 }), { code: 'tls-needed' });
  }
});

function stream(browser: Browser, headers: Readonly<Record<string, string>> = {}) {
  return browser.fetch(`${API_PREFIX}/events`, { headers: { accept: 'text/event-stream', ...headers } });
}

/** Reads messages of an event stream. */
function lines(body: ReadableStream<Uint8Array>) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  return {
    async until(kind: string): Promise<string> {
      for (;;) {
        const message = text.split('\n\n').find((one) => one.includes(kind));
        if (message !== undefined) return message;
        const { done, value } = await reader.read();
        assert.equal(done, false, `the stream ended before ${kind}`);
        text += decoder.decode(value, { stream: true });
      }
    },
    async end(): Promise<void> {
      for (;;) if ((await reader.read()).done) return;
    },
  };
}

async function signInAgain() {
  const fresh = await openWorld();
  await world.close();
  world = fresh;
  return createFacility(world);
}

test('one-click links sign one person in, in the demo only', async () => {
  const person = (await owner.call('me')).body.person.id;
  const token = 'D'.repeat(43);
  assert.equal((await new Browser(world).call('sign-in-link', { body: { token } })).status, 401);
  const demo = await openWorld({ demoLinks: new Map([[token, person]]) });
  try {
    const robin = (await createFacility(demo)).browser;
    assert.equal((await robin.call('status')).body.demo, true);
    const missing = await new Browser(demo).call('sign-in-link', { body: { token: 'E'.repeat(43) } });
    assert.deepEqual([missing.status, missing.body.code], [401, 'sign-in-refused']);
  } finally {
    await demo.close();
  }
  const settings = {
    version: 'test',
    gates: [],
    origin: 'https://portal.example',
    secure: true,
    ledgerOrigin: 'x',
    demoLinks: new Map(),
  } as const;
  assert.throws(
    () => createPortalApi(world.portal.api.context, settings, { onFault: () => undefined }),
    /loopback only/,
  );
});
