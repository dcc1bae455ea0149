/**
 * What a gate may ask of the warden, and how. Messages are framed as between engine and gates: a 32-bit length and JSON. Every request has a
 * number and gets one answer; events come without. Nothing else is understood, and what is not understood ends the connection.
 */
import { z } from 'zod';
import { MARK_MAX } from '#plan/network/nft/rules.ts';
import { canonicalAddress } from '#std/address.ts';

/** A load of 10,000 paths is about 1.3 MB, its listing 2.5 MB. */
export const MESSAGE_BYTES_MAX = 32 << 20;
/** Of one change, over all its lists; a gate sends more in parts. */
export const CHANGE_ELEMENTS_MAX = 5000;
export const CONFIRM_MS_MAX = 15 * 60_000;
/** Ten years. */
const TTL_MS_MAX = 10 * 366 * 86_400_000;

const address = z
  .string()
  .max(45)
  .refine((text) => canonicalAddress(text) === text);
const mark = z.int().min(1).max(MARK_MAX);
const pointer = z
  .strictObject({
    from: address,
    to: address,
    protocol: z.enum(['tcp', 'udp']),
    port: z.int().min(0).max(65_535),
    mark,
  })
  .refine(({ from, to }) => from.includes(':') === to.includes(':'));
const live = z.strictObject({
  mark,
  id: z.string().regex(/^[a-z]{3}_[a-z0-9]{1,40}$/),
  ttlMs: z.int().min(1).max(TTL_MS_MAX),
});
const some = <T extends z.ZodType>(one: T) => z.array(one).max(CHANGE_ELEMENTS_MAX).readonly();
export const elementChange = z
  .strictObject({
    dead: some(mark),
    unpoint: some(pointer),
    live: some(live),
    point: some(pointer),
    quarantine: some(address),
    release: some(address),
  })
  .refine((change) => elementsOf(change) <= CHANGE_ELEMENTS_MAX, `at most ${CHANGE_ELEMENTS_MAX} elements`);

function elementsOf(change: Readonly<Record<string, readonly unknown[]>>): number {
  return Object.values(change).reduce((sum, list) => sum + list.length, 0);
}

const rules = z.string().max(MESSAGE_BYTES_MAX);
/** The machine's monotonic clock at the call, in ms: times left are counted from there. */
const askedAt = z.number().min(0);
const n = z.int().min(1);

export const request = z.discriminatedUnion('verb', [
  z.strictObject({ n, verb: z.literal('check'), rules }),
  z.strictObject({
    n,
    verb: z.literal('load'),
    rules,
    askedAt,
    confirmWithinMs: z.int().min(1).max(CONFIRM_MS_MAX).optional(),
  }),
  z.strictObject({ n, verb: z.literal('confirm') }),
  z.strictObject({ n, verb: z.literal('status') }),
  z.strictObject({ n, verb: z.literal('roll-back') }),
  z.strictObject({ n, verb: z.literal('change'), change: elementChange, askedAt }),
  z.strictObject({ n, verb: z.literal('list') }),
  z.strictObject({ n, verb: z.literal('unload') }),
  z.strictObject({ n, verb: z.literal('neighbours') }),
  z.strictObject({ n, verb: z.literal('flows') }),
]);
export type Request = z.infer<typeof request>;

const count = z.number().min(0);
const counts = z.strictObject({ refused: count, quarantined: count, spoofed: count });
const status = z.strictObject({ isPending: z.boolean(), counts: counts.nullable() });
const committed = z.strictObject({ ms: z.number() });
const neighbour = z.strictObject({ address: z.string(), mac: z.string().optional(), link: z.string() });
const flow = z.strictObject({
  ids: z.array(z.string()).readonly(),
  isMarked: z.boolean(),
  from: z.string(),
  to: z.string(),
  protocol: z.string(),
  port: z.int().optional(),
});
const denial = z.strictObject({
  at: z.int(),
  from: z.string(),
  to: z.string(),
  protocol: z.string(),
  port: z.int().optional(),
  link: z.string().optional(),
  verdict: z.enum(['deny', 'would', 'spoof', 'quarantine']),
});
const foreign = z.strictObject({
  at: z.int(),
  generation: z.int(),
  pid: z.int().optional(),
  process: z.string().optional(),
});

export const answer = z.union([
  z.strictObject({ n, done: z.literal(true) }),
  z.strictObject({ n, committed }),
  z.strictObject({ n, listing: z.string().nullable() }),
  z.strictObject({ n, status }),
  z.strictObject({ n, neighbours: z.array(neighbour) }),
  z.strictObject({ n, flows: z.array(flow).nullable(), hears: z.boolean() }),
  z.strictObject({ n, fault: z.strictObject({ code: z.string(), message: z.string(), retry: z.boolean() }) }),
  z.strictObject({ event: z.literal('denied'), denials: z.array(denial) }),
  z.strictObject({ event: z.literal('foreign'), change: foreign }),
  z.strictObject({ event: z.literal('rolled-back') }),
]);
export type Answer = z.infer<typeof answer>;
export type Reply = Extract<Answer, { readonly n: number }>;
export type WardenEvent = Extract<Answer, { readonly event: string }>;

/** What a request holds on to until it is answered, in bytes: rules by their text, a change by its elements, an entry each. */
export function weightOf(asked: Request): number {
  switch (asked.verb) {
    case 'check':
    case 'load':
      return asked.rules.length * 2; // text in memory has two bytes a character
    case 'change':
      return elementsOf(asked.change) * ELEMENT_BYTES;
    default:
      return ELEMENT_BYTES;
  }
}

const ELEMENT_BYTES = 256;

/** The same clock in every process of this machine, in ms. */
export function machineMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
