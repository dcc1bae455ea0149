import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hash } from 'node:crypto';
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

test('a long list of pieces is read as any JSON is, whatever stands around it', () => {
  const [node] = fc.sample(file, { numRuns: 1, seed: 4 });
  assert.ok(node !== undefined);
  const name = Buffer.from('a "content":["name \u{1F3AC}');
  const random = Array.from({ length: 1500 }, (_, i) => hash('sha256', `${i}`, 'hex'));
  const holes = Array.from({ length: 30_000 }, (_, i) =>
    i % 9000 === 0 ? hash('sha256', `${i}`, 'hex') : 'c'.repeat(64),
  );
  const nodes = [holes, [], random.slice(0, 999), random.slice(0, 1000), random, holes.slice(0, 1001)].map(
    (content) => ({
      ...node,
      name,
      content,
    }),
  );
  const plain = encodeTree(nodes);
  assert.deepEqual(
    decodeTree(plain).map(({ content, name: found }) => [content, Buffer.from(found).toString()]),
    nodes.map(({ content }) => [content, name.toString()]),
  );
  assert.equal(
    JSON.stringify(
      (JSON.parse(plain.toString()) as { nodes: { content: unknown }[] }).nodes.map(({ content }) => content),
    ),
    JSON.stringify(nodes.map(({ content }) => content)),
  );
});

test('a long list where none belongs, numbers for one, or one that is cut short, is no tree', () => {
  const [node] = fc.sample(file, { numRuns: 1, seed: 4 });
  assert.ok(node !== undefined);
  const content = Array.from({ length: 1200 }, (_, i) => hash('sha256', `${i}`, 'hex'));
  const plain = encodeTree([{ ...node, content }]).toString();
  const list = `"content":["${content.join('","')}"]`;
  const [first = ''] = content;
  for (const bad of [
    plain.replace(list, '"content":[0]'),
    plain.replace(list, `"content":[0],${list}`.replace('"content":[0],', '"content":[0],"more":{') + '}'),
    plain.replace(first, first.toUpperCase().replace(/[0-9]/, 'A')),
    plain.replace(first, first.slice(1)),
    plain.slice(0, plain.indexOf(first) + 67 * 1100),
    plain.replace(list, list.replace(`"${content[1100]}"`, '1')),
  ])
    assert.throws(() => decodeTree(Buffer.from(bad)), { name: 'Fault' });
});
