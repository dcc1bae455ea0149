/** The decision as tables of drawings: who may do what, when, and which rule a denial names. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Context } from '#access/binding.ts';
import type { Decision } from '#access/permits.ts';
import { permits, refusalOf } from '#access/permits.ts';
import { parseDrawing } from '#model/drawing.ts';
import { addPerson, addProject, ask, drawWorld, engage, newId, WORLD_BEGINS } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { DAY_MS, FACTOR_AGE_MAX_MS, HOUR_MS, MINUTE_MS, TIME_MAX } from '#model/limits.ts';
import type { PersonId } from '#std/ids.ts';

const FRESH: Context = { factorAt: WORLD_BEGINS };

/** Draws a world with one person who holds the drawing's role, and asks the drawing's question. */
function answer(text: string, at = WORLD_BEGINS + MINUTE_MS, context: Context = FRESH): Decision {
  const { role, project: alias, hours, action, path } = parseDrawing(text);
  const world = drawWorld();
  const project = alias === undefined ? undefined : addProject(world, alias);
  const who = addPerson(world, alias === undefined ? [role] : [], role === 'render-service' ? 'service' : 'human');
  if (project !== undefined) engage(world, who, project, role, hours === undefined ? {} : { hours });
  return permits(world.state, { who, action, on: { project, path }, context }, at);
}

function verdict(decision: Decision): string {
  return decision.allow ? 'yes' : (decision.because[0]?.id ?? 'no reason');
}

const TABLE: readonly (readonly [drawing: string, verdict: string])[] = [
  ['editor @ alpha -> list media', 'yes'],
  ['editor @ alpha -> list ', 'yes'],
  ['editor @ alpha -> read media/a.mov', 'yes'],
  ['editor @ alpha -> write incoming/a.mov', 'yes'],
  ['editor @ alpha -> write media/a.mov', 'folder-not-in-role'],
  ['editor @ alpha -> write deliveries/a.mov', 'folder-not-in-role'],
  ['editor @ alpha -> delete media/a.mov', 'folder-not-in-role'],
  ['editor @ alpha -> write project', 'workspace-root'],
  ['editor @ alpha -> write project/', 'workspace-root'],
  ['editor @ alpha -> make fresh', 'workspace-root'],
  ['editor @ alpha -> read media/../review/a.mov', 'path-not-plain'],
  ['editor @ alpha -> read /media/a.mov', 'path-not-plain'],
  ['editor @ alpha -> read media//a.mov', 'path-not-plain'],
  ['editor @ alpha -> read media/..a..mov', 'yes'],
  ['editor @ alpha -> engagement.give', 'role-lacks-action'],
  ['editor @ alpha -> desktop.open', 'yes'],
  ['editor @ alpha -> clipboard.out', 'role-lacks-action'],
  ['assistant-editor @ alpha -> write media/a.mov', 'yes'],
  ['colourist @ alpha -> read deliveries/a.mov', 'folder-not-in-role'],
  ['colourist @ alpha -> write deliveries/a.mov', 'yes'],
  ['sound-mixer @ alpha -> read media/a.wav', 'yes'],
  ['vfx-artist @ alpha -> read incoming/a.exr', 'folder-not-in-role'],
  ['data-wrangler @ alpha -> move incoming/a.mov', 'yes'],
  ['data-wrangler @ alpha -> read project/cut.prproj', 'folder-not-in-role'],
  ['data-wrangler @ alpha -> desktop.open', 'role-lacks-action'],
  ['post-supervisor @ alpha -> engagement.extend', 'yes'],
  ['post-supervisor @ alpha -> project.wrap', 'role-lacks-action'],
  ['producer @ alpha -> engagement.give', 'yes'],
  ['producer @ alpha -> engagement.give-lead', 'role-lacks-action'],
  ['producer @ alpha -> read media/a.mov', 'folder-not-in-role'],
  ['producer @ alpha -> read review/a.mov', 'yes'],
  ['producer @ alpha -> project.wrap', 'yes'],
  ['client-reviewer @ alpha -> read review/a.mov', 'yes'],
  ['client-reviewer @ alpha -> list media', 'folder-not-in-role'],
  ['client-reviewer @ alpha -> write review/a.mov', 'role-lacks-action'],
  ['render-service @ alpha -> read media/a.exr', 'yes'],
  ['render-service @ alpha -> read review/a.mov', 'folder-not-in-role'],
  ['engineer -> facility.configure', 'yes'],
  ['engineer -> role.define', 'role-lacks-action'],
  ['engineer -> backup.restore', 'yes'],
  ['security-lead -> role.define', 'yes'],
  ['security-lead -> zone.edit', 'role-lacks-action'],
  ['security-lead -> person.end-access', 'yes'],
  ['assessor -> ledger.export', 'yes'],
  ['assessor -> person.invite', 'role-lacks-action'],
  ['owner -> project.create', 'yes'],
  ['producer @ alpha -> person.invite', 'yes'],
  ['editor @ alpha -> person.invite', 'role-lacks-action'],
  ['producer @ alpha -> project.create', 'role-lacks-action'],
];

