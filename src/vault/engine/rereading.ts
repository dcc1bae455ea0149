/**
 * Whose turn it is to be read again though it looks unchanged, so that silent damage and tampering come to light. Every path has a moment of its own in
 * each round, told by its hash: a snapshot reads those whose moment passed since the one before, so each is read once a round however often one is taken.
 */
import { hash } from 'node:crypto';

export interface Span {
  /** When the snapshot before was taken, and this one; epoch ms. */
  readonly since: number;
  readonly at: number;
  readonly everyMs: number;
}

export function isTurn(path: Buffer, { since, at, everyMs }: Span): boolean {
  const moment = hash('sha256', path, 'buffer').readUIntLE(0, 6) % everyMs;
  return Math.floor((at - moment) / everyMs) > Math.floor((since - moment) / everyMs);
}
