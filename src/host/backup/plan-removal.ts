/** Lists what may go with snapshots, while nobody else is at work in the repository, and up to which arrival that is true. */
import type { PlanRemovalJob, RemovalPlanned } from './repair-jobs.ts';
import { holdingKeysOf } from './keys-in-copies.ts';
import { readPassword } from './repository-keys.ts';
import { expectNoList, objectsSha256, writeRemovalList } from './removal-list-file.ts';
import { REMOVAL_OBJECTS_MAX, REMOVAL_SNAPSHOTS_MAX } from '#model/removal-list.ts';
import type { RemovalFacts } from '#model/removal-list.ts';
import { Fault } from '#std/refused.ts';
import { holdLockAlone } from '#vault/engine/lock.ts';
import { planRemoval } from '#vault/engine/removal-plan.ts';
import { openRepository } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { openStore } from '#vault/store/open-store.ts';

export async function planRepositoryRemoval(job: PlanRemovalJob): Promise<RemovalPlanned> {
  expectNoList(job.list.file);
  const store = openStore(job.place);
  try {
    const repository = await openRepository({ store, password: readPassword(job.passwordFile) });
    const release = await holdLockAlone(repository, job.at);
    try {
      await repository.loadIndex(); // what came between the opening and the lock
      const { named, more } = await namedBy(repository, job.snapshots);
      const plan = await planRemoval(repository, named, { rewrite: job.rewrite === true });
      if (plan.objects.count > REMOVAL_OBJECTS_MAX)
        throw new Fault('removal-too-large', 'these snapshots free too many objects for one list: name fewer of them');
      // Only a vault numbers what arrives; times of files are no numbers.
      const upTo = job.place.kind === 'rest' ? await store.newestArrival?.() : undefined;
      const { objects, beside, bytes, ...counts } = plan;
      const facts: RemovalFacts = {
        kind: 'picturelock-removal-list',
        client: job.list.client,
        snapshots: [...named],
        beside: [...beside],
        objects: objects.count,
        objectsSha256: objectsSha256(objects),
        bytes,
        staysBytes: counts.partly.bytes,
        ...(upTo === undefined ? {} : { upTo }),
        madeAt: Date.now(),
      };
      writeRemovalList(job.list.file, facts, objects);
      return { kind: 'removal-planned', ...counts, facts, more };
    } finally {
      await release();
    }
  } finally {
    await store.close();
  }
}

async function namedBy(repository: Repository, snapshots: PlanRemovalJob['snapshots']) {
  if (!('holdKeysOf' in snapshots)) return { named: snapshots, more: 0 };
  const holding = await holdingKeysOf(repository, snapshots.holdKeysOf);
  return {
    named: holding.slice(0, REMOVAL_SNAPSHOTS_MAX),
    more: Math.max(0, holding.length - REMOVAL_SNAPSHOTS_MAX),
  };
}
