/**
 * The three inner loops of a backup, compiled to WebAssembly by AssemblyScript (`node tool/kernel.mjs`): where chunks are cut (Rabin
 * fingerprints as restic's chunker makes them), the authenticator of a sealed object (Poly1305), and how evenly bytes are spread.
 *
 * Memory is laid out by hand: tables first, then whatever the caller puts where; nothing here allocates.
 */

/** Reduction table of the polynomial: 256 × u64. */
const MOD: usize = 1024;
/** Contribution of the byte that leaves the window, already reduced: 256 × u64. */
const OUT: usize = MOD + 256 * 8;
/** Histogram: 256 × u32. */
const COUNTS: usize = OUT + 256 * 8;
/** r, r², r³, r⁴ in five 26-bit limbs each, and five times the upper four limbs: 4 × 9 × u64. */
const POWERS: usize = COUNTS + 256 * 4;
/** The accumulator: 5 × u64. */
const STATE: usize = POWERS + 4 * 9 * 8;
/** Where a caller's bytes may begin. */
export const FREE: usize = 16384;

const WINDOW: i32 = 64;
const LIMB: u64 = 0x3ffffff;

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

// --- Poly1305 -------------------------------------------------------------------------------------------------------------------

@inline
function limb(power: i32, index: i32): u64 {
  return load<u64>(POWERS + <usize>(power * 9 + index) * 8);
}

function storePower(power: i32, a: u64, b: u64, c: u64, d: u64, e: u64): void {
  const at = POWERS + <usize>(power * 9) * 8;
  store<u64>(at, a);
  store<u64>(at + 8, b);
  store<u64>(at + 16, c);
  store<u64>(at + 24, d);
  store<u64>(at + 32, e);
  store<u64>(at + 40, b * 5);
  store<u64>(at + 48, c * 5);
  store<u64>(at + 56, d * 5);
  store<u64>(at + 64, e * 5);
}

/** Multiplies power `from` by r and stores the product as the next power. */
function nextPower(from: i32): void {
  const a = limb(from, 0), b = limb(from, 1), c = limb(from, 2), d = limb(from, 3), e = limb(from, 4);
  const r0 = limb(0, 0), r1 = limb(0, 1), r2 = limb(0, 2), r3 = limb(0, 3), r4 = limb(0, 4);
  const s1 = limb(0, 5), s2 = limb(0, 6), s3 = limb(0, 7), s4 = limb(0, 8);
  let d0 = a * r0 + b * s4 + c * s3 + d * s2 + e * s1;
  let d1 = a * r1 + b * r0 + c * s4 + d * s3 + e * s2;
  let d2 = a * r2 + b * r1 + c * r0 + d * s4 + e * s3;
  let d3 = a * r3 + b * r2 + c * r1 + d * r0 + e * s4;
  let d4 = a * r4 + b * r3 + c * r2 + d * r1 + e * r0;
  d1 += d0 >> 26; d0 &= LIMB;
  d2 += d1 >> 26; d1 &= LIMB;
  d3 += d2 >> 26; d2 &= LIMB;
  d4 += d3 >> 26; d3 &= LIMB;
  d0 += (d4 >> 26) * 5; d4 &= LIMB;
  d1 += d0 >> 26; d0 &= LIMB;
  storePower(from + 1, d0, d1, d2, d3, d4);
}

/** Begins an authenticator: `key` is where the 16 bytes of r lie. */
export function macBegin(key: usize): void {
  const low = load<u64>(key) & 0x0ffffffc0fffffff;
  const high = load<u64>(key + 8) & 0x0ffffffc0ffffffc;
  storePower(
    0,
    low & LIMB,
    (low >> 26) & LIMB,
    ((low >> 52) | (high << 12)) & LIMB,
    (high >> 14) & LIMB,
    high >> 40,
  );
  nextPower(0);
  nextPower(1);
  nextPower(2);
  for (let i: usize = 0; i < 5; i++) store<u64>(STATE + i * 8, 0);
}

const TOP: u64 = 1 << 24;

