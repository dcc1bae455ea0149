/** C2SP tlog-proof v1: one text file that proves one entry offline, given the entry's bytes and the log's key. */
import { fromBase64, toBase64 } from '#std/bytes.ts';
import { parseDecimal } from './decimal.ts';
import { HASH_BYTES } from './hash.ts';
import { Invalid } from './invalid.ts';
import type { Proof } from './proof.ts';

const HEADER = 'c2sp.org/tlog-proof@v1';
const PROOF_HASHES_MAX = 63;

export interface TlogProof {
  readonly index: number;
  readonly proof: Proof;
  /** The signed checkpoint, verbatim. */
  readonly checkpoint: string;
  /** Not covered by anything. */
  readonly extra?: Uint8Array;
}

export function renderTlogProof(proof: TlogProof): string {
  const extra = proof.extra === undefined ? [] : [`extra ${toBase64(proof.extra)}`];
  return [HEADER, ...extra, `index ${proof.index}`, ...proof.proof.map(toBase64), '', proof.checkpoint].join('\n');
}

export function parseTlogProof(text: string): TlogProof {
  const split = text.indexOf('\n\n');
  const [header, ...lines] = text.slice(0, Math.max(0, split)).split('\n');
  if (split < 0 || header !== HEADER) throw new Invalid('proof', 'a file that is not a tlog-proof v1');
  const extra =
    lines[0]?.startsWith('extra ') === true ? strictBase64(lines.shift()?.slice('extra '.length) ?? '') : undefined;
  const [, digits] = /^index (\d+)$/.exec(lines.shift() ?? '') ?? [];
  const index = parseDecimal(digits ?? '');
  if (index === undefined || lines.length > PROOF_HASHES_MAX)
    throw new Invalid('proof', 'a tlog-proof without an index line');
  const read = { index, proof: lines.map(hashLine), checkpoint: text.slice(split + 2) };
  return extra === undefined ? read : { ...read, extra };
}

function hashLine(line: string): Uint8Array {
  const bytes = strictBase64(line);
  if (bytes.byteLength !== HASH_BYTES) throw new Invalid('proof', 'a proof line that is not a hash');
  return bytes;
}

function strictBase64(text: string): Uint8Array {
  const bytes = fromBase64(text);
  if (bytes === undefined) throw new Invalid('proof', 'base64 that is not canonical');
  return bytes;
}
