/** The lock against guessing: it stops passwords, and cannot be used to keep somebody with a key out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import type { Credential } from '#model/state.ts';
import { addPerson, ask, drawWorld, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { DAY_MS, HOUR_MS, LOCKOUT_FAILURES } from '#model/limits.ts';
import type { CredentialId, PersonId } from '#std/ids.ts';

const SEALED = { subject: 'facility', salt: '', box: '' } as const;
const PASSKEY: Credential['what'] = {
  type: 'passkey',
  webauthnId: 'w',
  publicKey: 'k',
  transports: [],
  backedUp: false,
};
const SSH_KEY = { type: 'ssh-key', algorithm: 'ssh-ed25519', publicKey: 'k', fingerprint: 'SHA256:k' } as const;

function enrol(world: DrawnWorld, person: PersonId, what: Credential['what']): CredentialId {
  const credential = newId(world, 'credential');
  ask(world, { kind: 'add-credential', credential, person, what, label: 'x', expiresAt: world.at + DAY_MS });
  return credential;
}

function wrong(person: PersonId): Command {
  return { kind: 'refuse-signin', person, with: 'password-and-totp', why: 'wrong-password', gate: 'portal' };
}

function enter(world: DrawnWorld, person: PersonId, credential: CredentialId): Command {
  const until = world.at + HOUR_MS;
  return { kind: 'open-session', session: newId(world, 'session'), person, gate: 'portal', credential, until };
}

function verdict(world: DrawnWorld, command: Command): string {
  const outcome = decide(world.state, command, { by: { service: 'gate-portal' }, at: world.at });
  return outcome.kind === 'ok' ? 'yes' : outcome.code;
}

test('a stranger who locks an account does not keep its holder’s keys out', () => {
  const world = drawWorld();
  const she = addPerson(world);
  const password = enrol(world, she, { type: 'password', verifier: SEALED });
  const keys = [enrol(world, she, PASSKEY), enrol(world, she, SSH_KEY)];
  for (let tries = 0; tries < LOCKOUT_FAILURES; tries += 1) ask(world, wrong(she));
  assert.equal(world.state.people.get(she)?.locked, true);
  assert.equal(verdict(world, enter(world, she, password)), 'person-locked');
  for (const key of keys) assert.equal(verdict(world, enter(world, she, key)), 'yes');
  for (const key of keys) ask(world, enter(world, she, key));
  assert.equal(world.state.people.get(she)?.locked, true, 'a key does not open the lock');
  assert.equal(verdict(world, enter(world, she, password)), 'person-locked');
});

test('within a session of a locked account a passkey steps up, a code does not', () => {
  const world = drawWorld();
  const she = addPerson(world);
  const entered = enter(world, she, enrol(world, she, PASSKEY));
  assert.ok(entered.kind === 'open-session');
  ask(world, entered);
  for (let tries = 0; tries < LOCKOUT_FAILURES; tries += 1) ask(world, { ...wrong(she), with: 'totp' } as Command); // the same kind
  assert.equal(verdict(world, { kind: 'step-up', session: entered.session, with: 'totp' }), 'person-locked');
  assert.equal(verdict(world, { kind: 'step-up', session: entered.session, with: 'passkey' }), 'yes');
});

test('a key that comes and goes does not give a guesser fresh tries', () => {
  const world = drawWorld();
  const she = addPerson(world);
  const key = enrol(world, she, SSH_KEY);
  for (let tries = 0; tries < LOCKOUT_FAILURES; tries += 1) {
    const visit = enter(world, she, key);
    ask(world, visit);
    ask(world, wrong(she));
  }
  assert.equal(world.state.people.get(she)?.locked, true, 'each visit by key had set the count back to none');
});

test('what was no guess takes nobody nearer to the lock, and a refusal names only the person’s own credential', () => {
  const world = drawWorld();
  const [she, he] = [addPerson(world), addPerson(world)];
  const [hers, his] = [enrol(world, she, SSH_KEY), enrol(world, he, PASSKEY)];
  for (const why of ['step-up-ceremony-over', 'step-up-person-locked', 'step-up-session-ended', 'too-many-tries'])
    for (let tries = 0; tries <= LOCKOUT_FAILURES; tries += 1)
      ask(world, { kind: 'refuse-signin', person: she, with: 'totp', why, gate: 'portal' });
  const { failures, locked } = world.state.people.get(she) ?? {};
  assert.deepEqual([failures, locked], [0, false]);
  for (const [credential, told] of [
    [hers, hers],
    [his, undefined],
  ] as const) {
    const refusal: Command = {
      kind: 'refuse-signin',
      person: she,
      credential,
      with: 'ssh-key',
      why: 'x',
      gate: 'sftp',
    };
    const outcome = decide(world.state, refusal, { by: { service: 'gate-sftp' }, at: world.at });
    assert.ok(outcome.kind === 'ok');
    assert.equal(outcome.value[0]?.about.credential, told);
  }
});
