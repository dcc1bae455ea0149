/**
 * What a gate and the engine say to each other (docs/spec/engine-socket.md). Everything a gate says is validated here, at the border.
 */
import { z } from 'zod';
import { commandSchema } from '#model/commands.ts';
import type { Placed } from '#model/events.ts';
import { by } from '#model/events.ts';
import { DRAFTS_PER_CALL_MAX, SEARCH_LIMIT_MAX } from '#engine/limits.ts';
import type { EntryPage } from '#ports/engine.ts';
import type { Json } from '#std/canonical.ts';
import type { Refused } from '#std/refused.ts';

export const WIRE_VERSION = 1;
/** From a gate; a batch of drafts is the largest. */
export const TO_ENGINE_BYTES_MAX = 8 * 2 ** 20;
/** From the engine; a whole state is the largest. */
export const FROM_ENGINE_BYTES_MAX = 256 * 2 ** 20;
/** Requests that one gate may have open at once; the engine hangs up on who has more. */
export const REQUESTS_OPEN_MAX = 16_384;
/** Bytes that may wait for a gate that does not read; beyond it the engine hangs up, and the gate comes back with its cursor. */
export const UNREAD_BYTES_MAX = 64 * 2 ** 20;
/** A message of entries ends after so many, but not within a command. */
export const ENTRIES_PER_MESSAGE = 500;
/** More than any command makes. */
export const ENTRIES_PER_MESSAGE_MAX = 2 * DRAFTS_PER_CALL_MAX;
export const BEAT_EVERY_MS = 500;

const requestId = z.int().min(1);
const point = z.union([z.strictObject({ at: z.number() }), z.strictObject({ size: z.int().min(0) })]);
const query = z.strictObject({
  person: z.string().optional(),
  project: z.string().optional(),
  session: z.string().optional(),
  engagement: z.string().optional(),
  cut: z.string().optional(),
  kind: z.string().optional(),
  path: z.string().optional(),
  from: z.number().optional(),
  until: z.number().optional(),
  before: z.int().min(0).optional(),
  limit: z.int().min(1).max(SEARCH_LIMIT_MAX),
});

export const toEngine = z.discriminatedUnion('kind', [
  /** First of all. `cursor` is how many entries the gate has folded already; 0 asks for a whole state. */
  z.strictObject({
    kind: z.literal('hello'),
    version: z.literal(WIRE_VERSION),
    secret: z.string().max(200),
    cursor: z.int().min(0),
  }),
  /** `sentAt` is the gate's own monotonic clock; it comes back as it is. */
  z.strictObject({ kind: z.literal('beat'), sentAt: z.number() }),
  z.strictObject({ kind: z.literal('command'), id: requestId, command: commandSchema, by }),
  /** Each draft is parsed by its kind (parseDraft). */
  z.strictObject({ kind: z.literal('record'), id: requestId, drafts: z.array(z.unknown()).max(DRAFTS_PER_CALL_MAX) }),
  z.strictObject({ kind: z.literal('search'), id: requestId, query }),
  z.strictObject({ kind: z.literal('sealed'), id: requestId, index: z.int().min(0) }),
  z.strictObject({ kind: z.literal('state-at'), id: requestId, point }),
]);
export type ToEngine = z.infer<typeof toEngine>;
export type Request = Extract<ToEngine, { readonly id: number }>;

export type FromEngine =
  /** The state after `hello` with cursor 0. */
  | { readonly kind: 'state'; readonly state: Json }
  /** Orders to cut that are durable, ahead of the `entries` that hold them too and of everything that follows from them. */
  | { readonly kind: 'orders'; readonly entries: readonly Placed[] }
  /** State entries, in order, each once. */
  | { readonly kind: 'entries'; readonly entries: readonly Placed[] }
  /** The gate now has everything up to here; only now do beats hold a lease. */
  | { readonly kind: 'live' }
  | { readonly kind: 'beat'; readonly sentAt: number; readonly leaseMs: number }
  | { readonly kind: 'done'; readonly id: number; readonly value: Answer }
  | { readonly kind: 'refused'; readonly id: number; readonly refused: Refused }
  | {
      readonly kind: 'fault';
      readonly id: number;
      readonly code: string;
      readonly message: string;
      readonly retry: boolean;
    }
  /** Why the engine is about to hang up. */
  | { readonly kind: 'bye'; readonly code: string; readonly message: string };

export type Answer =
  | { readonly of: 'command'; readonly entries: readonly Placed[] }
  | { readonly of: 'record'; readonly indexes: readonly number[] }
  | { readonly of: 'search'; readonly page: EntryPage }
  | { readonly of: 'sealed'; readonly size: number; readonly note: string }
  | { readonly of: 'state-at'; readonly state: Json };
