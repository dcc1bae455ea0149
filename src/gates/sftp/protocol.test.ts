import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { SftpProtocol } from '#gates/sftp/protocol.ts';
import { encodeStatus } from '#gates/sftp/replies.ts';
import type { Answerable } from '#gates/sftp/requests.ts';
import { PACKET_BYTES_MAX, TYPE } from '#gates/sftp/wire.ts';

function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value >>> 0);
  return out;
}
function u64(value: bigint): Buffer {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(value);
  return out;
}
function str(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u32(bytes.length), bytes]);
}
function packet(type: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from([type]), ...parts]);
  return Buffer.concat([u32(body.length), body]);
}
const hello = packet(TYPE.init, u32(3));
const noAttributes = u32(0);

/** Everything a stream of bytes makes the machine hand out, each answered at once; data is copied as its contract asks. */
function run(chunks: readonly Buffer[]): {
  readonly requests: unknown[];
  readonly sent: Buffer;
  readonly brokenBy: string | undefined;
} {
  const machine = new SftpProtocol();
  const requests: unknown[] = [];
  const sent: Buffer[] = [];
  for (const chunk of chunks) {
    machine.receive(Buffer.from(chunk));
    for (let request = machine.next(); request !== undefined; request = machine.next()) {
      requests.push(copied(request));
      machine.answer(encodeStatus(request.id, 'ok'));
    }
    sent.push(...machine.take());
  }
  return { requests, sent: Buffer.concat(sent), brokenBy: machine.brokenBy };
}

function copied(request: Answerable): unknown {
  return request.kind === 'write' ? { ...request, data: Buffer.from(request.data).toString('hex') } : request;
}

const everyRequest = [
  hello,
  packet(TYPE.realpath, u32(1), str('.')),
  packet(TYPE.opendir, u32(2), str('/')),
  packet(TYPE.readdir, u32(3), str('1')),
  packet(
    TYPE.open,
    u32(4),
    str('/alpha/incoming/ré el.mov'),
    u32(26),
    u32(13),
    u64(5_000_000_000n),
    u32(0o100644),
    u32(1),
    u32(2),
  ),
  packet(TYPE.write, u32(5), str('2'), u64(4_294_967_296n), str(Buffer.alloc(3000, 7))),
  packet(TYPE.read, u32(6), str('2'), u64(9n), u32(261_120)),
  packet(TYPE.fsetstat, u32(7), str('2'), u32(0x8000_0000), u32(1), str('a@b'), str('c')),
  packet(TYPE.extended, u32(8), str('fsync@openssh.com'), str('2')),
  packet(TYPE.close, u32(9), str('2')),
  packet(TYPE.rename, u32(10), str('/a'), str('/b')),
  packet(TYPE.extended, u32(11), str('posix-rename@openssh.com'), str('/a'), str('/b')),
  packet(TYPE.extended, u32(12), str('limits@openssh.com')),
  packet(TYPE.extended, u32(13), str('copy-data'), str('x')),
  packet(TYPE.symlink, u32(14), str('/etc/passwd'), str('/a')),
  packet(TYPE.mkdir, u32(15), str('/d'), noAttributes),
  packet(TYPE.setstat, u32(16), str('/d'), u32(2), u32(1000), u32(1000)),
  packet(77, u32(17)),
  packet(TYPE.lstat, u32(18), str(Buffer.from([0xff, 0xfe]))),
  packet(TYPE.read, u32(19), str('2'), u64(0xffff_ffff_ffff_ffffn), u32(1)),
];

test('every kind of request is understood', () => {
  const { requests, brokenBy } = run(everyRequest);
  assert.equal(brokenBy, undefined);
  assert.deepEqual(
    requests.map((request) => (request as Answerable).kind),
    [
      'realpath',
      'opendir',
      'readdir',
      'open',
      'write',
      'read',
      'fsetstat',
      'fsync',
      'close',
      'rename',
      'posix-rename',
      'limits',
      'unsupported',
      'symlink',
      'mkdir',
      'setstat',
      'unsupported',
      'impossible',
      'impossible',
    ],
  );
  assert.deepEqual(requests[3], {
    kind: 'open',
    id: 4,
    path: '/alpha/incoming/ré el.mov',
    flags: 26,
    attributes: { sizeBytes: 5_000_000_000, permissions: 0o100644, modifiedAtSeconds: 2 },
  });
  assert.equal((requests[4] as { offset: number }).offset, 4_294_967_296);
});

