/** A node out of a tree's JSON. A snapshot of a million files is compared with one as large, and each of its nodes passes here. */
import { parseGoTime, unquotedName } from '#vault/format/go-text.ts';
import { base64, fieldsOf, hexId, list, long, text, whole } from '#vault/format/json-fields.ts';
import type { Fields } from '#vault/format/json-fields.ts';
import { isName } from '#vault/format/tree-node.ts';
import type { NodeType, TreeNode } from '#vault/format/tree-node.ts';
import { Fault } from '#std/refused.ts';

/** A Fault `object-damaged` when it is no node, `tree-broken` when it has a name that no entry of a folder can have. */
export function readNode(json: unknown): TreeNode {
  const fields = fieldsOf(json);
  const name = unquotedName(text(fields, 'name'));
  if (!isName(name)) throw new Fault('tree-broken', 'a tree names something that is no name of a file');
  const mtime = text(fields, 'mtime', '');
  const mtimeNs = parseGoTime(mtime);
  const timeOf = (field: string): bigint => {
    const value = text(fields, field, '');
    return value === mtime ? mtimeNs : parseGoTime(value);
  };
  const atimeNs = timeOf('atime');
  const ctimeNs = timeOf('ctime');
  return {
    name,
    type: typeOf(fields),
    mode: whole(fields, 'mode'),
    mtimeNs,
    atimeNs,
    ctimeNs,
    uid: whole(fields, 'uid'),
    gid: whole(fields, 'gid'),
    user: text(fields, 'user', ''),
    group: text(fields, 'group', ''),
    inode: long(fields, 'inode'),
    deviceId: long(fields, 'device_id'),
    size: long(fields, 'size'),
    links: long(fields, 'links'),
    ...restOf(fields),
  };
}

type Rest = Pick<TreeNode, 'linkTarget' | 'xattrs' | 'device' | 'content' | 'subtree'>;

/** Fields that a node may lack. */
function restOf(fields: Fields): Rest {
  const { content, subtree, device } = fields;
  const [linkTarget, xattrs] = [linkTargetOf(fields), xattrsOf(fields)];
  return {
    ...(linkTarget === undefined ? {} : { linkTarget }),
    ...(xattrs === undefined ? {} : { xattrs }),
    ...(device === undefined ? {} : { device: long(fields, 'device') }),
    ...(content == null ? {} : { content: idsOf(list(content, 'content')) }),
    ...(subtree == null ? {} : { subtree: hexId(subtree) }),
  };
}

/** Of ids that stand in a row and are the same, as those of a hole, one text is kept. */
function idsOf(content: readonly unknown[]): readonly string[] {
  let last = '';
  return content.map((id) => (id === last ? last : (last = hexId(id))));
}

const TYPES: ReadonlySet<unknown> = new Set<NodeType>(['file', 'dir', 'symlink', 'dev', 'chardev', 'fifo', 'socket']);

function typeOf({ type }: Fields): NodeType {
  if (!TYPES.has(type)) throw new Fault('object-damaged', 'a tree has a kind of entry that is not known');
  return type as NodeType; // one of the set
}

function linkTargetOf(fields: Fields): Buffer | undefined {
  if (fields['linktarget_raw'] !== undefined) return base64(fields['linktarget_raw'], 'linktarget_raw');
  return fields['linktarget'] === undefined ? undefined : Buffer.from(text(fields, 'linktarget'));
}

function xattrsOf({ extended_attributes: attributes }: Fields): TreeNode['xattrs'] {
  if (attributes == null) return undefined;
  return list(attributes, 'extended_attributes').map((one) => {
    const fields = fieldsOf(one);
    const value = fields['value'] === null ? Buffer.alloc(0) : base64(fields['value'], 'value');
    return { name: text(fields, 'name'), value };
  });
}
