/**
 * Lines in the order they came: the last ones in memory, those before them laid aside. They are asked for in about the order they came, so that a few parts
 * are unfolded at a time.
 */
import { LaidAside } from '#vault/engine/laid-aside.ts';
import type { AsidePart } from '#vault/engine/laid-aside.ts';
import { giveBack } from '#vault/format/memory.ts';

/** Where a line lies: its part, and where in it. */
export interface LinePlace {
  readonly part: number;
  readonly at: number;
  readonly bytes: number;
}

const PART_BYTES = 128 * 1024;
const UNFOLDED = 8;
const END = '\n';

export class TextLog {
  readonly #aside: LaidAside;
  readonly #parts: AsidePart[] = [];
  readonly #unfolded: { part: number; bytes: Buffer }[] = [];
  #memory = Buffer.allocUnsafeSlow(PART_BYTES);
  #length = 0;

  /** A folder that is there. */
  constructor(scratch: string | undefined) {
    this.#aside = new LaidAside(scratch);
  }

  /** A text without a line's end. */
  add(text: string): LinePlace {
    const bytes = Buffer.byteLength(text);
    if (this.#length + bytes + END.length > this.#memory.length) this.#layAside(bytes + END.length);
    const at = this.#length;
    this.#length += this.#memory.write(text, at);
    this.#length += this.#memory.write(END, this.#length);
    return { part: this.#parts.length, at, bytes };
  }

  textAt({ part, at, bytes }: LinePlace): string {
    return this.#part(part).toString('utf8', at, at + bytes);
  }

  /** All of them; none is added meanwhile. */
  *texts(): Iterable<string> {
    for (let part = 0; part <= this.#parts.length; part += 1) {
      const lines = this.#part(part).toString('utf8').split(END);
      lines.pop();
      yield* lines;
    }
  }

  close(): void {
    this.#aside.close();
  }

  #layAside(room: number): void {
    if (this.#length > 0) this.#parts.push(this.#aside.add(this.#memory.subarray(0, this.#length)));
    this.#memory = Buffer.allocUnsafeSlow(Math.max(PART_BYTES, room));
    this.#length = 0;
  }

  #part(part: number): Buffer {
    const pressed = this.#parts[part];
    if (pressed === undefined) return this.#memory.subarray(0, this.#length);
    const kept = (this.#unfolded[part % UNFOLDED] ??= { part: -1, bytes: Buffer.alloc(0) });
    if (kept.part === part) return kept.bytes;
    giveBack(kept.bytes);
    kept.bytes = this.#aside.unfolded(pressed, { stays: true });
    kept.part = part;
    return kept.bytes;
  }
}
