/**
 * Proves that what was compressed unfolds to what went in, before its pack counts as written. A long piece is looked at by itself; short ones gather and
 * are unfolded together, because each call costs as much as some tens of kilobytes.
 */
import { createZstdDecompress, zstdDecompressSync } from 'node:zlib';
import { giveBack, OWN_MEMORY_BYTES } from '#vault/format/memory.ts';
import { Bug } from '#std/assert.ts';

/** A piece no longer than this waits for others. */
const SHORT_BYTES = 64 * 1024;
/** So much waits at most. */
const WAITING_BYTES = 512 * 1024;

export interface UnfoldCheck {
  /** `pressed`, which is shorter, is to unfold to `plain`; both may be used again. A Bug when it does not, now or later. */
  expect(pressed: Buffer, plain: Buffer): void;
  /** Whatever was expected is proved. */
  settle(): void;
}

export function createUnfoldCheck(): UnfoldCheck {
  const pressed = gathering();
  const plain = gathering();

  function settle(): void {
    if (plain.length() > 0) prove(pressed.take(), plain.take());
  }

  return {
    expect(some, whole) {
      if (whole.length > SHORT_BYTES) return prove(some, whole);
      if (plain.length() + whole.length > WAITING_BYTES) settle();
      pressed.add(some);
      plain.add(whole);
    },
    settle,
  };
}

/** Bytes one behind the other. */
function gathering() {
  let memory: Buffer | undefined;
  let length = 0;
  return {
    length: () => length,
    add(bytes: Buffer): void {
      memory ??= Buffer.allocUnsafeSlow(WAITING_BYTES);
      memory.set(bytes, length);
      length += bytes.length;
    },
    take(): Buffer {
      const bytes = (memory ?? Buffer.alloc(0)).subarray(0, length);
      length = 0;
      return bytes;
    },
  };
}

function prove(pressed: Buffer, plain: Buffer): void {
  const back = zstdDecompressSync(pressed, { maxOutputLength: plain.length, chunkSize: outputBytes(plain.length) });
  if (!back.equals(plain)) throw new Bug(NOT_THE_SAME);
  giveBack(back);
}

/** Of a piece that nobody wants in memory twice: a tree that is tens of megabytes long. */
export async function proveSlowly(pressed: Buffer, plain: Buffer): Promise<void> {
  const unfold = createZstdDecompress({ chunkSize: STEP_BYTES, maxOutputLength: plain.length });
  unfold.end(pressed);
  let at = 0;
  for await (const chunk of unfold as AsyncIterable<Buffer>) {
    if (!chunk.equals(plain.subarray(at, at + chunk.length))) throw new Bug(NOT_THE_SAME);
    at += chunk.length;
    if (chunk.length === chunk.buffer.byteLength) giveBack(chunk); // filled to its end, the stream has another one
  }
  if (at !== plain.length) throw new Bug(NOT_THE_SAME);
}

const STEP_BYTES = 1024 * 1024;
const NOT_THE_SAME = 'a compressed blob does not unfold to what went in';

/** One output buffer that what is compressed or unfolded fits in, so that it comes in one piece. */
export function outputBytes(plainBytes: number): number {
  return Math.max(OWN_MEMORY_BYTES, plainBytes + (plainBytes >> 8) + 64);
}
