/**
 * Stream heads: what makes "this is everything about the project" provable.
 *
 * At a seal the engine appends one `ledger.heads` entry that holds the RFC 6962 root over one head leaf per stream:
 *
 *   head leaf      canonical JSON {"last":…,"n":…,"salt":"…","stream":"…"}
 *   leaf position  0 for the facility's stream, `streamNumber` (in the stream's first entry, `project.created`) for a project's
 *   n              entries of that stream so far;  last: leaf index of the newest of them
 *   salt           first 16 bytes of SHA-256("picturelock stream head v1\n" ‖ salt of that newest entry), base64url
 *
 * A position has one leaf, so a stream cannot be shown two heads; a stream numbered 1…n without gaps under a head of n is
 * complete. The salt comes out of the newest entry: only who may read the stream can guess its head, and whoever holds
 * the whole ledger can recompute every root with no secret. The `ledger` stream itself is not covered.
 */
import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { assert } from '#std/assert.ts';
import { concat, fromBase64url, toBase64url, toHex, utf8 } from '#std/bytes.ts';
import { canonical } from '#std/canonical.ts';
import { HASH_BYTES, leafHash, rootOfHashes } from './hash.ts';
import { Invalid } from './invalid.ts';
import type { Proof } from './proof.ts';
import { hashOfRange, inclusionRanges, rootFromInclusion } from './proof.ts';

export const FACILITY_POSITION = 0;
const SALT_LABEL = 'picturelock stream head v1\n';
const SALT_BYTES = 16;

export interface StreamHead {
  readonly stream: string;
  /** Entries of the stream so far. */
  readonly n: number;
  /** Leaf index of the newest of them. */
  readonly last: number;
  readonly salt: string;
}

export function streamHead(stream: string, n: number, last: number, newestEntrySalt: string): StreamHead {
  return { stream, n, last, salt: headSalt(newestEntrySalt) };
}

function headSalt(entrySalt: string): string {
  const bytes = fromBase64url(entrySalt);
  if (bytes === undefined) throw new Invalid('heads', 'an entry salt that is not base64url');
  return toBase64url(hash('sha256', concat(utf8(SALT_LABEL), bytes), 'buffer').subarray(0, SALT_BYTES));
}

export function encodeHead(head: StreamHead): Uint8Array {
  return utf8(canonical({ stream: head.stream, n: head.n, last: head.last, salt: head.salt }));
}

/** Root, size and the proof of one head, over all heads in position order. */
export interface HeadsView {
  readonly root: Uint8Array;
  readonly size: number;
  proof(position: number): Proof;
}

export interface HeadsTracker {
  /** Every entry in ledger order. `position` is given with the first entry of a project's stream. */
  add(index: number, stream: string, n: number, salt: string, position?: number): void;
  /** True when an entry of a covered stream came since the last `view`: only then is a heads entry due. */
  readonly changed: boolean;
  head(stream: string): StreamHead | undefined;
  position(stream: string): number | undefined;
  /** For the `ledger.heads` entry: `{ root: hex, size }`. */
  data(): { readonly root: string; readonly size: number };
  view(): HeadsView;
}

/**
 * Follows the ledger. Asserts what the engine promises: streams are numbered without gaps and positions are given out in
 * order. It costs a map update per entry, and a leaf hash per changed stream at each view.
 */
export function createHeadsTracker(): HeadsTracker {
  const positions = new Map<string, number>();
  const heads: StreamHead[] = [];
  const dirty = new Set<number>();
  let slab = Buffer.alloc(64 * HASH_BYTES);

  function place(stream: string, n: number, position: number | undefined): number {
    if (n > 1) {
      const known = positions.get(stream);
      assert(known !== undefined && heads[known]?.n === n - 1, `stream ${stream} jumps to number ${n}`);
      return known;
    }
    const at = stream === 'facility' ? FACILITY_POSITION : position;
    assert(
      at === positions.size && !positions.has(stream),
      `stream ${stream} must stand at position ${positions.size}`,
    );
    positions.set(stream, at);
    return at;
  }

  function refresh(): Uint8Array {
    if (slab.byteLength < heads.length * HASH_BYTES) slab = Buffer.concat([slab], heads.length * 2 * HASH_BYTES);
    for (const at of dirty) {
      const head = heads[at];
      assert(head !== undefined, `position ${at} has no head`);
      slab.set(leafHash(encodeHead({ ...head, salt: headSalt(head.salt) })), at * HASH_BYTES);
    }
    dirty.clear();
    return slab.subarray(0, heads.length * HASH_BYTES);
  }

  function viewOf(leaves: Uint8Array): HeadsView {
    const copy = Uint8Array.prototype.slice.call(leaves);
    return { root: rootOfHashes(copy), size: heads.length, proof: (position) => proofWithin(copy, position) };
  }

  return {
    add(index, stream, n, salt, position) {
      if (stream === 'ledger') return;
      const at = place(stream, n, position);
      heads[at] = { stream, n, last: index, salt };
      dirty.add(at);
    },
    get changed() {
      return dirty.size > 0;
    },
    head(stream) {
      const held = heads[positions.get(stream) ?? -1];
      return held === undefined ? undefined : { ...held, salt: headSalt(held.salt) };
    },
    position: (stream) => positions.get(stream),
    data() {
      return { root: toHex(rootOfHashes(refresh())), size: heads.length };
    },
    view() {
      return viewOf(refresh());
    },
  };
}

function proofWithin(leaves: Uint8Array, position: number): Proof {
  const size = leaves.byteLength / HASH_BYTES;
  const source = (level: number, index: number): Uint8Array =>
    rootOfHashes(leaves.subarray(index * 2 ** level * HASH_BYTES, (index + 1) * 2 ** level * HASH_BYTES));
  return inclusionRanges(position, size).map((range) => hashOfRange(range, source));
}

/** Throws unless `head` is the leaf at `position` under the heads root. */
export function verifyHead(
  head: StreamHead,
  position: number,
  proof: Proof,
  heads: { readonly root: string; readonly size: number },
): void {
  const root = toHex(rootFromInclusion(position, heads.size, leafHash(encodeHead(head)), proof));
  if (root !== heads.root)
    throw new Invalid('heads', `the head of ${head.stream} is not the one committed at position ${position}`);
}
