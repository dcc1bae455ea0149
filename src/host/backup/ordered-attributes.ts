/**
 * The attributes of a tree, however many files have some: sorted in scratch as they come, and given out as a walk asks for them, one file after another.
 */
import { createBlockReader } from './attribute-blocks.ts';
import { parseBlock, parseLines, renderBlock } from './attribute-text.ts';
import type { AttributeBlock } from './attribute-text.ts';
import type { Attribute } from '#ports/file-attributes.ts';
import { createSortedLines } from '#vault/engine/sorted-lines.ts';
import type { SortedLinesOptions } from '#vault/engine/sorted-lines.ts';
import { Bug } from '#std/assert.ts';

export interface OrderedAttributes {
  add(block: AttributeBlock): void;
  /** Nothing is added any more. A folder is asked for before what lies in it, names in the order of their bytes. */
  of(path: Uint8Array): readonly Attribute[] | undefined;
  close(): void;
}

/** Different sets of attributes are few on most storages: equal ones are held once, up to so many. */
const SETS_MAX = 1024;
const SLASH = 0x2f;
const NONE = Buffer.alloc(0);

export function createOrderedAttributes(options: SortedLinesOptions): OrderedAttributes {
  const lines = createSortedLines(options);
  const sets = new Map<string, readonly Attribute[]>();
  let blocks: Iterator<AttributeBlock> | undefined;
  let next: { readonly key: Buffer; readonly lines: string } | undefined;
  let asked: Buffer = NONE;

  function advance(): void {
    blocks ??= blocksIn(lines.texts());
    const { value } = blocks.next() as { value?: AttributeBlock };
    next = value === undefined ? undefined : { key: keyOf(value.path), lines: value.lines };
  }

  function setOf(text: string): readonly Attribute[] {
    const known = sets.get(text);
    if (known !== undefined) return known;
    if (sets.size >= SETS_MAX) sets.clear();
    const set = parseLines(text);
    sets.set(text, set);
    return set;
  }

  return {
    add: (block) => lines.add(keyOf(block.path), [renderBlock(block), '\n']),
    of(path) {
      const key = keyOf(path);
      if (Buffer.compare(asked, key) > 0) throw new Bug('attributes are asked for out of order');
      asked = key;
      if (blocks === undefined) advance();
      while (next !== undefined && Buffer.compare(next.key, key) < 0) advance();
      return next !== undefined && next.key.equals(key) ? setOf(next.lines) : undefined;
    },
    close: () => lines.close(),
  };
}

function* blocksIn(texts: Iterable<Buffer>): Generator<AttributeBlock, undefined> {
  const found: AttributeBlock[] = [];
  const block = (lines: Buffer): void => {
    const parsed = parseBlock(lines);
    if (parsed !== undefined) found.push(parsed);
  };
  const reader = createBlockReader({ block, tooLong: () => undefined }, Infinity); // what was added is not too long
  for (const text of texts) {
    reader.push(text);
    yield* found.splice(0);
  }
}

/** Nothing sorts before what parts two names, so that what lies in a folder comes before the folder's neighbours. */
function keyOf(path: Uint8Array): Buffer {
  const key = Buffer.from(path);
  for (let at = key.indexOf(SLASH); at >= 0; at = key.indexOf(SLASH, at + 1)) key[at] = 0;
  return key;
}
