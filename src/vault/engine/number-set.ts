/** Numbers from 0 on: a bit for each up to the highest that there was room for. It grows. */
export class NumberSet {
  #bits: Uint8Array;
  #size = 0;

  /** Room for so many at first. */
  constructor(count = 0) {
    this.#bits = new Uint8Array((count >> 3) + 1);
  }

  get size(): number {
    return this.#size;
  }

  /** False for what is no such number, too. */
  has(number: number): boolean {
    return ((this.#bits[number >> 3] ?? 0) & (1 << (number & 7))) !== 0;
  }

  /** True when it was not there. */
  add(number: number): boolean {
    if (this.has(number)) return false;
    if (number >> 3 >= this.#bits.length) this.#lengthen(number >> 3);
    this.#turn(number);
    this.#size += 1;
    return true;
  }

  /** Those that are in both. */
  common(other: NumberSet): NumberSet {
    const both = new NumberSet();
    for (const number of this) if (other.has(number)) both.add(number);
    return both;
  }

  /** Least first. */
  *[Symbol.iterator](): Iterator<number> {
    for (let at = 0; at < this.#bits.length; at += 1)
      for (let left = this.#bits[at] ?? 0; left !== 0; left &= left - 1) yield 8 * at + 31 - Math.clz32(left & -left);
  }

  /** Takes each away as it gives it, highest first. Of those that are added meanwhile, one above the last that was given stays. */
  *taken(): Iterable<number> {
    for (let at = this.#bits.length - 1; at >= 0; at -= 1)
      for (let left = this.#bits[at] ?? 0; left !== 0; left = this.#bits[at] ?? 0) {
        const number = 8 * at + 31 - Math.clz32(left);
        this.#turn(number);
        this.#size -= 1;
        yield number;
      }
  }

  #turn(number: number): void {
    this.#bits[number >> 3] = (this.#bits[number >> 3] ?? 0) ^ (1 << (number & 7));
  }

  #lengthen(last: number): void {
    const longer = new Uint8Array(Math.max(last + 1, 2 * this.#bits.length));
    longer.set(this.#bits);
    this.#bits = longer;
  }
}
