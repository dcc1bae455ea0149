/**
 * A load from end to end: the text is proved to say what the model says before anything is touched, checked by the kernel, loaded, read back,
 * and proved again on what the kernel lists. Only then it is an apply. Whatever fails on the way leaves the last proven rules.
 */
import { createHash } from 'node:crypto';
import type { Proof, Wanted } from '#plan/network/nft/prove-loaded.ts';
import { proveListing } from '#plan/network/nft/prove-loaded.ts';
import { renderRules } from '#plan/network/nft/render-rules.ts';
import type { Rules } from '#plan/network/nft/rules.ts';
import type { Clock } from '#ports/clock.ts';
import type { Warden } from '#ports/warden.ts';
import { Fault } from '#std/refused.ts';

/** The kernel's tick, twice: the bar is 50 ms. */
export const LATE_MS_MAX = 50;
/** A load ends grants early by what it was reckoned to take. */
export const EARLY_MS_MAX = 1000;
const LISTINGS_MAX = 2;

export interface Loaded {
  readonly commitMs: number;
  readonly rulesSha256: string;
  readonly listingSha256: string;
  readonly elements: number;
}

export interface ApplyParts {
  readonly warden: Warden;
  readonly clock: Clock;
  /** What the state wants at this very moment. */
  readonly want: () => Wanted;
  readonly confirmWithinMs: number | undefined;
}

/** Faults with what went wrong; the last proven rules stand then. */
export async function applyRules({ warden, clock, want, confirmWithinMs }: ApplyParts): Promise<Loaded> {
  const before = want();
  const at = clock.now();
  const draft = renderRules(before.rules, at);
  insist(proveListing(draft, before, at, { earlyMs: 2, lateMs: 2 }), 'The compiled rules are not what the model says');
  await warden.check(draft);
  const wanted = want();
  const text = renderRules(wanted.rules, clock.now());
  const { ms } = await warden.load(text, confirmWithinMs === undefined ? {} : { confirmWithinMs });
  try {
    const listing = await provenListing(warden, clock, want);
    return { commitMs: ms, rulesSha256: sha256(text), listingSha256: sha256(listing), elements: countOf(wanted.rules) };
  } catch (cause) {
    if (confirmWithinMs !== undefined) await warden.rollBack();
    throw cause;
  }
}

/** Read twice at most: something may end between the listing and the model's word. */
async function provenListing(warden: Warden, clock: Clock, want: () => Wanted): Promise<string> {
  for (let i = 1; ; i += 1) {
    const { listing, proof } = await proveLoaded(warden, clock, want);
    if (proof.kind === 'equal' && listing !== undefined) return listing;
    if (i >= LISTINGS_MAX) insist(proof, 'What the kernel lists is not what the model says');
  }
}

export async function proveLoaded(
  warden: Warden,
  clock: Clock,
  want: () => Wanted,
): Promise<{ readonly listing: string | undefined; readonly proof: Proof }> {
  const at = clock.now();
  const listing = await warden.list();
  if (listing === undefined) return { listing, proof: { kind: 'unknown', why: 'the table is not there' } };
  const earlyMs = EARLY_MS_MAX + Math.max(0, clock.now() - at);
  return { listing, proof: proveListing(listing, want(), at, { earlyMs, lateMs: LATE_MS_MAX }) };
}

export function sayProof(proof: Proof): string {
  switch (proof.kind) {
    case 'equal':
      return 'it is as the model says';
    case 'different':
      return proof.says;
    case 'unknown':
      return `it is not understood: ${proof.why}`;
  }
}

function insist(proof: Proof, what: string): void {
  if (proof.kind !== 'equal') throw new Fault('not-proved', `${what}: ${sayProof(proof)}.`);
}

function countOf({ standing4, standing6, pointers4, pointers6, grants }: Rules): number {
  return standing4.length + standing6.length + pointers4.length + pointers6.length + grants.length;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
