/** Troubles become alerts by level: each once as long as it stands, over restarts, after it stood a while, and so many in an hour at most. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { alertMessage } from './alert-message.ts';
import { SETTLE_MS, troubleNews } from './trouble-news.ts';
import type { Seen } from './trouble-news.ts';
import { troubleWords } from './trouble-words.ts';
import { addProject, ask, drawWorld, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { TROUBLES_PER_HOUR_MAX } from '#model/standing-troubles.ts';
import { HOUR_MS, MINUTE_MS } from '#model/limits.ts';
import { backupTroubles } from '#plan/backup/troubles.ts';
import type { Trouble } from '#plan/backup/troubles.ts';

const GATE = { service: 'gate-alerts' } as const;

function watched() {
  const world = drawWorld();
  ask(world, { kind: 'set-alert-ways', ways: [{ way: 'command', to: '/x' }] }, GATE);
  return world;
}

const trouble = (code: Trouble['code'], more: Partial<Trouble> = {}): Trouble => ({
  code,
  weight: 'look',
  says: code,
  next: 'look',
  ...more,
});

/** One look, recorded as the watch does it. */
function look(world: DrawnWorld, now: readonly Trouble[], seen: Seen) {
  const news = troubleNews(world.state, now, seen, world.at);
  for (const { code, project, vault } of news.over)
    ask(world, { kind: 'end-trouble', code, ...(project && { project }), ...(vault && { vault }) }, GATE);
  for (const { code, weight, project, vault } of news.begun)
    ask(world, { kind: 'note-trouble', code, weight, ...(project && { project }), ...(vault && { vault }) }, GATE);
  return news;
}

const codes = (troubles: readonly { readonly code: string }[]) => troubles.map(({ code }) => code);

test('a trouble is told once when it has stood for a while, not again after a restart, and again when it comes back', () => {
  const world = watched();
  const now = [trouble('drill-overdue'), trouble('escrow-missing')];
  let { seen } = look(world, now, new Map());
  assert.equal(world.state.alerts.matters.size, 0, 'not at once');
  world.at += SETTLE_MS;
  const told = look(world, now, seen);
  assert.deepEqual(codes(told.begun), ['drill-overdue', 'escrow-missing']);
  ({ seen } = look(world, now, new Map()));
  world.at += SETTLE_MS;
  assert.deepEqual(look(world, now, seen).begun, [], 'what was told is a part of the state');
  const left = look(world, now.slice(1), seen);
  assert.deepEqual([codes(left.begun), codes(left.over)], [[], ['drill-overdue']]);
  ({ seen } = look(world, now, left.seen));
  world.at += SETTLE_MS;
  assert.deepEqual(codes(look(world, now, seen).begun), ['drill-overdue']);
});

test('what is mended within the while is never told, and what its own entry tells is not told twice', () => {
  const world = watched();
  const { seen } = look(world, [trouble('copy-behind')], new Map());
  world.at += SETTLE_MS / 2;
  const gone = look(world, [trouble('alarm'), trouble('late')], seen);
  world.at += SETTLE_MS;
  assert.deepEqual(look(world, [trouble('alarm'), trouble('late')], gone.seen).begun, []);
  const { seen: anew } = look(world, [trouble('copy-behind')], gone.seen);
  world.at += SETTLE_MS - 1;
  assert.deepEqual(look(world, [trouble('copy-behind')], anew).begun, [], 'it begins to count anew');
});

test('a storm of troubles is told so many in an hour, what needs a look first, and the rest in the next hours', () => {
  const world = watched();
  world.at = Math.ceil(world.at / HOUR_MS) * HOUR_MS;
  const projects = Array.from({ length: TROUBLES_PER_HOUR_MAX + 5 }, (_, n) => addProject(world, `project-${n}`));
  const now = projects.map((project, n) =>
    trouble(n === 0 ? 'drill-room' : 'no-backup', { project, weight: n === 0 ? 'note' : 'look' }),
  );
  const { seen } = look(world, now, new Map());
  world.at += SETTLE_MS;
  const first = look(world, now, seen);
  assert.equal(first.begun.length, TROUBLES_PER_HOUR_MAX);
  assert.ok(first.begun.every(({ weight }) => weight === 'look'));
  world.at += MINUTE_MS;
  assert.deepEqual(look(world, now, seen).begun, []);
  world.at += HOUR_MS;
  assert.equal(look(world, now, seen).begun.length, 5);
});

test('a message says it by alias and vault, with nothing that a person typed', () => {
  const world = watched();
  const project = addProject(world, 'nightjar');
  const vault = newId(world, 'vault');
  const place = { nature: 'site', address: 'https://secret.example/', locks: 'root', lockDays: 30 } as const;
  ask(world, { kind: 'enrol-vault', vault, name: 'second', ...place });
  const now = [trouble('copy-behind', { project, vault, says: 'The Heron Wakes' })];
  const { seen } = look(world, now, new Map());
  world.at += SETTLE_MS;
  look(world, now, seen);
  const message = alertMessage(world.state, 'command', world.at);
  assert.deepEqual(
    message?.alerts.map(({ kind, says, project: of, vault: where }) => [kind, says, of, where]),
    [['backup.trouble', 'the copy of nightjar in second is further behind than is wanted', 'nightjar', 'second']],
  );
  assert.doesNotMatch(JSON.stringify(message), /Heron|secret/);
});

test('what status says of a state is what is told, and words that are missing here have an entry of their own', () => {
  const world = watched();
  addProject(world, 'nightjar');
  const now = backupTroubles(world.state, world.at);
  assert.deepEqual(codes(now), ['no-backup']);
  assert.equal(troubleWords('no-backup')?.says('nightjar', 'x'), 'nightjar has no backup');
  assert.deepEqual([troubleWords('alarm'), troubleWords('constructor')], [undefined, undefined]);
});
