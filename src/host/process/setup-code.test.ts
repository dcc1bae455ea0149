/** Who may become the owner: on a machine that others reach, only whoever can read the code on it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOpenToOthers, parseSettings } from '#host/process/settings.ts';
import { needsSetupCode } from '#host/process/setup-code.ts';
import { ask, drawWorld, newId } from '#model/drawn-world.ts';
import { emptyState } from '#model/evolve.ts';
import { DAY_MS } from '#model/limits.ts';

const HERE = { host: '127.0.0.1', port: 8080 };
const EVERYWHERE = { host: '0.0.0.0', port: 8443 };
const BEHIND_A_PROXY = { listen: HERE, origin: 'https://portal.example.com' };

test('a portal behind a proxy is open to others though it listens on loopback', () => {
  assert.equal(isOpenToOthers({ listen: HERE }), false);
  assert.equal(isOpenToOthers({ listen: HERE, origin: 'http://localhost:9000' }), false);
  assert.equal(isOpenToOthers({ listen: HERE, origin: 'http://[::1]:9000' }), false);
  assert.equal(isOpenToOthers({ listen: EVERYWHERE }), true);
  assert.equal(isOpenToOthers(BEHIND_A_PROXY), true);
  assert.equal(needsSetupCode(emptyState, { listen: HERE }), false);
  assert.equal(needsSetupCode(emptyState, BEHIND_A_PROXY), true);
});

test('a set-up that was broken off asks for the code again, until its owner has enrolled', () => {
  const world = drawWorld();
  assert.equal(needsSetupCode(world.state, { listen: EVERYWHERE }), true, 'else the first stranger is its owner');
  ask(world, {
    kind: 'add-credential',
    credential: newId(world, 'credential'),
    person: world.owner,
    what: { type: 'passkey', webauthnId: 'w', publicKey: 'k', transports: [], backedUp: false },
    label: 'key',
    expiresAt: world.at + DAY_MS,
  });
  assert.equal(needsSetupCode(world.state, { listen: EVERYWHERE }), false);
});

test('plain HTTP is not served to others, nor through a proxy that would hide where they come from', () => {
  const origin = 'https://portal.example.com';
  assert.throws(() => parseSettings(['--listen', '0.0.0.0:8443'], '/nowhere'), { code: 'tls-required' });
  assert.throws(() => parseSettings(['--origin', origin], '/nowhere'), { code: 'tls-required' });
  assert.equal(parseSettings(['--origin', origin, '--tls-local'], '/nowhere').origin, origin);
});

test('one-click links do not exist where others could use them', () => {
  const demo = (...args: string[]) => parseSettings(['--demo', ...args], '/nowhere').demo;
  assert.equal(demo(), true);
  assert.throws(() => demo('--listen', '0.0.0.0:8443', '--tls-local'), { code: 'demo-not-here' });
  assert.throws(() => demo('--origin', 'https://portal.example.com'), { code: 'demo-not-here' });
});