test('each role may do what a post facility expects', async (t) => {
  for (const [drawing, expected] of TABLE)
    await t.test(`${drawing}: ${expected}`, () => assert.equal(verdict(answer(drawing)), expected));
});

test('no facility role reads pictures, and the assessor only looks', () => {
  const world = drawWorld();
  const project = addProject(world, 'alpha');
  for (const role of ['owner', 'engineer', 'security-lead', 'assessor']) {
    const who = addPerson(world, [role]);
    for (const action of ['file.list', 'file.read', 'file.write', 'desktop.open', 'review.stream'] as const) {
      const decision = permits(
        world.state,
        { who, action, on: { project, path: 'media/a.mov' }, context: FRESH },
        world.at,
      );
      assert.equal(decision.allow, false, `${role} ${action}`);
    }
  }
  const changes = world.state.roles
    .get('assessor' as never)
    ?.grants.filter(({ action }) => !/\.(see|export)$/.test(action));
  assert.deepEqual(changes, []);
});

const HOURS: readonly (readonly [drawing: string, at: string, verdict: string, until: string])[] = [
  // 2026-03-02 is a Monday. London is at UTC until the 29th of March.
  ['editor @ alpha 09:00–18:00 mon–fri -> read media/a.mov', '2026-03-02T09:00Z', 'yes', '2026-03-02T18:00Z'],
  ['editor @ alpha 09:00–18:00 mon–fri -> read media/a.mov', '2026-03-02T17:59:59.999Z', 'yes', '2026-03-02T18:00Z'],
  ['editor @ alpha 09:00–18:00 mon–fri -> read media/a.mov', '2026-03-02T18:00Z', 'outside-hours', '2026-03-03T09:00Z'],
  ['editor @ alpha 09:00–18:00 mon–fri -> read media/a.mov', '2026-03-06T19:00Z', 'outside-hours', '2026-03-09T09:00Z'],
  ['editor @ alpha 22:00–06:00 fri -> read media/a.mov', '2026-03-06T21:00Z', 'outside-hours', '2026-03-06T22:00Z'],
  ['editor @ alpha 22:00–06:00 fri -> read media/a.mov', '2026-03-07T01:00Z', 'yes', '2026-03-07T06:00Z'],
  ['editor @ alpha 22:00–06:00 fri -> read media/a.mov', '2026-03-07T06:00Z', 'outside-hours', '2026-03-13T22:00Z'],
  ['editor @ alpha 22:00–06:00 fri -> read media/a.mov', '2026-03-07T23:00Z', 'outside-hours', '2026-03-13T22:00Z'],
  // The clocks go forward at 01:00Z on the 29th: from then on 09:00 is at 08:00Z. The answer is looked at again when they do.
  ['editor @ alpha 09:00–18:00 -> read media/a.mov', '2026-03-28T19:00Z', 'outside-hours', '2026-03-29T01:00Z'],
  ['editor @ alpha 09:00–18:00 -> read media/a.mov', '2026-03-29T01:00Z', 'outside-hours', '2026-03-29T08:00Z'],
  ['editor @ alpha 09:00–18:00 -> read media/a.mov', '2026-03-29T08:00Z', 'yes', '2026-03-29T17:00Z'],
];

