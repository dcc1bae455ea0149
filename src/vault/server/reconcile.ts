/**
 * At start the folder is held against the journal. An object that is whole but has no line (the vault died between the two) is adopted
 * with a fresh lock: it was never acknowledged, and keeping it costs nothing. Keys and configs are adopted in a window only. A line
 * without its file is a finding, unless a sweep was under way that was allowed to remove it.
 */
import { statSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import type { Held, Holdings } from '#vault/server/holdings.ts';
import type { FoundFile, Layout } from '#vault/server/layout.ts';
import { filesIn } from '#vault/server/layout.ts';
import { digestOf } from '#vault/server/receive.ts';

export interface Reconciled {
  /** Whole, and without a line. */
  readonly adopted: readonly (FoundFile & { readonly bytes: number })[];
  /** Removed by a sweep whose line was not written. */
  readonly swept: readonly Held[];
  /** Lines whose file is gone or has another size: `client/type/name`. */
  readonly missing: readonly string[];
  /** Files that are no object of this vault: never listed, never read. */
  readonly foreign: readonly string[];
  readonly parts: number;
}

/** `at`: vault time now. */
export async function reconcile(layout: Layout, holdings: Holdings, at: number): Promise<Reconciled> {
  const adopted: (FoundFile & { readonly bytes: number })[] = [];
  const foreign: string[] = [];
  const seen = new Set<Held>();
  let parts = 0;
  for await (const file of filesIn(layout)) {
    if ('part' in file) {
      await unlink(file.part);
      parts += 1;
      continue;
    }
    const held = holdings.get(file.client, file.type, file.object);
    if (held !== undefined) {
      // The start waits for each answer: a million of them take seconds this way, and minutes with a promise for each.
      if (statSync(file.path).size === held.bytes) seen.add(held);
      continue;
    }
    const bytes = await wholeBytes(file, at < holdings.windowUntil);
    if (bytes === undefined) foreign.push(file.path);
    else adopted.push({ ...file, bytes });
  }
  const gone = [...holdings.all()].filter((held) => !seen.has(held));
  return { adopted, foreign, parts, ...sorted(holdings, gone, at) };
}

/** Undefined when it is not what its name says, or of a kind that only a window takes. */
async function wholeBytes({ type, object, path }: FoundFile, isWindowOpen: boolean): Promise<number | undefined> {
  if ((type === 'config' || type === 'keys') && !isWindowOpen) return undefined;
  const { bytes, sha256 } = await digestOf(path);
  return sha256 === object || type === 'config' ? bytes : undefined;
}

function sorted(holdings: Holdings, gone: readonly Held[], at: number): Pick<Reconciled, 'swept' | 'missing'> {
  return {
    swept: gone.filter((held) => holdings.isFree(held, at)),
    missing: gone
      .filter((held) => !holdings.isFree(held, at))
      .map(({ client, type, object }) => `${client}/${type}/${object}`),
  };
}
