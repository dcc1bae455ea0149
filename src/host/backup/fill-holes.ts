/**
 * What one copy has damaged may be whole in the next: each copy in turn is asked for those files alone, of the snapshot that each is wanted from. Where it
 * cannot read a folder on the way to them, the other copies say what is in it. A restore that mixes snapshots does it snapshot by snapshot; its report
 * stays true, because a file comes from the same snapshot, only out of another vault.
 */
import { dirname, join } from 'node:path';
import { isThere, liesIn, timesOf } from './byte-names.ts';
import type { MixedAnswer, RestoredAnswer } from './job.ts';
import { renameWhole, withinWritable } from './put-restored.ts';
import { passwordFile } from './repository-keys.ts';
import { placeIn } from './repository-place.ts';
import type { JobOptions } from './run-job.ts';
import { runJob } from './run-job.ts';
import { vaultsWith } from '#model/backup-facts.ts';
import type { Restore, Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import type { VaultId } from '#std/ids.ts';
import { setTimes } from '#vault/engine/file-times.ts';
import type { FailedFile } from '#vault/engine/restore-failures.ts';
import { pathBytes } from '#vault/engine/path-text.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import { Fault } from '#std/refused.ts';

export interface HolesParts {
  readonly data: string;
  readonly restore: Restore;
  readonly state: State;
  readonly staging: string;
  /** The copy that everything else came from. */
  readonly asked: VaultId;
}

type Answer = RestoredAnswer | MixedAnswer;

/** What is not whole, by the snapshot that they are wanted from: paths beneath `root`, which is `path` of the workspace. */
interface Holes {
  readonly bySnapshot: ReadonlyMap<string, readonly string[]>;
  readonly root: string;
  readonly path: string;
}

export async function fillHoles<A extends Answer>(parts: HolesParts, answer: A, options: JobOptions): Promise<A> {
  const { bySnapshot, root, path } = holesOf(answer, parts.restore);
  let { ms, failed, failedMore } = answer;
  for (const [snapshot, paths] of bySnapshot) {
    let only = paths;
    const copies = copiesOf(parts, snapshot);
    for (const vault of copies.filter(({ id }) => id !== parts.asked)) {
      if (only.length === 0) break;
      const target = join(parts.staging, `rest of ${snapshot.slice(0, 16)} from ${vault.id}`);
      const others = placesOf(
        parts,
        copies.filter((one) => one !== vault),
      );
      const rest = await restFrom(parts, vault, { snapshot, path, target, only, others }, options);
      if (rest === undefined) continue;
      const filled = new Set(only.filter((one) => bringOver(join(rest.root, one), join(root, one))));
      const within = lackingIn(filled, rest);
      failed = [...failed.filter((one) => one.hasHoles !== true || !filled.has(one.path)), ...within];
      only = [...only.filter((one) => !filled.has(one)), ...within.filter(hasHoles).map((one) => one.path)];
      failedMore += rest.failedMore;
      ms += rest.ms;
    }
  }
  return { ...answer, failed, failedMore, ms };
}

function hasHoles(one: FailedFile): boolean {
  return one.hasHoles === true;
}

/** What this copy lacks in a folder that came out of it. Paths are beneath a folder here, so that the one itself is '.'. */
function lackingIn(filled: ReadonlySet<string>, { failed }: RestoredAnswer): readonly FailedFile[] {
  const folders = new Set([...filled].map((one) => (one === '' ? '.' : one)));
  return failed.filter(({ path }) => path !== '' && liesIn(folders, path));
}

function holesOf(answer: Answer, { snapshot, path }: Restore): Holes {
  const holes = answer.failed.filter(hasHoles);
  if (answer.kind === 'restored')
    return { bySnapshot: new Map([[snapshot, holes.map((one) => one.path)]]), root: answer.root, path };
  const wanted = new Map(answer.wantedFrom);
  // Of a folder not everything was picked.
  const files = holes.filter(({ isFolder }) => isFolder !== true);
  const groups = Map.groupBy(files, (one) => wanted.get(one.path) ?? snapshot);
  const bySnapshot = new Map([...groups].map(([from, some]) => [from, some.map((one) => one.path)]));
  return { bySnapshot, root: answer.tree, path: '' };
}

/** Of this very snapshot: an older one may lie where the newest is not yet. */
function copiesOf({ state: { backups } }: HolesParts, snapshot: string): readonly Vault[] {
  const backup = [...backups.taken.values()].find((one) => one.taken?.snapshot === snapshot);
  const ids = backup === undefined ? [] : vaultsWith(backup);
  return ids.map((id) => backups.vaults.get(id)).filter((one) => one !== undefined);
}

/** Of those that can be asked from here. */
function placesOf({ data, restore: { project } }: HolesParts, vaults: readonly Vault[]): readonly StorePlace[] {
  return vaults.flatMap((vault) => {
    try {
      return [placeIn(data, vault, project)];
    } catch (cause) {
      if (!(cause instanceof Fault)) throw cause;
      return [];
    }
  });
}

interface Rest {
  readonly snapshot: string;
  readonly path: string;
  readonly target: string;
  readonly only: readonly string[];
  readonly others: readonly StorePlace[];
}

/** Undefined when this copy does not answer, or lacks the snapshot: the next may not. */
async function restFrom(
  { data, restore: { project } }: HolesParts,
  vault: Vault,
  rest: Rest,
  options: JobOptions,
): Promise<RestoredAnswer | undefined> {
  try {
    const from = { place: placeIn(data, vault, project), passwordFile: passwordFile(data, project) };
    return await runJob({ kind: 'restore', ...from, ...rest }, options);
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (!(cause instanceof Fault)) throw cause;
    return undefined;
  }
}

function bringOver(from: string, to: string): boolean {
  const [room, folder] = [dirname(from), dirname(to)];
  if (!isThere(from) || isThere(to) || !isThere(folder)) return false;
  const { atimeNs, mtimeNs } = timesOf(folder);
  withinWritable(room, () => withinWritable(folder, () => renameWhole(from, to)));
  setTimes(pathBytes(folder), atimeNs, mtimeNs);
  return true;
}
