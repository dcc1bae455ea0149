/**
 * The list of a removal: which objects of one repository go when named snapshots go. It is computed with the repository's password and carried out by a vault
 * that has none, so everything that two people approve is said on its first line, and bound to its objects by their hash.
 *
 *     # {"kind":"picturelock-removal-list","client":"edit","snapshots":[…],"objectsSha256":"…",…}
 *     data/0a1b…
 *     index/…
 *
 * `objectsSha256` is over the lines of objects as they stand, sorted, each with its newline: `grep -v '^#' list.txt | sha256sum`.
 */
import { z } from 'zod';
import { hash, label, time } from '#model/entry-shapes.ts';

export const REMOVAL_OBJECTS_MAX = 1_000_000;
/** Snapshots that one removal names. */
export const REMOVAL_SNAPSHOTS_MAX = 200;
const LINE_CHARS_MAX = 120;

/** What an approval is bound to. */
export const removalBinding = z.strictObject({
  /** Whose repository at the vault. */
  client: label,
  objectsSha256: hash,
  /** Small snapshots that go with those that are named: what was sealed about them. */
  beside: z.array(hash).max(REMOVAL_SNAPSHOTS_MAX * 4),
  objects: z.int().min(1).max(REMOVAL_OBJECTS_MAX),
});
export type RemovalBinding = z.infer<typeof removalBinding>;

export const removalFacts = removalBinding.extend({
  kind: z.literal('picturelock-removal-list'),
  snapshots: z.array(hash).min(1).max(REMOVAL_SNAPSHOTS_MAX),
  /** Of its packs. */
  bytes: z.int().min(0),
  /** What nobody needs and stays, because it lies in packs that somebody needs. */
  staysBytes: z.int().min(0),
  /** Number of the newest arrival that was looked at, where the vault says so: a snapshot that came later was not. */
  upTo: z.int().min(0).optional(),
  madeAt: time,
});
export type RemovalFacts = z.infer<typeof removalFacts>;

export interface RemovalList {
  /** Missing where the list was written by hand: then nothing is bound to it. */
  readonly facts?: RemovalFacts;
  readonly objects: readonly string[];
}

export function objectLine(object: string): string {
  return `${object}\n`;
}

/** What the hash is over. */
export function objectLines(objects: readonly string[]): string {
  return objects.toSorted().map(objectLine).join('');
}

/** The first line. */
export function listHead(facts: RemovalFacts): string {
  return `# ${JSON.stringify(facts)}\n`;
}

export function renderRemovalList(facts: RemovalFacts, objects: readonly string[]): string {
  return `${listHead(facts)}${objectLines(objects)}`;
}

/** Undefined for a text that is no list. */
export function parseRemovalList(text: string): RemovalList | undefined {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const objects = lines.filter((line) => !line.startsWith('#'));
  if (objects.length > REMOVAL_OBJECTS_MAX || objects.some((line) => line.length > LINE_CHARS_MAX)) return undefined;
  const [first = ''] = lines;
  if (!first.startsWith('# {')) return { objects };
  const facts = removalFacts.safeParse(jsonOf(first.slice(2)));
  return facts.success ? { facts: facts.data, objects } : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
