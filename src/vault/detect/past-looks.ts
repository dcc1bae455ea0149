/**
 * What was seen of each file of a snapshot, kept for the next one to be compared with: one line of JSON for each file, compressed. It is kept
 * by whoever takes the backups, beside the manifest; without it a file is judged by itself alone.
 */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { Fault } from '#std/refused.ts';
import { z } from 'zod';

export interface PastLook {
  readonly size: number;
  /** The first 16 hex digits of a hash over the ids of its pieces: equal for equal content. */
  readonly content: string;
  readonly blocks: number;
  readonly evenBlocks: number;
  readonly kind: string;
  readonly verdict: 'whole' | 'short' | 'broken' | 'unchecked';
  /** Stored bytes by plain bytes when it was stored last; absent when nothing of it was new. */
  readonly packed?: number;
}

/** By path beneath the source. */
export type PastLooks = ReadonlyMap<string, PastLook>;

const VERDICTS = ['whole', 'short', 'broken', 'unchecked'] as const;
const line = z.tuple([
  z.string(),
  z.number(),
  z.string().length(16),
  z.int().min(0),
  z.int().min(0),
  z.string().max(40),
  z.int().min(0).max(3),
  z.number().nullable(),
]);
/** 4 million files have about so much text. */
const TEXT_BYTES_MAX = 512 * 1024 * 1024;

export function encodePast(looks: PastLooks): Buffer {
  const lines: string[] = [];
  for (const [path, { size, content, blocks, evenBlocks, kind, verdict, packed }] of looks) {
    const row = [path, size, content, blocks, evenBlocks, kind, VERDICTS.indexOf(verdict), packed ?? null];
    lines.push(JSON.stringify(row));
  }
  return zstdCompressSync(lines.sort().join('\n'));
}

/** Throws a Fault for bytes that are not ours. */
export function decodePast(bytes: Uint8Array): PastLooks {
  try {
    const text = zstdDecompressSync(bytes, { maxOutputLength: TEXT_BYTES_MAX }).toString('utf8');
    return new Map(text === '' ? [] : text.split('\n').map(decodeLine));
  } catch (cause) {
    throw new Fault('past-looks-damaged', 'what was seen of the last snapshot cannot be read', { cause });
  }
}

function decodeLine(text: string): readonly [string, PastLook] {
  const [path, size, content, blocks, evenBlocks, kind, verdict, packed] = line.parse(JSON.parse(text));
  const look = { size, content, blocks, evenBlocks, kind, verdict: VERDICTS[verdict] ?? 'unchecked' };
  return [path, packed === null ? look : { ...look, packed }];
}
