/** Holes: a sparse file's zeros are found by comparing with zeros, which is many times faster than hashing them. */
const ZEROS = Buffer.alloc(64 * 1024);

export function isZeros(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const end = Math.min(bytes.length, at + ZEROS.length);
    if (bytes.compare(ZEROS, 0, end - at, at, end) !== 0) return false;
  }
  return true;
}
