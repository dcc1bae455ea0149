import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AHEAD_BYTES_MAX, EARLY_MAX, OrderedWrites } from '#gates/sftp/ordered-writes.ts';

/** A file in memory that refuses holes, as the real one must never get any. */
function memoryFile(): { readonly bytes: number[]; readonly write: (bytes: Uint8Array, position: number) => void } {
  const bytes: number[] = [];
  return {
    bytes,
    write(part, position) {
      assert.ok(position <= bytes.length, `a hole before ${position}`);
      part.forEach((byte, i) => (bytes[position + i] = byte));
    },
  };
}

const bytes = fc.uint8Array({ minLength: 1, maxLength: 400 });

test('in whatever order the pieces come, bytes reach the file in order and every piece is acknowledged once', () => {
  fc.assert(
    fc.property(
      bytes,
      fc.array(fc.nat(400), { maxLength: 20 }),
      fc.infiniteStream(fc.nat()),
      (content, cuts, order) => {
        const at = [...new Set([0, ...cuts.filter((cut) => cut < content.length), content.length])].sort(
          (a, b) => a - b,
        );
        const pieces = at.slice(1).map((end, i) => ({ id: i, start: at[i] ?? 0, end }));
        const shuffled = pieces.map((piece) => ({ piece, key: order.next().value ?? 0 })).sort((a, b) => a.key - b.key);
        const file = memoryFile();
        const writes = new OrderedWrites(0, file.write);
        const acknowledged: number[] = [];
        for (const { piece } of shuffled) {
          const accepted = writes.accept(piece.id, piece.start, content.subarray(piece.start, piece.end));
          assert.notEqual(accepted.kind, 'gap');
          if (accepted.kind === 'written') acknowledged.push(...accepted.ids);
          for (const id of acknowledged)
            assert.ok((pieces[id]?.end ?? Infinity) <= writes.frontier, 'acknowledged means it is below the frontier');
        }
        assert.deepEqual(file.bytes, [...content]);
        assert.deepEqual(
          acknowledged.toSorted((a, b) => a - b),
          pieces.map((piece) => piece.id),
        );
        assert.deepEqual(writes.abandon(), []);
      },
    ),
  );
});

test('a piece far ahead, or too many of them, is refused rather than kept', () => {
  const writes = new OrderedWrites(10, () => assert.fail('nothing may be written'));
  assert.equal(writes.accept(1, 11 + AHEAD_BYTES_MAX, new Uint8Array(1)).kind, 'gap');
  for (let i = 0; i < EARLY_MAX; i += 1) assert.equal(writes.accept(i, 20 + i, new Uint8Array(1)).kind, 'early');
  assert.equal(writes.accept(999, 5000, new Uint8Array(1)).kind, 'gap');
  assert.equal(writes.abandon().length, EARLY_MAX);
  assert.equal(writes.frontier, 10);
});

test('kept bytes are a copy: the buffer they came in is used again', () => {
  const file = memoryFile();
  const writes = new OrderedWrites(0, file.write);
  const buffer = Uint8Array.of(9, 9);
  writes.accept(1, 2, buffer);
  buffer.fill(0);
  assert.deepEqual(writes.accept(2, 0, Uint8Array.of(1, 2)), { kind: 'written', ids: [2, 1] });
  assert.deepEqual(file.bytes, [1, 2, 9, 9]);
});
