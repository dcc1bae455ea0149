/** Times of files, which have nanoseconds and may be before 1970. */
import { lutimesSync } from 'node:fs';

const NS_PER_S = 1_000_000_000n;

/** Of a link itself, not of what it leads to. Node's file functions take seconds as a double: of a time in this century it has a quarter of a microsecond. */
export function setTimes(path: string | Buffer, accessedNs: bigint, modifiedNs: bigint): void {
  lutimesSync(path, secondsText(accessedNs), secondsText(modifiedNs));
}

/** Node takes a negative number of seconds as the present, and the same number as text as what it is. */
function secondsText(ns: bigint): string {
  const [sign, size] = ns < 0n ? ['-', -ns] : ['', ns];
  return `${sign}${size / NS_PER_S}.${String(size % NS_PER_S).padStart(9, '0')}`;
}
