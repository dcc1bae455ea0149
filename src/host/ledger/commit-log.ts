/**
 * The durable ledger: implements ports/ledger-store.ts over a folder of segments (docs/spec/commit-log.md).
 *
 * Group commit: while one write is on its way, what arrives waits and goes out together in the next frame. One synced write
 * per frame, then the answer. After a failed write nothing is written ever again.
 */
import type { Disk } from '#host/ledger/disk.ts';
import {
  checksumOf,
  encodeFrame,
  EPOCH_BYTES,
  FRAME_ENTRIES_MAX,
  FRAME_RECORDS_BYTES_MAX,
  frameBytes,
  recordBytes,
} from '#host/ledger/frame.ts';
import { readEntries } from '#host/ledger/frame-reader.ts';
import { createPositions } from '#host/ledger/positions.ts';
import type { End, OpenSegment } from '#host/ledger/recovery.ts';
import { findEnd, openSegment, openSegments } from '#host/ledger/recovery.ts';
import { encodeSegmentHead, SEGMENT_BYTES, SEGMENT_HEAD_BYTES, segmentName, SPARE_NAME } from '#host/ledger/segment.ts';
import type { LedgerStore } from '#ports/ledger-store.ts';
import type { Random } from '#ports/random.ts';
import { assert } from '#std/assert.ts';
import { Fault } from '#std/refused.ts';

export const WAITING_ENTRIES_MAX = 131_072;
const ENTRY_BYTES_MAX = 65_535;
/** A spare segment is made when this share of the current one is used: at full speed the rest lasts for about as long as that takes. */
const SPARE_AT = 0.25;

export interface CommitLogOptions {
  readonly disk: Disk;
  readonly random: Random;
  readonly segmentBytes?: number;
}

export interface CommitLog extends LedgerStore {
  readonly recovered: number;
  readonly tornBytes: number;
}

interface Waiting {
  readonly entries: readonly Uint8Array[];
  readonly recordsBytes: number;
  readonly resolve: (placed: { readonly firstIndex: number }) => void;
  readonly reject: (cause: unknown) => void;
}

