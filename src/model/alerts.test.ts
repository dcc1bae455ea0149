/** What waits to be told: kept in the state, bounded, told once to each way, and nothing of it before there is a way. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ALERT_AGAIN_MS, MATTERS_MAX, waitingFor } from '#model/alerts.ts';
import type { AlertWay } from '#model/alert-events.ts';
import { ask, drawWorld, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { decide } from '#model/decide.ts';
import { isRefused } from '#std/refused.ts';

const WAYS = [
  { way: 'command', to: '/opt/tell' },
  { way: 'webhook', to: 'hooks.example' },
] as const;

function worldWithVault(ways: readonly (typeof WAYS)[number][]) {
  const world = drawWorld();
  const vault = newId(world, 'vault');
  const place = { nature: 'local', address: 'https://vault.example/', locks: 'root', lockDays: 30 } as const;
  ask(world, { kind: 'enrol-vault', vault, name: 'house', ...place });
  if (ways.length > 0) ask(world, { kind: 'set-alert-ways', ways: [...ways] });
  return { world, vault };
}

function fail(world: DrawnWorld, vault: ReturnType<typeof worldWithVault>['vault']): void {
  ask(world, {
    kind: 'record-facility-drill',
    vault,
    snapshot: 'a'.repeat(64),
    files: 0,
    bytes: 0,
    ms: 1,
    held: false,
  });
}

function told(world: DrawnWorld, way: AlertWay): void {
  const upTo = waitingFor(world.state.alerts, way).at(-1)?.index ?? 0;
  ask(world, { kind: 'record-alert-sent', way, upTo, matters: 1, dropped: world.state.alerts.dropped });
}

const waiting = ({ state }: DrawnWorld, way: AlertWay) =>
  waitingFor(state.alerts, way).map(({ kind, times }) => [kind, times]);

test('what happens is told by each way, once', () => {
  const { world, vault } = worldWithVault(WAYS);
  fail(world, vault);
  assert.deepEqual(waiting(world, 'command'), [['facility.drilled', 1]]);
  told(world, 'command');
  assert.deepEqual(waiting(world, 'command'), []);
  assert.deepEqual(waiting(world, 'webhook'), [['facility.drilled', 1]], 'the other one was not told yet');
  told(world, 'webhook');
  assert.deepEqual(waiting(world, 'webhook'), []);
});

test('without a way nothing is kept, and one that comes later hears of what comes after it', () => {
  const { world, vault } = worldWithVault([]);
  fail(world, vault);
  ask(world, { kind: 'set-alert-ways', ways: [WAYS[0]] });
  assert.deepEqual(waiting(world, 'command'), []);
  world.at += 1;
  ask(world, { kind: 'doubt-vault-clock', vault, says: 'two clocks disagree' });
  assert.deepEqual(waiting(world, 'command'), [['vault.clock-doubted', 1]]);
});

test('the same again is counted, and told again after a while', () => {
  const { world, vault } = worldWithVault([WAYS[0]]);
  fail(world, vault);
  told(world, 'command');
  world.at += ALERT_AGAIN_MS - 1;
  fail(world, vault);
  assert.deepEqual(waiting(world, 'command'), []);
  world.at += 1;
  fail(world, vault);
  assert.deepEqual(waiting(world, 'command'), [['facility.drilled', 3]]);
});

test('a trouble that comes back soon is told again, and so is a damage that doubled', () => {
  const { world, vault } = worldWithVault([WAYS[0]]);
  const what = { code: 'locks-failing', vault } as const;
  const damage = (count: number) => ask(world, { kind: 'report-vault-damage', vault, count, objects: ['house/data'] });
  ask(world, { kind: 'note-trouble', ...what, weight: 'look' });
  damage(3);
  told(world, 'command');
  ask(world, { kind: 'end-trouble', ...what });
  world.at += 1000;
  ask(world, { kind: 'note-trouble', ...what, weight: 'look' });
  damage(5);
  assert.deepEqual(waiting(world, 'command'), [['backup.trouble', 2]]);
  damage(6);
  assert.deepEqual(waiting(world, 'command').length, 2);
});

test('more matters than are kept: the oldest go, and how many were untold is known until it is told', () => {
  const { world } = worldWithVault([WAYS[0]]);
  for (let n = 0; n < MATTERS_MAX + 7; n += 1) ask(world, { kind: 'test-alert' });
  assert.equal(waiting(world, 'command').length, MATTERS_MAX);
  assert.equal(world.state.alerts.dropped, 7);
  told(world, 'command');
  assert.equal(world.state.alerts.dropped, 0);
  ask(world, { kind: 'test-alert' });
  assert.deepEqual([waiting(world, 'command').length, world.state.alerts.dropped], [1, 0], 'what was told makes room');
});

test('a failure stands until the way takes something; a way that is gone takes its matters with it', () => {
  const { world, vault } = worldWithVault([WAYS[0]]);
  fail(world, vault);
  ask(world, { kind: 'record-alert-failure', way: 'command', code: 'exit-1', tries: 1 });
  const since = world.at;
  world.at += 5;
  ask(world, { kind: 'record-alert-failure', way: 'command', code: 'timeout', tries: 2 });
  const failing = world.state.alerts.ways.get('command')?.failing;
  assert.deepEqual(failing, { since, at: world.at, tries: 2, code: 'timeout' });
  told(world, 'command');
  assert.equal(world.state.alerts.ways.get('command')?.failing, undefined);
  ask(world, { kind: 'set-alert-ways', ways: [] });
  assert.deepEqual([world.state.alerts.ways.size, world.state.alerts.matters.size], [0, 0]);
});

test('what makes no sense is refused: a test with no way, the same ways, what was told, two of one kind', () => {
  const { world } = worldWithVault([]);
  const refusal = (command: Parameters<typeof decide>[1]) => {
    const answer = decide(world.state, command, { by: { service: 'console' }, at: world.at });
    return isRefused(answer) ? answer.code : 'done';
  };
  assert.equal(refusal({ kind: 'test-alert' }), 'no-alert-way');
  assert.equal(refusal({ kind: 'set-alert-ways', ways: [] }), 'already-done');
  assert.equal(refusal({ kind: 'set-alert-ways', ways: [WAYS[0], { way: 'command', to: '/x' }] }), 'one-of-each');
  ask(world, { kind: 'set-alert-ways', ways: [WAYS[0]] });
  assert.equal(refusal({ kind: 'record-alert-sent', way: 'command', upTo: 0, matters: 1, dropped: 0 }), 'already-done');
  assert.equal(refusal({ kind: 'record-alert-failure', way: 'webhook', code: 'x', tries: 1 }), 'no-alert-way');
});
