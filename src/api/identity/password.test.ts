import { test } from 'node:test';
import assert from 'node:assert/strict';
import { argon2Sync } from 'node:crypto';
import { hashPassword, NOBODY, verifyPassword } from '#api/identity/password-hash.ts';
import { passwordRefusal } from '#api/identity/password-rules.ts';

const CHEAP = { memoryKiB: 64, passes: 1, lanes: 1 };
const random = { bytes: (count: number) => new Uint8Array(count).fill(7) };

test('what a password must be', () => {
  const known = ['Ines Vega', 'ines.vega@freelance.example', 'nightjar'];
  const cases: readonly (readonly [string, boolean])[] = [
    ['Grebe-Trellis-47-Umbra', true],
    ['correct horse battery 9 Staple', true],
    ['Fünf-Grüße-an-Zoë', true],
    ['Short-Pass-123', false],
    ['onlysmallletterswithoutend', false],
    ['only-small-letters-signs', false],
    ['Grebe-Ines-47-Umbra-x', false],
    ['Grebe-Nightjar-47-Umbra', false],
    ['Password123456789!', false],
    ['Aa1!Aa1!Aa1!Aa1!', false],
    ['Qwertyuiop1234567890', false],
    ['x'.repeat(2000), false],
  ];
  for (const [password, fine] of cases)
    assert.equal(passwordRefusal(password, known) === undefined, fine, password.slice(0, 40));
});

test('a verifier is argon2id in PHC form, and matches Node on the same parameters', async () => {
  const verifier = await hashPassword('p\u00e4ss', random, CHEAP);
  assert.match(verifier, /^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
  const tag = argon2Sync('argon2id', {
    message: 'p\u00e4ss',
    nonce: Buffer.alloc(16, 7),
    parallelism: 1,
    tagLength: 32,
    memory: 64,
    passes: 1,
  });
  assert.equal(verifier.split('$').at(-1), tag.toString('base64').replace(/=+$/, ''));
  assert.equal(await verifyPassword('pa\u0308ss', verifier), true, 'normal forms are one password');
  assert.equal(await verifyPassword('pass', verifier), false);
});

test('what is no verifier verifies nothing, and nobody has no password', async () => {
  for (const text of ['', 'plain', '$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA', '$2b$10$abc'])
    assert.equal(await verifyPassword('x', text), false);
  assert.equal(await verifyPassword('', NOBODY), false);
});

test('many checks at once are bounded: beyond the queue the caller is told to come back', async () => {
  const verifier = await hashPassword('x', random, CHEAP);
  const results = await Promise.allSettled(Array.from({ length: 100 }, () => verifyPassword('x', verifier)));
  const busy = results.filter(
    (result) => result.status === 'rejected' && (result.reason as { code?: string }).code === 'busy',
  );
  assert.ok(busy.length > 0 && busy.length < 50, `${busy.length} were sent away`);
  assert.equal(await verifyPassword('x', verifier), true);
});
