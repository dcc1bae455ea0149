/** Which bytes of an upload have arrived: merged half-open intervals in order. */
export const EXTENTS_MAX = 4096;

export class Extents {
  /** Bytes from the beginning without a gap. */
  #whole: number;
  /** Intervals beyond, sorted, apart from each other and from `whole`. */
  readonly #beyond: { start: number; end: number }[] = [];

  constructor(whole: number) {
    this.#whole = whole;
  }

  get whole(): number {
    return this.#whole;
  }

  get isGapless(): boolean {
    return this.#beyond.length === 0;
  }

  /** False when this would scatter the file over more than `EXTENTS_MAX` pieces; then nothing is added. */
  add(start: number, end: number): boolean {
    if (start <= this.#whole) {
      this.#whole = Math.max(this.#whole, end);
      this.#absorb();
      return true;
    }
    const i = this.#beyond.findIndex((piece) => piece.end >= start);
    const piece = i === -1 ? undefined : this.#beyond[i];
    if (piece !== undefined && piece.start <= end) {
      piece.start = Math.min(piece.start, start);
      piece.end = Math.max(piece.end, end);
      this.#join(i);
      return true;
    }
    if (this.#beyond.length >= EXTENTS_MAX) return false;
    this.#beyond.splice(i === -1 ? this.#beyond.length : i, 0, { start, end });
    return true;
  }

  #absorb(): void {
    while (this.#beyond[0] !== undefined && this.#beyond[0].start <= this.#whole) {
      this.#whole = Math.max(this.#whole, this.#beyond[0].end);
      this.#beyond.shift();
    }
  }

  #join(i: number): void {
    const piece = this.#beyond[i];
    if (piece === undefined) return;
    let last = i;
    while ((this.#beyond[last + 1]?.start ?? Infinity) <= piece.end) last += 1;
    piece.end = Math.max(piece.end, this.#beyond[last]?.end ?? 0);
    this.#beyond.splice(i + 1, last - i);
  }
}
