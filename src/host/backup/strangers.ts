/**
 * Snapshots in a vault that the ledger never took: written by whoever has a client's token, and its password if they can be read. Nothing that is there is
 * harmed by them, and nobody can delete them; but they are offered to whoever brings things back by hand, so they are told: an alarm, which pauses removals.
 */
import { readPassword } from './repository-keys.ts';
import type { FindStrangersJob, StrangersAnswer } from './repair-jobs.ts';
import { fitText } from '#ledger/entry-text.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { manifestTag } from '#vault/drill/sealed-manifest.ts';
import { asDamage, openRepository } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { openStore } from '#vault/store/open-store.ts';

/** So many are named; the rest is counted. */
const NAMED_MAX = 200;
/** What is told of each: what it says of itself was written by whoever planted it, and one alarm has room for all that are named. */
const SAYS_CHARS_MAX = 150;
const SAYS_BYTES_MAX = 150;

export async function findStrangers(job: FindStrangersJob): Promise<StrangersAnswer> {
  const store = openStore(job.place);
  try {
    const known = new Set([...job.known, ...job.told]);
    const unknown = (await store.list('snapshots')).filter(({ name }) => !known.has(name));
    if (unknown.length === 0) return { kind: 'strangers', strangers: [], count: 0 };
    return await look(
      store,
      job,
      unknown.map(({ name }) => name),
    );
  } finally {
    await store.close();
  }
}

async function look(store: ObjectStore, job: FindStrangersJob, unknown: readonly string[]): Promise<StrangersAnswer> {
  const repository = await openRepository({ store, password: readPassword(job.passwordFile) });
  const sealed = new Map(job.known.map((id) => [manifestTag(id), 0]));
  const arrived = new Map((await store.arrivals?.('snapshots'))?.map(({ name, n }) => [name, n]));
  const strangers = [];
  // In the order of arrival: what was sealed about a snapshot comes right after it, and whatever claims to be that later is not it.
  for (const id of unknown.toSorted((a, b) => (arrived.get(a) ?? 0) - (arrived.get(b) ?? 0))) {
    const says = await strangeness(repository, id, sealed);
    if (says !== undefined) strangers.push({ snapshot: id, says: fitText(says, SAYS_CHARS_MAX, SAYS_BYTES_MAX) });
  }
  return { kind: 'strangers', strangers: strangers.slice(0, NAMED_MAX), count: strangers.length };
}

/** Undefined for the one small snapshot that was sealed about each that was taken. */
async function strangeness(
  repository: Repository,
  id: string,
  sealed: Map<string, number>,
): Promise<string | undefined> {
  try {
    const { time, hostname, tags } = await repository.snapshot(id);
    const [tag] = tags.filter((one) => sealed.has(one));
    if (tag === undefined) return `says ${time}, ${hostname}`;
    const times = (sealed.get(tag) ?? 0) + 1;
    sealed.set(tag, times);
    return times === 1 ? undefined : `a second one that says it was sealed about ${tag.slice(-64, -52)}`;
  } catch (cause) {
    return asDamage(`snapshots/${id}`, cause).why;
  }
}
