/** Changes of elements: what they do to rules is what they bring about, and their text is one line that never removes what it did not add. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disjoint } from './disjoint.ts';
import { parseDuration, parseGrant, parseSpan4, parseSpan6 } from './element-parse.ts';
import { renderDuration } from './element-text.ts';
import { changeOf, isNothing, renderChange, withChange } from './elements.ts';
import { assignMarks, NO_MARKS } from './marks.ts';
import type { Piece, Rules } from './rules.ts';
import { MARK_MAX, OPEN_RULES } from './rules.ts';

const AT = 1_000_000;
const BEFORE: Rules = {
  ...OPEN_RULES,
  pointers4: [
    { from: 1, to: 2, protocol: 6, port: 5900, mark: 1 },
    { from: 1, to: 3, protocol: 17, port: 53, mark: 2 },
  ],
  grants: [
    { mark: 1, id: 'pth_a', endsAt: AT + 500 },
    { mark: 2, id: 'pth_b', endsAt: AT + 900 },
  ],
  quarantined4: [9],
};
const AFTER: Rules = {
  ...OPEN_RULES,
  pointers4: [{ from: 1, to: 2, protocol: 6, port: 5900, mark: 3 }],
  pointers6: [{ from: 1n, to: 2n, protocol: 6, port: 22, mark: 3 }],
  grants: [{ mark: 3, id: 'pth_c', endsAt: AT + 700 }],
  quarantined6: [7n],
};

test('a change leads from what is to what is wanted, and then there is nothing left to change', () => {
  const change = changeOf(BEFORE, AFTER, AT);
  const made = withChange(BEFORE, change, AT);
  assert.deepEqual(made, AFTER);
  assert.ok(isNothing(changeOf(made, AFTER, AT)));
  assert.ok(isNothing(changeOf(BEFORE, BEFORE, AT)));
});

test('whatever changes and whatever stays, the rules are as wanted afterwards', () => {
  const wanted: readonly Partial<Rules>[] = [
    { grants: [{ mark: 1, id: 'pth_a', endsAt: AT + 500 }], pointers4: BEFORE.pointers4.slice(0, 1) }, // one ends
    { grants: [...BEFORE.grants, { mark: 4, id: 'pth_d', endsAt: AT + 100 }] }, // one more
    { grants: BEFORE.grants.map((grant) => ({ ...grant, endsAt: AT + 800 })) }, // other ends
    { pointers4: BEFORE.pointers4.map((pointer) => ({ ...pointer, port: 22 })) }, // other tuples
    { pointers6: [{ from: 5n, to: 6n, protocol: 17, port: 9, mark: 2 }] },
    { quarantined4: [] },
    { quarantined6: [1n, 2n] },
    { grants: [], pointers4: [] },
    {},
  ];
  for (const from of wanted) {
    for (const to of wanted) {
      const [before, after] = [
        { ...BEFORE, ...from },
        { ...BEFORE, ...to },
      ];
      const made = withChange(before, changeOf(before, after, AT), AT);
      assert.ok(isNothing(changeOf(made, after, AT)), JSON.stringify([wanted.indexOf(from), wanted.indexOf(to)]));
    }
  }
});

test('its text is one transaction: what is deleted is added first, for it may have expired', () => {
  const text = renderChange(changeOf(BEFORE, AFTER, AT), 'b');
  assert.ok(!text.includes('\n'));
  const commands = text.split('; ');
  for (const [i, command] of commands.entries()) {
    if (command.startsWith('delete')) assert.equal(commands[i - 1], command.replace('delete', 'add'));
    assert.match(command, /^(add|delete) element inet picturelock [a-z0-9_]+_b \{ .* \}$/);
  }
  assert.equal(renderChange(changeOf(BEFORE, BEFORE, AT), 'a'), '');
});

test('a grant that is over is not opened', () => {
  const late = { ...AFTER, grants: [{ mark: 3, id: 'pth_c', endsAt: AT }] };
  assert.deepEqual(changeOf(BEFORE, late, AT).live, []);
});

test('a mark rests before somebody else gets it, and there is always a free one', () => {
  const first = assignMarks(['a', 'b'], NO_MARKS);
  const second = assignMarks(['b', 'c'], first);
  assert.deepEqual(
    [...second.byId],
    [
      ['b', 2],
      ['c', 3],
    ],
  );
  const wrapped = assignMarks(['b', 'd'], { byId: second.byId, last: MARK_MAX });
  assert.equal(wrapped.byId.get('d'), 1);
});

test('of overlapping pieces the first wins, and no two overlap', () => {
  const span = (first: number, last: number) => ({ first, last });
  const piece = (a: number, b: number, mark: number): Piece<number> => ({
    source: span(a, b),
    destination: span(0, 9),
    protocol: span(6, 6),
    port: span(80, 90),
    mark,
  });
  const parts = disjoint([piece(3, 5, 1), piece(0, 9, 2), piece(4, 4, 3)]);
  const markAt = (n: number) =>
    parts.filter(({ source }) => source.first <= n && n <= source.last).map(({ mark }) => mark);
  assert.deepEqual([0, 3, 4, 5, 6].map(markAt), [[2], [1], [1], [1], [2]]);
});

test('durations, ranges and grants are read as nft writes them, and nothing else is', () => {
  for (const [text, ms] of [
    ['5s400ms', 5400],
    ['1h4ms', 3_600_004],
    ['2d', 172_800_000],
    ['59m59s752ms', 3_599_752],
    ['12m', 720_000],
    ['7ms', 7],
  ] as const)
    assert.equal(parseDuration(text), ms, text);
  for (const ms of [1, 999, 1000, 99_999_999, 100_000_000, 3_887_995_320, 3660 * 86_400_000 - 1]) {
    assert.equal(parseDuration(renderDuration(ms)), ms);
    assert.doesNotMatch(renderDuration(ms), /\d{9}/, 'nft takes eight digits');
  }
  for (const text of ['', '5', '5w', 's', '5s5h', '-1s', '1.5s']) assert.equal(parseDuration(text), undefined, text);
  assert.deepEqual(parseSpan4('10.0.0.0/30'), { first: 167_772_160, last: 167_772_163 });
  assert.deepEqual(parseSpan6('::ffff:10.0.0.1'), { first: 0xffff_0a00_0001n, last: 0xffff_0a00_0001n });
  assert.deepEqual(parseSpan6('::1.2.3.4-::1.2.3.5'), { first: 0x1020304n, last: 0x1020305n });
  for (const text of ['10.0.0.300', '10.0.0.5-10.0.0.4', '10.0.0.0/8-10.0.0.9', 'x', ''])
    assert.equal(parseSpan4(text), undefined, text);
  const listed = '0x00000005 counter packets 3 bytes 90 timeout 5s400ms expires 5s168ms comment "pth_a"';
  assert.deepEqual(parseGrant(listed, AT), { mark: 5, id: 'pth_a', packets: 3, bytes: 90, endsAt: AT + 5168 });
  for (const text of [
    '0x00000005',
    `${listed} accept`,
    listed.replace('pth_a', 'pth_a"; x'),
    listed.replace('5s168ms', 'soon'),
  ])
    assert.equal(parseGrant(text, AT), undefined, text);
});
