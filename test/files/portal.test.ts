import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { buildWorld, movie, newId, upload } from './world.ts';
import type { Guest, World } from './world.ts';
import { until } from '../until.ts';

let world: World;
let editor: Guest;
const bytes = movie(3_000_000);

before(async () => {
  world = await buildWorld();
  editor = await world.guest('editor');
  await upload(world, editor, "incoming/a 'ü'.mov", bytes);
});
after(() => world.close());

const AT = '/files/alpha/incoming/a%20%27%C3%BC%27.mov';

function get(path: string, headers: Record<string, string> = {}, method = 'GET', guest = editor): Promise<Response> {
  return fetch(`${world.origin}${path}`, { method, headers: { ...guest.headers, ...headers } });
}

function tus(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: Uint8Array,
  guest = editor,
): Promise<Response> {
  return fetch(`${world.origin}${path}`, {
    method,
    headers: { ...guest.headers, 'tus-resumable': '1.0.0', ...headers },
    ...(body && { body: Buffer.from(body) }),
  });
}

const meta = (values: Record<string, string>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');
const OFFSET = { 'content-type': 'application/offset+octet-stream' };

async function create(name: string, sizeBytes: number, more: Record<string, string> = {}): Promise<string> {
  const made = await tus('POST', '/uploads', {
    'upload-length': String(sizeBytes),
    'upload-metadata': meta({ project: 'alpha', filename: name, ...more }),
  });
  assert.equal(made.status, 201, await made.text());
  return made.headers.get('location') ?? '';
}

test('a whole file with its headers', async () => {
  const answer = await get(AT);
  assert.equal(answer.status, 200);
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes));
  assert.equal(
    answer.headers.get('content-disposition'),
    `attachment; filename="a 'u_'.mov"; filename*=UTF-8''a%20%27%C3%BC%27.mov`,
  );
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(answer.headers.get('content-type'), 'application/octet-stream');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.match(answer.headers.get('etag') ?? '', /^"[a-z0-9-]+"$/);
});

const RANGES: readonly (readonly [header: string, status: number, from: number, to: number])[] = [
  ['bytes=0-0', 206, 0, 1],
  ['bytes=100-199', 206, 100, 200],
  ['bytes=2999999-', 206, 2_999_999, 3_000_000],
  ['bytes=-5', 206, 2_999_995, 3_000_000],
  ['bytes=0-99999999', 206, 0, 3_000_000],
  ['bytes=-99999999', 206, 0, 3_000_000],
  ['bytes=5-2', 200, 0, 3_000_000],
  ['bytes=0-1,5-6', 200, 0, 3_000_000],
  ['lines=1-2', 200, 0, 3_000_000],
  ['bytes=3000000-', 416, 0, 0],
  ['bytes=-0', 416, 0, 0],
];
for (const [range, status, from, to] of RANGES) {
  test(`Range: ${range} -> ${status}`, async () => {
    const answer = await get(AT, { range });
    assert.equal(answer.status, status);
    const body = Buffer.from(await answer.arrayBuffer());
    if (status === 416) assert.equal(answer.headers.get('content-range'), 'bytes */3000000');
    else assert.ok(body.equals(bytes.subarray(from, to)));
    if (status === 206) assert.equal(answer.headers.get('content-range'), `bytes ${from}-${to - 1}/3000000`);
  });
}

test('validators: If-Range, If-None-Match, HEAD', async () => {
  const head = await get(AT, {}, 'HEAD');
  const etag = head.headers.get('etag') ?? '';
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, '3000000']);
  assert.equal((await get(AT, { range: 'bytes=0-9', 'if-range': etag })).status, 206);
  assert.equal((await get(AT, { range: 'bytes=0-9', 'if-range': '"other"' })).status, 200);
  assert.equal((await get(AT, { 'if-none-match': `"x", ${etag}` })).status, 304);
});

