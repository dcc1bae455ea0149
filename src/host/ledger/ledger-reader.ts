/** Reads a ledger that another thread or process writes. Ask only for entries that are known to be durable. */
import type { Disk } from '#host/ledger/disk.ts';
import type { IndexedEntry } from '#host/ledger/frame-reader.ts';
import { readEntries } from '#host/ledger/frame-reader.ts';
import { createPositions } from '#host/ledger/positions.ts';
import type { OpenSegment } from '#host/ledger/recovery.ts';
import { openSegment } from '#host/ledger/recovery.ts';
import { SEGMENT_HEAD_BYTES, segmentNumber } from '#host/ledger/segment.ts';
import { Fault } from '#std/refused.ts';

export interface LedgerReader {
  read(from: number, to: number): AsyncGenerator<IndexedEntry>;
  readOne(index: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export function createLedgerReader(disk: Disk): LedgerReader {
  const segments: OpenSegment[] = [];
  // Per segment, where the frames are that were read so far: its head says where it begins.
  const positions: ReturnType<typeof createPositions>[] = [];

  async function openNew(): Promise<void> {
    const newest = Math.max(-1, ...(await disk.list()).map((name) => segmentNumber(name) ?? -1));
    for (let number = segments.length; number <= newest; number += 1) {
      const segment = await openSegment(disk, number);
      segments.push(segment);
      positions.push(createPositions());
      positions[number]?.add({ index: segment.head.firstIndex, segment: number, offset: SEGMENT_HEAD_BYTES });
    }
  }

  async function* read(from: number, to: number): AsyncGenerator<IndexedEntry> {
    if (from >= to) return;
    await openNew();
    const number = segments.findLastIndex(({ head }) => head.firstIndex <= from);
    const before = positions[number]?.before(from);
    if (before === undefined) throw new Fault('no-such-entry', `the ledger has no entry ${from}`);
    yield* readEntries(
      segments,
      { before: () => before, add: (place) => positions[place.segment]?.add(place) },
      from,
      to,
    );
  }

  return {
    read,
    async readOne(index) {
      for await (const { bytes } of read(index, index + 1)) return Uint8Array.from(bytes);
      throw new Fault('no-such-entry', `the ledger has no entry ${index}`);
    },
    async close() {
      for (const { file } of segments) await file.close();
    },
  };
}
