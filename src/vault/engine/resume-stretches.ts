/**
 * What an interrupted backup had read of a file that it did not finish: one line for each stretch, found by the file's path and by where the stretch was
 * read from. No field of it has the name of a finished file's content. Like every line of the journal it is a hint: it counts for the very state of the
 * file that it was read in, and while its pieces are stored.
 */
import { shortened, stateFields, stateIn, whole } from '#vault/engine/journal-fields.ts';
import type { FileState } from '#vault/engine/journal-fields.ts';
import type { FileDone } from '#vault/engine/work.ts';
import { base64, damaged, fieldsOf, hexId, text, within } from '#vault/format/json-fields.ts';
import type { Fields } from '#vault/format/json-fields.ts';

const NUMBER_MAX = Number.MAX_SAFE_INTEGER;
const UNSEEN = { kind: '', verdict: 'unchecked', deep: false } as const;

/** Under what a stretch is found: no path has a zero byte. */
export function stretchKey(path: Uint8Array, at: number): Buffer {
  return Buffer.concat([path, Buffer.from(`\0${at}`)]);
}

export function stretchFields(path: Buffer, at: number, stretch: FileDone): Fields {
  const { content, lengths, addedBytes, size, mtimeNs, ctimeNs, look, stretch: place } = stretch;
  const { inode = 0n, begin = 0 } = place ?? {};
  const seen =
    look === undefined
      ? {}
      : { blocks: look.blocks, evenBlocks: look.evenBlocks, head: Buffer.from(look.head).toString('base64') };
  const state = stateFields({ inode, size, mtimeNs, ctimeNs });
  const pieces = { pieces: shortened(content), lengths: shortened(lengths), addedBytes };
  return { path: path.toString('base64'), at, begin, ...state, ...pieces, ...seen };
}

export function isStretch(fields: Fields): boolean {
  return fields['at'] !== undefined;
}

export function stretchKeyIn(fields: Fields): Buffer {
  return stretchKey(base64(fields['path'], 'path'), within(fields, 'at', 0, NUMBER_MAX));
}

/** A Fault for what is none. */
export function stretchIn(line: unknown): { readonly state: FileState; readonly stretch: FileDone } {
  const fields = fieldsOf(line);
  const content = whole(fields['pieces'], 'pieces', hexId);
  const lengths = whole(fields['lengths'], 'lengths', (length) => within({ length }, 'length', 1, NUMBER_MAX));
  if (content.length === 0 || lengths.length !== content.length) throw damaged('a stretch without its pieces');
  const begin = within(fields, 'begin', 0, NUMBER_MAX);
  const bytes = lengths.reduce((sum, length) => sum + length, 0);
  const state = stateIn(fields);
  const { inode, ...times } = state;
  const addedBytes = within(fields, 'addedBytes', 0, NUMBER_MAX);
  const read = { job: 0, steadiness: 'steady', content, lengths, bytes, addedBytes, ...times } as const;
  const stretch = { begin, end: begin + bytes, inode };
  const look = fields['head'] === undefined ? {} : { look: lookIn(fields) };
  return { state, stretch: { ...read, ...look, stretch } };
}

function lookIn(fields: Fields): NonNullable<FileDone['look']> {
  const blocks = within(fields, 'blocks', 0, NUMBER_MAX);
  const evenBlocks = within(fields, 'evenBlocks', 0, NUMBER_MAX);
  const head = Buffer.from(text(fields, 'head', ''), 'base64');
  return { blocks, evenBlocks, head, tail: Buffer.alloc(0), structure: UNSEEN };
}