test('refusals are JSON with a code, a sentence and whom to ask', async () => {
  const cases: readonly (readonly [
    path: string,
    headers: Record<string, string>,
    method: string,
    status: number,
    code: string,
  ])[] = [
    ['/files/alpha/media/none.mov', {}, 'GET', 404, 'not-found'],
    ['/files/beta/media/none.mov', {}, 'GET', 404, 'unknown-project'],
    ['/files/alpha/media', {}, 'GET', 404, 'not-a-file'],
    ['/files/alpha/%2e%2e/%2e%2e/etc/passwd', {}, 'GET', 422, 'name-not-portable'],
    ['/files/alpha/media/%2e%2e%2f%2e%2e%2fetc', {}, 'GET', 400, 'bad-request'],
    ['/files/alpha/media/%ff', {}, 'GET', 400, 'bad-request'],
    ['/files/alpha', {}, 'GET', 400, 'bad-request'],
    [AT, {}, 'POST', 405, 'method-not-allowed'],
    [AT, { authorization: 'Session ses_none' }, 'GET', 401, 'not-signed-in'],
    [AT, { 'sec-fetch-site': 'cross-site' }, 'GET', 403, 'cross-site'],
    [AT, { origin: 'https://evil.example' }, 'GET', 403, 'cross-site'],
  ];
  for (const [path, headers, method, status, code] of cases) {
    const answer = await raw(method, path, { ...editor.headers, ...headers });
    assert.deepEqual(
      [answer.status, (JSON.parse(answer.body) as { code: string }).code],
      [status, code],
      `${method} ${path}`,
    );
  }
});

test('a reviewer gets nothing outside review, and the refusal is an entry', async () => {
  const reviewer = await world.guest('client-reviewer');
  const answer = await get(AT, {}, 'GET', reviewer);
  assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [403, 'folder-not-in-role']);
  assert.equal(world.entries('access.refused').at(-1)?.by.person, reviewer.person);
});

test('a cut ends a running download at once and the read is accounted for', async () => {
  const guest = await world.guest('editor');
  const big = movie(64 << 20);
  await upload(world, guest, 'incoming/big.mov', big);
  const answer = await opened('/files/alpha/incoming/big.mov', guest);
  let received = 0;
  await new Promise<void>((resolve) =>
    answer.once('data', (chunk: Buffer) => ((received += chunk.byteLength), answer.pause(), resolve())),
  );
  const closed = new Promise<void>((resolve) => answer.once('close', () => resolve()));
  const started = performance.now();
  answer.on('data', (chunk: Buffer) => (received += chunk.byteLength)).on('error', () => undefined);
  answer.pause();
  await world.do({ kind: 'end-engagement', engagement: guest.engagement, because: 'button', cut: newId('cut') });
  answer.resume();
  await closed;
  assert.ok(performance.now() - started < 5000);
  assert.ok(received < big.byteLength);
  await until(() => world.entries('file.read-closed').some((entry) => entry.by.person === guest.person));
  assert.equal(
    world.entries('file.read-closed').find((entry) => entry.by.person === guest.person)?.data.complete,
    false,
  );
  assert.equal(guest.session.closed, undefined, 'the sign-in session itself lives on');
  assert.equal((await get('/files/alpha/incoming/big.mov', {}, 'GET', guest)).status, 403);
});

test('tus says what it can', async () => {
  const answer = await fetch(`${world.origin}/uploads`, { method: 'OPTIONS' });
  assert.deepEqual(
    [
      answer.status,
      answer.headers.get('tus-version'),
      answer.headers.get('tus-extension'),
      answer.headers.get('tus-checksum-algorithm'),
    ],
    [204, '1.0.0', 'creation,creation-with-upload,termination,expiration,checksum', 'sha1,sha256'],
  );
});

test('create, append in two steps, ask, finish', async () => {
  const location = await create('steps.mov', 100_000, { path: 'incoming' });
  const body = movie(100_000);
  const first = await tus('PATCH', location, { ...OFFSET, 'upload-offset': '0' }, body.subarray(0, 40_000));
  assert.deepEqual([first.status, first.headers.get('upload-offset')], [204, '40000']);
  const head = await tus('HEAD', location);
  assert.deepEqual(
    [
      head.status,
      head.headers.get('upload-offset'),
      head.headers.get('upload-length'),
      head.headers.get('cache-control'),
    ],
    [200, '40000', '100000', 'no-store'],
  );
  assert.match(head.headers.get('upload-metadata') ?? '', /^project .*filename /);
  assert.ok(Date.parse(head.headers.get('upload-expires') ?? '') > Date.now() + 6 * 86_400_000);
  assert.equal(
    (await tus('PATCH', location, { ...OFFSET, 'upload-offset': '39999' }, body.subarray(0, 10))).status,
    409,
  );
  assert.equal(
    (await tus('PATCH', location, { 'content-type': 'text/plain', 'upload-offset': '40000' }, body)).status,
    415,
  );
  const last = await tus('PATCH', location, { ...OFFSET, 'upload-offset': '40000' }, body.subarray(40_000));
  assert.deepEqual([last.status, last.headers.get('upload-offset')], [204, '100000']);
  assert.ok(readFileSync(world.place('incoming/steps.mov')).equals(body));
  const again = await tus('HEAD', location);
  assert.deepEqual(
    [again.status, again.headers.get('upload-offset'), again.headers.get('upload-length')],
    [200, '100000', '100000'],
    'a finished upload is still known',
  );
});

