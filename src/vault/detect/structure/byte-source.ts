/** A file whose bytes are read where a walk wants them, never all at once. */
export interface ByteSource {
  readonly size: number;
  /** At most `length` bytes at `at`; fewer where the file ends. The caller may keep them. */
  read(at: number, length: number): Uint8Array;
}

export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (at, length) => bytes.subarray(at, at + length) };
}

/** Whether the file has these bytes there. */
export function has(source: ByteSource, at: number, bytes: readonly number[] | string): boolean {
  const read = source.read(at, bytes.length);
  if (read.length < bytes.length) return false;
  return read.every((byte, i) => byte === (typeof bytes === 'string' ? bytes.charCodeAt(i) : bytes[i]));
}

/** Throws a RangeError where the file is too short, which the walk's caller takes for a broken structure. */
export function viewAt(source: ByteSource, at: number, length: number): DataView {
  const read = source.read(at, length);
  if (read.length < length) throw new RangeError('the file ends within a structure');
  return new DataView(read.buffer, read.byteOffset, read.byteLength);
}

/** Letters, digits and the few signs that names of boxes and chunks are made of. */
export function fourLetters(source: ByteSource, at: number): string | undefined {
  const read = source.read(at, 4);
  if (read.length < 4) return undefined;
  const text = String.fromCharCode(...read);
  return /^[\w\- ©.]{4}$/.test(text) ? text : undefined;
}

/** As a number: nothing that is stored is longer than 2^53 bytes, so what is larger is no length. */
export function bigLength(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}
