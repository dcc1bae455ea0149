/**
 * Packs being filled. Two are open at a time and each blob goes to either at random, so that the sizes of packs tell nothing of the sizes
 * of chunks. A blob is sealed into the pack's buffer, opened there again and compared with what went in before it counts as written.
 */
import { hash, randomInt } from 'node:crypto';
import { constants, zstdCompressSync } from 'node:zlib';
import { createUnfoldCheck, outputBytes, proveSlowly } from '#vault/engine/unfold-check.ts';
import type { BlobType, PackedBlob } from '#vault/format/blob.ts';
import { giveBack } from '#vault/format/memory.ts';
import { encodePackHeader, PACK_TAIL_BYTES, packTail } from '#vault/format/pack-format.ts';
import { createSealer, SEAL_BYTES } from '#vault/format/sealing.ts';
import type { SealingKey } from '#vault/format/sealing.ts';
import { Bug } from '#std/assert.ts';

/** A pack of pieces of files is closed when it holds so much, or when the next blob would not fit. */
export const PACK_BYTES = 4 * 1024 * 1024;
/** The same for packs of trees, of which few are written. */
export const TREE_PACK_BYTES = 1024 * 1024;
/** Blobs of one pack: its header stays small. */
const PACK_BLOBS_MAX = 4096;
const HEADER_ROOM_BYTES = PACK_BLOBS_MAX * 41 + SEAL_BYTES + PACK_TAIL_BYTES;
/** A blob that is longer than a pack and this has a pack and a memory of its own. */
const EXTRA_ROOM_BYTES = 512 * 1024;
const OPEN_PACKS = 2;
/** One more than are open, so that one can be on its way to the store while the others fill. */
const BUFFERS = OPEN_PACKS + 1;

/** Longer than any piece of a file. */
const SLOW_BYTES = 8 * 1024 * 1024;

const LEVEL = { [constants.ZSTD_c_compressionLevel]: 1 };
/** Compressed by less than this, a blob is stored as it is. */
const WORTH_RATIO = 0.97;

export interface PackSink {
  /** Resolves when the pack is durable. */
  store(id: string, body: Uint8Array): Promise<void>;
  packed(pack: string, blobs: readonly PackedBlob[], bytes: number): void;
}

interface OpenPack {
  readonly memory: Buffer;
  length: number;
  blobs: PackedBlob[];
}

export interface Packer {
  /**
   * Stores a blob. Resolves when it has its place, and `plain` may be used again; its pack becomes durable later, at `flush` at the latest.
   * The bytes it added.
   */
  add(type: BlobType, id: string, plain: Buffer, isCompressible: boolean): Promise<number>;
  flush(): Promise<void>;
}

export function createPacker(key: SealingKey, sink: PackSink, packBytes = PACK_BYTES): Packer {
  const bodyRoomBytes = packBytes + EXTRA_ROOM_BYTES;
  const sealer = createSealer(key);
  const unfolds = createUnfoldCheck();
  const free: Buffer[] = [];
  let made = 0;
  const open: OpenPack[] = [];
  let writing: Promise<void> = Promise.resolve();
  let isWriting = false;

  async function memory(): Promise<Buffer> {
    if (free.length === 0 && made < BUFFERS) {
      made += 1;
      return Buffer.allocUnsafeSlow(bodyRoomBytes + HEADER_ROOM_BYTES);
    }
    if (free.length === 0) await writing;
    const next = free.pop();
    if (next === undefined) throw new Bug('no buffer of a pack is free');
    return next;
  }

  async function packFor(bytes: number): Promise<OpenPack> {
    const known = open[randomInt(OPEN_PACKS)];
    if (known !== undefined) {
      if (known.length + bytes <= bodyRoomBytes) return known;
      await close(known);
    }
    const isLarge = bytes > bodyRoomBytes;
    const pack: OpenPack = {
      memory: isLarge ? Buffer.allocUnsafeSlow(bytes + HEADER_ROOM_BYTES) : await memory(),
      length: 0,
      blobs: [],
    };
    open.push(pack);
    return pack;
  }

  async function close(pack: OpenPack): Promise<void> {
    open.splice(open.indexOf(pack), 1);
    unfolds.settle();
    const header = encodePackHeader(pack.blobs);
    const sealed = sealer.sealInto(pack.memory, pack.length, header);
    sealer.check(pack.memory.subarray(pack.length, pack.length + sealed), header);
    const end = pack.length + sealed;
    pack.memory.set(packTail(sealed), end);
    const body = pack.memory.subarray(0, end + PACK_TAIL_BYTES);
    const id = hash('sha256', body, 'hex');
    await writing;
    isWriting = true;
    writing = sink.store(id, body).then(() => {
      isWriting = false;
      if (pack.memory.length === bodyRoomBytes + HEADER_ROOM_BYTES) free.push(pack.memory);
      else giveBack(pack.memory);
      sink.packed(id, pack.blobs, body.length);
    });
    // Whoever waits for the buffer or flushes hears of a failure; until then it is kept quiet.
    writing.catch(() => undefined);
  }

  async function add(type: BlobType, id: string, plain: Buffer, isCompressible: boolean): Promise<number> {
    const pressed = isCompressible ? compressed(plain) : undefined;
    if (pressed !== undefined && plain.length > SLOW_BYTES) await proveSlowly(pressed, plain);
    else if (pressed !== undefined) unfolds.expect(pressed, plain);
    const stored = pressed ?? plain;
    const pack = await packFor(stored.length + SEAL_BYTES);
    const offset = pack.length;
    pack.length += sealer.sealInto(pack.memory, offset, stored);
    sealer.check(pack.memory.subarray(offset, pack.length), stored);
    const place = { id, type, offset, length: pack.length - offset };
    pack.blobs.push(pressed === undefined ? place : { ...place, plainLength: plain.length });
    if (pressed !== undefined) giveBack(pressed);
    if (pack.length >= packBytes || pack.blobs.length >= PACK_BLOBS_MAX) await close(pack);
    if (isWriting) await turn();
    return place.length;
  }

  return {
    add,
    async flush() {
      for (let pack = open[0]; pack !== undefined; pack = open[0]) await close(pack);
      await writing;
    },
  };
}

/** Lets the thread hear how far the store is: between two blobs nothing else waits for anything. */
function turn(): Promise<void> {
  return new Promise((next) => setImmediate(next));
}

/** The compressed bytes, when that is worth it. */
function compressed(plain: Buffer): Buffer | undefined {
  const pressed = zstdCompressSync(plain, {
    params: LEVEL,
    chunkSize: outputBytes(plain.length),
    pledgedSrcSize: plain.length,
  });
  if (pressed.length >= plain.length * WORTH_RATIO) {
    giveBack(pressed);
    return undefined;
  }
  return pressed;
}