test('creation with upload, an empty file, a folder that is sent', async () => {
  const body = movie(5000);
  const one = await tus(
    'POST',
    '/uploads',
    { ...OFFSET, 'upload-length': '5000', 'upload-metadata': meta({ project: 'alpha', filename: 'one.mov' }) },
    body,
  );
  assert.deepEqual([one.status, one.headers.get('upload-offset')], [201, '5000']);
  await create('empty.txt', 0);
  assert.equal(readFileSync(world.place('incoming/empty.txt')).byteLength, 0);
  const nested = await create('x.mov', 5000, { relativePath: 'day 1/card A/x.mov' });
  assert.equal((await tus('PATCH', nested, { ...OFFSET, 'upload-offset': '0' }, body)).status, 204);
  assert.ok(readFileSync(world.place('incoming/day 1/card A/x.mov')).equals(body));
});

test('checksums: kept when right, thrown away when wrong', async () => {
  const location = await create('sum.mov', 20_000);
  const body = movie(20_000);
  const sum = (part: Uint8Array, name: string): string => `${name} ${createHash(name).update(part).digest('base64')}`;
  const patch = (offset: number, part: Uint8Array, checksum: string): Promise<Response> =>
    tus('PATCH', location, { ...OFFSET, 'upload-offset': String(offset), 'upload-checksum': checksum }, part);
  assert.equal((await patch(0, body.subarray(0, 8000), sum(body.subarray(0, 8000), 'sha256'))).status, 204);
  assert.equal((await patch(8000, body.subarray(8000), sum(body.subarray(0, 8000), 'sha1'))).status, 460);
  assert.equal((await tus('HEAD', location)).headers.get('upload-offset'), '8000');
  assert.equal((await patch(8000, body.subarray(8000), 'md5 AAAA')).status, 400);
  assert.equal((await patch(8000, body.subarray(8000), sum(body.subarray(8000), 'sha1'))).status, 204);
  assert.ok(readFileSync(world.place('incoming/sum.mov')).equals(body));
});

test('malformed, oversized and out-of-order messages get a clear refusal', async () => {
  const target = { 'upload-length': '10', 'upload-metadata': meta({ project: 'alpha', filename: 'm.mov' }) };
  const location = await create('bad.mov', 10);
  const cases: readonly (readonly [method: string, path: string, headers: Record<string, string>, status: number])[] = [
    ['POST', '/uploads', { ...target, 'tus-resumable': '0.2.2' }, 412],
    ['POST', '/uploads', { ...target, 'upload-length': '-1' }, 400],
    ['POST', '/uploads', { ...target, 'upload-length': '1e3' }, 400],
    ['POST', '/uploads', { ...target, 'upload-length': '99999999999999999999' }, 400],
    ['POST', '/uploads', { ...target, 'upload-length': '9000000000000000' }, 413],
    ['POST', '/uploads', { 'upload-length': '10', 'upload-defer-length': '1' }, 400],
    ['POST', '/uploads', { ...target, 'upload-metadata': 'project' }, 400],
    ['POST', '/uploads', { ...target, 'upload-metadata': 'project ???' }, 400],
    ['POST', '/uploads', { ...target, 'upload-metadata': meta({ project: 'nope', filename: 'm.mov' }) }, 404],
    ['POST', '/uploads', { ...target, 'upload-metadata': meta({ project: 'alpha', filename: '../../m.mov' }) }, 422],
    [
      'POST',
      '/uploads',
      { ...target, 'upload-metadata': meta({ project: 'alpha', filename: 'm.mov', path: 'media' }) },
      403,
    ],
    ['POST', '/uploads', { ...target, 'upload-metadata': meta({ project: 'alpha', filename: 'm.exe' }) }, 422],
    ['POST', '/uploads', { ...target, origin: 'https://evil.example' }, 403],
    ['PUT', location, {}, 405],
    ['PATCH', location, OFFSET, 400],
    ['PATCH', location, { ...OFFSET, 'upload-offset': '5' }, 409],
    ['PATCH', '/uploads/alpha/upl_abcdefghijkmnpqrstuv', { ...OFFSET, 'upload-offset': '0' }, 404],
    ['HEAD', '/uploads/alpha/upl_abcdefghijkmnpqrstuv', {}, 404],
    ['HEAD', '/uploads/alpha/..%2f..', {}, 404],
    ['DELETE', '/uploads/beta/x/y/z', {}, 404],
  ];
  for (const [method, path, headers, status] of cases)
    assert.equal((await tus(method, path, headers)).status, status, `${method} ${path} ${JSON.stringify(headers)}`);
  const over = await tus('PATCH', location, { ...OFFSET, 'upload-offset': '0' }, movie(100));
  assert.equal(over.status, 413);
  assert.equal((await tus('HEAD', location)).headers.get('upload-offset'), '0');
});

