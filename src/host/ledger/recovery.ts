/**
 * What a start makes of the segments it finds.
 *
 * Frames are walked in order; each must continue the chain. Where the last segment stops being valid, either nothing valid follows
 * (a torn tail: a write that was never acknowledged; it is cut off) or a valid frame follows (damage in the middle: frames are
 * written one after another, so what stood here was acknowledged; we halt and touch nothing).
 */
import type { Disk, DiskFile } from '#host/ledger/disk.ts';
import type { Frame } from '#host/ledger/frame.ts';
import { FRAME_MAGIC } from '#host/ledger/frame.ts';
import { createFrameWindow } from '#host/ledger/frame-window.ts';
import type { SegmentHead } from '#host/ledger/segment.ts';
import { parseSegmentHead, SEGMENT_HEAD_BYTES, segmentName, segmentNumber } from '#host/ledger/segment.ts';
import { Fault } from '#std/refused.ts';

const ZERO_CHAIN = new Uint8Array(32);
const SEARCH_BYTES = 4 * 2 ** 20;

export interface OpenSegment {
  readonly head: SegmentHead;
  readonly file: DiskFile;
}

/** Where the ledger ends. */
export interface End {
  /** In the last segment: where the next frame goes. */
  readonly offset: number;
  /** The last frame of the last segment, when it has one. */
  readonly lastFrameOffset: number | undefined;
  readonly nextIndex: number;
  readonly chain: Uint8Array;
  readonly tornBytes: number;
}

export type OnFrame = (segment: number, offset: number, frame: Frame) => void;

/** Opens every segment, in order; throws when one is missing or has no head. */
export async function openSegments(disk: Disk): Promise<readonly OpenSegment[]> {
  const numbers = (await disk.list()).map(segmentNumber).filter((number) => number !== undefined);
  numbers.sort((a, b) => a - b);
  const segments: OpenSegment[] = [];
  for (const [position, number] of numbers.entries()) {
    if (number !== position) throw damaged(`segment ${position} is missing`);
    segments.push(await openSegment(disk, number));
  }
  return segments;
}

export async function openSegment(disk: Disk, number: number): Promise<OpenSegment> {
  const file = await disk.open(segmentName(number));
  const bytes = Buffer.alloc(SEGMENT_HEAD_BYTES);
  await file.read(bytes, 0);
  const head = parseSegmentHead(bytes);
  if (head === undefined || head.number !== number || head.sizeBytes !== file.sizeBytes)
    throw damaged(`segment ${number} has a damaged head`);
  return { head, file };
}

/** Walks all frames and says where the ledger ends; changes nothing. */
export async function findEnd(segments: readonly OpenSegment[], onFrame: OnFrame): Promise<End> {
  let end: End = {
    offset: SEGMENT_HEAD_BYTES,
    lastFrameOffset: undefined,
    nextIndex: 0,
    chain: ZERO_CHAIN,
    tornBytes: 0,
  };
  for (const segment of segments) {
    const { head } = segment;
    // The head repeats where the segment before ended: nothing can be missing in between.
    if (head.firstIndex !== end.nextIndex || !Buffer.from(head.chain).equals(end.chain)) {
      throw damaged(`segment ${head.number} does not continue the one before it`);
    }
    end = await walkSegment(segment, end, onFrame);
  }
  const last = segments.at(-1);
  return last === undefined ? end : { ...end, tornBytes: await tornBytesAfter(last, end.offset) };
}

async function walkSegment({ head, file }: OpenSegment, from: End, onFrame: OnFrame): Promise<End> {
  const window = createFrameWindow(file, head.epoch);
  let end: End = { ...from, offset: SEGMENT_HEAD_BYTES, lastFrameOffset: undefined };
  for (;;) {
    const frame = await window.frameAt(end.offset);
    if (frame === undefined) return end;
    if (frame.firstIndex !== end.nextIndex || !Buffer.from(frame.chain).equals(end.chain)) {
      throw damaged(`the frame at ${end.offset} of segment ${head.number} does not continue the chain`);
    }
    onFrame(head.number, end.offset, frame);
    end = {
      offset: end.offset + frame.sizeBytes,
      lastFrameOffset: end.offset,
      nextIndex: frame.firstIndex + frame.count,
      chain: Uint8Array.from(frame.checksum),
      tornBytes: 0,
    };
  }
}

/** Bytes from `offset` to the last that is not zero; throws when a whole frame of this segment is among them. */
async function tornBytesAfter({ head, file }: OpenSegment, offset: number): Promise<number> {
  const mark = Buffer.concat([FRAME_MAGIC, head.epoch]);
  let torn = 0;
  for (let at = offset; at < file.sizeBytes; at += SEARCH_BYTES) {
    const chunk = Buffer.alloc(Math.min(SEARCH_BYTES + mark.byteLength, file.sizeBytes - at));
    await file.read(chunk, at);
    for (let found = chunk.indexOf(mark); found >= 0; found = chunk.indexOf(mark, found + 1)) {
      if (await isFrame(file, at + found, head.epoch))
        throw damaged(`a valid frame follows damage at ${offset} of segment ${head.number}`);
    }
    const last = lastNonZero(chunk);
    if (last >= 0) torn = at + last + 1 - offset;
  }
  return torn;
}

async function isFrame(file: DiskFile, offset: number, epoch: Uint8Array): Promise<boolean> {
  return (await createFrameWindow(file, epoch).frameAt(offset)) !== undefined;
}

function lastNonZero(bytes: Buffer): number {
  if (bytes.equals(Buffer.alloc(bytes.byteLength))) return -1; // the usual case, at memory speed
  for (let at = bytes.byteLength - 1; at >= 0; at -= 1) if (bytes[at] !== 0) return at;
  return -1;
}

function damaged(message: string): Fault {
  return new Fault('ledger-damaged', `${message}; restore the ledger from a mirror or a backup`);
}
