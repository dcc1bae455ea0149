/** Text that people and machines send as a facility file: never a throw, and every trouble has its line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FILE_CHARS_MAX, readFacilityText, withLines, writeFacilityText } from '#api/facility-file/facility-text.ts';
import { preset } from '#plan/presets/preset.ts';
import { threadMs } from '../../../test/thread-time.ts';

fc.configureGlobal({ seed: 20260302 });

const GOOD = `facility: 1
zones:
  office: {trust: 30, networks: [10.1.0.0/24]}
  production:
    trust: 70
    networks:
      - {cidr: 10.2.0.0/24, vlan: 20}
services:
  smb: {ports: [tcp/445]}
flows:
  - {from: office, to: production, service: smb, reason: deliveries, review: 2026-06-01}
`;

test('a good file is read, and written so that it reads the same', () => {
  const { file, troubles } = readFacilityText(GOOD);
  assert.deepEqual(troubles, []);
  assert.equal(file?.flows?.[0]?.review, '2026-06-01');
  assert.deepEqual(readFacilityText(writeFacilityText(file ?? assert.fail())).file, file);
  for (const size of ['small', 'mid', 'large'] as const) {
    const made = preset({ size, network: '10.20.0.0/16', network6: 'fd20::/48', enclaves: ['alpha'], at: 0 });
    assert.ok(made.kind === 'ok');
    assert.deepEqual(readFacilityText(writeFacilityText(made.value)).file, made.value);
  }
});

test('what is wrong is told with its line', () => {
  const rows: readonly (readonly [string, string, number])[] = [
    ['trust: 70', 'trust: much', 5],
    ['tcp/445', 'tcp-445', 9],
    ['review: 2026-06-01', 'review: soon', 11],
    ['review: 2026-06-01', 'review: 2026-13-01', 11],
    ['facility: 1', 'facility: 2', 1],
    ['services:', 'servces:', 1],
    ['  production:\n', '  office:\n', 4],
    ['networks:\n', 'networks: [\n', 7],
    ['reason: deliveries, ', '', 11],
  ];
  for (const [old, wrong, line] of rows) {
    const { file, troubles } = readFacilityText(GOOD.replace(old, wrong));
    assert.equal(file, undefined, wrong);
    assert.ok(Math.abs((troubles[0]?.line ?? 0) - line) <= 1, `${wrong}: ${JSON.stringify(troubles)}`);
    assert.ok((troubles[0]?.says ?? '').length > 5);
  }
});

test('troubles that are found later get lines, too', () => {
  const { lineOf } = readFacilityText(GOOD);
  const troubles = [
    { path: ['flows', 0, 'owner'], says: 'x' },
    { path: ['zones', 'production'], says: 'x' },
  ];
  assert.deepEqual(
    withLines(troubles, lineOf).map(({ line }) => line),
    [11, 5],
  );
});

test('bombs, giants and oddities are refused, not unfolded', () => {
  const level = (n: number) => `l${n}: &l${n} [${Array.from({ length: 10 }, () => `*l${n - 1}`).join(', ')}]\n`;
  const bomb = `l0: &l0 [x]\n${[1, 2, 3, 4, 5, 6, 7, 8, 9].map(level).join('')}`;
  const texts = [
    bomb,
    'x'.repeat(FILE_CHARS_MAX + 1),
    '',
    '--- a\n--- b',
    '[[[['.repeat(500),
    '? {',
    '\0',
    '- *x',
    '!!js/function x',
  ];
  for (const text of texts) {
    const { file, troubles } = readFacilityText(text);
    assert.equal(file, undefined);
    assert.ok(troubles.length > 0, text.slice(0, 20));
  }
  const { file } = readFacilityText('facility: 1\nzones: {__proto__: {trust: 5}, constructor: {trust: 5}}\n');
  assert.equal(({} as { trust?: number }).trust, undefined);
  if (file !== undefined) assert.ok(Object.hasOwn(file.zones ?? {}, 'constructor'));
});

test('no text makes it throw', () => {
  const piece = fc.constantFrom(
    ...GOOD.split(/(?<=[\s:,{}[\]])/),
    '&a ',
    '*a ',
    '|',
    '>',
    '"',
    "'",
    '\t',
    '#',
    '!!',
    '%',
    '@',
    '\u0000',
    '😀',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 60 }).map((all) => all.join('')),
      ),
      (text) => {
        const { file, troubles } = readFacilityText(text);
        assert.ok((file === undefined) === troubles.length > 0);
        for (const { line } of troubles) assert.ok(line >= 0 && line <= text.split(/\r\n|\r|\n/).length + 1);
      },
    ),
    { numRuns: 3000 },
  );
});

test('a file of many short lines is read in time that grows with its length', () => {
  const lines = Array.from({ length: 50_000 }, (_, i) => `  h${i}: {zone: a}`);
  const begun = threadMs();
  const { file, troubles } = readFacilityText(`facility: 1\nhosts:\n${lines.join('\n')}\n`);
  const tookMs = threadMs() - begun;
  assert.equal(file, undefined);
  assert.match(troubles[0]?.says ?? '', /at most/);
  assert.ok(tookMs < 8000, `it took ${Math.round(tookMs)} ms; each key compared with each takes three times that`);
});

test('a name that stands twice is a trouble, however deep and however it is quoted', () => {
  for (const [old, wrong] of [
    ['  production:\n', '  "office":\n'],
    ['{trust: 30,', '{trust: 30, trust: 90,'],
  ] as const) {
    const { file, troubles } = readFacilityText(GOOD.replace(old, wrong));
    assert.equal(file, undefined);
    assert.match(troubles[0]?.says ?? '', /stands here twice/);
  }
});