test('a chunked body that is longer than announced is cut off at the announced length', async () => {
  const location = await create('long.mov', 1000);
  const answer = await raw(
    'PATCH',
    location,
    { ...editor.headers, 'tus-resumable': '1.0.0', ...OFFSET, 'upload-offset': '0', 'transfer-encoding': 'chunked' },
    movie(5000),
  );
  assert.equal(answer.status, 413);
  assert.equal((await tus('HEAD', location)).headers.get('upload-offset'), '0');
});

test('two writers at once: the second is told to wait; a client that asks again ends its own dead one', async () => {
  const location = await create('lock.mov', 1000);
  const slow = request(`${world.origin}${location}`, {
    method: 'PATCH',
    headers: { ...editor.headers, 'tus-resumable': '1.0.0', ...OFFSET, 'upload-offset': '0', 'content-length': 1000 },
  });
  slow.on('error', () => undefined);
  slow.write(movie(400));
  await until(() => world.entries('file.write-opened').some((entry) => entry.about.path === 'incoming/lock.mov'));
  await until(
    async () => (await tus('PATCH', location, { ...OFFSET, 'upload-offset': '0' }, movie(10))).status === 423,
  );
  const head = await tus('HEAD', location);
  assert.deepEqual([head.status, head.headers.get('upload-offset')], [200, '400']);
  assert.equal((await tus('PATCH', location, { ...OFFSET, 'upload-offset': '400' }, movie(600))).status, 204);
});

test('a large body, read bare from its connection: whole, broken off and resumed, with a checksum', async () => {
  const large = movie(40_000_000);
  const sha256 = createHash('sha256').update(large).digest('hex');
  const whole = await create('bare.mov', large.length);
  const sent = await tus('PATCH', whole, { ...OFFSET, 'upload-offset': '0' }, large);
  assert.deepEqual([sent.status, sent.headers.get('connection')], [204, 'close']);
  const broken = await create('bare-2.mov', large.length);
  const slow = request(`${world.origin}${broken}`, {
    method: 'PATCH',
    headers: {
      ...editor.headers,
      'tus-resumable': '1.0.0',
      ...OFFSET,
      'upload-offset': '0',
      'content-length': large.length,
    },
  });
  slow.on('error', () => undefined);
  const before = editor.session.bytesIn;
  slow.write(large.subarray(0, 20_000_000));
  await until(() => editor.session.bytesIn - before >= 20_000_000);
  slow.destroy();
  await until(async () => (await tus('HEAD', broken)).headers.get('upload-offset') === '20000000');
  const rest = large.subarray(20_000_000);
  const checksum = (of: Uint8Array): Record<string, string> => ({
    ...OFFSET,
    'upload-offset': '20000000',
    'upload-checksum': `sha256 ${createHash('sha256').update(of).digest('base64')}`,
  });
  assert.equal((await tus('PATCH', broken, checksum(large), rest)).status, 460);
  assert.equal((await tus('PATCH', broken, checksum(rest), rest)).status, 204);
  for (const name of ['bare.mov', 'bare-2.mov']) {
    const entry = world.entries('file.accepted').find(({ about }) => about.path === `incoming/${name}`);
    assert.equal(entry?.data.sha256, sha256);
  }
});

test('termination: gone, and said so in the ledger', async () => {
  const location = await create('gone.mov', 1000);
  assert.equal((await tus('DELETE', location)).status, 204);
  assert.equal((await tus('HEAD', location)).status, 404);
  assert.ok(world.entries('upload.dropped').some((entry) => entry.about.path === 'incoming/gone.mov'));
});

