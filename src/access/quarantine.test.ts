/** Quarantine in the decision: who is held by it, whatever they hold otherwise, and what stays possible. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { authorize } from '#access/authorize.ts';
import type { Context } from '#access/binding.ts';
import { renderCedarPolicies, renderCedarSchema } from '#access/cedar.ts';
import { cedarRequests } from '#access/cedar-request.ts';
import { permits } from '#access/permits.ts';
import { randomInstant, randomQuestion, randomWorld, seeded } from '#access/random-world.ts';
import type { Action } from '#model/actions.ts';
import { CONSOLE, verdict } from '#model/asked-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { addPerson, addProject, ask, drawWorld, engage, newId } from '#model/drawn-world.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { QuarantineScope } from '#model/network-shapes.ts';
import type { CredentialId, HostId, PersonId, ProjectId, QuarantineId, SessionId } from '#std/ids.ts';

interface Scene {
  readonly world: DrawnWorld;
  readonly she: PersonId;
  readonly he: PersonId;
  readonly alpha: ProjectId;
  readonly beta: ProjectId;
  readonly suite: HostId;
  readonly key: CredentialId;
  readonly session: SessionId;
}

/** She works on alpha and beta, from a suite at 10.1.0.5, with a key; he is on alpha, too. */
function scene(): Scene {
  const world = drawWorld();
  const zone = newId(world, 'zone');
  ask(world, { kind: 'add-zone', zone, name: 'production', trust: 70, networks: [{ cidr: '10.1.0.0/16' }] });
  const suite = newId(world, 'host');
  ask(world, { kind: 'add-host', host: suite, zone, name: 'suite', addresses: ['10.1.0.5'] });
  const [she, he] = [addPerson(world), addPerson(world)];
  const [alpha, beta] = [addProject(world, 'alpha'), addProject(world, 'beta')];
  for (const [person, project] of [
    [she, alpha],
    [she, beta],
    [he, alpha],
  ] as const)
    engage(world, person, project, 'editor');
  const key = newId(world, 'credential');
  const what = { type: 'ssh-key', algorithm: 'ssh-ed25519', publicKey: 'k', fingerprint: 'SHA256:k' } as const;
  const expiresAt = world.at + DAY_MS;
  ask(world, { kind: 'add-credential', credential: key, person: she, what, label: 'laptop', expiresAt });
  const session = open(world, she, key, '10.1.0.5');
  return { world, she, he, alpha, beta, suite, key, session };
}

function open(world: DrawnWorld, person: PersonId, credential: CredentialId | undefined, from: string): SessionId {
  const session = newId(world, 'session');
  ask(world, { kind: 'open-session', session, person, gate: 'sftp', credential, from, until: world.at + HOUR_MS });
  return session;
}

function contain(world: DrawnWorld, scope: QuarantineScope): QuarantineId {
  const quarantine = newId(world, 'quarantine');
  ask(world, { kind: 'quarantine', quarantine, scope, reason: 'odd traffic', cut: newId(world, 'cut') });
  return quarantine;
}

function answer(world: DrawnWorld, who: PersonId, project: ProjectId, action: Action, context: Context = {}): string {
  const path = action.startsWith('file.') ? 'media/a.mov' : undefined;
  const decision = permits(world.state, { who, action, on: { project, path }, context }, world.at);
  return decision.allow ? 'yes' : (decision.because[0]?.id ?? '');
}

test('a host in quarantine: nobody works from it, whoever they are and however its address is written', () => {
  const { world, she, he, alpha, suite, key, session } = scene();
  assert.equal(answer(world, she, alpha, 'file.read', { session }), 'yes');
  contain(world, { kind: 'host', host: suite });
  const rows: readonly (readonly [PersonId, Context, string])[] = [
    [she, {}, 'yes'],
    [she, { from: '10.1.0.6' }, 'yes'],
    [she, { from: '10.1.0.5' }, 'quarantined'],
    [he, { from: '10.1.0.5' }, 'quarantined'],
    [he, { from: '::ffff:10.1.0.5' }, 'quarantined'],
    [he, { from: '::ffff:a01:5' }, 'quarantined'],
    // Whoever holds the machine may hold what was used on it.
    [she, { from: '10.1.0.6', credential: key }, 'quarantined'],
    [she, { session }, 'quarantined'],
  ];
  for (const [who, context, expected] of rows)
    assert.equal(answer(world, who, alpha, 'file.read', context), expected, JSON.stringify(context));
});

