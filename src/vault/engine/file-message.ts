/**
 * What a thread read of a file, on its way to the one that walks. Every text of a message becomes a text of its own on the other side: a file that is nearly
 * all hole has hundreds of thousands of the same piece, so those of a long file travel as bytes.
 */
import type { FileDone } from '#vault/engine/work.ts';
import { ID_BYTES } from '#vault/format/blob.ts';

export interface SentFile extends Omit<FileDone, 'content' | 'lengths'> {
  /** Ids one after another, or each as text. */
  readonly content: readonly string[] | Uint8Array;
  readonly lengths: readonly number[] | Uint32Array;
}

const LONG_PIECES = 1000;

export function sentFile(done: FileDone): SentFile {
  const { content, lengths } = done;
  if (content.length < LONG_PIECES) return done;
  const ids = Buffer.allocUnsafeSlow(content.length * ID_BYTES);
  for (const [i, id] of content.entries()) ids.write(id, i * ID_BYTES, 'hex');
  return { ...done, content: ids, lengths: Uint32Array.from(lengths) };
}

export function receivedFile({ content, lengths, ...rest }: SentFile): FileDone {
  return {
    ...rest,
    content: content instanceof Uint8Array ? idsIn(content) : content,
    lengths: lengths instanceof Uint32Array ? Array.from(lengths) : lengths,
  };
}

/** Ids that stand in a row and are the same are one text. */
function idsIn(content: Uint8Array): readonly string[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const ids: string[] = [];
  for (let at = 0; at < bytes.length; at += ID_BYTES) {
    const last = ids.at(-1);
    const isSame = last !== undefined && bytes.compare(bytes, at - ID_BYTES, at, at, at + ID_BYTES) === 0;
    ids.push(isSame ? last : bytes.toString('hex', at, at + ID_BYTES));
  }
  return ids;
}
