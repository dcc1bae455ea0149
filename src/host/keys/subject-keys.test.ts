import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openField } from './sealed-field.ts';
import { openSubjectKeys } from './subject-keys.ts';
import type { PersonId } from '#std/ids.ts';
import { makeId } from '#std/ids.ts';

function withKeys(run: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'picturelock-keys-'));
  try {
    run(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
const ada: PersonId = makeId('person', new Uint8Array(20).fill(1));
const ben: PersonId = makeId('person', new Uint8Array(20).fill(2));

test('what is sealed opens again, in another process too, and under no other subject', () => {
  withKeys((directory) => {
    const keys = openSubjectKeys(directory);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const field = keys.seal(ada, text);
        assert.equal(openSubjectKeys(directory).unseal(field), text);
        keys.seal(ben, 'x');
        assert.equal(keys.unseal({ ...field, subject: ben }), undefined);
      }),
      { numRuns: 30 },
    );
  });
});

test('equal texts have different boxes', () => {
  withKeys((directory) => {
    const keys = openSubjectKeys(directory);
    assert.notEqual(keys.seal(ada, 'Ada').box, keys.seal(ada, 'Ada').box);
  });
});

test('any altered box is refused', () => {
  withKeys((directory) => {
    const keys = openSubjectKeys(directory);
    const field = keys.seal(ada, 'Ada Byron');
    const bytes = Buffer.from(field.box, 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 1;
      assert.equal(keys.unseal({ ...field, box: altered.toString('base64url') }), undefined);
    }
    assert.equal(keys.unseal({ ...field, box: '' }), undefined);
  });
});

test('a disclosed field key opens its field and no other', () => {
  withKeys((directory) => {
    const keys = openSubjectKeys(directory);
    const name = keys.seal(ada, 'Ada');
    const mail = keys.seal(ada, 'ada@example.com');
    const key = keys.fieldKey(name);
    assert.ok(key);
    assert.equal(key.byteLength, 44);
    assert.equal(openField(key, name), 'Ada');
    assert.equal(openField(key, mail), undefined);
  });
});

test('destroying a key erases for every process, and a new key does not bring old fields back', () => {
  withKeys((directory) => {
    const [here, there] = [openSubjectKeys(directory), openSubjectKeys(directory)];
    const field = here.seal(ada, 'Ada');
    assert.equal(there.unseal(field), 'Ada');
    here.destroy(ada);
    assert.equal(here.unseal(field), undefined);
    assert.equal(there.unseal(field), undefined);
    assert.deepEqual(readdirSync(join(directory, 'keys/subjects')), []);
    here.seal(ada, 'somebody');
    assert.equal(there.unseal(field), undefined);
  });
});

test('key files are for their owner only', () => {
  withKeys((directory) => {
    openSubjectKeys(directory).seal(ada, 'Ada');
    assert.equal(statSync(join(directory, 'keys/subjects', `${ada}.key`)).mode & 0o777, 0o600);
    assert.equal(statSync(join(directory, 'keys/subjects')).mode & 0o777, 0o700);
  });
});
