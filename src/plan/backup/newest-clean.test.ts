import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createCleanFold } from './newest-clean.ts';
import type { Change, CleanFold, CleanPicks, MixedSnapshot } from './newest-clean.ts';

/** A drawing: `s1 a=1 b=1`, `s2! a=9` (an alarm is about s2), `s3 -b` (gone). Each line says what became different. */
function drawn(...rows: readonly string[]): CleanPicks {
  const fold = createCleanFold();
  for (const row of rows) {
    const [head = '', ...changes] = row.split(' ');
    see(fold, snapshotOf(head), changes.map(changeOf));
  }
  return fold.picks();
}

function see(fold: CleanFold, snapshot: MixedSnapshot, changes: readonly Change[]): void {
  const seen = fold.begin(snapshot);
  for (const change of changes) seen.take(change);
  seen.end();
}

/** `media:s4!`: of the policy `media`, which copies only that folder; suspect. */
function snapshotOf(head: string): MixedSnapshot {
  const [name = '', policy] = head.replace('!', '').split(':').reverse();
  const rest = policy === undefined ? {} : { folders: [policy] };
  return { snapshot: name, policy: policy ?? 'all', suspect: head.endsWith('!'), ...rest };
}

function changeOf(text: string): Change {
  if (text.startsWith('-')) return { path: text.slice(1), key: undefined };
  const [path = '', key = ''] = text.split('=');
  return { path, key };
}

function said({ picks, leftOut }: CleanPicks): string {
  const found = picks.map(({ path, snapshot }) => `${path}@${snapshot}`);
  return [...found, ...leftOut.map((path) => `${path}?`)].sort().join(' ');
}

const TABLE: readonly (readonly [string, readonly string[], string])[] = [
  ['without an alarm all comes from the newest', ['s1 a=1 b=1', 's2 b=2'], 'a@s2 b@s2'],
  [
    'what an alarm touched comes from before it, the rest from the newest',
    ['s1 a=1 b=1', 's2! a=9', 's3 b=2'],
    'a@s1 b@s3',
  ],
  ['the first alarm counts, not the last', ['s1 a=1', 's2! a=8', 's3', 's4! a=9'], 'a@s1'],
  ['the version right before the alarm, not the first one', ['s1 a=1', 's2 a=2', 's3! a=9'], 'a@s2'],
  ['what was removed under an alarm comes back', ['s1 a=1', 's2! -a a.locked=9'], 'a.locked? a@s1'],
  ['what people removed themselves stays away', ['s1 a=1 b=1', 's2 -b', 's3! a=9'], 'a@s2'],
  ['brought back, it is trusted again with all that follows', ['s1 a=1', 's2! a=9', 's3 a=1', 's4 a=2'], 'a@s4'],
  ['changed again without being brought back, it is not', ['s1 a=1', 's2! a=9', 's3 a=7'], 'a@s1'],
  ['a first snapshot under an alarm vouches for nothing', ['s1! a=1'], 'a?'],
  ['two policies, each with its newest', ['s1 media/a=1 x=1', 'media:m2 media/a=2', 's3 x=2'], 'media/a@m2 x@s3'],
  [
    'a policy that stopped copying a folder says nothing about it',
    ['s1 media/a=1 x/b=1', 'media:m0 media/a=1', 'media:m2 -x/b'],
    'media/a@s1 x/b@s1',
  ],
];

for (const [says, rows, picked] of TABLE)
  test(says, () => {
    assert.equal(said(drawn(...rows)), picked);
  });

test('a policy that is narrowed keeps what it copied before in the snapshot that has it', () => {
  const fold = createCleanFold();
  see(fold, { snapshot: 's1', policy: 'p', suspect: false }, [
    { path: 'media/a', key: '1' },
    { path: 'x/b', key: '1' },
  ]);
  see(fold, { snapshot: 's2', policy: 'p', suspect: false, folders: ['media'] }, [{ path: 'x/b', key: undefined }]);
  assert.equal(said(fold.picks()), 'media/a@s2 x/b@s1');
});

/** Whole trees, from which the fold is given the differences; the answer is found again from the trees alone. */
test('what is picked is in the snapshot that is named, and never a version that an alarm brought', () => {
  const tree = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2', '3'), { maxKeys: 3 });
  const history = fc.array(fc.record({ tree, suspect: fc.boolean() }), { minLength: 1, maxLength: 7 });
  fc.assert(
    fc.property(history, (shots) => {
      const fold = createCleanFold();
      let before: Readonly<Record<string, string>> = {};
      for (const [index, { tree: now, suspect }] of shots.entries()) {
        const paths = new Set([...Object.keys(before), ...Object.keys(now)]);
        const changes = [...paths].filter((path) => before[path] !== now[path]);
        see(
          fold,
          { snapshot: String(index), policy: 'p', suspect },
          changes.map((path) => ({ path, key: now[path] })),
        );
        before = now;
      }
      for (const { path, snapshot } of fold.picks().picks) {
        const at = shots[Number(snapshot)];
        assert.ok(at !== undefined && !at.suspect, 'nothing is read from a snapshot that an alarm is about');
        assert.ok(at.tree[path] !== undefined, `${path} is not in ${snapshot}`);
      }
    }),
  );
});
