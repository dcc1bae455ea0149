/** A folder's tree stands unmade only when nothing about it differs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameTree } from '#vault/engine/same-tree.ts';
import { decodeTree, encodeTree } from '#vault/format/tree-format.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';

const ID = 'ab'.repeat(32);

/** Every field that a node can have. */
const whole: Required<TreeNode> = {
  name: Buffer.from('A001C001.mxf'),
  type: 'file',
  mode: 0o644,
  mtimeNs: 1_700_000_000_123_456_789n,
  atimeNs: 1_700_000_000_123_456_788n,
  ctimeNs: 1_700_000_001_000_000_000n,
  uid: 1000,
  gid: 1001,
  user: 'mo',
  group: 'edit',
  inode: 2n ** 63n + 1n,
  deviceId: 7n,
  size: 12n,
  links: 2n,
  linkTarget: Buffer.from('there'),
  xattrs: [{ name: 'user.reel', value: Buffer.from('A001') }],
  device: 3n,
  content: [ID],
  subtree: ID,
};

const other: { readonly [Field in keyof TreeNode]-?: readonly TreeNode[Field][] } = {
  name: [Buffer.from('A001C002.mxf')],
  type: ['symlink'],
  mode: [0o600],
  mtimeNs: [whole.mtimeNs + 1n],
  atimeNs: [whole.atimeNs + 2n],
  ctimeNs: [whole.ctimeNs - 1n],
  uid: [0],
  gid: [0],
  user: [''],
  group: ['sound'],
  inode: [whole.inode - 1n],
  deviceId: [8n],
  size: [13n],
  links: [1n],
  linkTarget: [Buffer.from('here'), undefined],
  xattrs: [
    [],
    undefined,
    [{ name: 'user.reel', value: Buffer.from('A002') }],
    [{ name: 'user.roll', value: Buffer.from('A001') }],
    [...whole.xattrs, ...whole.xattrs],
  ],
  device: [4n, undefined],
  content: [[], undefined, ['cd'.repeat(32)], [ID, ID]],
  subtree: ['cd'.repeat(32), undefined],
};

function read(nodes: readonly TreeNode[]) {
  return { tree: ID, nodes: decodeTree(encodeTree(nodes)) };
}

test('what was stored and read again is the same tree', () => {
  for (const nodes of [[], [whole], [whole, { ...whole, name: Buffer.from('B\xff') }]])
    assert.equal(isSameTree(nodes, read(nodes)), true);
});

test('a difference in any field of any node is a difference', () => {
  for (const [field, values] of Object.entries(other))
    for (const value of values) {
      const { [field as keyof TreeNode]: _, ...rest } = whole; // a key of the record of its fields
      const changed = (value === undefined ? rest : { ...whole, [field]: value }) as TreeNode;
      assert.equal(isSameTree([whole, changed], read([whole, whole])), false, `${field} ${String(value)}`);
      assert.equal(isSameTree([changed], { tree: ID, nodes: [whole] }), false, field);
    }
});

test('more, fewer and no known nodes are not the same', () => {
  assert.equal(isSameTree([whole], read([whole, whole])), false);
  assert.equal(isSameTree([whole, whole], read([whole])), false);
  assert.equal(isSameTree([], undefined), false);
});
