/** A file being read under a decision: asked again when its answer could have changed, and accounted for at the end. */
import { Xxh64 } from '@node-rs/xxhash';
import type { ReadHandle } from '#ports/files.ts';
import type { ReadableFile } from '#ports/workspace.ts';
import { Fault, isRefused } from '#std/refused.ts';
import type { FileAct, FilePorts } from '#gates/files/file-act.ts';
import { draft, stillPermitted } from '#gates/files/file-act.ts';
import { xxh64Hex } from '#gates/files/xxh64-hex.ts';

/** `start` is included, `end` is not. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export class RecordedRead implements ReadHandle {
  readonly sizeBytes: number;
  readonly modifiedAt: number;
  readonly tag: string;
  readonly #ports: FilePorts;
  readonly #file: ReadableFile;
  readonly #range: ByteRange;
  readonly #openedAt: number;
  #act: FileAct;
  #hash: Xxh64 | undefined = new Xxh64();
  /** Where the next byte of an in-order reading would be. */
  #next = 0;
  #bytes = 0;
  #closed = false;

  /** Takes over `file`; `act` is recorded already. */
  constructor(ports: FilePorts, act: FileAct, file: ReadableFile, range: ByteRange | undefined) {
    this.#ports = ports;
    this.#act = act;
    this.#file = file;
    this.#range = range ?? { start: 0, end: file.sizeBytes };
    this.#openedAt = ports.clock.monotonic();
    this.sizeBytes = file.sizeBytes;
    this.modifiedAt = file.modifiedAt;
    this.tag = file.tag;
  }

  readSync(into: Uint8Array, position: number): number {
    const window = this.#window(into, position);
    return window === undefined ? 0 : this.#account(window, position, this.#file.readSync(window, position));
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    const window = this.#window(into, position);
    if (window === undefined) return 0;
    const count = await this.#file.read(window, position);
    this.#check();
    return this.#account(window, position, count);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
    const { start, end } = this.#range;
    const whole = this.#hash !== undefined && this.#next === this.sizeBytes && this.sizeBytes > 0;
    await this.#ports.engine.record([
      draft(this.#act, 'file.read-closed', {
        gate: this.#act.actor.gate,
        complete: this.#bytes >= end - start,
        bytes: this.#bytes,
        ms: Math.round(this.#ports.clock.monotonic() - this.#openedAt),
        ...(whole && this.#hash !== undefined && { xxh64: xxh64Hex(this.#hash) }),
      }),
    ]);
  }

  /** The part of the buffer that may be filled from here; undefined outside the recorded range. */
  #window(into: Uint8Array, position: number): Uint8Array | undefined {
    this.#check();
    const { start, end } = this.#range;
    if (position < start || position >= end) return undefined;
    return position + into.byteLength > end ? into.subarray(0, end - position) : into;
  }

  #check(): void {
    if (this.#closed) throw new Fault('closed', 'The file was closed.');
    const { clock, engine } = this.#ports;
    if (clock.now() < this.#act.until && clock.monotonic() < engine.lease()) return;
    const again = stillPermitted(this.#ports, this.#act);
    if (isRefused(again)) throw new Fault('access-ended', again.message);
    this.#act = again.value;
  }

  #account(window: Uint8Array, position: number, count: number): number {
    this.#bytes += count;
    if (position !== this.#next) this.#hash = undefined;
    this.#hash?.update(window.subarray(0, count));
    this.#next = position + count;
    return count;
  }
}
