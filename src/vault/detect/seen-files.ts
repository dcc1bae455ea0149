/** Files that were read, as the watch goes through them again at the end; what memory has no room for is laid aside. */
import { tmpdir } from 'node:os';
import type { FileFacts } from '#vault/detect/judge-file.ts';
import { TextLog } from '#vault/engine/text-log.ts';

export interface SeenFile extends FileFacts {
  /** New in the repository. */
  readonly addedBytes: number;
  /** To a note, as `noteLikeness` says it. */
  readonly likeness: number;
}

export class SeenFiles implements Iterable<SeenFile> {
  readonly #log: TextLog;

  constructor(scratch = tmpdir()) {
    this.#log = new TextLog(scratch);
  }

  add(file: SeenFile): void {
    this.#log.add(JSON.stringify(file));
  }

  *[Symbol.iterator](): Iterator<SeenFile> {
    for (const text of this.#log.texts()) yield JSON.parse(text) as SeenFile; // as `add` wrote it
  }

  /** Those whose path is none of these. */
  without(isOut: (path: string) => boolean): Iterable<SeenFile> {
    return { [Symbol.iterator]: () => this.#without(isOut) };
  }

  *#without(isOut: (path: string) => boolean): Iterator<SeenFile> {
    for (const file of this) if (!isOut(file.path)) yield file;
  }
}
