/** What must hold of every decision, over random facilities, questions and instants. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { couldPermit, permits } from '#access/permits.ts';
import { pick, randomInstant, randomQuestion, randomWorld, seeded } from '#access/random-world.ts';
import { standingAccess, whoCan } from '#access/standing.ts';
import type { Action } from '#model/actions.ts';
import { ACTIONS, ANYWHERE, traitsOf } from '#model/actions.ts';
import { evolve } from '#model/evolve.ts';
import { TIME_MAX } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import type { PersonId, ProjectId } from '#std/ids.ts';
import { Map as PMap } from 'immutable';

// The same cases in every run; a failure names the case that shrank from it.
fc.configureGlobal({ seed: 20260302 });

const SIZE = { people: 16, projects: 4, engagements: 60 };
const WORLDS = Array.from({ length: 12 }, (_, i) => randomWorld(seeded(50 + i), SIZE));
const seed = fc.integer({ min: 1, max: 2 ** 31 });

/** A question about one of the worlds, and an instant. */
function draw(number: number) {
  const next = seeded(number);
  const world = pick(WORLDS, next);
  return { next, state: world.state, question: randomQuestion(world.state, next), at: randomInstant(world, next) };
}

test('an answer holds until it says, and not a moment is promised too long', () => {
  fc.assert(
    fc.property(seed, (number) => {
      const { next, state, question, at } = draw(number);
      const { allow, until } = permits(state, question, at);
      assert.ok(until > at && until <= TIME_MAX);
      const far = Math.min(until, at + 90 * 86_400_000);
      for (let i = 0; i < 6; i += 1) {
        const then = Math.min(until - 1, at + Math.floor(next() * (far - at)));
        assert.equal(permits(state, question, then).allow, allow, `${then} of ${at}–${until}`);
      }
      assert.equal(permits(state, question, until - 1).allow, allow);
      if (until < TIME_MAX)
        assert.ok(permits(state, question, until).until > until, 'the next answer goes on from there');
    }),
    { numRuns: 20000 },
  );
});

test('a yes through an engagement is a yes within its window, its project, its person, and a live account', () => {
  let through = 0;
  fc.assert(
    fc.property(seed, (number) => {
      const { state, question, at } = draw(number);
      const decision = permits(state, question, at);
      if (!decision.allow) return;
      assert.equal(state.people.get(question.who)?.standing, 'active');
      if (decision.engagement === undefined) return;
      through += 1;
      const engagement = state.engagements.get(decision.engagement);
      assert.ok(engagement !== undefined);
      assert.ok(engagement.from <= at && at < engagement.until && engagement.ended === undefined && !engagement.held);
      assert.ok(decision.until <= engagement.until);
      assert.equal(engagement.person, question.who);
      if (!ANYWHERE.has(question.action)) assert.equal(engagement.project, question.on.project);
      assert.ok(state.roles.get(engagement.role)?.grants.some(({ action }) => action === question.action));
    }),
    { numRuns: 20000 },
  );
  assert.ok(through > 100, 'the set would show little');
});

test('what is asked on another state in between changes no answer', () => {
  fc.assert(
    fc.property(seed, seed, (one, other) => {
      const a = draw(one);
      const b = draw(other);
      const first = permits(a.state, a.question, a.at);
      permits(b.state, b.question, b.at);
      permits(b.state, { ...a.question, context: {} }, a.at);
      assert.deepEqual(permits(a.state, a.question, a.at), first);
    }),
    { numRuns: 500 },
  );
});

test('suspending, holding, locking or ending never gives anybody anything', () => {
  fc.assert(
    fc.property(seed, (number) => {
      const { next, state, question, at } = draw(number);
      const less = takeAway(state, question.who, question.on.project, next() * 4);
      if (permits(less, question, at).allow) assert.ok(permits(state, question, at).allow);
    }),
    { numRuns: 1000 },
  );
});

