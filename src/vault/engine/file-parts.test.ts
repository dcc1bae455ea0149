/** A file that several threads read is the one that a single thread reads, or it is read again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { joinParts, planParts, planResumed } from '#vault/engine/file-parts.ts';
import type { FileDone } from '#vault/engine/work.ts';

const STATS = { size: 300n, mtimeNs: 5n, ctimeNs: 6n };

function part(begin: number, end: number, more: Partial<FileDone> = {}): FileDone {
  const bytes = end - begin;
  const stretch = { begin, end, inode: 9n };
  const said = { content: [`${begin}`, `${end}`], lengths: [1, bytes - 1], bytes, addedBytes: 7 };
  return { job: begin, steadiness: 'steady', ...STATS, ...said, stretch, ...more };
}

test('parts are as long as one another, lie side by side, and none is shorter than is worth it', () => {
  fc.assert(
    fc.property(
      fc.nat(2 ** 40),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 2 ** 30 }),
      (size, most, least) => {
        const parts = planParts(size, most, least);
        assert.ok(parts.length <= most);
        const ends = parts.map(({ until }) => until ?? size);
        for (const [i, { from, isExact }] of parts.entries()) {
          assert.deepEqual([from, isExact], [i === 0 ? 0 : ends[i - 1], i === 0]);
          assert.ok((ends[i] ?? 0) - from >= least - 1);
        }
        if (parts.length > 0) assert.equal(parts.at(-1)?.until, undefined);
      },
    ),
  );
});

test('parts that meet are one file', () => {
  const joined = joinParts([part(0, 110), part(110, 205), part(205, 300)]);
  assert.deepEqual(joined, {
    kind: 'done',
    done: {
      job: 0,
      steadiness: 'steady',
      ...STATS,
      content: ['0', '110', '110', '205', '205', '300'],
      lengths: [1, 109, 1, 94, 1, 94],
      bytes: 300,
      addedBytes: 21,
    },
  });
});

test('where two do not meet, the rest is read from the cut at which the first ended', () => {
  const [first, second] = [part(0, 110), part(110, 205)];
  assert.deepEqual(joinParts([first, second, part(204, 300)]), {
    kind: 'rest',
    before: [first, second],
    rest: { from: 205, isExact: true },
  });
  assert.equal(joinParts([first, second, part(205, 300)]).kind, 'done');
});

test('of another file or of clones they are not joined', () => {
  const other = part(110, 300, { stretch: { begin: 110, end: 300, inode: 10n } });
  assert.deepEqual(joinParts([part(0, 110), other]), { kind: 'whole' });
  assert.deepEqual(joinParts([part(0, 110, { isHeld: true }), part(110, 300, { isHeld: true })]), { kind: 'whole' });
});

test('a part that changed, that has other times or that is lost tells of the whole file', () => {
  const steadinessOf = (second: FileDone): unknown => {
    const joined = joinParts([part(0, 110), second]);
    return joined.kind === 'done' ? joined.done.steadiness : joined.kind;
  };
  assert.equal(steadinessOf(part(110, 300)), 'steady');
  assert.equal(steadinessOf(part(110, 300, { steadiness: 'changed' })), 'changed');
  assert.equal(steadinessOf(part(110, 300, { mtimeNs: 7n })), 'changed');
  assert.equal(steadinessOf(part(110, 300, { ctimeNs: 7n })), 'changed');
  assert.equal(steadinessOf(part(110, 300, { size: 301n })), 'changed');
  assert.equal(steadinessOf(part(110, 299)), 'changed');
  assert.equal(steadinessOf(part(110, 300, { steadiness: 'denied' })), 'denied');
});

test('what was seen of the parts is what is seen of the file', () => {
  const structure = { kind: 'mxf', verdict: 'whole', deep: true } as const;
  const unseen = { kind: '', verdict: 'unchecked', deep: false } as const;
  const [head, tail] = [Buffer.from('head'), Buffer.from('tail')];
  const none = Buffer.alloc(0);
  const joined = joinParts([
    part(0, 110, { look: { blocks: 5, evenBlocks: 2, head, tail: Buffer.from('no'), structure: unseen } }),
    part(110, 300, { look: { blocks: 3, evenBlocks: 1, head: none, tail, structure } }),
  ]);
  assert.deepEqual(joined.kind === 'done' && joined.done.look, { blocks: 8, evenBlocks: 3, head, tail, structure });
});

test('what is known stands for its bytes, and only what lies between is read, whatever is known', () => {
  const cuts = Array.from({ length: 31 }, (_, i) => i * 10);
  const after = (at: number): number => cuts.find((cut) => cut >= at) ?? 300;
  const plans = [[0], [0, 150], [0, 95, 203]].map((begins) =>
    begins.map((from, i) => {
      const until = begins[i + 1];
      return { from, isExact: i === 0, ...(until === undefined ? {} : { until }) };
    }),
  );
  const stretchOf = fc.tuple(fc.constantFrom(...cuts.slice(0, 30), 95, 203), fc.integer({ min: 1, max: 12 }));
  fc.assert(
    fc.property(fc.constantFrom(...plans), fc.array(stretchOf, { maxLength: 12 }), (plan, known) => {
      const stretches = new Map(
        known
          .map(([at, pieces]) => [at, part(after(at), Math.min(290, after(at) + pieces * 10))] as const)
          .filter(([, { bytes }]) => bytes > 0),
      );
      const parts = planResumed(plan, (at) => stretches.get(at));
      const last = parts.at(-1);
      assert.ok(last !== undefined && !('content' in last) && last.until === undefined, 'the end is read');
      const read = parts.map((one) =>
        'content' in one
          ? one
          : part(one.isExact ? one.from : after(one.from), one.until === undefined ? 300 : after(one.until)),
      );
      const joined = joinParts(read);
      assert.deepEqual([joined.kind, joined.kind === 'done' && joined.done.bytes], ['done', 300]);
    }),
  );
});
