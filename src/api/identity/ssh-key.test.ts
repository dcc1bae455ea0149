import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseSshKey } from '#api/identity/ssh-key.ts';

/** Made and named by OpenSSH itself. */
function keygen(type: string, bits: string, run: (line: string, fingerprint: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-ssh-'));
  try {
    const path = join(folder, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', type, '-b', bits, '-N', '', '-C', 'ines@laptop', '-f', path]);
    const fingerprint =
      execFileSync('ssh-keygen', ['-l', '-f', `${path}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '';
    run(readFileSync(`${path}.pub`, 'utf8'), fingerprint);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('keys of OpenSSH are taken, with the fingerprint that OpenSSH prints', () => {
  for (const [type, bits] of [
    ['ed25519', '256'],
    ['ecdsa', '256'],
    ['ecdsa', '384'],
    ['ecdsa', '521'],
    ['rsa', '3072'],
  ] as const) {
    keygen(type, bits, (line, fingerprint) => {
      const key = parseSshKey(line);
      assert.equal(key.kind, 'ok', `${type} ${bits}`);
      if (key.kind === 'ok') assert.deepEqual([key.value.fingerprint, key.value.comment], [fingerprint, 'ines@laptop']);
    });
  }
});

test('short RSA keys are refused', () => {
  keygen('rsa', '2048', (line) => {
    const key = parseSshKey(line);
    assert.deepEqual(key.kind === 'refused' ? key.code : key.kind, 'weak-key');
  });
});

test('damage anywhere in a key line is refused, never thrown', () => {
  keygen('ed25519', '256', (line) => {
    const [algorithm = '', text = ''] = line.split(' ');
    const blob = Buffer.from(text, 'base64');
    for (let cut = 0; cut < blob.length; cut += 1)
      assert.equal(parseSshKey(`${algorithm} ${blob.subarray(0, cut).toString('base64')}`).kind, 'refused');
    assert.equal(
      parseSshKey(`${algorithm} ${Buffer.concat([blob, Buffer.from([0, 0, 0, 0])]).toString('base64')}`).kind,
      'refused',
    );
    assert.equal(parseSshKey(`ssh-rsa ${text}`).kind, 'refused');
  });
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => assert.equal(parseSshKey(text).kind, 'refused')));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) =>
      assert.equal(parseSshKey(`ssh-dss ${Buffer.from(bytes).toString('base64')}`).kind, 'refused'),
    ),
  );
});

test('a private key is refused with a warning', () => {
  const key = parseSshKey('-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----');
  assert.match(key.kind === 'refused' ? (key.ask ?? '') : '', /never the private key/);
});
