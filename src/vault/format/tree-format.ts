/**
 * Trees: one folder as JSON, its nodes sorted by the bytes of their names. Encoded exactly as Go encodes restic's node, because a tree
 * that is decoded and encoded again has to keep its name. Numbers that may pass 2^53 (inode, device, size) keep every bit.
 */
import { goJsonString, goQuotedName, goTime, parseGoTime, unquotedName } from '#vault/format/go-text.ts';
import { Fault } from '#std/refused.ts';
import { z } from 'zod';

export type NodeType = 'file' | 'dir' | 'symlink' | 'dev' | 'chardev' | 'fifo' | 'socket';

export interface TreeNode {
  /** As on disk: any bytes but `/` and NUL. */
  readonly name: Uint8Array;
  readonly type: NodeType;
  /** Go's FileMode: permission bits and Go's own bits for the kind. */
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly atimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
  readonly group: string;
  readonly inode: bigint;
  readonly deviceId: bigint;
  readonly size: bigint;
  readonly links: bigint;
  readonly linkTarget?: Uint8Array;
  readonly xattrs?: readonly { readonly name: string; readonly value: Uint8Array }[];
  readonly device?: bigint;
  /** Ids of the data blobs, for files. */
  readonly content?: readonly string[];
  readonly subtree?: string;
}

/** Whether one name comes before another: by bytes. */
export function byName(a: { readonly name: Uint8Array }, b: { readonly name: Uint8Array }): number {
  return Buffer.compare(a.name, b.name);
}

/** The tree's plain bytes; nodes in the order of `byName`. */
export function encodeTree(nodes: readonly TreeNode[]): Buffer {
  const parts: Buffer[] = [Buffer.from('{"nodes":[')];
  for (let at = 0; at < nodes.length; at += TOGETHER) {
    const text = nodes
      .slice(at, at + TOGETHER)
      .map(encodeNode)
      .join(',');
    parts.push(Buffer.from(at === 0 ? text : `,${text}`));
  }
  return Buffer.concat([...parts, Buffer.from(']}\n')]);
}

/** Nodes that are text at the same time: a large folder's text would be many times as large as its bytes. */
const TOGETHER = 256;

function encodeNode(node: TreeNode): string {
  let text = `{"name":${goQuotedName(node.name)},"type":"${node.type}"`;
  if (node.mode !== 0) text += `,"mode":${node.mode}`;
  text += `,"mtime":"${goTime(node.mtimeNs)}","atime":"${goTime(node.atimeNs)}","ctime":"${goTime(node.ctimeNs)}"`;
  text += `,"uid":${node.uid},"gid":${node.gid}`;
  if (node.user !== '') text += `,"user":${goJsonString(node.user)}`;
  if (node.group !== '') text += `,"group":${goJsonString(node.group)}`;
  text += unlessZero('inode', node.inode) + unlessZero('device_id', node.deviceId);
  text += unlessZero('size', node.size) + unlessZero('links', node.links);
  if (node.linkTarget !== undefined) text += linkTarget(node.linkTarget);
  if (node.xattrs !== undefined && node.xattrs.length > 0) text += xattrs(node.xattrs);
  if (node.device !== undefined) text += unlessZero('device', node.device);
  text += `,"content":${node.content === undefined ? 'null' : ids(node.content)}`;
  if (node.subtree !== undefined) text += `,"subtree":"${node.subtree}"`;
  return `${text}}`;
}

function unlessZero(name: string, value: bigint): string {
  return value === 0n ? '' : `,"${name}":${value}`;
}

function ids(content: readonly string[]): string {
  return content.length === 0 ? '[]' : `["${content.join('","')}"]`;
}

function linkTarget(target: Uint8Array): string {
  const bytes = Buffer.from(target.buffer, target.byteOffset, target.byteLength);
  const text = bytes.toString('utf8');
  const readable = `,"linktarget":${goJsonString(text)}`;
  return Buffer.from(text).equals(bytes) ? readable : `${readable},"linktarget_raw":"${bytes.toString('base64')}"`;
}

function xattrs(attributes: NonNullable<TreeNode['xattrs']>): string {
  const items = attributes.map(
    ({ name, value }) => `{"name":${goJsonString(name)},"value":"${Buffer.from(value).toString('base64')}"}`,
  );
  return `,"extended_attributes":[${items.join(',')}]`;
}

const big = z.union([z.int(), z.string().regex(/^\d{1,20}$/)]).transform((value) => BigInt(value));
const hexId = z.string().regex(/^[0-9a-f]{64}$/);
const nodeFile = z.object({
  name: z.string(),
  type: z.enum(['file', 'dir', 'symlink', 'dev', 'chardev', 'fifo', 'socket']),
  mode: z.int().default(0),
  mtime: z.string().default(''),
  atime: z.string().default(''),
  ctime: z.string().default(''),
  uid: z.int().default(0),
  gid: z.int().default(0),
  user: z.string().default(''),
  group: z.string().default(''),
  inode: big.default(0n),
  device_id: big.default(0n),
  size: big.default(0n),
  links: big.default(0n),
  linktarget: z.string().optional(),
  linktarget_raw: z.base64().optional(),
  extended_attributes: z.array(z.object({ name: z.string(), value: z.base64().nullable() })).nullish(),
  device: big.optional(),
  content: z.array(hexId).nullish(),
  subtree: hexId.nullish(),
});
const treeFile = z.object({ nodes: z.array(nodeFile).nullable() });

/** Numbers too long for a JavaScript number, in the fields that can hold such: they are read as text. */
const LONG = /"(inode|device_id|size|links|device)":(\d{16,20})/g;

export function decodeTree(plain: Uint8Array): readonly TreeNode[] {
  const text = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength).toString('utf8');
  const parsed = treeFile.parse(JSON.parse(text.replace(LONG, '"$1":"$2"')));
  return (parsed.nodes ?? []).map(toNode);
}

function toNode(file: z.infer<typeof nodeFile>): TreeNode {
  const name = unquotedName(file.name);
  if (!isName(name)) throw new Fault('tree-broken', 'a tree names something that is no name of a file');
  const target =
    file.linktarget_raw === undefined
      ? file.linktarget === undefined
        ? undefined
        : Buffer.from(file.linktarget)
      : Buffer.from(file.linktarget_raw, 'base64');
  return {
    name,
    type: file.type,
    mode: file.mode,
    mtimeNs: parseGoTime(file.mtime),
    atimeNs: parseGoTime(file.atime),
    ctimeNs: parseGoTime(file.ctime),
    uid: file.uid,
    gid: file.gid,
    user: file.user,
    group: file.group,
    inode: file.inode,
    deviceId: file.device_id,
    size: file.size,
    links: file.links,
    ...(target === undefined ? {} : { linkTarget: target }),
    ...(file.extended_attributes == null
      ? {}
      : {
          xattrs: file.extended_attributes.map(({ name: attribute, value }) => ({
            name: attribute,
            value: Buffer.from(value ?? '', 'base64'),
          })),
        }),
    ...(file.device === undefined ? {} : { device: file.device }),
    ...(file.content == null ? {} : { content: file.content }),
    ...(file.subtree == null ? {} : { subtree: file.subtree }),
  };
}

/** A tree from elsewhere must not lead a restore out of its folder. */
export function isName(name: Uint8Array): boolean {
  if (name.length === 0 || name.length > 255) return false;
  if (name.includes(0) || name.includes(0x2f)) return false;
  return !(name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e)));
}