test('daily hours follow the wall clock of the facility', async (t) => {
  for (const [drawing, at, expected, until] of HOURS) {
    await t.test(`${at} ${drawing}: ${expected}`, () => {
      const decision = answer(drawing, Date.parse(at));
      assert.equal(verdict(decision), expected);
      assert.equal(new Date(decision.until).toISOString(), new Date(until).toISOString());
    });
  }
});

interface Scene {
  readonly world: DrawnWorld;
  readonly who: PersonId;
  readonly ask: (context?: Context, at?: number) => Decision;
}

function scene(level: 'standard' | 'high-security' = 'standard', role = 'editor', zones = false): Scene {
  const world = drawWorld();
  ask(world, {
    kind: 'add-zone',
    zone: newId(world, 'zone'),
    name: 'production',
    trust: 90,
    networks: [{ cidr: '10.1.0.0/16' }, { cidr: 'fd00:1::/32' }],
  });
  // No command nests one zone's network in another's; the lookup reads a state that has it all the same.
  const guests = newId(world, 'zone');
  const nested = { id: guests, name: 'guests', trust: 10, networks: [{ cidr: '10.1.9.0/24' }] };
  world.state = { ...world.state, zones: world.state.zones.set(guests, nested) };
  const project = addProject(world, 'alpha', level);
  const who = addPerson(world);
  const zone = [...world.state.zones.values()].find(({ name }) => name === 'production');
  engage(world, who, project, role, zones && zone !== undefined ? { zones: [zone.id] } : {});
  const question = { who, action: 'file.read', on: { project, path: 'media/a.mov' } } as const;
  return { world, who, ask: (context = FRESH, at = world.at) => permits(world.state, { ...question, context }, at) };
}

test('a zone lets in whoever comes from its networks, the longest prefix first', () => {
  const { ask: decide } = scene('standard', 'editor', true);
  for (const from of ['10.1.2.3', '::ffff:10.1.2.3', 'fd00:1::7']) assert.equal(verdict(decide({ from })), 'yes', from);
  for (const from of ['10.1.9.3', '10.2.0.1', 'fd00:2::7', '010.1.2.3', 'nonsense', undefined]) {
    assert.equal(verdict(decide({ from })), 'zone-not-allowed', String(from));
  }
});

test('a high-security project asks for a live NDA, training and a fresh factor', () => {
  const { world, who, ask: decide } = scene('high-security');
  const day = world.at + DAY_MS;
  assert.equal(verdict(decide()), 'onboarding-missing');
  ask(world, { kind: 'record-onboarding', person: who, item: 'nda', until: day });
  assert.equal(verdict(decide()), 'onboarding-missing');
  ask(world, { kind: 'record-onboarding', person: who, item: 'training', until: day + HOUR_MS });
  assert.equal(verdict(decide({})), 'factor-too-old');
  assert.deepEqual([decide().allow, decide().until], [true, world.at + FACTOR_AGE_MAX_MS]);
  assert.equal(decide({ factorAt: day }).until, day);
  assert.equal(verdict(decide({ factorAt: day }, day)), 'onboarding-missing');
});

test('a screening is asked for where the facility says so, on high-security projects alone', () => {
  const { world, who, ask: decide } = scene('high-security');
  const day = world.at + DAY_MS;
  const record = (item: 'nda' | 'training' | 'screening', until: number) =>
    ask(world, { kind: 'record-onboarding', person: who, item, until });
  record('nda', day);
  record('training', day);
  assert.equal(verdict(decide()), 'yes');
  ask(world, { kind: 'change-settings', settings: { screeningAsked: true } });
  assert.equal(verdict(decide()), 'onboarding-missing');
  const soon = world.at + 2 * HOUR_MS;
  record('screening', soon);
  assert.deepEqual([decide().allow, decide().until], [true, soon], 'the answer ends with the screening');
  assert.equal(verdict(decide({ factorAt: soon }, soon)), 'onboarding-missing');
  ask(world, { kind: 'change-settings', settings: { screeningAsked: false } });
  assert.equal(verdict(decide({ factorAt: soon }, soon)), 'yes');
  const standard = scene();
  ask(standard.world, { kind: 'change-settings', settings: { screeningAsked: true } });
  assert.equal(verdict(standard.ask()), 'yes');
});

