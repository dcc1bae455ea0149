/**
 * What `getfattr` prints, cut into its files as it comes: a block of lines for each file, ended by an empty line. Bytes may be handed over in parts of any
 * length. A block that nothing ends is none: its last value may be half of one.
 */

export interface BlockEvents {
  /** Its lines, the end of the last one among them. To be used before more is handed over. */
  block(lines: Buffer): void;
  /** One was longer than is held: it is passed over. */
  tooLong(): void;
}

export interface BlockReader {
  push(bytes: Buffer): void;
}

/** Of one file: a value has 64 KiB at most, and few files have many of such. */
export const BLOCK_BYTES_MAX = 16 * 1024 * 1024;

const NEWLINE = 0x0a;
const END = '\n\n';

/** `bytesMax` is lowered by tests only. */
export function createBlockReader({ block, tooLong }: BlockEvents, bytesMax = BLOCK_BYTES_MAX): BlockReader {
  /** Of the block that is not ended: copies, because what is handed over is used again. */
  let parts: Buffer[] = [];
  let length = 0;
  let endsLine = false;

  function keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    length += bytes.length;
    endsLine = bytes.at(-1) === NEWLINE;
    if (length > bytesMax) parts = [];
    else parts.push(Buffer.from(bytes));
  }

  function end(last: Buffer): void {
    const isTooLong = length + last.length > bytesMax;
    const lines = parts.length === 0 ? last : Buffer.concat([...parts, last]);
    [parts, length, endsLine] = [[], 0, false];
    if (isTooLong) return tooLong();
    const begin = lines.findIndex((byte) => byte !== NEWLINE);
    if (begin >= 0) block(lines.subarray(begin));
  }

  return {
    push(bytes) {
      let from = 0;
      if (endsLine && bytes[0] === NEWLINE) {
        end(bytes.subarray(0, 0));
        from = 1;
      }
      for (let at = bytes.indexOf(END, from); at >= 0; at = bytes.indexOf(END, from)) {
        end(bytes.subarray(from, at + 1));
        from = at + END.length;
      }
      keep(bytes.subarray(from));
    },
  };
}
