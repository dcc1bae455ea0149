/**
 * A secret in shares (Shamir 1979, byte by byte over GF(2^8) with the polynomial of AES, 0x11b): any `need` of them give it back, fewer say nothing about it.
 *
 *     PLS1-<need>-<x>-<hex of the bytes>-<first 8 hex digits of SHA-256 of everything before the last dash>
 *
 * `x` is 1..255; the byte at position i is f_i(x) with f_i(0) the secret's byte. The first 4 bytes of what is shared are the first 4 bytes of SHA-256 of
 * the rest, so that shares of different secrets are noticed when they are put together.
 */
import { hash } from 'node:crypto';
import { Fault } from '#std/refused.ts';

const SHAPE = /^(PLS1-(\d{1,3})-(\d{1,3})-([0-9a-f]{10,1024}))-([0-9a-f]{8})$/;
const SHARES_MAX = 20;
const MARK_BYTES = 4;
const SUM_DIGITS = 8;

export interface SharePlan {
  readonly shares: number;
  readonly need: number;
}

/** `random(n)` gives n bytes that nobody can foresee. */
export function makeShares(
  secret: Uint8Array,
  { shares, need }: SharePlan,
  random: (count: number) => Uint8Array,
): readonly string[] {
  if (!(need >= 2 && need <= shares && shares <= SHARES_MAX))
    throw new Fault('bad-quorum', `at least 2 of at most ${SHARES_MAX} shares must be needed`);
  const marked = Buffer.concat([markOf(secret), secret]);
  const coefficients = Array.from({ length: need - 1 }, () => random(marked.length));
  return Array.from({ length: shares }, (_, index) => {
    const x = index + 1;
    const bytes = marked.map((byte, i) => evaluate([byte, ...coefficients.map((one) => one[i] ?? 0)], x));
    const text = `PLS1-${need}-${x}-${Buffer.from(bytes).toString('hex')}`;
    return `${text}-${sumOf(text)}`;
  });
}

interface Share {
  readonly need: number;
  readonly x: number;
  readonly bytes: Buffer;
}

export function joinShares(texts: readonly string[]): Buffer {
  const shares = texts.map(parseShare);
  const [first] = shares;
  const distinct = new Set(shares.map(({ x }) => x)).size;
  if (first === undefined || distinct !== shares.length || shares.length < first.need)
    throw new Fault('shares-missing', `${first?.need ?? 2} different shares are needed, and ${distinct} are here`);
  if (shares.some(({ need, bytes }) => need !== first.need || bytes.length !== first.bytes.length))
    throw new Fault('shares-mixed', 'these shares are not of one secret');
  const used = shares.slice(0, first.need);
  const marked = first.bytes.map((_, i) => interpolate(used.map(({ x, bytes }) => [x, bytes[i] ?? 0])));
  const secret = Buffer.from(marked.subarray(MARK_BYTES));
  if (!markOf(secret).equals(Buffer.from(marked.subarray(0, MARK_BYTES))))
    throw new Fault('shares-mixed', 'these shares are not of one secret');
  return secret;
}

function parseShare(text: string): Share {
  const [, body = '', need, x, hex = '', sum] = SHAPE.exec(text.trim()) ?? [];
  if (sum === undefined || sumOf(body) !== sum)
    throw new Fault('share-broken', 'a share is mistyped: it ends in a checksum that does not fit');
  return { need: Number(need), x: Number(x), bytes: Buffer.from(hex, 'hex') };
}

function sumOf(text: string): string {
  return hash('sha256', text, 'hex').slice(0, SUM_DIGITS);
}

function markOf(secret: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', secret, 'hex'), 'hex').subarray(0, MARK_BYTES);
}

function multiply(a: number, b: number): number {
  let [product, left, right] = [0, a, b];
  for (; right > 0; right >>= 1) {
    if ((right & 1) === 1) product ^= left;
    left = (left << 1) ^ ((left & 0x80) === 0 ? 0 : 0x11b);
  }
  return product;
}

/** a^254 is its inverse. */
function inverse(a: number): number {
  let [result, power] = [1, a];
  for (let bits = 254; bits > 0; bits >>= 1) {
    if ((bits & 1) === 1) result = multiply(result, power);
    power = multiply(power, power);
  }
  return result;
}

function evaluate(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => multiply(sum, x) ^ coefficient, 0);
}

/** The polynomial's value at 0, from points of it (Lagrange). */
function interpolate(points: readonly (readonly [x: number, y: number])[]): number {
  let value = 0;
  for (const [x, y] of points) {
    let term = y;
    for (const [other] of points) if (other !== x) term = multiply(term, multiply(other, inverse(other ^ x)));
    value ^= term;
  }
  return value;
}
