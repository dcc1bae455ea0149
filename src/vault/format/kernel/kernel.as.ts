/**
 * The inner loops of a backup that nothing else has, compiled to WebAssembly by AssemblyScript (`node tool/kernel.mjs`): where chunks are cut
 * (Rabin fingerprints as restic's chunker makes them), and how evenly bytes are spread.
 *
 * Memory is laid out by hand: tables first, then whatever the caller puts where; nothing here allocates.
 */

/** Reduction table of the polynomial: 256 × u64. */
const MOD: usize = 1024;
/** Contribution of the byte that leaves the window, already reduced: 256 × u64. */
const OUT: usize = MOD + 256 * 8;
/** Histogram: 256 × u32. */
const COUNTS: usize = OUT + 256 * 8;
/** Where a caller's bytes may begin. */
export const FREE: usize = 16384;

const WINDOW: i32 = 64;

let shift: u64 = 45;

function degree(value: u64): i32 {
  return 63 - <i32>clz(value);
}

function reduce(value: u64, polynomial: u64): u64 {
  const top = degree(polynomial);
  let rest = value;
  while (rest != 0 && degree(rest) >= top) rest ^= polynomial << (<u64>(degree(rest) - top));
  return rest;
}

function append(digest: u64, byte: u64, polynomial: u64): u64 {
  return reduce((digest << 8) | byte, polynomial);
}

/** Prepares the tables for an irreducible polynomial of degree 53 (or any degree from 16 to 55). */
export function setPolynomial(polynomial: u64): void {
  const top = degree(polynomial);
  shift = <u64>(top - 8);
  for (let byte: u64 = 0; byte < 256; byte++) {
    const high = byte << <u64>top;
    store<u64>(MOD + <usize>byte * 8, reduce(high, polynomial) | high);
  }
  for (let byte: u64 = 0; byte < 256; byte++) {
    let digest = append(0, byte, polynomial);
    for (let i = 0; i < WINDOW - 1; i++) digest = append(digest, 0, polynomial);
    const folded = (digest << 8) ^ load<u64>(MOD + <usize>(digest >> shift) * 8);
    store<u64>(OUT + <usize>byte * 8, folded);
  }
}

@inline
function slide(digest: u64, at: usize): u64 {
  return (
    ((digest << 8) | <u64>load<u8>(at)) ^
    load<u64>(MOD + <usize>(digest >> shift) * 8) ^
    load<u64>(OUT + <usize>load<u8>(at - WINDOW) * 8)
  );
}

/** The fingerprint of the 64 bytes before `at`. */
function digestBefore(at: usize): u64 {
  let digest: u64 = 0;
  for (let p = at - WINDOW; p < at; p++) {
    digest = ((digest << 8) | <u64>load<u8>(p)) ^ load<u64>(MOD + <usize>(digest >> shift) * 8);
  }
  return digest;
}

/**
 * Length of the chunk that begins at `begin` when `length` bytes follow: at least `min` unless the bytes end before, at most `max`; 0 when no cut
 * is in sight and more bytes are needed. Two places of the chunk are scanned side by side, because each step waits for the one before it.
 */
export function findCut(begin: usize, length: u32, min: u32, max: u32, mask: u64, isLast: bool): u32 {
  const limit: u32 = length < max ? length : max;
  if (limit < min) return isLast ? length : 0;
  const first = begin + min;
  const end = begin + limit;
  let digest = digestBefore(first);
  if ((digest & mask) == 0) return min;
  const span = end - first;
  const block: usize = 65536;
  let at = first;
  while (at + 2 * block <= end) {
    const middle = at + block;
    let late = digestBefore(middle);
    let lateHit: usize = 0;
    for (let i: usize = 0; i < block; i++) {
      digest = slide(digest, at + i);
      late = slide(late, middle + i);
      if ((digest & mask) == 0) return <u32>(at + i + 1 - begin);
      if ((late & mask) == 0 && lateHit == 0) lateHit = middle + i + 1;
    }
    if (lateHit != 0) return <u32>(lateHit - begin);
    digest = late;
    at = middle + block;
  }
  if (span > 0) {
    for (; at < end; at++) {
      digest = slide(digest, at);
      if ((digest & mask) == 0) return <u32>(at + 1 - begin);
    }
  }
  if (limit == max) return max;
  return isLast ? length : 0;
}

// --- How evenly bytes are spread ------------------------------------------------------------------------------------------------

/** Pearson's chi-square of the byte histogram of `length` bytes at `at`, against an even spread; 255 degrees of freedom. */
export function chiSquare(at: usize, length: u32): f64 {
  memory.fill(COUNTS, 0, 256 * 4);
  for (let p = at, end = at + length; p < end; p++) {
    const slot = COUNTS + <usize>load<u8>(p) * 4;
    store<u32>(slot, load<u32>(slot) + 1);
  }
  const expected = <f64>length / 256;
  let sum: f64 = 0;
  for (let i: usize = 0; i < 256; i++) {
    const off = <f64>load<u32>(COUNTS + i * 4) - expected;
    sum += off * off;
  }
  return sum / expected;
}