function takeAway(state: State, who: PersonId, project: ProjectId | undefined, dice: number): State {
  if (dice < 1)
    return { ...state, people: state.people.map((one) => (one.id === who ? { ...one, standing: 'suspended' } : one)) };
  if (dice < 2)
    return {
      ...state,
      engagements: state.engagements.map((one) => (one.person === who ? { ...one, held: true } : one)),
    };
  if (dice < 3)
    return {
      ...state,
      projects: state.projects.map((one) => (one.id === project ? { ...one, standing: 'locked' } : one)),
    };
  return { ...state, engagements: state.engagements.map((one) => ({ ...one, ended: { at: 0, because: 'button' } })) };
}

test('an empty facility allows nobody anything', () => {
  fc.assert(
    fc.property(seed, (number) => {
      const { state, question, at } = draw(number);
      assert.equal(permits({ ...state, people: PMap() }, question, at).allow, false);
      const bare = {
        ...state,
        engagements: PMap<never, never>(),
        index: { ...state.index, engagementsOf: PMap<never, never>() },
      };
      const stripped = { ...bare, people: state.people.map((one) => ({ ...one, roles: [] })) };
      const decision = permits(stripped, { ...question, on: { ...question.on, person: undefined } }, at);
      assert.ok(!decision.allow || traitsOf(question.action).own === true);
    }),
    { numRuns: 500 },
  );
});

const ALL = Object.keys(ACTIONS) as readonly Action[]; // exactly the keys of the table

test('the standing-access report is what couldPermit says, for every person × project × action × folder', () => {
  let cells = 0;
  for (const { state, at } of WORLDS.slice(0, 4)) {
    const report = standingAccess(state, at);
    const rows = new Map(report.rows.map((row) => [`${row.person} ${row.project ?? ''}`, row.actions]));
    for (const who of state.people.keys()) {
      for (const project of [undefined, ...state.projects.keys()]) {
        for (const action of ALL) {
          const { reach } = traitsOf(action);
          if (project === undefined ? reach === 'file' : reach === 'facility' && !ANYWHERE.has(action)) continue;
          for (const folder of reach === 'file' ? ['media', 'review', 'deliveries'] : [undefined]) {
            const path = folder === undefined ? undefined : `${folder}/a`;
            const held = rows.get(`${who} ${project ?? ''}`)?.get(action);
            const isHeld = held === 'everywhere' || (held !== undefined && (folder === undefined || held.has(folder)));
            // Somebody else's person: an own action is not standing access.
            const expected = couldPermit(
              state,
              { who, action, on: { project, path, person: '' as PersonId }, context: {} },
              at,
            ).allow;
            assert.equal(isHeld, expected, `${who} ${action} ${project} ${folder}`);
            cells += 1;
          }
        }
      }
    }
  }
  assert.ok(cells > 10_000);
});

test('who-can names exactly those that the report names', () => {
  for (const { state, at } of WORLDS.slice(0, 4)) {
    const report = standingAccess(state, at);
    for (const project of state.projects.keys()) {
      for (const action of ['file.read', 'engagement.end', 'desktop.open', 'ledger.export'] as const) {
        const path = action === 'file.read' ? 'media/a' : undefined;
        const rows = report.rows.filter((row) => row.project === project);
        const expected = rows.filter(({ actions }) => {
          const held = actions.get(action);
          return held === 'everywhere' || (held !== undefined && (path === undefined || held.has('media')));
        });
        assert.deepEqual(
          whoCan(state, action, { project, path }, at).map(({ person }) => person),
          expected.map(({ person }) => person),
        );
      }
    }
  }
});

test('activity entries change no answer', () => {
  fc.assert(
    fc.property(seed, (number) => {
      const { state, question, at } = draw(number);
      const entry = {
        v: 1,
        id: 'not-recorded',
        at,
        n: 1,
        salt: '',
        kind: 'engine.clock-stepped',
        stream: 'ledger',
        by: { service: 'engine' },
        about: {},
        data: { backMs: 5 },
      } as const;
      const next = evolve(state, { index: state.size + 3, entry });
      assert.equal(next.size, state.size + 4);
      assert.deepEqual(permits(next, question, at), permits(state, question, at));
    }),
    { numRuns: 200 },
  );
});
