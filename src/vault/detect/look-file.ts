/** The looks of a snapshot as they are kept beside its manifest: one line of JSON for each file, compressed. */
import { LookTable } from '#vault/detect/look-table.ts';
import { damaged, decodeLook, encodeLook } from '#vault/detect/past-looks.ts';
import type { PastLooks } from '#vault/detect/past-looks.ts';
import { readLines } from '#vault/engine/lines-file.ts';
import { createSortedLines } from '#vault/engine/sorted-lines.ts';

export interface DecodeOptions {
  /** A folder for what memory has no room for. */
  readonly scratch?: string;
  /** Which of them are wanted; all when left out. */
  wants?(path: string): boolean;
}

/** A path has 4096 bytes at most; written, one that is no UTF-8 has six times as many. */
const LINE_CHARS_MAX = 32 * 1024;

/** The lines in their order, each with its end; each is to be used before the next is asked for. */
export function* encodedLooks(looks: PastLooks, scratch?: string): Iterable<Buffer> {
  const lines = createSortedLines(scratch === undefined ? {} : { scratch });
  try {
    for (const [path, look] of looks) {
      const text = `${encodeLook(path, look)}\n`;
      lines.add(Buffer.from(text), [text]);
    }
    yield* lines.texts();
  } finally {
    lines.close();
  }
}

/** A Fault for bytes that are not ours. */
export async function decodePast(bytes: Uint8Array, { scratch, wants }: DecodeOptions = {}): Promise<PastLooks> {
  const looks = new LookTable(scratch);
  try {
    for await (const lines of readLines([bytes], { lineCharsMax: LINE_CHARS_MAX }))
      for (const text of lines) {
        const [path, look] = decodeLook(text);
        if (wants?.(path) !== false) looks.add(path, look);
      }
    return looks;
  } catch (cause) {
    throw damaged(cause);
  }
}
