/** Keys that a stranger put beside the right one, each named by its own bytes: the repository opens with its own password, however many there are. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeRepository } from './test-repository.ts';
import { openRepository } from '#vault/engine/repository.ts';
import { createMasterKey, sealKey } from '#vault/format/key-format.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';
import { Fault } from '#std/refused.ts';

const STRANGER = { username: 's', hostname: 's', created: new Date(0).toISOString() };
const CHEAP = { N: 2, r: 1, p: 1 };
const KEY = { kdf: 'scrypt', N: 2, r: 1, p: 1, salt: 'c2FsdA==', data: 'ZGF0YQ==' };

const JUNK: Readonly<Record<string, string>> = {
  'no JSON': 'planted',
  'no object': '[]',
  'nothing in it': '{}',
  'another way to derive': JSON.stringify({ ...KEY, kdf: 'argon2' }),
  'a number that is none': JSON.stringify({ ...KEY, N: '2' }),
  'no power of two': JSON.stringify({ ...KEY, N: 3 }),
  'too much for its r': JSON.stringify({ ...KEY, N: 1 << 20 }),
  'more than anybody has': JSON.stringify({ ...KEY, N: 1 << 20, r: 32 }),
  'more than may be asked': JSON.stringify({ ...KEY, N: 2 ** 40 }),
  'no base64': JSON.stringify({ ...KEY, salt: '*' }),
  'too short to be sealed': JSON.stringify(KEY),
};

test('what is no key, or a key of somebody else, opens nothing and hinders nobody', async () => {
  using repository = await makeRepository('planted-keys');
  repository.harmed('what lies among its keys is no key');
  const plant = (body: string | Uint8Array): void =>
    writeFileSync(join(repository.path, 'keys', hash('sha256', body, 'hex')), body);
  for (const body of Object.values(JUNK)) plant(body);
  await repository.open();
  const store = openFolderStore(repository.path);
  const wrong = openRepository({ store, password: 'guessed' });
  await assert.rejects(wrong, (cause) => cause instanceof Fault && cause.code === 'wrong-password');
  for (let i = 0; i < 40; i += 1) plant(await sealKey(createMasterKey(), 'of a stranger', STRANGER, CHEAP));
  await repository.open();
});
