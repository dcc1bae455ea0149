/**
 * What a thread read of a file, on its way to the one that walks. Every text of a message becomes a text of its own on the other side: a file that is nearly
 * all hole has hundreds of thousands of the same piece, so those of a long file travel as bytes, and what is the same in a row as one.
 */
import type { FileDone } from '#vault/engine/work.ts';
import { ID_BYTES } from '#vault/format/blob.ts';

/** Pieces in their order; those in a row that are the same stand together. */
interface Runs {
  readonly ids: Uint8Array;
  readonly lengths: Uint32Array;
  readonly counts: Uint32Array;
}

export interface SentFile extends Omit<FileDone, 'content' | 'lengths'> {
  readonly pieces: Pick<FileDone, 'content' | 'lengths'> | Runs;
}

const LONG_PIECES = 1000;

export function sentFile({ content, lengths, ...rest }: FileDone): SentFile {
  return { ...rest, pieces: content.length < LONG_PIECES ? { content, lengths } : runsOf(content, lengths) };
}

export function receivedFile({ pieces, ...rest }: SentFile): FileDone {
  return { ...rest, ...('ids' in pieces ? piecesOf(pieces) : pieces) };
}

function runsOf(content: readonly string[], lengths: readonly number[]): Runs {
  const begins = Array.from(content.keys()).filter(
    (i) => i === 0 || content[i] !== content[i - 1] || lengths[i] !== lengths[i - 1],
  );
  const ids = Buffer.allocUnsafeSlow(begins.length * ID_BYTES);
  for (const [run, i] of begins.entries()) ids.write(content[i] ?? '', run * ID_BYTES, 'hex');
  return {
    ids,
    lengths: Uint32Array.from(begins, (i) => lengths[i] ?? 0),
    counts: Uint32Array.from(begins, (i, run) => (begins[run + 1] ?? content.length) - i),
  };
}

function piecesOf({ ids, lengths, counts }: Runs): Pick<FileDone, 'content' | 'lengths'> {
  const bytes = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength);
  const [content, each]: [string[], number[]] = [[], []];
  for (const [run, count] of counts.entries()) {
    const [id, length] = [bytes.toString('hex', run * ID_BYTES, (run + 1) * ID_BYTES), lengths[run] ?? 0];
    for (let i = 0; i < count; i += 1) {
      content.push(id);
      each.push(length);
    }
  }
  return { content, lengths: each };
}
