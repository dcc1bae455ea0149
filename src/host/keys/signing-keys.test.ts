import { test } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSigningKeys, readPublicKeys } from './signing-keys.ts';
import { logVerifierKeys } from '#ledger/checkpoint.ts';
import { renderVkey } from '#ledger/vkey.ts';

function vkeys(keys: ReturnType<typeof openSigningKeys>): readonly string[] {
  return Object.values(logVerifierKeys('post.example/ledger', keys)).map(renderVkey);
}

test('keys are made once, their public halves name the same keys, and an exposed private key is refused', () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'picturelock-keys-')), 'keys');
  try {
    const first = vkeys(openSigningKeys(folder));
    assert.deepEqual(vkeys(openSigningKeys(folder)), first);
    const known = readPublicKeys(folder);
    assert.equal(known.ed25519.type, 'public');
    assert.deepEqual(vkeys(known), first);
    chmodSync(join(folder, 'ledger-ed25519.pem'), 0o644);
    assert.throws(() => openSigningKeys(folder), { code: 'key-exposed' });
  } finally {
    rmSync(join(folder, '..'), { recursive: true });
  }
});
