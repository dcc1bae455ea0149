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
/** For each byte of a fingerprint: what either half of a byte adds to it, as `MOD` and as `OUT` have it; 4 tables of 16. */
const HALVES: usize = COUNTS + 256 * 4;
const HALF: usize = 16;
const PLANE: usize = 4 * HALF;
const PLANES: usize = 7;
/** Bytes of the last 128 places of all lanes, and what they are woven in. */
const RING: usize = HALVES + PLANES * PLANE;
const WOVEN: usize = RING + 8 * 256;
/** A byte for each lane that need not be looked at any more. */
const IGNORED: usize = WOVEN + 2 * 256;
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
  if (shift == USUAL_SHIFT) layOutHalves();
}

/** What a byte adds is the sum of what its two halves add, and so is each byte of that: a table of 16 is what a vector looks up at once. */
function layOutHalves(): void {
  for (let plane: usize = 0; plane < PLANES; plane++) {
    const tables = HALVES + plane * PLANE;
    for (let half: usize = 0; half < HALF; half++) {
      store<u8>(tables + half, byteOf(load<u64>(MOD + half * 8), plane));
      store<u8>(tables + HALF + half, byteOf(load<u64>(MOD + half * 16 * 8), plane));
      store<u8>(tables + 2 * HALF + half, byteOf(load<u64>(OUT + half * 8), plane));
      store<u8>(tables + 3 * HALF + half, byteOf(load<u64>(OUT + half * 16 * 8), plane));
    }
  }
}

/** Fingerprints of 53 bits are kept three bits up, so that the one byte that leaves at the top is a whole one. */
@inline
function byteOf(digest: u64, plane: usize): u8 {
  return <u8>((digest << 3) >> (<u64>plane * 8));
}

/** Shift of every polynomial of degree 53, which is the only degree that restic makes. */
const USUAL_SHIFT: u64 = 45;

@inline
function slide(digest: u64, at: usize): u64 {
  return (
    ((digest << 8) | <u64>load<u8>(at)) ^
    load<u64>(<usize>(digest >> shift) << 3, MOD) ^
    load<u64>(<usize>load<u8>(at - WINDOW) << 3, OUT)
  );
}

/** The fingerprint of the 64 bytes before `at`. */
function digestBefore(at: usize): u64 {
  let digest: u64 = 0;
  for (let p = at - WINDOW; p < at; p++) digest = ((digest << 8) | <u64>load<u8>(p)) ^ load<u64>(<usize>(digest >> shift) << 3, MOD);
  return digest;
}

/** Bytes that one lane looks at in one turn, and all sixteen of them. */
const LANE: usize = 2048;
const LANES: usize = 16 * LANE;
/** Places that are looked at before it is asked whether a cut was among them. */
const GROUP: usize = 16;
/** Masks that lanes can tell: they look at the three lowest bytes of a fingerprint, three bits up. */
const LANE_MASK_MAX: u64 = (1 << 21) - 1;

