import { test } from 'node:test';
import assert from 'node:assert/strict';
import { isPlainPath, renderRelayCommand, renderSshdConfig } from '#host/sshd/sshd-config.ts';

const options = {
  host: '127.0.0.1',
  port: 2022,
  hostKeyPath: '/var/lib/picturelock/keys/sftp_host_ed25519',
  account: 'picturelock-sftp',
  relayPath: '/usr/local/libexec/picturelock/relay',
  socketPath: '/run/picturelock/sftp/relay.sock',
  kexKnown: ['curve25519-sha256', 'diffie-hellman-group1-sha1', 'sntrup761x25519-sha512@openssh.com'],
};

test('post-quantum key exchange stands first, and only what the installed OpenSSH knows is named', () => {
  const text = renderSshdConfig(options);
  assert.match(text, /^KexAlgorithms sntrup761x25519-sha512@openssh\.com,curve25519-sha256$/m);
});

test('keys are the only way in and SFTP the only thing behind', () => {
  const text = renderSshdConfig(options);
  for (const line of [
    'AuthenticationMethods publickey',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin no',
    'DisableForwarding yes',
    'PermitTTY no',
    'PermitUserEnvironment no',
    'AllowUsers picturelock-sftp',
    'AuthorizedKeysFile none',
    'StrictModes yes',
  ])
    assert.ok(text.includes(`\n${line}\n`), line);
});

test('only paths that neither sshd nor a shell would split are taken', () => {
  for (const path of ['/a b', '/a"b', "/a'b", '/a;b', '/a$b', 'relative', '/a%u'])
    assert.equal(isPlainPath(path), false, path);
  assert.ok(isPlainPath(options.socketPath));
  assert.equal(renderRelayCommand('/r', '/s', 'crd_x'), '/r --socket /s --credential crd_x');
});