test('a refused type comes back as such, with the file set aside', async () => {
  const location = await create('fake.mov', 30);
  const answer = await tus(
    'PATCH',
    location,
    { ...OFFSET, 'upload-offset': '0' },
    Buffer.from('MZ not a movie but a program!!'),
  );
  assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [422, 'type-mismatch']);
});

test('nobody else can see, continue or drop an upload', async () => {
  const location = await create('mine.mov', 1000);
  const other = await world.guest('editor');
  for (const method of ['HEAD', 'DELETE'])
    assert.equal((await tus(method, location, {}, undefined, other)).status, 404);
  assert.equal((await tus('PATCH', location, { ...OFFSET, 'upload-offset': '0' }, movie(10), other)).status, 404);
});

test('a cut ends a running upload at once; what came is kept', async () => {
  const guest = await world.guest('editor');
  const made = await tus(
    'POST',
    '/uploads',
    { 'upload-length': '100000', 'upload-metadata': meta({ project: 'alpha', filename: 'cut.mov' }) },
    undefined,
    guest,
  );
  const location = made.headers.get('location') ?? '';
  const slow = request(`${world.origin}${location}`, {
    method: 'PATCH',
    headers: { ...guest.headers, 'tus-resumable': '1.0.0', ...OFFSET, 'upload-offset': '0', 'content-length': 100_000 },
  });
  const ended = new Promise<void>((resolve) => slow.on('error', () => resolve()).on('close', () => resolve()));
  slow.write(movie(40_000));
  await until(() => guest.session.bytesIn >= 40_000);
  await world.do({ kind: 'end-engagement', engagement: guest.engagement, because: 'button', cut: newId('cut') });
  await ended;
  await until(() => world.entries('file.write-closed').some((entry) => entry.by.person === guest.person));
  assert.equal(
    world.entries('file.write-closed').findLast((entry) => entry.by.person === guest.person)?.data.bytes,
    40_000,
  );
  assert.equal((await tus('HEAD', location, {}, undefined, guest)).status, 403);
});

test('whatever bytes arrive instead of HTTP bodies, the server answers or closes, and goes on', async () => {
  for (let split = 1; split < 40; split += 7) {
    const text = `PATCH /uploads/alpha/upl_x HTTP/1.1\r\nHost: a\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nAuthorization: ${editor.headers.authorization}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\ngarbage`;
    await new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(world.origin).port), '127.0.0.1', () => {
        socket.write(text.slice(0, split));
        setImmediate(() => socket.write(text.slice(split)));
      });
      socket
        .on('data', () => undefined)
        .on('error', () => undefined)
        .on('close', () => resolve());
    });
  }
  assert.equal((await get(AT, {}, 'HEAD')).status, 200);
});

function opened(path: string, guest: Guest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) =>
    request(`${world.origin}${path}`, { headers: guest.headers }, resolve).on('error', reject).end(),
  );
}

/** Unlike fetch: any header, and the path as it is. */
function raw(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: Uint8Array,
): Promise<{ readonly status: number; readonly body: string }> {
  const { hostname, port } = new URL(world.origin);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers }, (answer) => {
      let text = '';
      answer
        .setEncoding('utf8')
        .on('data', (chunk: string) => (text += chunk))
        .on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
    });
    sent.on('error', reject).end(body);
  });
}

test('a session that asks too fast waits its turn, and holds nobody else up', async () => {
  const paced = await buildWorld({ pace: { burst: 4, everyMs: 100 } });
  try {
    const [hasty, calm] = [await paced.guest('editor'), await paced.guest('editor')];
    await upload(paced, hasty, 'incoming/a.mov', movie(1000));
    const timed = async (guest: Guest, count: number) => {
      const began = performance.now();
      const ask = () => fetch(`${paced.origin}/files/alpha/incoming/a.mov`, { method: 'HEAD', headers: guest.headers });
      const answers = await Promise.all(Array.from({ length: count }, ask));
      assert.ok(answers.every(({ status }) => status === 200));
      return performance.now() - began;
    };
    const [flood, others] = await Promise.all([timed(hasty, 12), timed(calm, 3)]);
    assert.ok(flood >= 700, `eight of twelve wait, and all took ${flood} ms`);
    assert.ok(others < flood / 2, `the other session took ${others} ms`);
  } finally {
    await paced.close();
  }
});
