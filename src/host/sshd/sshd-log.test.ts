import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SshdLog } from '#host/sshd/sshd-log.ts';
import type { TurnedAway } from '#host/sshd/sshd-log.ts';

const fingerprint = 'SHA256:W/rSPNkzMI7QAStlhuNUvFVnTtWRKbYlBXXBrWmfO+U';
const end = 'port 50122 ssh2';
const byKey = { from: '10.0.0.7', method: 'publickey', fingerprint } as const;

/** Each line is the whole log of its sshd. */
const LINES: readonly (readonly [line: string, told: TurnedAway | undefined])[] = [
  [`Failed publickey for root from 10.0.0.7 ${end}: ED25519 ${fingerprint}`, byKey],
  [`Failed publickey for invalid user bob from fe80::1 ${end}: RSA ${fingerprint}\r`, { ...byKey, from: 'fe80::1' }],
  // A name that holds spaces, and names that pretend to be other lines.
  [`Failed publickey for invalid user b o b from 10.0.0.7 ${end}: RSA ${fingerprint}`, byKey],
  [
    `Failed publickey for invalid user x from 9.9.9.9 ${end}: RSA ${fingerprint} from 10.0.0.7 ${end}: RSA ${fingerprint}`,
    byKey,
  ],
  [
    `Failed password for invalid user x from 9.9.9.9 port 1 ssh2 from 10.0.0.7 ${end}`,
    { from: '10.0.0.7', method: 'password' },
  ],
  [
    `Failed keyboard-interactive/pam for root from 10.0.0.7 ${end}`,
    { from: '10.0.0.7', method: 'keyboard-interactive' },
  ],
  [
    `Failed publickey for root from 10.0.0.7 ${end}: ED25519-CERT ${fingerprint} ID x from 9.9.9.9 port 1 ssh2 (serial 0) CA ED25519 ${fingerprint}`,
    byKey,
  ],
  ['Disconnected from authenticating user root 10.0.0.7 port 41438 [preauth]', { from: '10.0.0.7' }],
  ['Connection closed by invalid user 9.9.9.9 port 1 10.0.0.7 port 41438 [preauth]', { from: '10.0.0.7' }],
  [
    'Disconnecting authenticating user root 10.0.0.7 port 41438: Too many authentication failures [preauth]',
    { from: '10.0.0.7' },
  ],
  ['Server listening on 127.0.0.1 port 22.', undefined],
  [`Accepted publickey for root from 10.0.0.7 port 1 ssh2: ED25519 ${fingerprint}`, undefined],
  ['Failed none for root from 10.0.0.7 port 1 ssh2', undefined],
  ['Disconnected from user root 10.0.0.7 port 41438', undefined],
  ['Connection closed by 10.0.0.7 port 41438 [preauth]', undefined],
];

for (const [line, told] of LINES) test(line, () => assert.deepEqual(new SshdLog().read(line), told));

test('a connection whose key was refused is not told again when it ends, and its port may come back', () => {
  const log = new SshdLog();
  const left = 'Connection closed by authenticating user root 10.0.0.7 port 50122 [preauth]';
  assert.deepEqual(log.read(`Failed publickey for root from 10.0.0.7 ${end}: ED25519 ${fingerprint}`), byKey);
  assert.equal(log.read(left), undefined);
  assert.deepEqual(log.read(left), { from: '10.0.0.7' });
});