/** Two rows of bytes into two with their bytes in turns. */
@inline
function weave(a: v128, b: v128, to: usize): void {
  v128.store(to, i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
  v128.store(to + 16, i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
}

@inline
function weaveRows(from: usize, stride: usize, to: usize): void {
  weave(v128.load(from), v128.load(from + 8 * stride), to);
  weave(v128.load(from + stride), v128.load(from + 9 * stride), to + 32);
  weave(v128.load(from + 2 * stride), v128.load(from + 10 * stride), to + 64);
  weave(v128.load(from + 3 * stride), v128.load(from + 11 * stride), to + 96);
  weave(v128.load(from + 4 * stride), v128.load(from + 12 * stride), to + 128);
  weave(v128.load(from + 5 * stride), v128.load(from + 13 * stride), to + 160);
  weave(v128.load(from + 6 * stride), v128.load(from + 14 * stride), to + 192);
  weave(v128.load(from + 7 * stride), v128.load(from + 15 * stride), to + 224);
}

/** The next 16 bytes of each of 16 lanes, to 16 vectors that hold a byte of each lane: woven four times, rows have become columns. */
@inline
function gather(at: usize, to: usize): void {
  weaveRows(at, LANE, WOVEN);
  weaveRows(WOVEN, 16, WOVEN + 256);
  weaveRows(WOVEN + 256, 16, WOVEN);
  weaveRows(WOVEN, 16, to);
}

/** One byte of every lane's next fingerprint: the byte below moves up, and what the leaving bytes bring is added. */
@inline
function fold(below: v128, plane: usize, topLow: v128, topHigh: v128, outLow: v128, outHigh: v128): v128 {
  const tables = HALVES + plane * PLANE;
  const out = v128.xor(
    i8x16.relaxed_swizzle(v128.load(tables + 2 * HALF), outLow),
    i8x16.relaxed_swizzle(v128.load(tables + 3 * HALF), outHigh),
  );
  const top = v128.xor(
    i8x16.relaxed_swizzle(v128.load(tables), topLow),
    i8x16.relaxed_swizzle(v128.load(tables + HALF), topHigh),
  );
  return v128.xor(v128.xor(below, out), top);
}

/**
 * Looks at `LANES` places from `at` on, in sixteen lanes side by side: a vector holds one byte of every lane's fingerprint, seven of them all. The end of
 * the first chunk in sight, or 0. For polynomials of degree 53, and masks up to `LANE_MASK_MAX`.
 */
function findInLanes(at: usize, mask: u64): usize {
  const half = i8x16.splat(15);
  const mask0 = i8x16.splat(<i8>byteOf(mask, 0));
  const mask1 = i8x16.splat(<i8>byteOf(mask, 1));
  const mask2 = i8x16.splat(<i8>byteOf(mask, 2));
  let p0 = i8x16.splat(0);
  let p1 = p0;
  let p2 = p0;
  let p3 = p0;
  let p4 = p0;
  let p5 = p0;
  let p6 = p0;
  let ignored = p0;
  let hit: usize = 0;
  // Nothing leaves while the first 64 bytes enter.
  memory.fill(RING + 4 * 256, 0, 4 * 256);
  for (let group: usize = 0; group < (WINDOW + LANE) / GROUP; group++) {
    const enters = RING + (group & 7) * 256;
    const leaves = RING + ((group + 4) & 7) * 256;
    gather(at - WINDOW + group * GROUP, enters);
    let least = i8x16.splat(-1);
    for (let i: usize = 0; i < 256; i += 16) {
      const byte = v128.load(enters + i);
      const out = v128.load(leaves + i);
      const outLow = v128.and(out, half);
      const outHigh = i8x16.shr_u(out, 4);
      const topLow = v128.and(p6, half);
      const topHigh = i8x16.shr_u(p6, 4);
      p6 = fold(p5, 6, topLow, topHigh, outLow, outHigh);
      p5 = fold(p4, 5, topLow, topHigh, outLow, outHigh);
      p4 = fold(p3, 4, topLow, topHigh, outLow, outHigh);
      p3 = fold(p2, 3, topLow, topHigh, outLow, outHigh);
      p2 = fold(p1, 2, topLow, topHigh, outLow, outHigh);
      p1 = fold(v128.xor(p0, i8x16.shr_u(byte, 5)), 1, topLow, topHigh, outLow, outHigh);
      p0 = fold(i8x16.shl(byte, 3), 0, topLow, topHigh, outLow, outHigh);
      const seen = v128.or(v128.or(v128.and(p0, mask0), v128.and(p1, mask1)), v128.and(p2, mask2));
      least = i8x16.min_u(least, seen);
    }
    if (group < WINDOW / GROUP || i8x16.all_true(v128.or(least, ignored))) continue;
    const sooner = findInGroup(at - WINDOW + group * GROUP, hit, mask);
    if (sooner == 0) continue;
    hit = sooner;
    if (hit - at <= LANE) return hit;
    ignored = lanesFrom(hit - at - 1);
  }
  return hit;
}

/** Looks again at `GROUP` places of each lane, from `at` on in the first; the first cut among them that is before `hit`, or 0. */
function findInGroup(at: usize, hit: usize, mask: u64): usize {
  for (let lane: usize = 0; lane < 16; lane++) {
    const first = at + lane * LANE;
    if (hit != 0 && first >= hit) return 0;
    let digest = digestBefore(first);
    for (let p = first; p < first + GROUP; p++) {
      digest = slide(digest, p);
      if ((digest & mask) == 0) return p + 1;
    }
  }
  return 0;
}

/** The lanes from the one that looks at the place `offset` on: what they see is later than that. */
function lanesFrom(offset: usize): v128 {
  const lane = offset / LANE;
  v128.store(IGNORED, i8x16.splat(0));
  memory.fill(IGNORED + lane, 0xff, 16 - lane);
  return v128.load(IGNORED);
}

/** The end of the first chunk in sight after `first` and at `end` at the latest, or 0. */
function findFrom(first: usize, end: usize, mask: u64): usize {
  let at = first;
  if (shift == USUAL_SHIFT && mask <= LANE_MASK_MAX && end - first >= LANES) {
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
