/** The report by itself: text that cannot run, figures that read the same everywhere, and ranges that cut where they say. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Placed } from '#model/events.ts';
import { projectView } from '../project-view.ts';
import type { ReportInput } from './input.ts';
import { ROWS_MAX } from './activity.ts';
import { renderReadme, renderReport } from './report.ts';
import { count, escape, size, span, table, utc } from './text.ts';

const START = Date.UTC(2026, 2, 14, 9);
const HOUR = 3_600_000;

/** `kind @ hours` with the members that matter; everything else is filled in. */
function placed(
  list: readonly (readonly [string, number, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>])[],
): Placed[] {
  return list.map(([kind, hours, about, data], index) => {
    const entry = {
      v: 1,
      id: `ent_${index}`,
      at: START + hours * HOUR,
      kind,
      stream: 'prj_x',
      n: index + 1,
      by: { person: 'per_boss' },
      about,
      data,
      salt: '',
    };
    return { index, entry } as unknown as Placed; // only what a report reads
  });
}

const CREATED = [
  'project.created',
  0,
  { project: 'prj_x' },
  { alias: 'alpha', level: 'standard', owner: 'per_boss', streamNumber: 1 },
] as const;
const GIVEN = [
  'engagement.given',
  1,
  { engagement: 'eng_1', person: 'per_art' },
  { role: 'editor', from: START + HOUR, until: START + 100 * HOUR },
] as const;

function input(
  list: readonly Placed[],
  from: number | null = null,
  until: number | null = null,
  names: Record<string, string> = {},
): ReportInput {
  return {
    project: 'prj_x',
    from,
    until,
    placed: list,
    support: [],
    names: { per_boss: 'Bo Boss', per_art: 'Art', ...names },
    policy: 'quorum none\n',
    start: projectView(list, from ?? 0),
    end: projectView(list, until),
    seal: { origin: 'x.example/log', size: 99, root: 'ab'.repeat(32), headsIndex: 98, headsAt: START + 50 * HOUR },
  };
}

test('no name, path or reason can put markup or script into the report', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(
        '<script>alert(1)</script>',
        '"><img src=x onerror=y>',
        "' onclick='",
        '&lt;b&gt;',
        '</title><svg>',
      ),
      (evil) => {
        const list = placed([
          [
            'project.created',
            0,
            { project: 'prj_x' },
            { alias: evil, level: 'standard', owner: 'per_boss', streamNumber: 1 },
          ],
          [
            'engagement.given',
            1,
            { engagement: 'eng_1', person: 'per_art' },
            { role: evil, from: START, until: START + HOUR * 9 },
          ],
          [
            'engagement.ended',
            2,
            { engagement: 'eng_1', person: 'per_art', cut: evil },
            { because: evil, reason: evil },
          ],
          ['file.set-aside', 3, { path: evil, person: evil }, { gate: evil, sizeBytes: 1, sha256: evil, why: evil }],
          ['file.moved', 3, { path: evil, person: 'per_art' }, { gate: 'sftp', to: evil }],
          ['access.refused', 3, { path: evil }, { action: evil, rule: evil, gate: evil }],
          ['cut.ordered', 4, { cut: evil }, { scope: { kind: 'person', person: evil }, because: evil }],
        ]);
        const html = renderReport(input(list, null, null, { per_art: evil }));
        const tags = new Set([...html.matchAll(/<\/?([a-z0-9]+)/gi)].map((match) => match[1]));
        const ours =
          'html head meta title style body header div h1 h2 h3 p code dl dt dd section span strong br pre ' +
          'svg defs pattern rect line text path table thead tbody tr th td';
        for (const tag of tags) assert.ok(ours.split(' ').includes(tag ?? ''), `<${tag}> got in`);
        const outsideQuotes = html.replaceAll(/="[^"]*"/g, '=""');
        assert.doesNotMatch(outsideQuotes, /<[a-z][^>]*\son[a-z]+=|<svg>/i);
      },
    ),
  );
});

