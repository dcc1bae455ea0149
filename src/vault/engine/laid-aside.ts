/** Parts of what a bounded memory has no room for: compressed, in a scratch file where there is one that has room, and in memory otherwise. */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { tryScratchFile } from '#vault/engine/scratch-file.ts';
import type { ScratchFile } from '#vault/engine/scratch-file.ts';
import { giveBack } from '#vault/format/memory.ts';
import { Bug } from '#std/assert.ts';

export interface AsidePart {
  readonly plainBytes: number;
  /** Compressed, in memory; or where it lies in the scratch file. */
  readonly pressed: Buffer | { readonly place: number; readonly bytes: number };
}

/** Zlib takes none smaller. One that is filled to its last byte makes a second one. */
const CHUNK_BYTES_MIN = 64;
const LEVEL = { [constants.ZSTD_c_compressionLevel]: 1 };

export class LaidAside {
  readonly #scratch: string | undefined;
  #file: ScratchFile | undefined;

  /** A folder that is there; left out, everything stays in memory. */
  constructor(scratch: string | undefined) {
    this.#scratch = scratch;
  }

  /** The memory of `plain` is given back. */
  add(plain: Buffer): AsidePart {
    const pressed = zstdCompressSync(plain, { params: LEVEL });
    const [plainBytes, place, bytes] = [plain.length, this.#opened()?.append(pressed), pressed.length];
    giveBack(plain);
    if (place === undefined) return { plainBytes, pressed };
    giveBack(pressed);
    return { plainBytes, pressed: { place, bytes } };
  }

  /** In memory of its own. A part that lies in memory is gone then unless it `stays`. */
  unfolded({ plainBytes, pressed }: AsidePart, { stays = false } = {}): Buffer {
    const isFiled = 'place' in pressed;
    const bytes = isFiled ? this.#read(pressed.place, pressed.bytes) : pressed;
    const plain = zstdDecompressSync(bytes, { chunkSize: Math.max(CHUNK_BYTES_MIN, plainBytes + 1) });
    if (isFiled || !stays) giveBack(bytes);
    return plain;
  }

  close(): void {
    left.unregister(this);
    this.#file?.close();
    this.#file = undefined;
  }

  #opened(): ScratchFile | undefined {
    if (this.#scratch !== undefined && this.#file === undefined) {
      this.#file = tryScratchFile(this.#scratch);
      if (this.#file !== undefined) left.register(this, this.#file, this);
    }
    return this.#file;
  }

  #read(place: number, bytes: number): Buffer {
    if (this.#file === undefined) throw new Bug('a part lies in a file that nobody opened');
    return this.#file.read(place, bytes);
  }
}

/** Whoever forgets them leaves no file open. */
const left = new FinalizationRegistry((file: ScratchFile) => file.close());
