import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createDeframer, frameMessage } from '#engine/framing.ts';

const LIMIT = 4096;

test('messages survive being split anywhere', () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue(), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }),
      (messages, cuts) => {
        const bytes = Buffer.concat(messages.map((message) => frameMessage(message, 1e6)));
        const deframer = createDeframer(1e6);
        const heard: unknown[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.byteLength]) {
          heard.push(...deframer.push(bytes.subarray(at, at + cut)));
          at += cut;
        }
        assert.deepEqual(
          heard,
          messages.map((message) => JSON.parse(JSON.stringify(message)) as unknown),
        );
      },
    ),
  );
});

test('what can never become a message is refused as soon as that is known', () => {
  assert.throws(() => frameMessage('x'.repeat(LIMIT), LIMIT), { code: 'message-too-large' });
  assert.throws(() => createDeframer(LIMIT).push(Buffer.from([0, 0, 0x10, 0x01])), { code: 'message-too-large' });
  assert.throws(() => createDeframer(LIMIT).push(Buffer.concat([Buffer.from([0, 0, 0, 2]), Buffer.from('{]')])), {
    code: 'bad-message',
  });
  assert.throws(() => createDeframer(LIMIT).push(Buffer.from([0, 0, 0, 3, 0x22, 0xff, 0x22])), { code: 'bad-message' });
  assert.throws(() => createDeframer(LIMIT).push(Buffer.from([0, 0, 0, 0])), { code: 'bad-message' });
});

test('bytes at random never hang or crash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const deframer = createDeframer(LIMIT);
      try {
        deframer.push(bytes);
      } catch (cause) {
        assert.ok(cause instanceof Error && 'code' in cause);
      }
    }),
  );
});
