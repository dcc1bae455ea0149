/**
 * Looks whether a repository is whole, heals it from another copy, and makes a lost index anew. Healing looks first, takes from the other copy only what
 * is damaged here, and looks again: what it says at its end is what a check found, not what was meant.
 */
import type {
  HealedAnswer,
  HealJob,
  IndexRebuiltAnswer,
  RebuildIndexJob,
  VerifiedAnswer,
  VerifyJob,
} from './repair-jobs.ts';
import type { JobProgress } from './job.ts';
import { healFoundation } from './heal-foundation.ts';
import { readPassword } from './repository-keys.ts';
import { heal } from '#vault/engine/heal.ts';
import { holdLock } from '#vault/engine/lock.ts';
import { rebuildIndex } from '#vault/engine/rebuild-index.ts';
import { openRepository } from '#vault/engine/repository.ts';
import type { DamagedObject } from '#vault/engine/repository.ts';
import { verify } from '#vault/engine/verify.ts';
import type { VerifyResult } from '#vault/engine/verify.ts';
import { openStore } from '#vault/store/open-store.ts';
import type { ObjectStore } from '#ports/object-store.ts';

type OnProgress = (progress: JobProgress) => void;

/** What one answer names; the counts are whole. */
const NAMED_MAX = 1000;
/** A healed index names packs that nobody looked at before: so many looks at most. */
const ROUNDS_MAX = 4;

export async function verifyRepository(job: VerifyJob, onProgress: OnProgress): Promise<VerifiedAnswer> {
  const store = openStore(job.place);
  try {
    return { kind: 'verified', ...named(await look(store, job, onProgress)) };
  } finally {
    await store.close();
  }
}

export async function healRepository(job: HealJob, onProgress: OnProgress): Promise<HealedAnswer> {
  const [store, from] = [openStore(job.place), openStore(job.from)];
  try {
    const password = readPassword(job.passwordFile);
    const healed = new Set(await healFoundation({ place: job.place, store, from, password }));
    let refused: readonly DamagedObject[] = [];
    let found = await look(store, job, onProgress);
    for (let round = 1; round < ROUNDS_MAX && found.damage.length > 0; round += 1) {
      const done = await heal(found.damage, from, (type, name, body) => store.heal(type, name, body));
      refused = done.left;
      for (const object of done.healed) healed.add(object);
      if (done.healed.length === 0) break;
      found = await look(store, job, onProgress);
    }
    const after = named(found);
    const why = new Map(refused.map((one) => [one.object, one.why]));
    const left = after.damage.map((one) => ({ object: one.object, why: why.get(one.object) ?? one.why }));
    return {
      kind: 'healed',
      after: { ...after, damage: left },
      healed: [...healed].slice(0, NAMED_MAX),
      healedCount: healed.size,
    };
  } finally {
    await Promise.all([store.close(), from.close()]);
  }
}

export async function rebuildRepositoryIndex(job: RebuildIndexJob): Promise<IndexRebuiltAnswer> {
  const store = openStore(job.place);
  try {
    const repository = await openRepository({ store, password: readPassword(job.passwordFile) });
    const release = await holdLock(repository, job.at);
    try {
      const { packs, blobs, damage } = await rebuildIndex(repository);
      return { kind: 'index-rebuilt', packs, blobs, damage: damage.slice(0, NAMED_MAX), damageCount: damage.length };
    } finally {
      await release();
    }
  } finally {
    await store.close();
  }
}

async function look(
  store: ObjectStore,
  { place, passwordFile, readData }: VerifyJob | HealJob,
  onProgress: OnProgress,
): Promise<VerifyResult> {
  const begun = performance.now();
  const repository = await openRepository({ store, password: readPassword(passwordFile) });
  return verify(repository, {
    place,
    readData,
    onProgress: (files, packs, doneBytes) =>
      onProgress({ files, filesOf: packs, doneBytes, ms: performance.now() - begun }),
  });
}

function named({
  packs,
  readBytes,
  snapshots,
  damage,
  lostFiles,
  orphanCount,
}: VerifyResult): Omit<VerifiedAnswer, 'kind'> {
  return {
    packs,
    readBytes,
    snapshots,
    damage: damage.slice(0, NAMED_MAX),
    damageCount: damage.length,
    lostFiles: lostFiles.slice(0, NAMED_MAX),
    lostCount: lostFiles.length,
    orphans: orphanCount,
  };
}
