/**
 * Packs being filled. Two are open at a time and each blob goes to either at random, so that the sizes of packs tell nothing of the sizes
 * of chunks. A blob is sealed into the pack's buffer, opened there again and compared with what went in before it counts as written.
 */
import { createCipheriv, createDecipheriv, hash, randomBytes, randomInt } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { BlobType, PackedBlob } from '#vault/format/blob.ts';
import type { Kernel } from '#vault/format/kernel/kernel.ts';
import { encodePackHeader, packTail } from '#vault/format/pack-format.ts';
import { IV_BYTES, SEAL_BYTES, TAG_BYTES } from '#vault/format/sealing.ts';
import type { SealingKey } from '#vault/format/sealing.ts';
import { Bug } from '#std/assert.ts';

/** A pack is closed when it holds so much. */
export const PACK_BYTES = 8 * 1024 * 1024;
/** The longest chunk, its seal, and the headers of as many blobs as a pack can hold. */
export const PACK_ROOM_BYTES = PACK_BYTES + 9 * 1024 * 1024;
/** Blobs of one pack: its header stays small. */
const PACK_BLOBS_MAX = 4096;
/** Encrypted at once: small outputs are reused by the allocator instead of growing the process. */
const STEP_BYTES = 128 * 1024;
const OPEN_PACKS = 2;
const BUFFERS = OPEN_PACKS + 1;
/** Packer memory within a kernel. */
export const PACKER_BYTES = BUFFERS * PACK_ROOM_BYTES + 64;

const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const SAMPLE_BYTES = 16 * 1024;
/** Four samples tell whether the rest is worth compressing. */
const SAMPLES = 4;
const WORTH_RATIO = 0.97;
/** Chi-square of evenly spread bytes over a 16 KiB sample: above 180 and below 340 in all but one of thousands. */
const EVEN: readonly [number, number] = [180, 340];

export interface PackSink {
  /** Resolves when the pack is durable. */
  store(id: string, body: Uint8Array): Promise<void>;
  packed(pack: string, blobs: readonly PackedBlob[], bytes: number): void;
}

interface OpenPack {
  readonly begin: number;
  length: number;
  blobs: PackedBlob[];
}

export interface Packer {
  /**
   * Stores a blob whose plain bytes lie in the kernel's memory. Resolves when it has its place; its pack becomes durable later, at `flush` at the latest.
   * The bytes it added.
   */
  add(type: BlobType, id: string, at: number, length: number): Promise<number>;
  flush(): Promise<void>;
}