export async function openCommitLog(options: CommitLogOptions): Promise<CommitLog> {
  const { disk, random, segmentBytes = SEGMENT_BYTES } = options;
  const recordsBytesMax = Math.min(FRAME_RECORDS_BYTES_MAX, segmentBytes - SEGMENT_HEAD_BYTES - frameBytes(0));
  const buffer = Buffer.alloc(frameBytes(recordsBytesMax));
  const positions = createPositions();
  await removeSpare(disk);
  // A process that was killed may have left a segment whose name is seen but does not last yet.
  await disk.syncNames();
  const segments: OpenSegment[] = [...(await openSegments(disk))];
  const found = await findEnd(segments, (segment, offset, frame) =>
    positions.add({ index: frame.firstIndex, segment, offset }),
  );
  await mend(segments.at(-1), found);
  let { offset, nextIndex: size, chain } = found;
  let waiting: Waiting[] = [];
  let waitingEntries = 0;
  let writing = false;
  let broken: Fault | undefined;
  let spare: Promise<void> | undefined;
  let idle: PromiseWithResolvers<void> | undefined;
  if (segments.length === 0) await roll();

  function append(entries: readonly Uint8Array[]): Promise<{ readonly firstIndex: number }> {
    if (broken !== undefined) return Promise.reject(broken);
    let recordsBytes = 0;
    for (const entry of entries) {
      if (entry.byteLength > ENTRY_BYTES_MAX)
        return Promise.reject(new Fault('entry-too-large', `an entry of ${entry.byteLength} bytes`));
      recordsBytes += recordBytes(entry);
    }
    if (entries.length === 0 || entries.length > FRAME_ENTRIES_MAX || recordsBytes > recordsBytesMax) {
      return Promise.reject(
        new Fault('batch-too-large', `${entries.length} entries of ${recordsBytes} bytes do not fit one frame`),
      );
    }
    if (waitingEntries + entries.length > WAITING_ENTRIES_MAX)
      return Promise.reject(new Fault('ledger-busy', 'too many entries wait', { retry: true }));
    waitingEntries += entries.length;
    return new Promise((resolve, reject) => {
      waiting.push({ entries, recordsBytes, resolve, reject });
      if (!writing) {
        writing = true;
        setImmediate(() => void writeOn()); // lets everything that is ready now join the first frame
      }
    });
  }

  /** As many whole calls as one frame holds, in call order. */
  function take(): readonly Waiting[] {
    let [count, entries, recordsBytes] = [0, 0, 0];
    for (const item of waiting) {
      if (entries + item.entries.length > FRAME_ENTRIES_MAX || recordsBytes + item.recordsBytes > recordsBytesMax)
        break;
      count += 1;
      entries += item.entries.length;
      recordsBytes += item.recordsBytes;
    }
    const taken = waiting.slice(0, count);
    waiting = waiting.slice(count);
    waitingEntries -= entries;
    return taken;
  }

  async function writeOn(): Promise<void> {
    let taken: readonly Waiting[] = [];
    try {
      while (waiting.length > 0) {
        taken = take();
        const firstIndex = size;
        await writeFrame(taken.flatMap((item) => item.entries));
        answer(taken, firstIndex);
        taken = [];
        // The answered go on before the next frame is closed, and so join it.
        if (waiting.length === 0) await new Promise(setImmediate);
      }
    } catch (cause) {
      breakDown(cause, taken);
    }
    writing = false;
    idle?.resolve();
  }

  function answer(taken: readonly Waiting[], firstIndex: number): void {
    let index = firstIndex;
    for (const item of taken) {
      item.resolve({ firstIndex: index });
      index += item.entries.length;
    }
  }

  async function writeFrame(entries: readonly Uint8Array[]): Promise<void> {
    const needed = frameBytes(entries.reduce((sum, entry) => sum + recordBytes(entry), 0));
    if (offset + needed > segmentBytesOf(segments.at(-1))) await roll();
    const segment = segments.at(-1);
    assert(segment !== undefined, 'there is a segment to write to');
    const frame = encodeFrame(buffer, segment.head.epoch, size, chain, entries);
    await segment.file.writeSynced(frame, offset);
    positions.add({ index: size, segment: segment.head.number, offset });
    chain = checksumOf(frame);
    offset += frame.byteLength;
    size += entries.length;
    if (spare === undefined && offset > segmentBytesOf(segment) * SPARE_AT) makeSpare();
  }

  function makeSpare(): void {
    spare = disk.createZeroed(SPARE_NAME, segmentBytes);
    spare.catch(() => undefined); // whoever rolls hears of it
  }

  /** Begins a new segment: its head is on the disk before its name is. */
  async function roll(): Promise<void> {
    if (spare === undefined) makeSpare();
    await spare;
    spare = undefined;
    const number = segments.length;
    const file = await disk.open(SPARE_NAME);
    const epoch = Uint8Array.from(random.bytes(EPOCH_BYTES));
    await file.writeSynced(encodeSegmentHead({ number, firstIndex: size, sizeBytes: segmentBytes, epoch, chain }), 0);
    await file.close();
    await disk.rename(SPARE_NAME, segmentName(number));
    segments.push(await openSegment(disk, number));
    offset = SEGMENT_HEAD_BYTES;
  }

  function breakDown(cause: unknown, taken: readonly Waiting[]): void {
    const code = cause instanceof Fault ? cause.code : 'ledger-unwritable';
    broken = new Fault(code, 'the ledger could not be written and accepts nothing more', { cause });
    for (const item of [...taken, ...waiting]) item.reject(broken);
    waiting = [];
    waitingEntries = 0;
  }

  async function close(): Promise<void> {
    if (writing) {
      idle = Promise.withResolvers();
      await idle.promise;
    }
    broken ??= new Fault('ledger-closed', 'the ledger is closed');
    await spare?.catch(() => undefined);
    for (const { file } of segments) await file.close();
  }

  return {
    recovered: found.nextIndex,
    tornBytes: found.tornBytes,
    get size() {
      return size;
    },
    append,
    read: (from, to) => readEntries(segments, positions, from, Math.min(to, size)),
    async readOne(index) {
      if (index >= size) throw new Fault('no-such-entry', `the ledger has no entry ${index}`);
      for await (const { bytes } of readEntries(segments, positions, index, index + 1)) return Uint8Array.from(bytes);
      throw new Fault('no-such-entry', `the ledger has no entry ${index}`);
    },
    close,
  };
}

function segmentBytesOf(segment: OpenSegment | undefined): number {
  return segment?.file.sizeBytes ?? 0;
}

async function removeSpare(disk: Disk): Promise<void> {
  if ((await disk.list()).includes(SPARE_NAME)) await disk.remove(SPARE_NAME);
}

/**
 * Makes what was found last. The newest frame may have been read from a cache that never reached the disk (a killed process, a failed
 * sync): it is written again. A torn tail becomes zeros, so that no later frame can be mistaken for part of it.
 */
async function mend(last: OpenSegment | undefined, end: End): Promise<void> {
  if (last === undefined) return;
  if (end.lastFrameOffset !== undefined) {
    const frame = Buffer.alloc(end.offset - end.lastFrameOffset);
    await last.file.read(frame, end.lastFrameOffset);
    await last.file.writeSynced(frame, end.lastFrameOffset);
  }
  if (end.tornBytes > 0) await last.file.writeSynced(Buffer.alloc(end.tornBytes), end.offset);
}
