/**
 * Trees: one folder as JSON, its nodes sorted by the bytes of their names. Encoded exactly as Go encodes restic's node, because a tree
 * that is decoded and encoded again has to keep its name. Numbers that may pass 2^53 (inode, device, size) keep every bit.
 */
import { randomInt } from 'node:crypto';
import { goJsonString, goQuotedName, goTime } from '#vault/format/go-text.ts';
import { isObjectId } from '#vault/format/blob.ts';
import { giveBack } from '#vault/format/memory.ts';
import { damaged, fieldsOf, list, parseJson } from '#vault/format/json-fields.ts';
import { readNode } from '#vault/format/read-node.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';

/** Whether one name comes before another: by bytes. */
export function byName(a: { readonly name: Uint8Array }, b: { readonly name: Uint8Array }): number {
  return Buffer.compare(a.name, b.name);
}

/** The tree's plain bytes; nodes in the order of `byName`. */
export function encodeTree(nodes: readonly TreeNode[]): Buffer {
  const pieces = nodes.reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
  return pieces < LONG_PIECES ? gathered(nodes) : measured(nodes);
}

/** What is text at the same time: that of a large folder, or of a file that is nearly all hole, is many times as large as its bytes. */
const TEXT_CHARS = 32 * 1024;
const IDS_TOGETHER = 128;
/** With so many pieces it is worth making the text twice, so that its bytes are there once. */
const LONG_PIECES = 20_000;

function gathered(nodes: readonly TreeNode[]): Buffer {
  const parts = Array.from(textsOf(nodes), (text) => Buffer.from(text));
  const whole = Buffer.concat(parts);
  for (const part of parts) giveBack(part);
  return whole;
}

function measured(nodes: readonly TreeNode[]): Buffer {
  let [bytes, at] = [0, 0];
  for (const text of textsOf(nodes)) bytes += Buffer.byteLength(text);
  const whole = Buffer.allocUnsafeSlow(bytes);
  for (const text of textsOf(nodes)) at += whole.write(text, at);
  return whole;
}

function* textsOf(nodes: readonly TreeNode[]): Iterable<string> {
  let text = '{"nodes":[';
  for (const [i, node] of nodes.entries()) {
    text += `${i === 0 ? '' : ','}${beforeContent(node)}`;
    const { content } = node;
    for (let at = 0; at < (content?.length ?? 0); at += IDS_TOGETHER) {
      text += ids(content ?? [], at);
      if (text.length < TEXT_CHARS) continue;
      yield text;
      text = '';
    }
    text += afterContent(node);
    if (text.length < TEXT_CHARS) continue;
    yield text;
    text = '';
  }
  yield `${text}]}\n`;
}

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
  const first = randomInt(NUMBERS);
  const { text, lists } = liftLists(Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength), first);
  const { nodes } = fieldsOf(parseJson(text.replace(LONG, '"$1":"$2"')));
  if (nodes === null) return [];
  const found = list(nodes, 'nodes');
  if (lists.length > 0) putBack(found, lists, first);
  return found.map(readNode);
}

/** A tree cannot know the number that stands for a list of its own. */
const NUMBERS = 2 ** 47;

interface Lifted {
  /** Where a long list was stands its number. */
  readonly text: string;
  readonly lists: readonly (readonly string[])[];
}

const CONTENT = Buffer.from('"content":["');
const [QUOTE, COMMA, END] = [0x22, 0x2c, 0x5d];
/** An id, its quotes and what follows them. */
const ITEM_BYTES = 67;
const LONG_LIST = 1000;

/** Long lists of pieces as they are written, without a text for each: of a hole they are hundreds of thousands, all the same. No text holds such a key. */
function liftLists(plain: Buffer, first: number): Lifted {
  const [texts, lists]: [string[], (readonly string[])[]] = [[], []];
  let from = 0;
  if (plain.length > LONG_LIST * ITEM_BYTES)
    for (let at = plain.indexOf(CONTENT); at >= 0; at = plain.indexOf(CONTENT, at + CONTENT.length)) {
      const begin = at + CONTENT.length - 1;
      const last = begin + (LONG_LIST - 1) * ITEM_BYTES;
      if (plain[last] !== QUOTE || plain[last - 1] !== COMMA) continue;
      const found = idsFrom(plain, begin);
      if (found === undefined) continue;
      texts.push(plain.toString('utf8', from, begin), `${first + lists.length}`);
      lists.push(found);
      from = begin + found.length * ITEM_BYTES - 1;
    }
  return { text: `${texts.join('')}${plain.toString('utf8', from)}`, lists };
}

/** The ids of a list up to its end; undefined for anything else, which is read as any JSON. */
function idsFrom(plain: Buffer, begin: number): readonly string[] | undefined {
  const ids: string[] = [];
  let last = '';
  for (let at = begin; at + ITEM_BYTES <= plain.length; at += ITEM_BYTES) {
    const isSame = ids.length > 0 && plain.compare(plain, at - ITEM_BYTES, at - 1, at, at + ITEM_BYTES - 1) === 0;
    if (!isSame) {
      last = plain.toString('latin1', at + 1, at + ITEM_BYTES - 2);
      if (!isObjectId(last) || plain[at] !== QUOTE || plain[at + ITEM_BYTES - 2] !== QUOTE) return undefined;
    }
    ids.push(last);
    const next = plain[at + ITEM_BYTES - 1];
    if (next === END) return ids;
    if (next !== COMMA) return undefined;
  }
  return undefined;
}

/** Each where its number stands; what has numbers of its own there is no tree. */
function putBack(nodes: readonly unknown[], lists: Lifted['lists'], first: number): void {
  let next = 0;
  for (const node of nodes) {
    const fields = node as Record<string, unknown> | null; // as JSON has it
    const content: unknown = fields?.['content'];
    if (fields === null || !Array.isArray(content) || content[0] !== first + next) continue;
    fields['content'] = lists[next];
    next += 1;
  }
  if (next !== lists.length) throw damaged('a list of pieces where none belongs');
}