test('a person in quarantine does nothing, not even their own affairs; others go on', () => {
  const { world, she, he, alpha, key } = scene();
  contain(world, { kind: 'person', person: she });
  assert.equal(answer(world, she, alpha, 'file.read'), 'quarantined');
  assert.equal(answer(world, she, alpha, 'session.see'), 'quarantined');
  assert.equal(answer(world, he, alpha, 'file.read'), 'yes');
  const by = { person: she };
  const command = { kind: 'revoke-credential', credential: key, because: 'button', cut: newId(world, 'cut') } as const;
  const outcome = authorize(world.state, command, by, world.at);
  assert.equal(outcome.kind === 'refused' && outcome.code, 'quarantined');
});

test('a project in quarantine can be seen, ended and read in the ledger, and nothing else', () => {
  const { world, she, alpha, beta } = scene();
  const factorAt = world.at;
  contain(world, { kind: 'project', project: alpha });
  assert.equal(answer(world, she, alpha, 'file.read'), 'quarantined');
  assert.equal(answer(world, she, beta, 'file.read'), 'yes');
  const rows: readonly (readonly [Action, string])[] = [
    ['project.see', 'yes'],
    ['engagement.end', 'yes'],
    ['ledger.see', 'yes'],
    ['engagement.give', 'quarantined'],
    ['token.issue', 'quarantined'],
  ];
  for (const [action, expected] of rows)
    assert.equal(answer(world, world.owner, alpha, action, { factorAt }), expected, action);
});

test('nobody signs in within a quarantine, on any gate, and its paths are closed', () => {
  const { world, she, he, alpha, suite, key, session } = scene();
  const seat = newId(world, 'session');
  ask(world, { kind: 'open-session', session: seat, person: he, gate: 'desktop', until: world.at + HOUR_MS });
  const path = { from: '10.9.0.1', to: '10.1.0.5', protocol: 'tcp', port: 5900, until: world.at + HOUR_MS } as const;
  ask(world, { kind: 'open-path', path: newId(world, 'path'), session: seat, host: suite, ...path });
  contain(world, { kind: 'host', host: suite });
  assert.equal(world.state.network.paths.size, 0, 'a path to the machine, whoever holds it');
  const again = (session: SessionId) =>
    verdict(world, { kind: 'open-path', path: newId(world, 'path'), session, ...path });
  assert.equal(again(seat), 'session-ended', 'the session that led to it went with its path');
  const next = newId(world, 'session');
  ask(world, { kind: 'open-session', session: next, person: he, gate: 'desktop', until: world.at + HOUR_MS });
  assert.equal(again(next), 'quarantined');
  const until = world.at + HOUR_MS;
  for (const gate of ['portal', 'sftp', 'share', 'desktop', 'shell'] as const) {
    const signIn = { kind: 'open-session', session: newId(world, 'session'), gate, until } as const;
    assert.equal(verdict(world, { ...signIn, person: he, from: '10.1.0.5' }), 'quarantined', gate);
    assert.equal(verdict(world, { ...signIn, person: she, credential: key }), 'quarantined', gate);
    // Nothing of quarantine stands in his way; a share asks for more than a person and an address.
    const free = gate === 'share' ? 'share-of-what' : 'yes';
    assert.equal(verdict(world, { ...signIn, person: he, from: '10.1.0.6' }), free, gate);
  }
  contain(world, { kind: 'project', project: alpha });
  const onto = { kind: 'open-session', session: newId(world, 'session'), gate: 'sftp', until, person: he } as const;
  assert.equal(verdict(world, { ...onto, project: alpha }), 'quarantined');
  assert.ok(world.state.sessions.get(session)?.cutOrdered !== undefined);
});

