/** Links into accounts: whoever makes one could use it, so it leads nowhere that its maker could not send people. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorize } from '#access/authorize.ts';
import type { Command } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import type { By } from '#model/events.ts';
import { addPerson, addProject, ask, drawWorld, engage, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { DAY_MS } from '#model/limits.ts';
import type { InvitationId, PersonId, RoleId } from '#std/ids.ts';

const PASSKEY = {
  type: 'passkey',
  webauthnId: 'w',
  publicKey: 'k',
  transports: [] as string[],
  backedUp: false,
} as const;

function signedIn(world: DrawnWorld, person: PersonId): By {
  const session = newId(world, 'session');
  ask(world, { kind: 'open-session', session, person, gate: 'portal', until: world.at + DAY_MS, factorAt: world.at });
  return { person, session };
}

function links(world: DrawnWorld) {
  let count = 0;
  const invite = (person: PersonId): Extract<Command, { kind: 'invite' }> => ({
    kind: 'invite',
    invitation: newId(world, 'invitation'),
    person,
    tokenHash: String((count += 1)).padStart(64, '0'),
    expiresAt: world.at + DAY_MS,
    purpose: 'join',
  });
  const verdict = (command: Command, by: By): string => {
    const allowed = authorize(world.state, command, by, world.at);
    if (allowed.kind === 'refused') return allowed.code;
    const outcome = decide(world.state, command, { by, at: world.at });
    return outcome.kind === 'ok' ? 'yes' : outcome.code;
  };
  const use = (person: PersonId, invitation: InvitationId) =>
    verdict({ kind: 'use-invitation', invitation }, { person, service: 'gate-portal' });
  return { invite, verdict, use };
}

function cast() {
  const world = drawWorld();
  const [alpha, beta] = [addProject(world, 'alpha'), addProject(world, 'beta')];
  const [producer, newcomer] = [addPerson(world), addPerson(world)];
  engage(world, producer, alpha, 'producer');
  return { world, alpha, beta, producer, newcomer, by: signedIn(world, producer), ...links(world) };
}

test('a producer makes no link to somebody who waits for another client’s project', () => {
  const { world, alpha, beta, newcomer, by, invite, verdict } = cast();
  engage(world, newcomer, alpha, 'editor');
  assert.equal(verdict(invite(newcomer), by), 'yes');
  const elsewhere = engage(world, newcomer, beta, 'editor');
  assert.equal(verdict(invite(newcomer), by), 'no-engagement');
  assert.equal(verdict(invite(newcomer), signedIn(world, world.owner)), 'yes');
  ask(world, { kind: 'end-engagement', engagement: elsewhere, because: 'button', cut: newId(world, 'cut') });
  engage(world, newcomer, alpha, 'producer');
  assert.equal(verdict(invite(newcomer), by), 'role-lacks-action', 'nor to somebody who is to lead her own');
});

test('a link made before a role or another project was given is worth nothing after it', () => {
  for (const grow of ['role', 'project'] as const) {
    const { world, beta, newcomer, by, invite, use } = cast();
    const made = invite(newcomer);
    ask(world, made, by);
    assert.equal(use(newcomer, made.invitation), 'yes');
    const roles = [{ role: 'engineer' as RoleId, until: world.at + DAY_MS }]; // a role's id is its name
    if (grow === 'role') ask(world, { kind: 'change-roles', person: newcomer, roles });
    else engage(world, newcomer, beta, 'editor');
    assert.equal(use(newcomer, made.invitation), 'invitation-outgrown', grow);
    const again = invite(newcomer);
    ask(world, again, { person: world.owner });
    assert.equal(use(newcomer, again.invitation), 'yes', 'the owner could give it, so her link is good');
  }
});

test('a link of somebody who has left is worth nothing', () => {
  const { world, producer, newcomer, by, invite, use } = cast();
  const made = invite(newcomer);
  ask(world, made, by);
  ask(world, { kind: 'end-all-access', person: producer, cut: newId(world, 'cut') });
  assert.equal(use(newcomer, made.invitation), 'invitation-outgrown');
});

test('of two links to one account the second is dead once the first was used', () => {
  const { world, newcomer, invite, use } = cast();
  const owner: By = { person: world.owner };
  const [first, second] = [invite(newcomer), invite(newcomer)];
  ask(world, first, owner);
  ask(world, second, owner);
  ask(world, { kind: 'use-invitation', invitation: first.invitation }, { person: newcomer, service: 'gate-portal' });
  const credential = newId(world, 'credential');
  const expiresAt = world.at + DAY_MS;
  ask(world, { kind: 'add-credential', credential, person: newcomer, what: PASSKEY, label: 'key', expiresAt });
  assert.equal(use(newcomer, second.invitation), 'has-joined', 'or its maker would enrol a key of her own there');
});

test('a recovery on which two administrators agreed is not undone by a producer', () => {
  const { world, newcomer, by, invite, verdict } = cast();
  const made = { ...invite(newcomer), purpose: 'recover' as const };
  ask(world, made, { service: 'console' });
  const withdraw: Command = { kind: 'withdraw-invitation', invitation: made.invitation };
  assert.equal(verdict(withdraw, by), 'no-engagement');
  assert.equal(verdict(withdraw, signedIn(world, world.owner)), 'yes');
  const joining = invite(newcomer);
  ask(world, joining, by);
  assert.equal(verdict({ kind: 'withdraw-invitation', invitation: joining.invitation }, by), 'yes');
});