test('where the stream is split makes no difference', () => {
  const whole = Buffer.concat(everyRequest);
  const expected = run([whole]);
  assert.deepEqual(run([...whole].map((byte) => Buffer.from([byte]))), expected);
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length), { maxLength: 30 }), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
      assert.deepEqual(run(at.slice(1).map((end, i) => whole.subarray(at[i], end))), expected);
    }),
  );
});

test('a broken stream is refused with a reason and hands out nothing more', () => {
  const after = packet(TYPE.stat, u32(99), str('/'));
  const cases: readonly (readonly [string, readonly Buffer[], RegExp])[] = [
    ['a request before the greeting', [packet(TYPE.stat, u32(1), str('/'))], /before the greeting/],
    ['a second greeting', [hello, hello], /second greeting/],
    ['an old version', [packet(TYPE.init, u32(2))], /version 2/],
    ['an oversized packet', [hello, u32(PACKET_BYTES_MAX + 1)], /larger than the limit/],
    ['the largest length', [hello, u32(0xffff_ffff)], /larger than the limit/],
    ['an empty packet', [hello, u32(0)], /empty/],
    ['no request number', [hello, packet(TYPE.stat)], /without a request number/],
    [
      'a path longer than its packet',
      [hello, packet(TYPE.stat, u32(1), u32(4000), Buffer.from('/'))],
      /too long or too short/,
    ],
    [
      'a path longer than the limit',
      [hello, packet(TYPE.stat, u32(1), str('x'.repeat(4097)))],
      /too long or too short/,
    ],
    [
      'a handle longer than the limit',
      [hello, packet(TYPE.close, u32(1), str('x'.repeat(17)))],
      /too long or too short/,
    ],
    [
      'a flood of attribute pairs',
      [hello, packet(TYPE.setstat, u32(1), str('/'), u32(0x8000_0000), u32(0xffff_ffff))],
      /too long or too short/,
    ],
    ['a client that answers', [hello, packet(TYPE.status)], /without a request number/],
  ];
  for (const [name, chunks, why] of cases) {
    const { requests, brokenBy } = run([...chunks, after]);
    assert.match(brokenBy ?? 'not broken', why, name);
    assert.deepEqual(requests, [], name);
  }
});

test('no bytes at all can make the machine throw', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), fc.boolean(), (chunks, greets) => {
      run([...(greets ? [hello] : []), ...chunks.map((chunk) => Buffer.from(chunk))]);
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 255 }), fc.uint8Array({ maxLength: 300 }), (type, body) => {
      run([hello, packet(type, Buffer.from(body))]);
    }),
    { numRuns: 500 },
  );
});

test('bytes after the last field are ignored, as every client of rclone 1.60 needs', () => {
  const { requests, brokenBy } = run([
    hello,
    packet(TYPE.write, u32(5), str('2'), u64(1n), str('abc'), Buffer.alloc(15_808)),
  ]);
  assert.equal(brokenBy, undefined);
  assert.deepEqual(requests, [
    { kind: 'write', id: 5, handle: '2', offset: 1, data: Buffer.from('abc').toString('hex') },
  ]);
});

test('a damaged request is told to the client before the stream ends', () => {
  const { sent } = run([hello, packet(TYPE.stat, u32(41), u32(9))]);
  const status = sent.subarray(sent.readUInt32BE(0) + 4);
  assert.equal(status.readUInt8(4), TYPE.status);
  assert.equal(status.readUInt32BE(5), 41);
  assert.equal(status.readUInt32BE(9), 5);
});

test('the greeting names the version and only what is really offered', () => {
  const { sent } = run([hello]);
  assert.equal(sent.readUInt8(4), TYPE.version);
  assert.equal(sent.readUInt32BE(5), 3);
  const text = sent.toString('latin1');
  for (const name of ['limits@openssh.com', 'fsync@openssh.com', 'posix-rename@openssh.com'])
    assert.ok(text.includes(name), name);
  for (const name of ['copy-data', 'hardlink@openssh.com', 'statvfs@openssh.com', 'users-groups-by-id'])
    assert.ok(!text.includes(name), name);
});

test('unparsed input is bounded by telling the transport to stop', () => {
  const machine = new SftpProtocol();
  machine.receive(hello);
  assert.equal(machine.next(), undefined);
  const request = packet(TYPE.stat, u32(1), str('/'));
  machine.receive(request);
  assert.notEqual(machine.next(), undefined);
  for (let i = 0; i < 40 && !machine.isFull; i += 1) machine.receive(Buffer.alloc(64 * 1024));
  assert.ok(machine.isFull);
});
