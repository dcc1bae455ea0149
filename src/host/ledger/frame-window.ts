/** Reads frames of one segment in large pieces. */
import type { DiskFile } from '#host/ledger/disk.ts';
import type { Frame } from '#host/ledger/frame.ts';
import { FRAME_HEAD_BYTES, parseFrame, parseFrameHead } from '#host/ledger/frame.ts';

const WINDOW_BYTES = 2 ** 20;

export interface FrameWindow {
  /** The valid frame at this offset, or undefined. Its bytes stay valid until the next call. */
  frameAt(offset: number): Promise<Frame | undefined>;
}

export function createFrameWindow(file: DiskFile, epoch: Uint8Array): FrameWindow {
  let buffer = Buffer.allocUnsafe(0);
  let start = 0;

  async function load(offset: number, sizeBytes: number): Promise<void> {
    const room = Math.min(Math.max(sizeBytes, WINDOW_BYTES), file.sizeBytes - offset);
    const into = Buffer.allocUnsafe(Math.max(room, 0));
    buffer = into.subarray(0, await file.read(into, offset));
    start = offset;
  }

  function has(offset: number, sizeBytes: number): boolean {
    return offset >= start && offset + sizeBytes <= start + buffer.byteLength;
  }

  return {
    async frameAt(offset) {
      if (!has(offset, FRAME_HEAD_BYTES)) await load(offset, FRAME_HEAD_BYTES);
      const head = parseFrameHead(buffer.subarray(offset - start), epoch);
      if (head === undefined) return undefined;
      if (!has(offset, head.sizeBytes)) await load(offset, head.sizeBytes);
      return parseFrame(buffer.subarray(offset - start), epoch);
    },
  };
}