test('it holds no script, no link out, and forbids both', () => {
  const html = renderReport(input(placed([CREATED, GIVEN])));
  assert.match(html, /default-src 'none'/);
  assert.doesNotMatch(html, /<script|<link|<img|https?:\/\/|url\(http/);
});

test('a range shows what is in it and nothing else', () => {
  const list = placed([
    CREATED,
    GIVEN,
    [
      'file.read-closed',
      2,
      { path: 'media/early.mov', person: 'per_art' },
      { gate: 'sftp', complete: true, bytes: 1000 },
    ],
    [
      'file.read-closed',
      4,
      { path: 'media/within.mov', person: 'per_art' },
      { gate: 'sftp', complete: false, bytes: 2000 },
    ],
    ['engagement.ended', 6, { engagement: 'eng_1', person: 'per_art' }, { because: 'button' }],
    [
      'file.read-closed',
      6,
      { path: 'media/late.mov', person: 'per_art' },
      { gate: 'sftp', complete: true, bytes: 4000 },
    ],
  ]);
  const html = renderReport(input(list, START + 3 * HOUR, START + 6 * HOUR));
  assert.ok(html.includes('media/within.mov') && html.includes('read, in part'));
  assert.ok(!html.includes('early.mov') && !html.includes('late.mov'));
  assert.ok(html.includes('running') && !html.includes('ended by hand'), 'the end comes after the range');
  assert.match(html, /<dt>Read<\/dt><dd>2\.0 kB<\/dd>/);
  const whole = renderReport(input(list));
  assert.ok(whole.includes('ended by hand, Bo Boss') && whole.includes('planned 2026-03-18 13:00'));
});

test('a long list stops where paper does and says so', () => {
  const reads = Array.from(
    { length: ROWS_MAX + 5 },
    (_, i) =>
      [
        'file.read-closed',
        2,
        { path: `media/${i}.mov`, person: 'per_art' },
        { gate: 'sftp', complete: true, bytes: 1 },
      ] as const,
  );
  const html = renderReport(input(placed([CREATED, GIVEN, ...reads])));
  assert.ok(
    !html.includes('media/4.mov<') && html.includes('media/5.mov<') && html.includes(`media/${ROWS_MAX + 4}.mov`),
  );
  assert.match(html, /The newest 2\u202f000 of 2\u202f005/);
});

test('somebody without a name is shown as erased, and a receipt that proves nothing is not called proven', () => {
  const probe = { bytesStopped: true, accessRefused: false, watchedMs: 10 };
  const list = placed([
    CREATED,
    GIVEN,
    ['engagement.ended', 3, { engagement: 'eng_1', person: 'per_art', cut: 'cut_1' }, { because: 'erased' }],
    [
      'cut.ordered',
      3,
      { cut: 'cut_1' },
      { scope: { kind: 'engagement', engagement: 'eng_1', person: 'per_art', project: 'prj_x' }, because: 'erased' },
    ],
    [
      'cut.receipt',
      4,
      { cut: 'cut_1' },
      { gate: 'portal', sessions: [], sessionCount: 2, orderedAt: START, ms: 12, probe },
    ],
  ]);
  const html = renderReport({ ...input(list), names: { per_boss: 'Bo Boss' } });
  assert.match(html, /erased person<\/span>/);
  assert.match(html, /not proven<\/span> bytes stopped: yes, access refused: no/);
  assert.match(html, /0 of 1/);
  assert.match(renderReadme(input(list)), /Project {4}alpha \(prj_x\)/);
});

test('figures read the same on every machine', () => {
  assert.equal(utc(START), '2026-03-14 09:00:00');
  assert.deepEqual([0, 999, 1000, 1_500_000, 2.5e12].map(size), ['0 B', '999 B', '1.0 kB', '1.5 MB', '2.5 TB']);
  assert.deepEqual([5, 1500, 180_000, 7_200_000, 864_000_000].map(span), ['5 ms', '1.5 s', '3.0 min', '2.0 h', '10 d']);
  assert.equal(count(1_234_567), '1\u202f234\u202f567');
  assert.equal(escape(`<a href="x">'&`), '&lt;a href=&quot;x&quot;&gt;&#39;&amp;');
  assert.match(table(['A', 'B#'], [], 'nothing <here>'), /nothing &lt;here&gt;/);
});
