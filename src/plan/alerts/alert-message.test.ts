/** What goes out: a sentence for each kind, and nothing that a person typed, no title, path or address. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { alertMessage, ALERTS_PER_MESSAGE_MAX } from './alert-message.ts';
import { TOLD_KINDS } from '#model/alert-matters.ts';
import type { Matter } from '#model/alerts.ts';
import { addPerson, addProject, ask, drawWorld, engage, newId } from '#model/drawn-world.ts';
import { due } from '#model/due.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import { Map as PMap } from 'immutable';

test('every kind has words, and a page of this product', () => {
  const { state } = drawWorld();
  const matters = TOLD_KINDS.map((kind, n): [string, Matter] => [
    kind,
    { key: kind, kind, about: {}, detail: 1, at: 1, firstAt: 1, times: 1, index: n + 1 },
  ]);
  const ways = PMap([['command', { way: 'command', to: '/x', upTo: 0 }]] as const);
  const full: State = { ...state, alerts: { ways, matters: PMap(matters), dropped: 0 } };
  const message = alertMessage(full, 'command', 5);
  assert.deepEqual(
    message?.alerts.map(({ kind }) => kind),
    [...TOLD_KINDS],
  );
  for (const { says, page } of message?.alerts ?? [])
    assert.ok(says.length > 10 && page.startsWith('/facility/'), says);
});

test('an attack, an end that is near, a quarantine: by alias and id alone', () => {
  const world = drawWorld();
  ask(world, { kind: 'set-alert-ways', ways: [{ way: 'webhook', to: 'hooks.example' }] });
  const project = addProject(world, 'nightjar');
  const person = addPerson(world);
  engage(world, person, project, 'editor', { until: world.at + 5 * DAY_MS });
  const sign = {
    sign: 'ransom-note',
    says: 'media/The Heron Wakes.txt',
    files: 1,
    examples: ['media/secret.mov'],
  } as const;
  ask(world, {
    kind: 'raise-alarm',
    alarm: newId(world, 'alarm'),
    project,
    score: 1,
    signs: [{ ...sign, examples: ['media/secret.mov'] }],
  });
  ask(world, {
    kind: 'quarantine',
    quarantine: newId(world, 'quarantine'),
    scope: { kind: 'person', person },
    reason: 'Heron was seen',
    cut: newId(world, 'cut'),
  });
  world.at += 4 * DAY_MS + HOUR_MS;
  for (const command of due(world.state, world.at, (kind) => newId(world, kind)))
    ask(world, command, { service: 'clock' });
  const message = alertMessage(world.state, 'webhook', world.at);
  const lines = new Map(message?.alerts.map((line) => [line.kind, line]));
  assert.match(lines.get('alarm.raised')?.says ?? '', /^nightjar looks as if it was attacked \(ransom-note\)$/);
  assert.equal(lines.get('quarantine.ordered')?.says, 'a person was taken off the network');
  assert.equal(lines.get('engagement.warned')?.says, 'an engagement on nightjar ends in 1 day');
  assert.equal(lines.get('engagement.warned')?.urgency, 'soon');
  assert.doesNotMatch(JSON.stringify(message), /Heron|secret|media/);
});

test('more than one message holds goes with the next', () => {
  const world = drawWorld();
  ask(world, { kind: 'set-alert-ways', ways: [{ way: 'command', to: '/x' }] });
  for (let n = 0; n < ALERTS_PER_MESSAGE_MAX + 3; n += 1) ask(world, { kind: 'test-alert' });
  const first = alertMessage(world.state, 'command', world.at);
  assert.equal(first?.alerts.length, ALERTS_PER_MESSAGE_MAX);
  ask(world, { kind: 'record-alert-sent', way: 'command', upTo: first.upTo, matters: first.alerts.length, dropped: 0 });
  assert.equal(alertMessage(world.state, 'command', world.at)?.alerts.length, 3);
});
