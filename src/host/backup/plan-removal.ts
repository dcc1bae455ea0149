/** Computes what may go with snapshots, while nobody else is at work in the repository, and up to which arrival that is true. */
import { hash } from 'node:crypto';
import type { PlanRemovalJob, RemovalPlanned } from './repair-jobs.ts';
import { holdingKeysOf } from './keys-in-copies.ts';
import { readPassword } from './repository-keys.ts';
import { objectLines, REMOVAL_SNAPSHOTS_MAX } from '#model/removal-list.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';
import { holdLockAlone } from '#vault/engine/lock.ts';
import { planRemoval } from '#vault/engine/removal-plan.ts';
import { openRepository } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { openStore } from '#vault/store/open-store.ts';

/** As many as a vault takes in one order. */
const OBJECTS_MAX = 1_000_000;

export async function planRepositoryRemoval(job: PlanRemovalJob): Promise<RemovalPlanned> {
  const store = openStore(job.place);
  try {
    const repository = await openRepository({ store, password: readPassword(job.passwordFile) });
    const release = await holdLockAlone(repository, job.at);
    try {
      await repository.loadIndex(); // what came between the opening and the lock
      const { named, more } = await namedBy(repository, job.snapshots);
      const plan = await planRemoval(repository, named, { rewrite: job.rewrite === true });
      if (plan.objects.length > OBJECTS_MAX)
        throw new Fault('removal-too-large', 'these snapshots free too many objects for one list: name fewer of them');
      // Only a vault numbers what arrives; times of files are no numbers.
      const upTo = job.place.kind === 'rest' ? await newestArrival(store) : undefined;
      const objectsSha256 = hash('sha256', objectLines(plan.objects), 'hex');
      const planned = { kind: 'removal-planned', ...plan, snapshots: named, more, objectsSha256 } as const;
      return upTo === undefined ? planned : { ...planned, upTo };
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

async function newestArrival(store: ObjectStore): Promise<number | undefined> {
  const rows = await store.arrivals?.();
  return rows?.reduce((newest, { n }) => Math.max(newest, n), 0);
}