test('a release takes two people, and then everything works again', () => {
  const { world, she, alpha, suite, key } = scene();
  const [one, other] = [addPerson(world, ['engineer']), addPerson(world, ['security-lead'])];
  const quarantine = contain(world, { kind: 'host', host: suite });
  const release = { kind: 'release-quarantine', quarantine } as const;
  assert.equal(verdict(world, release, { person: one }), 'release-not-asked');
  ask(world, { kind: 'ask-release', quarantine, reason: 'reinstalled' }, { person: one });
  assert.equal(verdict(world, release, { person: one }), 'own-release');
  assert.equal(
    authorize(world.state, release, CONSOLE, world.at).kind,
    'refused',
    'the machine alone releases nothing',
  );
  ask(world, release, { person: other });
  assert.equal(answer(world, she, alpha, 'file.read', { from: '10.1.0.5', credential: key }), 'yes');
  const session = open(world, she, key, '10.1.0.5');
  assert.equal(answer(world, she, alpha, 'file.read', { session }), 'yes');
});

test('nothing leaves quarantine by another door', () => {
  const { world, she, suite } = scene();
  contain(world, { kind: 'host', host: suite });
  const { zone } = world.state.hosts.get(suite) ?? assert.fail();
  const host = { host: suite, zone, name: 'suite' };
  assert.equal(verdict(world, { kind: 'change-host', ...host, addresses: ['10.1.0.9'] }), 'host-quarantined');
  assert.equal(verdict(world, { kind: 'change-host', ...host, addresses: ['10.1.0.5', '10.1.0.9'] }), 'yes');
  assert.equal(verdict(world, { kind: 'remove-host', host: suite }), 'host-quarantined');
  const again = {
    kind: 'quarantine',
    quarantine: newId(world, 'quarantine'),
    reason: 'x',
    cut: newId(world, 'cut'),
  } as const;
  assert.equal(verdict(world, { ...again, scope: { kind: 'host', host: suite } }), 'already-done');
  assert.equal(verdict(world, { ...again, scope: { kind: 'person', person: world.owner } }), 'last-owner');
  assert.equal(verdict(world, { ...again, scope: { kind: 'person', person: she } }), 'yes');
});

test('one owner after the other may be held, but not the last who is free', () => {
  const { world } = scene();
  const second = addPerson(world, ['owner']);
  contain(world, { kind: 'person', person: world.owner });
  const again = { quarantine: newId(world, 'quarantine'), reason: 'x', cut: newId(world, 'cut') } as const;
  const order = { kind: 'quarantine', ...again, scope: { kind: 'person', person: second } } as const;
  assert.equal(verdict(world, order), 'last-owner');
});

test('the oracle notices when a rule of quarantine is missing', () => {
  cedar.preparseSchema('picturelock', renderCedarSchema());
  for (const rule of ['quarantined', 'quarantined#project']) {
    const differs = [1, 2, 3, 4, 5, 6].some((seed) => differsWithout(rule, seed));
    assert.ok(differs, rule);
  }
});

function differsWithout(rule: string, seed: number): boolean {
  const next = seeded(seed);
  const drawn = randomWorld(next, { people: 16, projects: 3, engagements: 60 });
  const { state } = drawn;
  const policies = renderCedarPolicies(state.roles.values())
    .split('\n\n')
    .filter((text) => !text.startsWith(`@id("${rule}")`));
  assert.equal(cedar.preparsePolicySet('lame', { staticPolicies: policies.join('\n\n') }).type, 'success');
  return Array.from({ length: 300 }).some(() => {
    const question = randomQuestion(state, next);
    const at = randomInstant(drawn, next);
    const theirs = cedarRequests(state, question, at).some(({ principal, action, resource, context, entities }) => {
      const asked = cedar.statefulIsAuthorized({
        principal,
        action,
        resource,
        preparsedPolicySetId: 'lame',
        preparsedSchemaName: 'picturelock',
        validateRequest: true,
        // Cedar's types are mutable copies of the same JSON.
        context: context as cedar.Context,
        entities: entities as unknown as cedar.Entities,
      });
      return asked.type === 'success' && asked.response.decision === 'allow';
    });
    return permits(state, question, at).allow !== theirs;
  });
}