/** Takes in `length` bytes at `at`, a multiple of 16 unless they are the last. */
export function macUpdate(at: usize, length: u32): void {
  let h0 = load<u64>(STATE), h1 = load<u64>(STATE + 8), h2 = load<u64>(STATE + 16);
  let h3 = load<u64>(STATE + 24), h4 = load<u64>(STATE + 32);
  const r0 = limb(0, 0), r1 = limb(0, 1), r2 = limb(0, 2), r3 = limb(0, 3), r4 = limb(0, 4);
  const s1 = limb(0, 5), s2 = limb(0, 6), s3 = limb(0, 7), s4 = limb(0, 8);
  let p = at;
  let left = length;
  // Two blocks together: (h + m0) r² + m1 r has one chain of carries instead of two.
  if (left >= 32) {
    const q0 = limb(1, 0), q1 = limb(1, 1), q2 = limb(1, 2), q3 = limb(1, 3), q4 = limb(1, 4);
    const t1 = limb(1, 5), t2 = limb(1, 6), t3 = limb(1, 7), t4 = limb(1, 8);
    while (left >= 32) {
      const lo = load<u64>(p), hi = load<u64>(p, 8);
      h0 += lo & LIMB;
      h1 += (lo >> 26) & LIMB;
      h2 += ((lo >> 52) | (hi << 12)) & LIMB;
      h3 += (hi >> 14) & LIMB;
      h4 += (hi >> 40) | TOP;
      const lo1 = load<u64>(p, 16), hi1 = load<u64>(p, 24);
      const m0 = lo1 & LIMB;
      const m1 = (lo1 >> 26) & LIMB;
      const m2 = ((lo1 >> 52) | (hi1 << 12)) & LIMB;
      const m3 = (hi1 >> 14) & LIMB;
      const m4 = (hi1 >> 40) | TOP;
      const d0 = h0 * q0 + h1 * t4 + h2 * t3 + h3 * t2 + h4 * t1 + m0 * r0 + m1 * s4 + m2 * s3 + m3 * s2 + m4 * s1;
      let d1 = h0 * q1 + h1 * q0 + h2 * t4 + h3 * t3 + h4 * t2 + m0 * r1 + m1 * r0 + m2 * s4 + m3 * s3 + m4 * s2;
      let d2 = h0 * q2 + h1 * q1 + h2 * q0 + h3 * t4 + h4 * t3 + m0 * r2 + m1 * r1 + m2 * r0 + m3 * s4 + m4 * s3;
      let d3 = h0 * q3 + h1 * q2 + h2 * q1 + h3 * q0 + h4 * t4 + m0 * r3 + m1 * r2 + m2 * r1 + m3 * r0 + m4 * s4;
      let d4 = h0 * q4 + h1 * q3 + h2 * q2 + h3 * q1 + h4 * q0 + m0 * r4 + m1 * r3 + m2 * r2 + m3 * r1 + m4 * r0;
      d1 += d0 >> 26;
      d2 += d1 >> 26;
      d3 += d2 >> 26;
      d4 += d3 >> 26;
      h0 = (d0 & LIMB) + (d4 >> 26) * 5;
      h1 = (d1 & LIMB) + (h0 >> 26);
      h0 &= LIMB;
      h2 = d2 & LIMB;
      h3 = d3 & LIMB;
      h4 = d4 & LIMB;
      p += 32;
      left -= 32;
    }
  }
  while (left > 0) {
    let lo: u64 = 0, hi: u64 = 0, top: u64 = TOP;
    if (left >= 16) {
      lo = load<u64>(p);
      hi = load<u64>(p, 8);
      left -= 16;
      p += 16;
    } else {
      // The last, short block: its bytes, then a one.
      for (let i: u32 = 0; i < left; i++) {
        const byte = <u64>load<u8>(p + i);
        if (i < 8) lo |= byte << <u64>(i * 8);
        else hi |= byte << <u64>((i - 8) * 8);
      }
      if (left < 8) lo |= (<u64>1) << <u64>(left * 8);
      else hi |= (<u64>1) << <u64>((left - 8) * 8);
      top = 0;
      left = 0;
    }
    h0 += lo & LIMB;
    h1 += (lo >> 26) & LIMB;
    h2 += ((lo >> 52) | (hi << 12)) & LIMB;
    h3 += (hi >> 14) & LIMB;
    h4 += (hi >> 40) | top;
    const d0 = h0 * r0 + h1 * s4 + h2 * s3 + h3 * s2 + h4 * s1;
    let d1 = h0 * r1 + h1 * r0 + h2 * s4 + h3 * s3 + h4 * s2;
    let d2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s4 + h4 * s3;
    let d3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * s4;
    let d4 = h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0;
    d1 += d0 >> 26;
    d2 += d1 >> 26;
    d3 += d2 >> 26;
    d4 += d3 >> 26;
    h0 = (d0 & LIMB) + (d4 >> 26) * 5;
    h1 = (d1 & LIMB) + (h0 >> 26);
    h0 &= LIMB;
    h2 = d2 & LIMB;
    h3 = d3 & LIMB;
    h4 = d4 & LIMB;
  }
  store<u64>(STATE, h0);
  store<u64>(STATE + 8, h1);
  store<u64>(STATE + 16, h2);
  store<u64>(STATE + 24, h3);
  store<u64>(STATE + 32, h4);
}

/** Ends it: adds the 16 bytes at `pad` and writes the 16 bytes of the tag to `out`. */
export function macEnd(pad: usize, out: usize): void {
  let h0 = load<u64>(STATE), h1 = load<u64>(STATE + 8), h2 = load<u64>(STATE + 16);
  let h3 = load<u64>(STATE + 24), h4 = load<u64>(STATE + 32);
  for (let round = 0; round < 2; round++) {
    h1 += h0 >> 26; h0 &= LIMB;
    h2 += h1 >> 26; h1 &= LIMB;
    h3 += h2 >> 26; h2 &= LIMB;
    h4 += h3 >> 26; h3 &= LIMB;
    h0 += (h4 >> 26) * 5; h4 &= LIMB;
  }
  h1 += h0 >> 26; h0 &= LIMB;
  // h - p, kept when it is not negative.
  let g0 = h0 + 5;
  let g1 = h1 + (g0 >> 26); g0 &= LIMB;
  let g2 = h2 + (g1 >> 26); g1 &= LIMB;
  let g3 = h3 + (g2 >> 26); g2 &= LIMB;
  let g4 = h4 + (g3 >> 26); g3 &= LIMB;
  const isOver: u64 = 0 - (g4 >> 26);
  g4 &= LIMB;
  h0 = (h0 & ~isOver) | (g0 & isOver);
  h1 = (h1 & ~isOver) | (g1 & isOver);
  h2 = (h2 & ~isOver) | (g2 & isOver);
  h3 = (h3 & ~isOver) | (g3 & isOver);
  h4 = (h4 & ~isOver) | (g4 & isOver);
  const low = h0 | (h1 << 26) | (h2 << 52);
  const high = (h2 >> 12) | (h3 << 14) | (h4 << 40);
  const sum = low + load<u64>(pad);
  const carry: u64 = sum < low ? 1 : 0;
  store<u64>(out, sum);
  store<u64>(out + 8, high + load<u64>(pad + 8) + carry);
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
