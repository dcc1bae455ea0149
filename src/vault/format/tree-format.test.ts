import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { byName, decodeTree, encodeTree } from '#vault/format/tree-format.ts';
import { isName } from '#vault/format/tree-node.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';

const unsigned64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
/** Where plain JSON begins to lose, and its neighbours. */
const awkward = fc.constantFrom(
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 63n,
  2n ** 64n - 1n,
  999_999_999_999_999n,
);
const whole = fc.oneof(unsigned64, awkward);
const time = fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n });
const name = fc.uint8Array({ minLength: 1, maxLength: 40 }).filter(isName);
const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));

const file: fc.Arbitrary<TreeNode> = fc.record({
  name,
  type: fc.constant('file' as const),
  mode: fc.integer({ min: 0, max: 0o777 }),
  mtimeNs: time,
  atimeNs: time,
  ctimeNs: time,
  uid: fc.nat(),
  gid: fc.nat(),
  user: fc.string(),
  group: fc.string(),
  inode: whole,
  deviceId: whole,
  size: whole,
  links: whole,
  content: fc.array(id, { maxLength: 3 }),
});

test('every 64-bit inode, device, size and count of links comes back to the last bit, under every name', () => {
  fc.assert(
    fc.property(fc.array(file, { maxLength: 8 }), (nodes) => {
      const sorted = [...nodes].sort(byName);
      const bytes = encodeTree(sorted);
      const back = decodeTree(bytes);
      assert.deepEqual(
        back.map(({ name: bytesOf, inode, deviceId, size, links, mtimeNs, content }) => [
          Buffer.from(bytesOf).toString('hex'),
          [inode, deviceId, size, links, mtimeNs],
          content,
        ]),
        sorted.map(({ name: bytesOf, inode, deviceId, size, links, mtimeNs, content }) => [
          Buffer.from(bytesOf).toString('hex'),
          [inode, deviceId, size, links, mtimeNs],
          content,
        ]),
      );
      assert.deepEqual(encodeTree(back), bytes);
    }),
    { numRuns: 300, seed: 4 },
  );
});

test('a name of a rune that Go writes with eight digits is not read as one with four', () => {
  const bytes = Buffer.from('{"nodes":[{"name":"a\\\\U00010b56\\\\u0378.mov","type":"file","content":[]}]}\n');
  const [node] = decodeTree(bytes);
  assert.equal(Buffer.from(node?.name ?? []).toString(), 'a\u{10b56}\u0378.mov');
});

test('a folder longer than what is text at a time is one tree without a seam', () => {
  const base = {
    type: 'file' as const,
    mode: 0o644,
    mtimeNs: 1n,
    atimeNs: 1n,
    ctimeNs: 1n,
    uid: 0,
    gid: 0,
    user: '',
    group: '',
    deviceId: 1n,
    size: 0n,
    links: 1n,
    content: [],
  };
  for (const count of [0, 1, 255, 256, 257, 512, 1000]) {
    const nodes = Array.from({ length: count }, (_, i) => ({ ...base, name: Buffer.from(`${i}`), inode: BigInt(i) }));
    const bytes = encodeTree(nodes);
    assert.equal((JSON.parse(bytes.toString()) as { nodes: unknown[] }).nodes.length, count);
    assert.deepEqual(encodeTree(decodeTree(bytes)), bytes);
  }
});

test('a file of more pieces than are text at a time is one list without a seam', () => {
  const [node] = fc.sample(file, { numRuns: 1, seed: 4 });
  assert.ok(node !== undefined);
  const ids = Array.from({ length: 3000 }, (_, i) => `${i % 3}`.padStart(64, 'a'));
  for (const length of [0, 1, 1023, 1024, 1025, 2048, 3000]) {
    const content = ids.slice(0, length);
    const plain = encodeTree([
      { ...node, content },
      { ...node, content: ids.slice(0, 2) },
    ]);
    const { nodes } = JSON.parse(plain.toString()) as { readonly nodes: readonly { readonly content: unknown }[] };
    assert.deepEqual(
      nodes.map((one) => one.content),
      [content, ids.slice(0, 2)],
    );
    assert.deepEqual(decodeTree(plain)[0]?.content, content);
  }
});