test('a sensitive act asks for a factor of the last twelve hours', () => {
  const world = drawWorld();
  const question = { who: world.owner, action: 'project.create', on: {} } as const;
  const age = (ms: number) => permits(world.state, { ...question, context: { factorAt: world.at - ms } }, world.at);
  assert.equal(verdict(age(FACTOR_AGE_MAX_MS - 1)), 'yes');
  assert.equal(age(FACTOR_AGE_MAX_MS - 1).until, world.at + 1);
  assert.equal(verdict(age(FACTOR_AGE_MAX_MS)), 'factor-too-old');
  const stop = permits(world.state, { who: world.owner, action: 'person.end-access', on: {}, context: {} }, world.at);
  assert.equal(stop.allow, true, 'stopping never waits for a factor');
});

test('suspension, hold, lock and wrap each close the door, and say so', () => {
  const { world, who, ask: decide } = scene();
  const project = [...world.state.projects.keys()][0];
  assert.ok(project !== undefined);
  ask(world, { kind: 'suspend-person', person: who, because: 'button', cut: newId(world, 'cut') });
  assert.equal(verdict(decide()), 'person-not-active');
  ask(world, { kind: 'restore-person', person: who, reason: 'back' });
  assert.equal(verdict(decide()), 'yes');
  ask(world, { kind: 'lock-project', project, reason: 'leak', cut: newId(world, 'cut') });
  assert.equal(verdict(decide()), 'project-not-live');
  ask(world, { kind: 'reopen-project', project, reason: 'found' });
  assert.equal(verdict(decide()), 'yes');
  ask(world, { kind: 'wrap-project', project, cut: newId(world, 'cut') });
  assert.equal(verdict(decide()), 'project-not-live');
  ask(world, { kind: 'reopen-project', project, reason: 'pick-ups' });
  assert.equal(verdict(decide()), 'engagement-ended', 'reopening brings nobody back');
});

test('an engagement, a facility role and a key each end at their end, not after it', () => {
  const { world, who, ask: decide } = scene();
  const end = world.at + 90 * DAY_MS;
  assert.deepEqual([verdict(decide({}, end - 1)), verdict(decide({}, end))], ['yes', 'engagement-ended']);
  assert.equal(decide({}, end - 1).until, end);
  const assessor = addPerson(world, ['assessor']);
  const look = (at: number) => permits(world.state, { who: assessor, action: 'facility.see', on: {}, context: {} }, at);
  const year = world.at + 365 * DAY_MS;
  assert.deepEqual([verdict(look(year - 1)), verdict(look(year)), look(year - 1).until], ['yes', 'role-ended', year]);
  const credential = newId(world, 'credential');
  const what = { type: 'ssh-key', algorithm: 'ssh-ed25519', publicKey: 'k', fingerprint: 'SHA256:k' } as const;
  const expiresAt = world.at + DAY_MS;
  ask(world, { kind: 'add-credential', credential, person: who, what, label: 'key', expiresAt });
  assert.equal(verdict(decide({ credential }, expiresAt - 1)), 'yes');
  assert.equal(verdict(decide({ credential }, expiresAt)), 'credential-ended');
});

test('a held engagement gives nothing, whatever its person is', () => {
  const { world, who } = scene();
  const held = { ...world.state, engagements: world.state.engagements.map((one) => ({ ...one, held: true })) };
  const [project] = held.projects.keys();
  const question = { who, action: 'file.read', on: { project, path: 'media/a.mov' }, context: FRESH } as const;
  assert.equal(verdict(permits(held, question, world.at)), 'engagement-held');
});

