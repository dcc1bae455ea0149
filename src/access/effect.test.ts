/** What a command would change is said before it is asked, and is what then happens. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '#access/effect.ts';
import { effectOf } from '#access/effect.ts';
import { couldPermit } from '#access/permits.ts';
import { pick, randomWorld, seeded } from '#access/random-world.ts';
import type { Command } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import { addPerson, addProject, ask, drawWorld, engage, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { foldAside } from '#model/fold-aside.ts';
import { DAY_MS } from '#model/limits.ts';
import type { PersonId, RoleId } from '#std/ids.ts';

function effect(world: DrawnWorld, command: Command): Effect {
  const outcome = effectOf(world.state, command, { by: { service: 'console' }, at: world.at });
  assert.ok(outcome.kind === 'ok', JSON.stringify(outcome));
  return outcome.value;
}

const words = ({ lines }: Effect) => lines.map((line) => line.words);
const role = (name: string) => name as RoleId; // a role's id is its name

test('defining a role says how many people gain what, where', () => {
  const world = drawWorld();
  const project = addProject(world, 'alpha');
  ask(world, {
    kind: 'define-role',
    role: role('runner'),
    title: 'Runner',
    scope: 'project',
    grants: [{ action: 'project.see' }],
  });
  for (let i = 0; i < 14; i += 1) engage(world, addPerson(world), project, 'runner');
  const grants = [{ action: 'project.see' }, { action: 'file.read', folders: ['media'] }];
  const told = effect(world, { kind: 'define-role', role: role('runner'), title: 'Runner', scope: 'project', grants });
  assert.deepEqual(words(told), ['14 people can open and download files in media, on alpha']);
  assert.equal(told.summary, 'With this, 14 people can open and download files on alpha.');
  assert.equal(
    effect(world, { kind: 'retire-role', role: role('runner') }).summary,
    'With this, 14 people can no longer see the project on alpha.',
  );
});

test('giving an engagement that begins later is told as of then', () => {
  const world = drawWorld();
  const project = addProject(world, 'alpha');
  const person = addPerson(world);
  const give: Command = {
    kind: 'give-engagement',
    engagement: newId(world, 'engagement'),
    person,
    project,
    role: role('client-reviewer'),
    from: world.at + 5 * DAY_MS,
    until: world.at + 9 * DAY_MS,
  };
  const told = effect(world, give);
  assert.equal(told.at, world.at + 5 * DAY_MS);
  assert.deepEqual(words(told), [
    '1 person can see what is in a folder in review, on alpha',
    '1 person can open and download files in review, on alpha',
    '1 person can see the project on alpha',
    '1 person can watch review streams on alpha',
  ]);
});

test('what somebody has already is not told again', () => {
  const world = drawWorld();
  const project = addProject(world, 'alpha');
  const person = addPerson(world);
  engage(world, person, project, 'editor');
  const again: Command = {
    kind: 'give-engagement',
    engagement: newId(world, 'engagement'),
    person,
    project,
    role: role('client-reviewer'),
    from: world.at,
    until: world.at + DAY_MS,
  };
  assert.deepEqual(effect(world, again).lines, []);
  assert.equal(effect(world, again).summary, 'This changes nobody’s access.');
});

test('more time counts from the end that it moves', () => {
  const world = drawWorld();
  const person = addPerson(world);
  const engagement = engage(world, person, addProject(world, 'alpha'), 'client-reviewer', { until: world.at + DAY_MS });
  const told = effect(world, { kind: 'extend-engagement', engagement, until: world.at + 9 * DAY_MS });
  assert.equal(told.at, world.at + DAY_MS);
  assert.deepEqual(told.people, [person]);
  assert.equal(told.lines.length, 4);
});

test('ending, suspending and wrapping say what is lost', () => {
  const world = drawWorld();
  const project = addProject(world, 'alpha');
  const person = addPerson(world);
  const engagement = engage(world, person, project, 'client-reviewer');
  for (const command of [
    { kind: 'end-engagement', engagement, because: 'button', cut: newId(world, 'cut') },
    { kind: 'suspend-person', person, because: 'button', cut: newId(world, 'cut') },
  ] as const) {
    assert.equal(
      effect(world, command).summary,
      'With this, 1 person can no longer do 4 things on alpha.',
      command.kind,
    );
  }
  assert.ok(effect(world, { kind: 'wrap-project', project, cut: newId(world, 'cut') }).people.includes(person));
});

test('a facility role is told over the facility and on every project', () => {
  const world = drawWorld();
  for (const alias of ['alpha', 'beta', 'gamma']) addProject(world, alias);
  const person = addPerson(world);
  const told = effect(world, {
    kind: 'change-roles',
    person,
    roles: [{ role: role('assessor'), until: world.at + DAY_MS }],
  });
  assert.match(told.summary, /^With this, 1 person can do \d+ things more in 4 places\.$/);
});

test('a refused command has the refusal for its effect', () => {
  const world = drawWorld();
  const outcome = effectOf(world.state, { kind: 'retire-role', role: role('editor') }, { by: {}, at: world.at });
  assert.equal(outcome.kind === 'refused' && outcome.code, 'built-in-role');
});

test('over random facilities, the lines are exactly what changes for everybody', () => {
  for (let number = 0; number < 30; number += 1) {
    const next = seeded(900 + number);
    const world = randomWorld(next, { people: 10, projects: 3, engagements: 25 });
    const command = randomCommand(world, next);
    const asked = { by: { service: 'console' }, at: world.at };
    const outcome = effectOf(world.state, command, asked);
    const decided = decide(world.state, command, asked);
    assert.equal(outcome.kind, decided.kind);
    if (outcome.kind === 'refused' || decided.kind === 'refused') continue;
    const after = foldAside(world.state, decided.value, world.at);
    const { at, lines } = outcome.value;
    for (const who of after.people.keys()) {
      for (const project of after.projects.keys()) {
        for (const action of [
          'file.read',
          'file.write',
          'desktop.open',
          'engagement.give',
          'project.see',
          'session.see',
        ] as const) {
          for (const path of action.startsWith('file') ? ['media/a', 'review/a'] : [undefined]) {
            const question = { who, action, on: { project, path, person: '' as PersonId }, context: {} };
            const [was, is] = [couldPermit(world.state, question, at).allow, couldPermit(after, question, at).allow];
            const told = lines.find(
              (line) =>
                line.action === action &&
                line.project === project &&
                line.people.includes(who) &&
                line.change === (is ? 'gains' : 'loses'),
            );
            const folder = path?.split('/')[0];
            const isTold = told !== undefined && (folder === undefined || told.folders?.includes(folder) === true);
            if (was !== is) assert.ok(isTold, `${command.kind} ${who} ${action} ${path}`);
          }
        }
      }
    }
  }
});

function randomCommand(world: DrawnWorld, next: () => number): Command {
  const { state, at } = world;
  const [person, project, engagement] = [
    pick([...state.people.keys()], next),
    pick([...state.projects.keys()], next),
    pick([...state.engagements.keys()], next),
  ];
  const cut = newId(world, 'cut');
  return pick<Command>(
    [
      {
        kind: 'give-engagement',
        engagement: newId(world, 'engagement'),
        person,
        project,
        role: role('editor'),
        from: at,
        until: at + 5 * DAY_MS,
      },
      { kind: 'suspend-person', person, because: 'button', cut },
      { kind: 'restore-person', person, reason: 'back' },
      { kind: 'wrap-project', project, cut },
      { kind: 'reopen-project', project, reason: 'pick-ups' },
      { kind: 'end-engagement', engagement, because: 'button', cut },
      { kind: 'end-all-access', person, cut },
      {
        kind: 'define-role',
        role: role('runner'),
        title: 'Runner',
        scope: 'project',
        grants: [{ action: 'file.write' }, { action: 'desktop.open' }],
      },
      { kind: 'change-roles', person, roles: [{ role: role('owner'), until: at + DAY_MS }] },
    ],
    next,
  );
}
