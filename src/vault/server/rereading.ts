/**
 * Reads everything that is held again, in the order of arrival, a part at a time, and holds it against its name. How far it got is kept beside the
 * journal: a restart goes on there, and losing it costs one more reading. What was found to be damaged before is looked at first.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Look } from '#vault/server/healing.ts';
import type { VaultRoom } from '#vault/server/vault.ts';

const count = z.int().min(0);
const rereadShape = z.strictObject({
  /** Vault time at which this pass began; 0: none was begun. */
  begunAt: count,
  /** Of the newest pass that came to its end; 0: none yet. */
  endedAt: count,
  isUnderWay: z.boolean(),
  /** Arrival number of what was looked at last. */
  after: count,
  objects: count,
  bytes: count,
});
export type Reread = z.infer<typeof rereadShape>;

export interface Rereading {
  reread(): Reread;
  /** From the first object on. */
  beginReread(): Promise<void>;
  /** Goes on with a pass that is under way, for at least one object and about so many bytes; whether the pass goes on after that. */
  continueReread(bytesMax: number): Promise<boolean>;
}

const NOTHING: Reread = { begunAt: 0, endedAt: 0, isUnderWay: false, after: 0, objects: 0, bytes: 0 };
/** Objects between two notes of how far it got. */
const NOTE_EVERY = 500;

export async function openRereading({ layout, holdings, clock }: VaultRoom, look: Look): Promise<Rereading> {
  const path = join(layout.root, 'reread.json');
  let state = await readState(path);
  /** Whoever begins anew ends what others go on with. */
  let pass = 0;

  async function keep(next: Reread): Promise<void> {
    state = next;
    await writeFile(`${path}.new`, JSON.stringify(next), { mode: 0o600, flush: true });
    await rename(`${path}.new`, path);
  }

  async function now(): Promise<number> {
    return Math.floor((await clock.now()).at);
  }

  return {
    reread: () => state,
    async beginReread() {
      for (const held of holdings.damaged()) if (held.mark === undefined) await look(held);
      pass += 1;
      await keep({ ...NOTHING, endedAt: state.endedAt, begunAt: await now(), isUnderWay: true });
    },
    async continueReread(bytesMax) {
      if (!state.isUnderWay) return false;
      const ours = pass;
      let [{ after, objects, bytes }, left, hasMore] = [state, bytesMax, false];
      for (const held of holdings.after(after)) {
        if (left <= 0 || pass !== ours) {
          hasMore = true;
          break;
        }
        if (held.mark === undefined && (await look(held)) !== 'unknown') objects += 1;
        left -= Math.max(1, held.bytes);
        [after, bytes] = [held.n, bytes + held.bytes];
        if (objects % NOTE_EVERY === 0 && pass === ours) await keep({ ...state, after, objects, bytes });
      }
      if (pass !== ours) return true; // somebody began anew meanwhile
      await keep({ ...state, after, objects, bytes, ...(hasMore ? {} : { isUnderWay: false, endedAt: await now() }) });
      return hasMore;
    },
  };
}

async function readState(path: string): Promise<Reread> {
  try {
    return rereadShape.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return NOTHING; // none yet, or not to be read: everything is read once more
  }
}
