/** Judges one file that was read against what was seen of it before. */
import { chanceOf, shareOf } from '#vault/detect/evenness.ts';
import type { Evenness } from '#vault/detect/evenness.ts';
import { family, isEssence, isOriginal, keepsPromise, promisedKinds } from '#vault/detect/file-names.ts';
import { certain, liftable } from '#vault/detect/mark.ts';
import type { Mark } from '#vault/detect/mark.ts';
import type { PastLook } from '#vault/detect/past-looks.ts';

export interface FileFacts {
  /** Beneath the source. */
  readonly path: string;
  readonly look: PastLook;
  /** Whether the walk saw the content too. */
  readonly isDeep: boolean;
  /** A file that changed while it was read is not judged by its structure. */
  readonly isSteady: boolean;
  /** Whether the parent snapshot had it. */
  readonly existed: boolean;
  /** Share of the parent's pieces of it that it still has. */
  readonly keptShare: number;
}

export interface Surroundings {
  readonly kinds: ReadonlyMap<string, Evenness>;
  /** How many files of essence the last snapshot had. */
  readonly essence: number;
}

const COLLAPSED = 0.97;
const COMPRESSIBLE = 0.75;
const COMPRESSED = new Set(['gzip', 'zip', 'zstd', 'xz', '7z', 'bzip2', 'lz4', 'pgp']);
const RANDOM_SHARE = 0.9;
/** Files of fewer bytes have no structure worth a word. */
const TINY_BYTES = 64;
const OVERWRITTEN_CAP = 0.9;
const OVERWRITTEN_MIN = 20;

/** `past` is what was seen at the same path, or at the path that this file took the place of. */
export function judgeFile(now: FileFacts, past: PastLook | undefined, around: Surroundings): readonly Mark[] {
  if (past?.content === now.look.content) return [];
  const marks: (Mark | undefined)[] = [overwritten(now, past, around)];
  if (now.isSteady) marks.push(magicLost(now, past), structureBroken(now, past));
  if (past !== undefined) marks.push(randomStep(now, past, around), compressionCollapse(now, past));
  return marks.filter((mark) => mark !== undefined);
}

/** What was still being written when it was seen first, or has only grown, was not overwritten. */
function overwritten(now: FileFacts, past: PastLook | undefined, { essence }: Surroundings): Mark | undefined {
  if (!now.existed || !isEssence(now.path)) return undefined;
  if (past?.verdict === 'short' || past?.size === 0) return undefined;
  const isGrown = past !== undefined && now.look.size > past.size && now.keptShare >= 0.5;
  if (isGrown) return undefined;
  const sign = 'write-once-changed';
  if (isOriginal(now.path)) return liftable(sign, 'an original from the set, or a master, has other bytes', 1);
  const weight = OVERWRITTEN_CAP / Math.max(OVERWRITTEN_MIN, essence / 10);
  return liftable(sign, 'pictures or sound were overwritten in place', weight, OVERWRITTEN_CAP);
}

function magicLost(now: FileFacts, past: PastLook | undefined): Mark | undefined {
  if (now.look.size < TINY_BYTES || past?.kind === 'unknown') return undefined;
  return past === undefined ? promiseBroken(now) : kindLost(now, past);
}

/** Of a file without a past: what it is named is all there is to compare with. */
function promiseBroken({ path, look, existed }: FileFacts): Mark | undefined {
  const isFalse = promisedKinds(path) !== undefined && !keepsPromise(path, look.kind);
  if (!isFalse || shareOf(look) < RANDOM_SHARE) return undefined;
  return certain('magic-lost', 'its name promises a kind that its bytes are not', existed ? 1 : 0.5);
}

function kindLost({ path, look }: FileFacts, past: PastLook): Mark | undefined {
  if (family(look.kind) === family(past.kind)) return undefined;
  if (past.kind === 'xml' && look.kind === 'text') return certain('magic-lost', 'it was XML and is other text', 0.5);
  if (keepsPromise(path, look.kind)) return undefined;
  const isSure = shareOf(look) >= RANDOM_SHARE || promisedKinds(path) !== undefined;
  return certain('magic-lost', `it was ${past.kind} and begins as nothing of the kind`, isSure ? 1 : 0.6);
}

function structureBroken({ look, existed }: FileFacts, past: PastLook | undefined): Mark | undefined {
  const sign = 'structure-broken';
  if (look.verdict === 'broken') {
    if (past === undefined) return certain(sign, `as ${look.kind} it is broken`, existed ? 0.5 : 0.2);
    if (past.verdict === 'broken' || family(past.kind) !== family(look.kind)) return undefined;
    return certain(sign, `as ${look.kind} it was whole and is broken`);
  }
  const wasWhole = past?.verdict === 'whole' && family(past.kind) === family(look.kind) && look.kind !== 'xml';
  if (look.verdict !== 'short' || !wasWhole) return undefined;
  if (look.size >= past.size * 0.98) return certain(sign, `as ${look.kind} its lengths point beyond its end`);
  return liftable(sign, `as ${look.kind} it was cut off`, 0.3);
}

function randomStep(now: FileFacts, past: PastLook, { kinds }: Surroundings): Mark | undefined {
  const { look, isDeep } = now;
  const isKnownOther = look.kind !== past.kind && look.kind !== 'unknown';
  if (isKnownOther || (isDeep && look.verdict === 'whole')) return undefined;
  const chance = chanceOf(look, past, past.kind, kinds);
  const weight = chance < 1e-6 ? 1 : chance < 1e-3 ? 0.5 : 0;
  if (weight === 0) return undefined;
  const says = `${look.evenBlocks} of ${look.blocks} blocks are spread like random bytes, before it were ${past.evenBlocks} of ${past.blocks}`;
  return certain('randomness-step', says, weight);
}

function compressionCollapse({ look }: FileFacts, past: PastLook): Mark | undefined {
  if (look.packed === undefined || past.packed === undefined || COMPRESSED.has(look.kind)) return undefined;
  if (past.packed > COMPRESSIBLE || look.packed < COLLAPSED) return undefined;
  return certain('compression-collapse', 'it could be compressed and cannot be any more', 0.5);
}
