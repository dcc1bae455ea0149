/** One hash over the names of everything that a vault holds, however many: no text has them all, and requests are answered meanwhile. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Held, Holdings } from '#vault/server/holdings.ts';
import type { Unlocked } from '#vault/server/locking.ts';

/** Lines are sorted in parts: those whose names begin with the same two digits. */
const PART_CHARS = 2;

/** SHA-256 over the sorted lines `client/type/name bytes` of what is not set aside and is locked, as it is when this is called. */
export async function hashOfNames(holdings: Pick<Holdings, 'all'>, unlocked: Unlocked | undefined): Promise<string> {
  const parts = new Map<string, Held[]>();
  for (const held of holdings.all()) {
    if (held.mark !== undefined || unlocked?.objects.has(held) === true) continue;
    const key = `${held.client}/${held.type}/${held.object.slice(0, PART_CHARS)}`;
    const part = parts.get(key);
    if (part === undefined) parts.set(key, [held]);
    else part.push(held);
  }
  const sum = createHash('sha256');
  for (const [, part] of [...parts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    sum.update(part.map(lineOf).sort().join(''));
    await setImmediate();
  }
  return sum.digest('hex');
}

function lineOf({ client, type, object, bytes }: Held): string {
  return `${client}/${type}/${object} ${bytes}\n`;
}
