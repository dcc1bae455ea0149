/** Drills of what is awkward: names that are no text, sequences with holes, films that were cut off before; and the draw that nobody can try again. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBackedUp } from './facility.ts';
import type { BackedUp } from './facility.ts';
import { makeFilms, makeSequences } from './pictures.ts';
import { newId } from '#engine/test-facility.ts';
import { seedOf, seedSha256 } from '#host/backup/drill-seed.ts';
import { includePattern, SECOND_FILES_MAX, secondShare } from '#host/backup/second-tool.ts';
import type { Drill } from '#model/backup-state.ts';

const ODD: readonly Buffer[] = [
  Buffer.from([0x62, 0xff, 0xfe, 0xc3]),
  Buffer.from([0xe2, 0x82]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from('100 %.xml'),
  Buffer.from('a [b] * ? \\ c'),
  Buffer.from(' ünïcode·あ🎬 '),
  Buffer.from('new\nline'),
  Buffer.from('!first'),
];
let world: BackedUp;

before(async () => {
  world = await openBackedUp(2, 1, (workspace) => {
    const odd = Buffer.concat([Buffer.from(`${workspace}/project/`), Buffer.from([0xc3, 0x28])]);
    mkdirSync(odd);
    for (const name of ODD) writeFileSync(Buffer.concat([odd, Buffer.from('/'), name]), name);
    makeSequences(join(workspace, 'media', 'shot.%04d.dpx'));
    rmSync(join(workspace, 'media', 'shot.1004.dpx'));
    makeFilms(join(workspace, 'media', 'whole.mxf'), join(workspace, 'media', 'cut.mxf'));
    const cut = join(workspace, 'media', 'cut.mxf');
    truncateSync(cut, Math.floor(statSync(cut).size / 2));
  });
  await world.until('a drill’s end', ({ drills }) => drills.some(({ result }) => result !== undefined));
});
after(() => world.close());

const drills = (): readonly Drill[] => [...world.state().drills.values()].sort((a, b) => a.begunAt - b.begunAt);

test('files of every name come back and are compared, by both tools', () => {
  const [result] = drills().map((drill) => drill.result);
  assert.deepEqual(result?.failures, []);
  assert.equal(result?.held, true);
  assert.equal(result?.files, result?.filesOf);
  assert.deepEqual([result?.second?.files, result?.second?.failed], [result?.files, 0]);
  assert.deepEqual([result?.second?.walls, result?.media.walls], ['sealed', 'sealed']);
});

test('a hole in a sequence and a film that was cut off before are said, and are no fault of the copy', () => {
  const [drill] = drills();
  assert.deepEqual([drill?.result?.gaps, drill?.result?.media.brokenBefore], [1, 1]);
  assert.match(drill?.result?.media.tool ?? '', /^ffprobe /);
  const report = JSON.parse(readFileSync(join(world.data, 'drills', `${drill?.id}.json`), 'utf8')) as Report; // drill-report.ts wrote it
  assert.deepEqual(report.sequencesWithGaps, [{ sequence: 'media/shot.####.dpx', frames: 7, missing: 1, first: 1004 }]);
  assert.deepEqual(
    report.brokenBefore.map(({ path }) => path),
    ['media/cut.mxf'],
  );
  assert.ok(report.mediaDrawn.includes('media/whole.mxf'));
});

interface Report {
  readonly sequencesWithGaps: readonly unknown[];
  readonly brokenBefore: readonly { readonly path: string }[];
  readonly mediaDrawn: readonly string[];
}

test('the ledger had the seed’s hash before the drill, and the file of the seed is gone after it', async () => {
  const [drill] = drills();
  assert.equal(drill?.seedSha256, seedSha256(drill?.result?.seed ?? ''));
  const { entries } = await world.parts.engine.search({ kind: 'drill.seeded', limit: 10 });
  assert.equal(entries.length, 1);
  assert.deepEqual(readdirSync(join(world.data, 'run', 'seeds')), []);
});

test('a draw that was promised is drawn again after a crash, and one that is gone is a failed drill', async () => {
  const [drill, other] = [newId('drill'), newId('drill')];
  const first = seedOf(world.data, { id: drill });
  assert.equal(seedOf(world.data, { id: drill, seedSha256: seedSha256(first) }), first);
  assert.throws(() => seedOf(world.data, { id: drill, seedSha256: seedSha256('another') }), { code: 'seed-lost' });
  assert.throws(() => seedOf(world.data, { id: other, seedSha256: seedSha256(first) }), { code: 'seed-lost' });
});

test('the second tool’s share follows from the seed, not from the names', () => {
  const rows = Array.from({ length: 300 }, (_, n) => ({ path: `media/${1000 + n}`, size: 1, pieces: [] }));
  const [one, again, other] = [secondShare(rows, 'a'), secondShare(rows, 'a'), secondShare(rows, 'b')];
  assert.equal(one.length, SECOND_FILES_MAX);
  assert.deepEqual(one, again);
  assert.notDeepEqual(one, other);
  assert.ok(
    one.some(({ path }) => path > 'media/1200'),
    'the last third has its turn',
  );
});

test('a pattern says each character as itself, and each byte that is none as any', () => {
  assert.equal(includePattern('/a [b]*/ü'), '/a \\[b\\]\\*/ü');
  assert.equal(includePattern(Buffer.from([0x2f, 0xff, 0x61, 0xe2, 0x82, 0x2f, 0xc3, 0xbc])), '/?a??/ü');
});
