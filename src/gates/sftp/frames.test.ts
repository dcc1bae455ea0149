import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { Frames } from '#gates/sftp/frames.ts';

const BYTES_MAX = 256 * 1024;

function framed(body: Buffer): Buffer {
  const out = Buffer.alloc(4 + body.length);
  out.writeUInt32BE(body.length);
  body.copy(out, 4);
  return out;
}

/** All packets that are whole, copied as the contract asks. */
function taken(frames: Frames): Buffer[] {
  const out: Buffer[] = [];
  for (let frame = frames.next(); frame !== 'more'; frame = frames.next()) {
    assert.ok(Buffer.isBuffer(frame));
    out.push(Buffer.from(frame));
  }
  return out;
}

/** As a transport does: into the room, however much of it the network fills. */
function readInto(frames: Frames, source: Buffer, most: number): number {
  const room = frames.room();
  assert.ok(room.length > 0, 'there is always room');
  const count = source.copy(room, 0, 0, Math.min(most, source.length));
  frames.receive(room.subarray(0, count));
  return count;
}

const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: BYTES_MAX })), {
  minLength: 1,
  maxLength: 12,
});
const reads = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 700_000 })), {
  minLength: 1,
});

test('read into the room or given in pieces, one packet after another or many at once, the packets are the same', () => {
  fc.assert(
    fc.property(
      sizes,
      reads,
      fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1 }),
      (lengths, counts, how) => {
        const packets = lengths.map((length, i) => Buffer.alloc(length, i + 1));
        let rest = Buffer.concat(packets.map(framed));
        const frames = new Frames(BYTES_MAX);
        const got: Buffer[] = [];
        for (let i = 0; rest.length > 0; i += 1) {
          const most = Math.max(counts[i % counts.length] ?? 1, i > 200 ? 65_536 : 1);
          const [isGiven, isTaken] = how[i % how.length] ?? [false, true];
          const count = isGiven ? Math.min(most, rest.length) : readInto(frames, rest, most);
          if (isGiven) frames.receive(Buffer.from(rest.subarray(0, count)));
          rest = rest.subarray(count);
          if (isTaken) got.push(...taken(frames));
        }
        got.push(...taken(frames));
        assert.deepEqual(
          got.map((packet) => packet.toString('latin1')),
          packets.map((packet) => packet.toString('latin1')),
        );
        assert.equal(frames.bufferedBytes, 0);
      },
    ),
    { numRuns: 100 },
  );
});

test('a room that was handed out before packets were taken is still where the next bytes belong', () => {
  const frames = new Frames(BYTES_MAX);
  const stream = Buffer.concat([framed(Buffer.from('one')), framed(Buffer.from('two'))]);
  readInto(frames, stream, 9);
  const room = frames.room();
  assert.equal(String(frames.next()), 'one');
  stream.copy(room, 0, 9);
  frames.receive(room.subarray(0, stream.length - 9));
  assert.equal(String(frames.next()), 'two');
});

test('packets that are read into the room are not moved, and memory does not grow with the stream', () => {
  const frames = new Frames(BYTES_MAX);
  const packet = framed(Buffer.alloc(255 * 1024, 7));
  const places = new Set<ArrayBufferLike>();
  for (let i = 0; i < 400; i += 1) {
    for (let at = 0; at < packet.length;) at += readInto(frames, packet.subarray(at), packet.length);
    for (let frame = frames.next(); frame !== 'more'; frame = frames.next()) {
      assert.ok(Buffer.isBuffer(frame));
      places.add(frame.buffer);
    }
    assert.ok(frames.room().length <= 1024 * 1024);
  }
  assert.ok(places.size <= 5, `${places.size} places for the bytes`);
});
