/** What an interrupted run had read is there for the next, however much it was; a line that is none costs a second reading. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournalLines } from './journal-lines.ts';
import { openResumeJournal } from './resume-journal.ts';
import type { FileDone } from './work.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';

const HOLE = hash('sha256', 'a hole', 'hex');
const folder = mkdtempSync(join(tmpdir(), 'picturelock-journal-'));
test.after(() => rmSync(folder, { recursive: true }));

const pathOf = (i: number): Buffer => Buffer.concat([Buffer.from(`/shows/${i}/`), Buffer.from([0xff, 0x0a, 0x22])]);
const contentOf = (i: number): readonly string[] =>
  i === 7
    ? Array.from({ length: 30_000 }, (_, at) => (at % 5000 === 0 ? hash('sha256', `${at}`, 'hex') : HOLE))
    : [hash('sha256', `${i}`, 'hex')];

/** All that a journal asks of one. */
const nodeOf = (i: number): TreeNode =>
  ({
    inode: BigInt(i),
    size: 2n ** 60n,
    mtimeNs: 1n,
    ctimeNs: BigInt(-i),
    content: contentOf(i),
  }) as unknown as TreeNode;

function readOf(i: number): FileDone {
  const { size, mtimeNs, ctimeNs } = nodeOf(i);
  const structure = { kind: 'mov', verdict: 'whole', deep: true } as const;
  const look = { blocks: 3, evenBlocks: 2, head: Buffer.from('head'), tail: Buffer.alloc(0), structure };
  const content = contentOf(i);
  return {
    job: 0,
    steadiness: 'steady',
    content,
    lengths: content.map(() => 9),
    bytes: 1,
    addedBytes: 5,
    size,
    mtimeNs,
    ctimeNs,
    look,
  };
}

test('every file of an interrupted run is remembered as it was, the last time when there are two', () => {
  const file = join(folder, 'whole');
  const first = openResumeJournal(file, folder);
  assert.equal(first.isResumed, false);
  for (let i = 0; i < 3000; i += 1) first.finished(pathOf(i), nodeOf(i + 5), undefined);
  for (let i = 0; i < 2000; i += 1) first.finished(pathOf(i), nodeOf(i), i % 2 === 0 ? readOf(i) : undefined);
  first.close();
  assert.ok(readFileSync(file).length < 1_500_000, 'a hole’s pieces stand there once');
  appendFileSync(file, '{"path":"torn');

  const next = openResumeJournal(file, folder);
  assert.equal(next.isResumed, true);
  for (let i = 0; i < 3000; i += 1) {
    const at = i < 2000 ? i : i + 5;
    const { size, mtimeNs, ctimeNs, inode, content } = nodeOf(at);
    const { read, ...known } = next.remembered(pathOf(i)) ?? {};
    assert.deepEqual(known, { type: 'file', inode, size, mtimeNs, ctimeNs, content });
    assert.deepEqual(read?.lengths, i < 2000 && i % 2 === 0 ? readOf(i).lengths : undefined);
    assert.deepEqual(read?.look?.structure, read === undefined ? undefined : readOf(i).look?.structure);
  }
  assert.equal(next.remembered(Buffer.from('/shows/none')), undefined);
  next.finished(pathOf(9999), nodeOf(1), undefined);
  next.done();
  assert.equal(existsSync(file), false);
});

