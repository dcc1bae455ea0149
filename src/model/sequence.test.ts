/** Any commands in any order: decide is total, evolve takes what decide drafts, and the facility's promises hold after every step. */
import { BEYOND_A_SEQUENCE } from '#model/test-backup-commands.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { facilityMisfit } from '#model/addressing.ts';
import type { Command } from '#model/commands.ts';
import { isContained, isProjectContained } from '#model/containment.ts';
import { COMMAND_KINDS, decide } from '#model/decide.ts';
import type { Draft, Placed } from '#model/events.ts';
import { isStateKind, KINDS, parseDraft } from '#model/events.ts';
import type { EntryKind } from '#model/events.ts';
import { emptyState, EVOLVE, evolve } from '#model/evolve.ts';
import { numberedId } from '#model/drawn-world.ts';
import { isDeclared } from '#model/share.ts';
import type { State } from '#model/state.ts';
import type { PersonId } from '#std/ids.ts';
import { ARBITRARY, SCENE, T, begin, step } from '#model/test-commands.ts';
import type { Step } from '#model/test-commands.ts';

// The same cases in every run; a failure names the case that shrank from it.
fc.configureGlobal({ seed: 20260302 });

interface Run {
  readonly entries: readonly Placed[];
  readonly state: State;
  readonly done: readonly Command['kind'][];
}

function play(
  steps: readonly Step[],
  check: (before: State, after: State, drafts: readonly Draft[], at: number) => void,
): Run {
  let state = emptyState;
  let at = T;
  const entries: Placed[] = [];
  const done: Command['kind'][] = [];
  for (const { command, by, afterMs } of [begin, ...SCENE, ...steps]) {
    at += afterMs;
    const outcome = decide(state, command, { by, at });
    if (outcome.kind === 'refused') {
      assert.match(outcome.code, /^[a-z]+(-[a-z]+)*$/);
      assert.ok(outcome.message.endsWith('.') && outcome.ask?.endsWith('.'), JSON.stringify(outcome));
      continue;
    }
    const before = state;
    for (const draft of outcome.value) {
      parseDraft(JSON.parse(JSON.stringify(draft)));
      const placed: Placed = { index: state.size, entry: { ...draft, v: 1, id: 'not-recorded', at, n: 1, salt: '' } };
      entries.push(placed);
      state = evolve(state, placed);
    }
    done.push(command.kind);
    check(before, state, outcome.value, at);
  }
  return { entries, state, done };
}

/** What must be true of every facility after every step. */
function promises(before: State, state: State, drafts: readonly Draft[], at: number): void {
  for (const engagement of state.engagements.values()) {
    assert.ok(
      engagement.from < engagement.until && Number.isSafeInteger(engagement.until),
      'no engagement without an end',
    );
    assert.ok(state.index.engagementsOf.get(engagement.person)?.get(engagement.project)?.includes(engagement.id));
    assert.ok(state.index.engagementsOn.get(engagement.project)?.has(engagement.id));
    const person = state.people.get(engagement.person);
    const isLive = engagement.ended === undefined && engagement.until > at;
    if (isLive && person?.standing !== 'active') assert.ok(engagement.held, 'a person who is not active holds nothing');
    if (isLive)
      assert.notEqual(state.projects.get(engagement.project)?.standing, 'wrapped', 'nobody is on a wrapped project');
  }
  for (const session of state.sessions.values()) {
    if (state.people.get(session.person)?.standing !== 'active')
      assert.ok(session.cutOrdered !== undefined, 'a suspended person has no session that decides');
    if (session.cutOrdered !== undefined && session.tokenHash !== undefined)
      assert.notEqual(state.index.sessionByToken.get(session.tokenHash), session.id);
  }
  for (const person of state.people.values()) {
    if (person.standing === 'erased') assert.equal(person.roles.length, 0);
    const held = new Set(person.roles.filter((one) => one.until > at).map((one) => one.role as string));
    if (held.has('engineer') && held.has('security-lead'))
      assert.equal(person.id, numberedId('person', 0), 'only by the exception');
  }
  assert.ok(
    state.people.some(({ standing, roles: all }) => standing === 'active' && all.some((one) => one.role === 'owner')),
    'somebody owns the facility',
  );
  const numbers = [...state.projects.values()].map(({ streamNumber }) => streamNumber).sort((a, b) => a - b);
  assert.deepEqual(
    numbers,
    numbers.map((_, i) => i + 1),
  );
  assert.equal(state.index.projectByAlias.size, state.projects.size);
  networkPromises(state, at);
  cutsFollow(before, drafts);
}