test('a dormant or erased person does nothing, not even what is their own', () => {
  for (const standing of ['suspended', 'dormant', 'erased'] as const) {
    const { world, who } = scene();
    const state = { ...world.state, people: world.state.people.map((one) => ({ ...one, standing })) };
    const own = permits(state, { who, action: 'session.see', on: { person: who }, context: {} }, world.at);
    assert.equal(verdict(own), 'person-not-active', standing);
  }
});

test('a session decides until its end, its cut, and never for somebody else', () => {
  const { world, who, ask: decide } = scene();
  const session = newId(world, 'session');
  assert.equal(verdict(decide({ session })), 'session-ended');
  ask(world, { kind: 'open-session', session, person: who, gate: 'sftp', until: world.at + HOUR_MS });
  assert.deepEqual([decide({ session }).allow, decide({ session }).until], [true, world.at + HOUR_MS]);
  assert.equal(verdict(decide({ session }, world.at + HOUR_MS)), 'session-ended');
  const stolen = permits(
    world.state,
    { who: world.owner, action: 'facility.see', on: {}, context: { session } },
    world.at,
  );
  assert.equal(verdict(stolen), 'session-ended');
  ask(world, { kind: 'end-session', session, cut: newId(world, 'cut') });
  assert.ok(world.state.sessions.has(session), 'its gate has yet to close it');
  assert.equal(verdict(decide({ session })), 'session-ended');
});

test('a service token is nothing but its engagement', () => {
  const world = drawWorld();
  const alpha = addProject(world, 'alpha');
  const beta = addProject(world, 'beta');
  const who = addPerson(world, [], 'service');
  const engagement = engage(world, who, alpha, 'render-service');
  engage(world, who, beta, 'render-service');
  const credential = newId(world, 'credential');
  const what = { type: 'service-token', tokenHash: 'a'.repeat(64), engagement } as const;
  ask(world, { kind: 'add-credential', credential, person: who, what, label: 'farm', expiresAt: world.at + DAY_MS });
  const read = (project: typeof alpha, context: Context) =>
    permits(world.state, { who, action: 'file.read', on: { project, path: 'media/a.exr' }, context }, world.at);
  assert.deepEqual([read(alpha, { credential }).allow, read(alpha, { credential }).until], [true, world.at + DAY_MS]);
  assert.equal(verdict(read(beta, { credential })), 'bound-elsewhere');
  assert.equal(verdict(read(beta, {})), 'yes');
  const own = permits(world.state, { who, action: 'credential.add-own', on: {}, context: { credential } }, world.at);
  assert.equal(own.allow, false, 'a token enrols no keys');
  ask(world, { kind: 'revoke-credential', credential, because: 'button', cut: newId(world, 'cut') });
  assert.equal(verdict(read(alpha, { credential })), 'credential-ended');
});

test('everybody may do for themselves what is their own, and nobody else may', () => {
  const world = drawWorld();
  const she = addPerson(world);
  const he = addPerson(world);
  for (const action of [
    'person.see',
    'credential.see',
    'credential.revoke',
    'session.end',
    'engagement.end',
  ] as const) {
    assert.equal(
      verdict(permits(world.state, { who: she, action, on: { person: she }, context: {} }, world.at)),
      'yes',
      action,
    );
    assert.notEqual(
      verdict(permits(world.state, { who: she, action, on: { person: he }, context: {} }, world.at)),
      'yes',
      action,
    );
    assert.notEqual(verdict(permits(world.state, { who: she, action, on: {}, context: {} }, world.at)), 'yes', action);
  }
});

test('an answer without an end in sight holds to the end of time, and a denial becomes a refusal', () => {
  const world = drawWorld();
  const who = addPerson(world);
  const decision = permits(world.state, { who, action: 'facility.configure', on: {}, context: {} }, world.at);
  assert.equal(decision.until, TIME_MAX);
  const refusal = refusalOf(decision);
  assert.equal(refusal.code, 'no-engagement');
  assert.ok((refusal.ask ?? '').length > 0);
});
