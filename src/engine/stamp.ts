/**
 * Drafts become entries here: time, id, salt, the number within the stream, and the bytes that are stored and hashed.
 * The stamper runs ahead of the disk: what it numbered is appended in that order or the process ends.
 */
import { CALL_BYTES_MAX } from '#engine/limits.ts';
import type { Draft, Entry, Placed } from '#model/events.ts';
import type { HeadsTracker } from '#ledger/heads.ts';
import { createHeadsTracker } from '#ledger/heads.ts';
import { ENTRY_BYTES_MAX, streamPlaceOf } from '#ledger/entry.ts';
import type { Random } from '#ports/random.ts';
import { assert } from '#std/assert.ts';
import { toBase64url, toText, utf8 } from '#std/bytes.ts';
import type { Json } from '#std/canonical.ts';
import { canonical } from '#std/canonical.ts';
import { Fault } from '#std/refused.ts';

const SALT_BYTES = 16;
const ID_BYTES = 12;
const POOL_BYTES = 28 * 1024;
/** Below this nobody counts bytes exactly. */
const SHORT_BYTES = 4096;

export interface Stamped {
  readonly placed: readonly Placed[];
  readonly bytes: readonly Uint8Array[];
  readonly sizeBytes: number;
}

export interface Stamper {
  /** Index of the next entry. */
  readonly next: number;
  readonly heads: HeadsTracker;
  /** An entry that the ledger already holds, in order; throws when a stream has a gap. */
  replay(bytes: Uint8Array): void;
  knows(stream: string): boolean;
  stamp(drafts: readonly Draft[], at: number): Stamped;
}

export function createStamper(random: Random): Stamper {
  const numbers = new Map<string, number>();
  const heads = createHeadsTracker();
  const chance = pool(random);
  let next = 0;

  function count(stream: string, salt: string, position: () => number | undefined): number {
    const n = (numbers.get(stream) ?? 0) + 1;
    heads.add(next, stream, n, salt, n === 1 ? position() : undefined);
    numbers.set(stream, n);
    next += 1;
    return n;
  }

  function entryOf(draft: Draft, at: number): Entry {
    const salt = chance(SALT_BYTES);
    const n = count(draft.stream, salt, () => (draft.kind === 'project.created' ? draft.data.streamNumber : undefined));
    return { v: 1, id: `ent_${chance(ID_BYTES)}`, at, n, salt, ...draft };
  }

  return {
    get next() {
      return next;
    },
    heads,
    replay(bytes) {
      const { stream, n, salt } = streamPlaceOf(bytes);
      const counted = count(stream, salt, () => streamNumberIn(bytes));
      if (counted !== n)
        throw new Fault('ledger-damaged', `entry ${next - 1} is number ${n} of ${stream}, not ${counted}`);
    },
    knows: (stream) => stream === 'facility' || stream === 'ledger' || numbers.has(stream),
    stamp(drafts, at) {
      const json = draftsJson(drafts); // before anything is numbered: a bad draft leaves no gap
      const placed: Placed[] = [];
      const bytes: Uint8Array[] = [];
      let sizeBytes = 0;
      drafts.forEach((draft, position) => {
        const index = next;
        const entry = entryOf(draft, at);
        const encoded = encode(entry, json[position] ?? draftJson(draft));
        placed.push({ index, entry });
        bytes.push(encoded);
        sizeBytes += encoded.byteLength;
      });
      return { placed, bytes, sizeBytes };
    },
  };
}

interface DraftJson {
  readonly about: string;
  readonly by: string;
  readonly data: string;
}

/** What `encode` adds to a draft's own members: times, numbers, ids and names at their longest. */
const ENVELOPE_BYTES_MAX = 320;

/** All drafts of one call as JSON; throws a Fault, before anything is numbered, when one cannot be an entry or all do not fit one write. */
function draftsJson(drafts: readonly Draft[]): readonly DraftJson[] {
  let sum = 0;
  return drafts.map((draft) => {
    const json = draftJson(draft);
    const bytes = bytesAtMost(json);
    sum += bytes;
    if (bytes > ENTRY_BYTES_MAX)
      throw new Fault('entry-too-large', `a ${draft.kind} entry of more than ${ENTRY_BYTES_MAX} bytes`);
    if (sum > CALL_BYTES_MAX)
      throw new Fault('batch-too-large', `entries of more than ${CALL_BYTES_MAX} bytes at once`);
    return json;
  });
}

function draftJson(draft: Draft): DraftJson {
  try {
    // A draft is JSON by construction (model/events.ts); optional members may be undefined, which canonical() leaves out.
    return { about: canonical(draft.about), by: canonical(draft.by), data: canonical(draft.data as unknown as Json) };
  } catch (cause) {
    // Drafts carry text from outside, and a lone surrogate passes every schema: that is the draft's fault, not a bug here.
    throw new Fault('not-text', `a ${draft.kind} entry with text that UTF-8 cannot hold`, { cause });
  }
}

/** An upper bound that is exact for long texts: a UTF-16 unit takes three bytes of UTF-8 at most. */
function bytesAtMost({ about, by, data }: DraftJson): number {
  const most = (about.length + by.length + data.length) * 3 + ENVELOPE_BYTES_MAX;
  return most <= SHORT_BYTES ? most : utf8(about + by + data).byteLength + ENVELOPE_BYTES_MAX;
}

/** Exactly `encodeEntry` of ledger/entry.ts (a test compares them), without walking the members that are known. */
function encode(entry: Entry, json: DraftJson): Uint8Array {
  return utf8(
    `{"about":${json.about},"at":${entry.at},"by":${json.by},"data":${json.data},"id":"${entry.id}","kind":"${entry.kind}",` +
      `"n":${entry.n},"salt":"${entry.salt}","stream":"${entry.stream}","v":1}`,
  );
}

/** Our own bytes, whose hash was checked when they were read: parsed, not validated again. */
export function entryFrom(bytes: Uint8Array): Entry {
  return JSON.parse(toText(bytes)) as Entry; // written by `encode` from a typed draft
}

function streamNumberIn(bytes: Uint8Array): number | undefined {
  const entry = entryFrom(bytes);
  return entry.kind === 'project.created' ? entry.data.streamNumber : undefined;
}

/** Random text, drawn from the system in large pieces. */
function pool(random: Random): (count: number) => string {
  let bytes = new Uint8Array(0);
  let used = 0;
  return (count) => {
    if (used + count > bytes.byteLength) {
      bytes = Uint8Array.from(random.bytes(POOL_BYTES));
      used = 0;
    }
    assert(used + count <= bytes.byteLength, 'the pool holds what is asked for');
    used += count;
    return toBase64url(bytes.subarray(used - count, used));
  };
}