/** The network's parts fit, its lookups agree with its hosts, and nothing in quarantine has a session or a path. */
function networkPromises(state: State, at: number): void {
  assert.equal(facilityMisfit(state), undefined);
  const { hostByName, hostByAddress } = state.index;
  assert.equal(hostByName.size, state.hosts.size);
  assert.equal(hostByAddress.size, new Set([...state.hosts.values()].flatMap(({ addresses }) => addresses)).size);
  for (const { id: host, name, addresses } of state.hosts.values())
    for (const found of [hostByName.get(name), ...addresses.map((one) => hostByAddress.get(one))])
      assert.equal(found, host);
  const heldBy = new Map<string, string>();
  for (const path of state.network.paths.values()) {
    const { session, until, flow, from, person } = path;
    assert.equal(
      flow !== undefined,
      state.sessions.get(session)?.gate === 'share',
      'a share opens what a share flow declares',
    );
    if (flow !== undefined) {
      assert.ok(isDeclared(state, path), 'no path of a share outlives what declares it');
      assert.equal(heldBy.get(from) ?? person, person, 'one address opens storage for one person');
      heldBy.set(from, person);
    }
    assert.ok(state.index.pathsOf.get(session)?.size);
    assert.ok(until <= (state.sessions.get(session)?.until ?? 0), 'no path outlives its session');
  }
  for (const { person, project, cutOrdered, openedAt } of state.sessions.values()) {
    const isHeld = isContained(state, { person }) || (project !== undefined && isProjectContained(state, project));
    if (isHeld) assert.ok(cutOrdered !== undefined, `a session in quarantine decides, opened ${openedAt} at ${at}`);
  }
}

const ENDS: readonly EntryKind[] = [
  'person.suspended',
  'person.erased',
  'project.wrapped',
  'project.locked',
  'engagement.ended',
];

function cutsFollow(before: State, drafts: readonly Draft[]): void {
  if (!drafts.some(({ kind }) => ENDS.includes(kind))) return;
  const ordered = drafts.filter(({ kind }) => kind === 'cut.ordered');
  assert.ok(ordered.length > 0, 'every end of access orders a cut in the same batch');
  for (const { about } of ordered) assert.ok(about.cut !== undefined && !before.cuts.has(about.cut));
}

test('after any commands in any order, every promise holds', () => {
  const reached = new Set<Command['kind']>();
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 120, size: 'max' }), (steps) => {
      for (const kind of play(steps, promises).done) reached.add(kind);
    }),
    { numRuns: 560 },
  );
  const missed = COMMAND_KINDS.filter((kind) => !reached.has(kind) && !BEYOND_A_SEQUENCE.includes(kind));
  assert.ok(missed.length <= 2, `too few kinds were ever accepted; missing ${missed.join(', ')}`);
});

test('the state is the fold of its entries, from any point and over activity in between', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 80, size: 'max' }), fc.nat(), (steps, where) => {
      const { entries, state } = play(steps, () => undefined);
      const half = where % (entries.length + 1);
      const first = entries.slice(0, half).reduce(evolve, emptyState);
      const whole = entries.slice(half).reduce(evolve, first);
      assert.deepEqual(JSON.parse(JSON.stringify(whole)), JSON.parse(JSON.stringify(state)));
    }),
    { numRuns: 40 },
  );
});

test('an old state stays as it was', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 50, size: 'max' }), (steps) => {
      const seen: [State, string][] = [];
      play(steps, (before) => seen.push([before, JSON.stringify(before)]));
      for (const [state, text] of seen) assert.equal(JSON.stringify(state), text);
    }),
    { numRuns: 15 },
  );
});

test('every state kind changes the state, but for what the engine says about itself', () => {
  const silent = (Object.keys(KINDS) as EntryKind[]).filter((kind) => isStateKind(kind) && EVOLVE[kind] === undefined); // keys of the table
  assert.deepEqual(silent, ['engine.started', 'engine.stopped']);
  for (const kind of Object.keys(EVOLVE) as EntryKind[]) assert.ok(isStateKind(kind), kind); // keys of the table
});

test('every kind of command has an arbitrary one here', () => {
  assert.deepEqual(Object.keys(ARBITRARY).sort(), [...COMMAND_KINDS].sort());
  assert.ok((numberedId('person', 0) as PersonId).startsWith('per_'));
});
