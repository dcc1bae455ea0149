import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { FirstLine } from '#gates/sftp/first-line.ts';

const LINE = 'sftp 1 crd_9m2k4p7q1w3e5r8t 2001:db8::7';
/** What a client sends right behind it: SFTP's greeting, which may hold a newline too. */
const GREETING = Buffer.from([0, 0, 0, 5, 1, 0, 0, 0x0a, 3]);
const WHOLE = Buffer.concat([Buffer.from(`${LINE}\n`), GREETING]);
const LINE_BYTES_MAX = 300;
const LONG_MS = 600_000;

interface Heard {
  readonly line: string | undefined;
  readonly rest: Buffer;
}

/** As a transport does: each piece into the room that is given for it. */
async function hear(pieces: readonly Buffer[]): Promise<Heard> {
  const first = new FirstLine();
  const line = first.from(new Socket(), LONG_MS);
  for (const piece of pieces) {
    const room = first.room();
    assert.ok(room.length >= 1, 'there is always room');
    for (let at = 0; at < piece.length; at += room.length) {
      const count = piece.copy(room, 0, at, at + room.length);
      first.receive(Buffer.from(room.buffer, room.byteOffset, count));
    }
  }
  return { line: await line, rest: first.rest };
}

function splitAt(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

test('split at every byte, the line and what follows it are the same', async () => {
  for (let at = 0; at <= WHOLE.length; at += 1)
    assert.deepEqual(await hear(splitAt(WHOLE, [at])), { line: LINE, rest: GREETING }, `at ${at}`);
});

test('byte by byte', async () => {
  const pieces = [...WHOLE].map((byte) => Buffer.from([byte]));
  assert.deepEqual(await hear(pieces), { line: LINE, rest: GREETING });
});

test('in any pieces, with any bytes behind it', () =>
  fc.assert(
    fc.asyncProperty(
      fc.stringMatching(/^[ -~]{0,300}$/),
      fc.uint8Array({ maxLength: 1_000 }),
      fc.array(fc.nat(1_300), { maxLength: 12 }),
      async (line, behind, cuts) => {
        const whole = Buffer.concat([Buffer.from(`${line}\n`), behind]);
        const pieces = splitAt(
          whole,
          cuts.map((cut) => cut % (whole.length + 1)),
        );
        assert.deepEqual(await hear(pieces), { line, rest: Buffer.from(behind) });
      },
    ),
    { seed: 20260302, numRuns: 200 },
  ));

test('a line that is too long is none, wherever it is split and whether or not it ends', async () => {
  const most = Buffer.from(`${'a'.repeat(LINE_BYTES_MAX)}\n`);
  assert.equal((await hear([most])).line, 'a'.repeat(LINE_BYTES_MAX));
  const endless = Buffer.from('a'.repeat(LINE_BYTES_MAX + 1));
  const ended = Buffer.from(`${'a'.repeat(LINE_BYTES_MAX + 1)}\n`);
  for (const bytes of [endless, ended])
    for (let at = 0; at <= bytes.length; at += 1)
      assert.equal((await hear(splitAt(bytes, [at]))).line, undefined, `at ${at}`);
});

test('a relay that goes away, and one that stays silent, are heard as none', async () => {
  const gone = new Socket();
  const line = new FirstLine().from(gone, LONG_MS);
  gone.destroy();
  assert.equal(await line, undefined);
  assert.equal(await new FirstLine().from(new Socket(), 1), undefined);
});
