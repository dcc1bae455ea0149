import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { EntryOf } from '#model/events.ts';
import { canonical } from '#std/canonical.ts';
import { toText, utf8 } from '#std/bytes.ts';
import { decodeEntry, encodeEntry, ENTRY_BYTES_MAX, readOwnEntry, streamPlaceOf } from './entry.ts';

const ENTRY: EntryOf<'facility.created'> = {
  v: 1,
  id: 'ent_abcdefgh',
  at: 1_772_438_400_000,
  kind: 'facility.created',
  stream: 'facility',
  n: 1,
  by: { service: 'engine' },
  about: {},
  data: { name: 'Postworks', timeZone: 'Europe/London', origin: 'postworks.example/ledger' },
  salt: 'AAAAAAAAAAAAAAAAAAAAAA',
};

test('an entry is canonical JSON, and only that is read back', () => {
  const bytes = encodeEntry(ENTRY);
  assert.deepEqual(decodeEntry(bytes), ENTRY);
  assert.deepEqual(readOwnEntry(bytes), ENTRY);
  const text = toText(bytes);
  const wrong = [
    `${text} `,
    ` ${text}`,
    text.replace('{"about"', '{ "about"'),
    text.replace('"v":1', '"v":1.0'),
    text.replace('"n":1', '"n":1e0'),
    text.replace('"about":{},', '"about":{},"about":{},'),
    text.replace('Postworks', '\\u0050ostworks'),
    JSON.stringify(ENTRY),
    text.slice(0, -1),
    '',
    'null',
    '[]',
    text.replace('facility.created', 'facility.imagined'),
    text.replace('"about":{}', '"about":{"extra":1}'),
  ];
  for (const bad of wrong) assert.throws(() => decodeEntry(utf8(bad)), { name: 'Invalid' }, bad);
  assert.throws(() => decodeEntry(Buffer.concat([bytes.subarray(0, 20), Buffer.of(0xff), bytes.subarray(21)])), {
    name: 'Invalid',
  });
});

test('any altered byte is refused or reads as another entry, never as the same one', () => {
  const bytes = encodeEntry(ENTRY);
  fc.assert(
    fc.property(fc.nat(bytes.byteLength - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const altered = Uint8Array.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ change;
      try {
        assert.notDeepEqual(decodeEntry(altered), ENTRY);
      } catch (error) {
        assert.equal(error instanceof Error && error.name, 'Invalid');
      }
    }),
  );
});

test('the place in the stream is read off the end, whatever stands inside', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 150 }), fc.integer({ min: 1, max: 2 ** 50 }), (name, n) => {
      const sly = `${name}","n":7,"salt":"BBBBBBBBBBBBBBBBBBBBBB","stream":"ledger","v":1}`;
      if (!sly.isWellFormed()) return;
      const entry = { ...ENTRY, n, data: { ...ENTRY.data, name: sly } };
      assert.deepEqual(streamPlaceOf(utf8(canonical(entry))), { stream: 'facility', n, salt: ENTRY.salt });
    }),
  );
  for (const bad of ['', '{}', '{"n":0,"salt":"AAAAAAAAAAAAAAAAAAAAAA","stream":"x","v":1}'])
    assert.throws(() => streamPlaceOf(utf8(bad)), { name: 'Invalid' });
});

test('an entry that is too large is refused before it is written', () => {
  const large = { ...ENTRY, data: { ...ENTRY.data, name: 'x'.repeat(ENTRY_BYTES_MAX) } };
  assert.throws(() => encodeEntry(large), /65535 is the most/);
  assert.throws(() => decodeEntry(new Uint8Array(ENTRY_BYTES_MAX + 1)), /too large/);
});
