/**
 * The facility's own copy in a vault that fills itself from one of ours: nobody writes it from here, but what lies there can be asked, where the house has
 * something to read it with. What was seen is recorded like a copy that we made, so it is drilled, and the runbook names its snapshot.
 */
import type { OffsiteParts } from './offsite-work.ts';
import { FACILITY } from '#host/backup/facility-copy.ts';
import { noteFacilityCopy, readFacilityCopies } from '#host/backup/notes.ts';
import type { FacilityCopies } from '#host/backup/notes.ts';
import { record } from '#host/backup/recording.ts';
import { credentialFile, tlsFile } from '#host/backup/repository-keys.ts';
import { placeIn } from '#host/backup/repository-place.ts';
import { runJob } from '#host/backup/run-job.ts';
import type { JobOptions } from '#host/backup/run-job.ts';
import { isPulled } from '#model/backup-facts.ts';
import { HOUR_MS } from '#model/limits.ts';
import type { Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';

/** As often as it is written to the vaults in the house. */
const EVERY_MS = HOUR_MS;

export interface UnseenFacility {
  readonly vault: Vault;
  /** The vault in the house that it may have come from, and the copy that was made there. */
  readonly first: Vault;
  readonly copy: FacilityCopies[number];
}

/** Copies in vaults of ours that are newer than what a vault which fills itself is known to have. */
export function unseenFacility(data: string, { backups }: State, at: number): readonly UnseenFacility[] {
  const copies = readFacilityCopies(data);
  const vaults = [...backups.vaults.values()].filter(({ standing }) => standing === 'in-use');
  return vaults
    .filter((vault) => isPulled(vault) && opens(data, vault))
    .flatMap((vault) => {
      const seenAt = copies.find((copy) => copy.vault === vault.id)?.at;
      if (seenAt !== undefined && at - seenAt < EVERY_MS) return [];
      return copies
        .filter((copy) => copy.at > (seenAt ?? 0))
        .flatMap((copy) => {
          const first = vaults.find(({ id }) => id === copy.vault);
          return first === undefined || isPulled(first) || !/^https?:/.test(first.address)
            ? []
            : [{ vault, first, copy }];
        });
    });
}

function opens(data: string, { id }: Vault): boolean {
  return credentialFile(data, id, FACILITY) !== undefined || tlsFile(data, id, 'cert') !== undefined;
}

/** Whether it is there whole, and was recorded. */
export async function lookAtFacility(
  { data, engine, by, onTrouble }: OffsiteParts,
  { vault, first, copy }: UnseenFacility,
  options: JobOptions,
): Promise<boolean> {
  const { at, snapshot, manifestSha256, files, bytes } = copy;
  if (files === undefined) return false; // noted by an older version: the next copy is at most an hour away
  try {
    const [from, to] = [placeIn(data, first, FACILITY), placeIn(data, vault, FACILITY)];
    const { missing, snapshots } = await runJob({ kind: 'compare', from, to }, options);
    if (missing > 0 || !snapshots.includes(snapshot)) return false;
    const found = { snapshot, manifestSha256, files, bytes, startedAt: at };
    await record({ engine, by }, { kind: 'record-facility-copy', vault: vault.id, ...found });
    noteFacilityCopy(data, { ...copy, vault: vault.id });
    return true;
  } catch (cause) {
    options.signal?.throwIfAborted();
    onTrouble(`${vault.name} could not be asked for its copy of the facility`, cause);
    return false;
  }
}
