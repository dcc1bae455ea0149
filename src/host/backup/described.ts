/** What lies in a place, and what it lacks of another one; of a bucket, its locks are looked after on the way. */
import { describeObjects } from './describe-objects.ts';
import type { CompareJob, DescribedAnswer, KeepLockedJob } from './job.ts';
import { lackingIn } from './lacking.ts';
import { openStore } from '#vault/store/open-store.ts';
import type { ObjectStore, ObjectType } from '#ports/object-store.ts';

const TYPES: readonly ObjectType[] = ['config', 'keys', 'data', 'index', 'snapshots'];

export async function describePlace(job: KeepLockedJob | CompareJob): Promise<DescribedAnswer> {
  const store = openStore(job.kind === 'compare' ? job.to : job.place);
  try {
    const missing = job.kind === 'compare' ? await countMissing(job, store) : 0;
    const snapshots = (await store.list('snapshots')).map(({ name }) => name);
    return { kind: 'described', ...(await describeObjects(store)), snapshots, missing };
  } finally {
    await store.close();
  }
}

/** By name and size, of what the first vault lists now. */
async function countMissing({ from }: CompareJob, to: ObjectStore): Promise<number> {
  const first = openStore(from);
  let missing = 0;
  try {
    for (const type of TYPES) {
      using lacking = await lackingIn(first, to, type);
      for (const _ of lacking.rows()) missing += 1;
    }
  } finally {
    await first.close();
  }
  return missing;
}
