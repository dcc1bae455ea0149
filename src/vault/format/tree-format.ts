/**
 * Trees: one folder as JSON, its nodes sorted by the bytes of their names. Encoded exactly as Go encodes restic's node, because a tree
 * that is decoded and encoded again has to keep its name. Numbers that may pass 2^53 (inode, device, size) keep every bit.
 */
import { goJsonString, goQuotedName, goTime } from '#vault/format/go-text.ts';
import { giveBack } from '#vault/format/memory.ts';
import { fieldsOf, list, parseJson } from '#vault/format/json-fields.ts';
import { readNode } from '#vault/format/read-node.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';

/** Whether one name comes before another: by bytes. */
export function byName(a: { readonly name: Uint8Array }, b: { readonly name: Uint8Array }): number {
  return Buffer.compare(a.name, b.name);
}

/** The tree's plain bytes; nodes in the order of `byName`. */
export function encodeTree(nodes: readonly TreeNode[]): Buffer {
  const parts: Buffer[] = [];
  let text = '{"nodes":[';
  const write = (): void => {
    parts.push(Buffer.from(text));
    text = '';
  };
  for (const [i, node] of nodes.entries()) {
    text += `${i === 0 ? '' : ','}${beforeContent(node)}`;
    const { content } = node;
    for (let at = 0; at < (content?.length ?? 0); at += IDS_TOGETHER) {
      text += ids(content ?? [], at);
      if (text.length >= TEXT_CHARS) write();
    }
    text += afterContent(node);
    if (text.length >= TEXT_CHARS) write();
  }
  text += ']}\n';
  write();
  const whole = Buffer.concat(parts);
  for (const part of parts) giveBack(part);
  return whole;
}

/** What is text at the same time: that of a large folder, or of a file that is nearly all hole, is many times as large as its bytes. */
const TEXT_CHARS = 128 * 1024;
const IDS_TOGETHER = 1024;

function beforeContent(node: TreeNode): string {
  let text = `{"name":${goQuotedName(node.name)},"type":"${node.type}"`;
  if (node.mode !== 0) text += `,"mode":${node.mode}`;
  const mtime = goTime(node.mtimeNs);
  const atime = node.atimeNs === node.mtimeNs ? mtime : goTime(node.atimeNs);
  const ctime = node.ctimeNs === node.mtimeNs ? mtime : goTime(node.ctimeNs);
  text += `,"mtime":"${mtime}","atime":"${atime}","ctime":"${ctime}"`;
  text += `,"uid":${node.uid},"gid":${node.gid}`;
  if (node.user !== '') text += `,"user":${goJsonString(node.user)}`;
  if (node.group !== '') text += `,"group":${goJsonString(node.group)}`;
  text += unlessZero('inode', node.inode) + unlessZero('device_id', node.deviceId);
  text += unlessZero('size', node.size) + unlessZero('links', node.links);
  if (node.linkTarget !== undefined) text += linkTarget(node.linkTarget);
  if (node.xattrs !== undefined && node.xattrs.length > 0) text += xattrs(node.xattrs);
  if (node.device !== undefined) text += unlessZero('device', node.device);
  return `${text},"content":${node.content === undefined ? 'null' : '['}`;
}

function afterContent({ content, subtree }: TreeNode): string {
  return `${content === undefined ? '' : ']'}${subtree === undefined ? '' : `,"subtree":"${subtree}"`}}`;
}

function unlessZero(name: string, value: bigint): string {
  return value === 0n ? '' : `,"${name}":${value}`;
}

function ids(content: readonly string[], from: number): string {
  return `${from === 0 ? '' : ','}"${content.slice(from, from + IDS_TOGETHER).join('","')}"`;
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

/** Numbers too long for a JavaScript number, in the fields that can hold such: they are read as text. */
const LONG = /"(inode|device_id|size|links|device)":(\d{16,20})/g;

/** Faults `object-damaged` and `tree-broken` for what is no tree, whoever wrote it. */
export function decodeTree(plain: Uint8Array): readonly TreeNode[] {
  const text = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength).toString('utf8');
  const { nodes } = fieldsOf(parseJson(text.replace(LONG, '"$1":"$2"')));
  return nodes === null ? [] : list(nodes, 'nodes').map(readNode);
}