test('stretches of a file that was not finished are found for that very state of it, the newest of each, and are no finished file', () => {
  const file = join(folder, 'stretches');
  const path = pathOf(1);
  const state = { inode: 9n, size: 2n ** 40n, mtimeNs: 5n, ctimeNs: -6n };
  const piece = (text: string): string => hash('sha256', text, 'hex');
  const stretch = (begin: number, names: readonly string[]): FileDone => {
    const { inode, ...times } = state;
    const lengths = names.map(() => 2 ** 20);
    const bytes = lengths.length * 2 ** 20;
    const read = { job: 0, steadiness: 'steady', content: names.map(piece), lengths, bytes, addedBytes: 3 } as const;
    return { ...read, ...times, stretch: { begin, end: begin + bytes, inode } };
  };
  const usable = (): boolean => true;
  const first = openResumeJournal(file, folder);
  assert.equal(first.stretches(path, { ...state, size: 2n ** 20n }, usable), undefined, 'it is short');
  const told = first.stretches(path, state, usable);
  for (const [at, names] of [
    [0, ['a', 'a', 'b']],
    [7, ['c']],
    [7, ['d']],
  ] as const)
    told?.told(at, stretch(at, names));
  first.close();
  appendFileSync(file, '{"path":"torn","at":0');

  const next = openResumeJournal(file, folder);
  assert.deepEqual([next.isResumed, next.remembered(path)], [true, undefined]);
  const known = next.stretches(path, state, usable);
  assert.deepEqual(
    [0, 7, 8].map((at) => known?.find(at)),
    [stretch(0, ['a', 'a', 'b']), stretch(7, ['d']), undefined],
  );
  for (const field of ['inode', 'size', 'mtimeNs', 'ctimeNs'] as const)
    assert.equal(next.stretches(path, { ...state, [field]: state[field] + 1n }, usable)?.find(0), undefined, field);
  assert.equal(next.stretches(path, state, ({ content }) => content.length === 1)?.find(0), undefined);
  assert.equal(next.stretches(pathOf(2), state, usable)?.find(0), undefined);
  next.done();
});

test('lines are found wherever a step of reading ends', () => {
  const file = join(folder, 'steps');
  // Longer than a step, exactly one, and around its ends.
  const lines = [3, 2 ** 20 - 1, 2 ** 20, 5, 3 * 2 ** 20 + 1, 1, 1, 2 ** 20 - 2, 7].map((length, i) =>
    `${i}`.repeat(length),
  );
  for (const end of ['', '\n', '\n\n']) {
    writeFileSync(file, `${lines.join('\n')}${end}`);
    const found = openJournalLines(file, (line) => Buffer.from(line.slice(0, 1)), folder);
    assert.equal(found.count, lines.length);
    for (const [i, line] of lines.entries()) assert.equal(found.find(Buffer.from(`${i}`)) === line, true, `${i}`);
    found.close();
  }
  writeFileSync(file, '');
  assert.equal(openJournalLines(file, () => undefined, folder).count, 0);
  assert.equal(openJournalLines(join(folder, 'none'), () => undefined, folder).count, 0);
});

test('what is no line is left out', () => {
  const file = join(folder, 'odd');
  const good = { path: 'YQ==', inode: '1', size: '2', mtimeNs: '3', ctimeNs: '4', content: [] };
  const odd = [
    { content: [[HOLE, 1e9]] },
    { content: [[HOLE, -1]] },
    { content: [[HOLE]] },
    { content: ['x'] },
    { inode: 1 },
    { path: '%' },
  ];
  writeFileSync(file, [...odd.map((part) => JSON.stringify({ ...good, ...part })), 'null', '[', '\0'].join('\n'));
  assert.equal(openResumeJournal(file, folder).isResumed, false);
  appendFileSync(file, `\n${JSON.stringify({ ...good, content: [[HOLE, 3]] })}`);
  assert.deepEqual(openResumeJournal(file, folder).remembered(Buffer.from('a'))?.content, [HOLE, HOLE, HOLE]);
});

test('what is said of a stretch when the journal is closed goes into no file, least of all into one that was opened since', () => {
  for (const end of ['close', 'done'] as const) {
    const journal = openResumeJournal(join(folder, `late ${end}`), folder);
    const path = pathOf(1);
    const stretches = journal.stretches(path, nodeOf(1), () => true) ?? assert.fail('it is a long file');
    journal[end]();
    const other = join(folder, 'other');
    const fd = openSync(other, 'w');
    stretches.told(0, { ...readOf(1), bytes: 2 ** 30, stretch: { begin: 0, end: 2 ** 30, inode: 1n } });
    closeSync(fd);
    assert.equal(readFileSync(other, 'utf8'), '', end);
  }
});