/** `base`: where the packer's memory begins within the kernel's, `PACKER_BYTES` long. */
export function createPacker(kernel: Kernel, base: number, key: SealingKey, sink: PackSink): Packer {
  const { bytes } = kernel;
  const pads = createCipheriv('aes-128-ecb', key.macK, null).setAutoPadding(false);
  const free: number[] = Array.from({ length: BUFFERS }, (_, i) => base + 64 + i * PACK_ROOM_BYTES);
  const open: OpenPack[] = [];
  let writing: Promise<void> = Promise.resolve();

  /** The authenticator of `length` bytes at `begin`, written to `out`. */
  function tag(begin: number, length: number, iv: Uint8Array, out: number): void {
    bytes.set(key.macR, base);
    bytes.set(pads.update(iv), base + 16);
    kernel.macBegin(base);
    kernel.macUpdate(begin, length);
    kernel.macEnd(base + 16, out);
  }

  function sealTo(at: number, plain: Uint8Array): number {
    const iv = randomBytes(IV_BYTES);
    bytes.set(iv, at);
    const cipher = createCipheriv('aes-256-ctr', key.encrypt, iv);
    const begin = at + IV_BYTES;
    for (let done = 0; done < plain.length; done += STEP_BYTES)
      bytes.set(cipher.update(plain.subarray(done, done + STEP_BYTES)), begin + done);
    tag(begin, plain.length, iv, begin + plain.length);
    checkSealed(at, plain, iv);
    return plain.length + SEAL_BYTES;
  }

  /** What was written is opened again: memory that lies, or a kernel that does, must not become a backup. */
  function checkSealed(at: number, plain: Uint8Array, iv: Uint8Array): void {
    const begin = at + IV_BYTES;
    tag(begin, plain.length, iv, base + 32);
    const end = begin + plain.length;
    if (bytes.compare(bytes, base + 32, base + 32 + TAG_BYTES, end, end + TAG_BYTES) !== 0)
      throw new Bug('a seal does not verify');
    const decipher = createDecipheriv('aes-256-ctr', key.encrypt, iv);
    for (let done = 0; done < plain.length; done += STEP_BYTES) {
      const step = plain.subarray(done, done + STEP_BYTES);
      const opened = decipher.update(bytes.subarray(begin + done, begin + done + step.length));
      if (!opened.equals(step)) throw new Bug('a sealed blob does not open to what went in');
    }
  }

  async function packFor(): Promise<OpenPack> {
    const known = open[randomInt(OPEN_PACKS)];
    if (known !== undefined) return known;
    if (free.length === 0) await writing;
    const begin = free.pop();
    if (begin === undefined) throw new Bug('no buffer of a pack is free');
    const pack: OpenPack = { begin, length: 0, blobs: [] };
    open.push(pack);
    return pack;
  }

  async function close(pack: OpenPack): Promise<void> {
    open.splice(open.indexOf(pack), 1);
    const header = sealTo(pack.begin + pack.length, encodePackHeader(pack.blobs));
    const end = pack.begin + pack.length + header;
    bytes.set(packTail(header), end);
    const body = bytes.subarray(pack.begin, end + 4);
    const id = hash('sha256', body, 'hex');
    await writing;
    writing = sink.store(id, body).then(() => {
      free.push(pack.begin);
      sink.packed(id, pack.blobs, body.length);
    });
    // Whoever waits for the buffer or flushes hears of a failure; until then it is kept quiet.
    writing.catch(() => undefined);
  }

  async function add(type: BlobType, id: string, at: number, length: number): Promise<number> {
    const plain = bytes.subarray(at, at + length);
    const pressed = compressed(kernel, plain, at);
    const pack = await packFor();
    const offset = pack.length;
    const stored = sealTo(pack.begin + offset, pressed ?? plain);
    pack.length += stored;
    const place = { id, type, offset, length: stored };
    pack.blobs.push(pressed === undefined ? place : { ...place, plainLength: length });
    if (pack.length >= PACK_BYTES || pack.blobs.length >= PACK_BLOBS_MAX) await close(pack);
    return stored;
  }

  return {
    add,
    async flush() {
      for (let pack = open[0]; pack !== undefined; pack = open[0]) await close(pack);
      await writing;
    },
  };
}

/** The compressed bytes, checked, when that is worth it. */
function compressed(kernel: Kernel, plain: Buffer, at: number): Buffer | undefined {
  if (!isWorth(kernel, plain, at)) return undefined;
  const pressed = zstdCompressSync(plain, LEVEL);
  if (pressed.length >= plain.length * WORTH_RATIO) return undefined;
  if (!zstdDecompressSync(pressed, { maxOutputLength: plain.length }).equals(plain))
    throw new Bug('a compressed blob does not unfold to what went in');
  return pressed;
}

function isWorth(kernel: Kernel, plain: Buffer, at: number): boolean {
  if (plain.length <= SAMPLE_BYTES * SAMPLES) return plain.length > 0;
  let saved = 0;
  for (let i = 0; i < SAMPLES; i += 1) {
    const offset = Math.floor(((plain.length - SAMPLE_BYTES) * i) / (SAMPLES - 1));
    const spread = kernel.chiSquare(at + offset, SAMPLE_BYTES);
    if (spread > EVEN[0] && spread < EVEN[1]) continue;
    const sample = plain.subarray(offset, offset + SAMPLE_BYTES);
    saved += SAMPLE_BYTES - zstdCompressSync(sample, LEVEL).length;
  }
  return saved > SAMPLES * SAMPLE_BYTES * (1 - WORTH_RATIO);
}
