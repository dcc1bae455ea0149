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

const WINDOW: usize = 64;

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
    for (let i: usize = 0; i < WINDOW - 1; i++) digest = append(digest, 0, polynomial);
    const folded = (digest << 8) ^ load<u64>(<usize>(digest >> shift) << 3, MOD);
    store<u64>(OUT + <usize>byte * 8, folded);
  }
}

/** Shift of every polynomial of degree 53, which is the only degree that restic makes: as a constant it costs the inner loop no register. */
const USUAL_SHIFT: u64 = 45;

@inline
function slide(digest: u64, at: usize): u64 {
  return (
    ((digest << 8) | <u64>load<u8>(at)) ^
    load<u64>(<usize>(digest >> shift) << 3, MOD) ^
    load<u64>(<usize>load<u8>(at - WINDOW) << 3, OUT)
  );
}

/** The same with the two bytes in hand, for the usual shift. */
@inline
function pass(digest: u64, enters: u64, leaves: usize): u64 {
  return ((digest << 8) | enters) ^ load<u64>(<usize>(digest >> USUAL_SHIFT) << 3, MOD) ^ load<u64>(leaves << 3, OUT);
}

/** The fingerprint of the 64 bytes before `at`. */
function digestBefore(at: usize): u64 {
  let digest: u64 = 0;
  for (let p = at - WINDOW; p < at; p++) digest = ((digest << 8) | <u64>load<u8>(p)) ^ load<u64>(<usize>(digest >> shift) << 3, MOD);
  return digest;
}

/** Bytes that one lane looks at in one turn, and all four of them. */
const LANE: usize = 8192;
const LANES: usize = 4 * LANE;

/**
 * Looks at `LANES` places from `at` on, in four lanes side by side, because each step of one lane waits for the step before it. The end of the first
 * chunk in sight, or 0.
 */
function findInLanes(at: usize, mask: u64): usize {
  let a = digestBefore(at);
  let b = digestBefore(at + LANE);
  let c = digestBefore(at + 2 * LANE);
  let d = digestBefore(at + 3 * LANE);
  let hit: usize = 0;
  const end = at - WINDOW + LANE;
  for (let p = at - WINDOW; p < end; p++) {
    a = pass(a, load<u8>(p, WINDOW), load<u8>(p));
    b = pass(b, load<u8>(p, LANE + WINDOW), load<u8>(p, LANE));
    c = pass(c, load<u8>(p, 2 * LANE + WINDOW), load<u8>(p, 2 * LANE));
    d = pass(d, load<u8>(p, 3 * LANE + WINDOW), load<u8>(p, 3 * LANE));
    if ((a & mask) == 0) return p + WINDOW + 1;
    if ((b & mask) == 0) hit = sooner(hit, p + WINDOW + 1 + LANE);
    if ((c & mask) == 0) hit = sooner(hit, p + WINDOW + 1 + 2 * LANE);
    if ((d & mask) == 0) hit = sooner(hit, p + WINDOW + 1 + 3 * LANE);
  }
  return hit;
}

function sooner(hit: usize, at: usize): usize {
  return hit == 0 || at < hit ? at : hit;
}

/** The end of the first chunk in sight after `first` and at `end` at the latest, or 0. */
function findFrom(first: usize, end: usize, mask: u64): usize {
  let at = first;
  if (shift == USUAL_SHIFT && end - first >= LANES) {
    for (; at < end; at += LANES) {
      // The last turn looks once more at places where no cut is, rather than at its rest one by one.
      if (at + LANES > end) at = end - LANES;
      const hit = findInLanes(at, mask);
      if (hit != 0) return hit;
    }
    return 0;
  }
  for (let digest = digestBefore(at); at < end; at++) {
    digest = slide(digest, at);
    if ((digest & mask) == 0) return at + 1;
  }
  return 0;
}

/**
 * Length of the chunk that begins at `begin` when `length` bytes follow: at least `min` unless the bytes end before, at most `max`; 0 when no cut
 * is in sight and more bytes are needed.
 */
export function findCut(begin: usize, length: u32, min: u32, max: u32, mask: u64, isLast: bool): u32 {
  const limit: u32 = length < max ? length : max;
  if (limit < min) return isLast ? length : 0;
  if ((digestBefore(begin + min) & mask) == 0) return min;
  const hit = findFrom(begin + min, begin + limit, mask);
  if (hit != 0) return <u32>(hit - begin);
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
