/** The one range of a `Range` header (RFC 9110 section 14): `start` included, `end` not. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export type RangeAnswer = ByteRange | 'whole' | 'unsatisfiable';

/** Several ranges, other units and bad syntax are answered with the whole file, as the RFC allows. */
export function parseRange(header: string | undefined, sizeBytes: number): RangeAnswer {
  const [, first, last] = /^bytes=(\d{0,16})-(\d{0,16})$/.exec(header?.replaceAll(' ', '') ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole';
  if (first === '') return suffix(Number(last), sizeBytes);
  const start = Number(first);
  const end = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  if (last !== '' && Number(last) < start) return 'whole';
  return start >= sizeBytes ? 'unsatisfiable' : { start, end };
}

function suffix(count: number, sizeBytes: number): RangeAnswer {
  if (count === 0 || sizeBytes === 0) return 'unsatisfiable';
  return { start: Math.max(0, sizeBytes - count), end: sizeBytes };
}
