/** The repository's config: its version, its id, and the polynomial that chunks are cut by. */
import { randomBytes } from 'node:crypto';
import { damaged, fieldsOf, hexId, parseJson, text, whole } from '#vault/format/json-fields.ts';
import { Fault } from '#std/refused.ts';

const POLYNOMIAL = /^[0-9a-f]{1,16}$/;

export interface RepositoryConfig {
  readonly version: 1 | 2;
  readonly id: string;
  readonly polynomial: bigint;
}

/** A Fault `object-damaged` for what is no config, `repository-version` for one of another version. */
export function decodeConfig(json: string): RepositoryConfig {
  const fields = fieldsOf(parseJson(json));
  const [version, id, polynomial] = [whole(fields, 'version'), hexId(fields['id']), text(fields, 'chunker_polynomial')];
  if (!POLYNOMIAL.test(polynomial)) throw damaged('a polynomial that is none');
  if (version !== 1 && version !== 2)
    throw new Fault('repository-version', `a repository of version ${version} is not understood`);
  return { version, id, polynomial: BigInt(`0x${polynomial}`) };
}

export function encodeConfig({ version, id, polynomial }: RepositoryConfig): string {
  return JSON.stringify({ version, id, chunker_polynomial: polynomial.toString(16) });
}

const DEGREE = 53n;

/** A new config with a random irreducible polynomial of degree 53 over GF(2). */
export function createConfig(): RepositoryConfig {
  for (;;) {
    const bits = randomBytes(8).readBigUInt64BE();
    const polynomial = (bits & ((1n << DEGREE) - 1n)) | (1n << DEGREE) | 1n;
    if (isIrreducible(polynomial)) return { version: 2, id: randomBytes(32).toString('hex'), polynomial };
  }
}

/** Ben-Or's test: no factor of degree i divides it, for every i up to half its degree. */
export function isIrreducible(polynomial: bigint): boolean {
  let power = 2n; // x
  for (let i = 1; i <= degree(polynomial) / 2; i += 1) {
    power = multiplied(power, power, polynomial);
    if (gcd(polynomial, power ^ 2n) !== 1n) return false;
  }
  return true;
}

function degree(value: bigint): number {
  return value === 0n ? -1 : value.toString(2).length - 1;
}

function reduced(value: bigint, by: bigint): bigint {
  const top = degree(by);
  let rest = value;
  for (let at = degree(rest); at >= top; at = degree(rest)) rest ^= by << BigInt(at - top);
  return rest;
}

function multiplied(a: bigint, b: bigint, by: bigint): bigint {
  let [product, factor, rest] = [0n, a, b];
  while (rest > 0n) {
    if ((rest & 1n) === 1n) product ^= factor;
    factor = reduced(factor << 1n, by);
    rest >>= 1n;
  }
  return reduced(product, by);
}

function gcd(a: bigint, b: bigint): bigint {
  let [left, right] = [a, b];
  while (right !== 0n) [left, right] = [right, reduced(left, right)];
  return left;
}
