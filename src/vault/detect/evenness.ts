/**
 * Whether a file has more blocks that are spread as evenly as random bytes than its own past and its kind let expect. Most essence has none at
 * all, so that a few speak; where a kind is full of them (arithmetic coding, some zip pictures) nothing can be said this way.
 */
import type { PastLooks } from '#vault/detect/past-looks.ts';

export interface Evenness {
  readonly blocks: number;
  readonly evenBlocks: number;
}

/** Kinds of plain or plainly coded samples: of thousands of blocks of each, none was even (`npm run bench -- detect`). */
const PLAIN = new Set([
  'prores.mov',
  'vc3.mxf',
  'mpeg2.mxf',
  'v210.mov',
  'dpx',
  'raw.exr',
  'tiff',
  'wav',
  'xml',
  'text',
]);
/** What is expected of a kind before anything of it was seen, and for how many blocks that counts. */
const [PLAIN_SHARE, OTHER_SHARE, EXPECTED_BLOCKS] = [1e-5, 0.01, 1000];
/** A kind with a larger share than this says nothing by its blocks. */
const SHARE_SPEAKING_MAX = 0.05;
/** What a kind counts for beside the file's own past, in blocks. */
const KIND_BLOCKS = 20;

/** By kind, over a whole snapshot. */
export function evennessByKind(past: PastLooks): ReadonlyMap<string, Evenness> {
  const kinds = new Map<string, { blocks: number; evenBlocks: number }>();
  for (const [, { kind, blocks, evenBlocks, verdict }] of past) {
    if (verdict === 'broken') continue;
    const sum = kinds.get(kind) ?? { blocks: 0, evenBlocks: 0 };
    kinds.set(kind, sum);
    sum.blocks += blocks;
    sum.evenBlocks += evenBlocks;
  }
  return kinds;
}

/** The probability of so many even blocks without an attack; 1 where nothing can be said. */
export function chanceOf(now: Evenness, past: Evenness, kind: string, all: ReadonlyMap<string, Evenness>): number {
  const seen = all.get(kind) ?? past;
  const expected = (PLAIN.has(kind) ? PLAIN_SHARE : OTHER_SHARE) * EXPECTED_BLOCKS;
  const kindShare = (seen.evenBlocks + expected) / (seen.blocks + EXPECTED_BLOCKS);
  const share = (past.evenBlocks + KIND_BLOCKS * kindShare) / (past.blocks + KIND_BLOCKS);
  if (share > SHARE_SPEAKING_MAX || now.evenBlocks === 0) return 1;
  return upperTail(now.blocks, now.evenBlocks, share);
}

export function shareOf({ blocks, evenBlocks }: Evenness): number {
  return blocks === 0 ? 0 : evenBlocks / blocks;
}

/** P(X >= k) of a binomial distribution, by the first term and the ratio of the next. */
function upperTail(n: number, k: number, p: number): number {
  if (k <= n * p) return 1;
  let log = 0;
  for (let i = 0; i < k; i += 1) log += Math.log(n - i) - Math.log(i + 1);
  const first = Math.exp(log + k * Math.log(p) + (n - k) * Math.log(1 - p));
  const ratio = ((n - k) / (k + 1)) * (p / (1 - p));
  return Math.min(1, first / (1 - Math.min(0.99, ratio)));
}
