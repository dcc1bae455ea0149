/** The gate's own key: made once, and only if it can be read again. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { generateHostKey, loadHostKey } from './host-key.ts';

/** Not every key that ssh2 makes is one: this one was read again. */
const good = generateHostKey();

test('a pair that ssh2 writes and cannot read is thrown away, and another one made', () => {
  const drawn = ['no key', 'no key', good];
  assert.equal(
    generateHostKey(() => drawn.shift() ?? assert.fail()),
    good,
  );
  assert.deepEqual(drawn, []);
  assert.throws(() => generateHostKey(() => 'no key'), { code: 'host-key-not-made' });
});

test('every key of a thousand can be read', () => {
  for (let n = 0; n < 1000; n += 1) assert.ok(!(ssh2.utils.parseKey(generateHostKey()) instanceof Error));
});

test('made once, for its owner; a broken one says what to do', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-host-key-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'keys', 'ssh-host-ed25519');
  const made = loadHostKey(path);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(loadHostKey(path).publicLine, made.publicLine);
  writeFileSync(path, 'no key', { mode: 0o600 });
  assert.throws(() => loadHostKey(path), { code: 'host-key-broken', message: /move it away/ });
});
