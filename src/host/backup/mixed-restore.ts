/** Restores files out of several snapshots into one tree, and says of each file where it came from. Runs in a job's process. */
import { hash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { tellAhead } from './bytes-ahead.ts';
import type { BytesAhead } from './bytes-ahead.ts';
import { isThere } from './byte-names.ts';
import { findFileAttributes } from './file-attributes.ts';
import type { JobProgress, MixedAnswer, MixedJob } from './job.ts';
import { mergeTrees } from './merge-trees.ts';
import { clearStaging } from './put-restored.ts';
import { beneath } from './restore-files.ts';
import { readPassword } from './repository-keys.ts';
import { sourceOf, sourceTree } from './source-tree.ts';
import { RESTORE_SOURCES_MAX } from '#model/backup-shapes.ts';
import { createCleanFold } from '#plan/backup/newest-clean.ts';
import type { Change, Pick } from '#plan/backup/newest-clean.ts';
import { openRepository } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { restore } from '#vault/engine/restore.ts';
import { FAILED_NAMED_MAX } from '#vault/engine/restore-failures.ts';
import type { FailedFile } from '#vault/engine/restore-failures.ts';
import type { RestoreWish } from '#vault/engine/restore-size.ts';
import { diffTrees } from '#vault/engine/tree-reader.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';
import { openStore } from '#vault/store/open-store.ts';
import { Fault } from '#std/refused.ts';

interface LeftOut {
  readonly path: string;
  readonly why: string;
}

interface Chosen {
  readonly picks: readonly Pick[];
  readonly leftOut: readonly LeftOut[];
}

export async function restoreMixed(job: MixedJob, onProgress: (progress: JobProgress) => void): Promise<MixedAnswer> {
  const begun = performance.now();
  const store = openStore(job.place);
  let ahead: BytesAhead | undefined;
  try {
    const repository = await openRepository({ store, password: readPassword(job.passwordFile) });
    const { choice } = job;
    const chosen =
      choice.how === 'newest-clean'
        ? await newestClean(repository, choice.snapshots, job.path)
        : await asNamed(repository, choice.picks, choice.leftOut);
    if (chosen.picks.length === 0)
      throw new Fault('nothing-to-restore', 'no snapshot has a version of this that could be restored');
    const groups = await groupsOf(repository, job.target, chosen.picks);
    ahead = tellAhead(
      repository,
      groups.map(({ wish }) => wish),
      onProgress,
    );
    const root = join(job.target, 'tree');
    mkdirSync(root, { recursive: true });
    const [failed, sources]: [FailedFile[], { snapshot: string; files: number }[]] = [[], []];
    const wantedFrom: [path: string, snapshot: string][] = [];
    let [files, bytes, failedMore] = [0, 0, 0];
    for (const group of groups) {
      const { snapshot } = group.wish;
      const tell = (now: JobProgress): void =>
        ahead?.told({ files: files + now.files, doneBytes: bytes + now.doneBytes, ms: performance.now() - begun });
      const done = await restoreGroup(repository, job.place, group, FAILED_NAMED_MAX - failed.length, tell);
      if (isThere(group.from)) mergeTrees(group.from, root);
      clearStaging(group.wish.target);
      failed.push(...done.failed);
      failedMore += done.failedMore;
      wantedFrom.push(...done.failed.map(({ path }): [string, string] => [path, snapshot]));
      sources.push({ snapshot, files: done.files });
      files += done.files;
      bytes += done.bytes;
    }
    const reportSha256 = writeReport(job.report, chosen);
    sources.sort((a, b) => b.files - a.files);
    const ms = Math.round(performance.now() - begun);
    const leftOut = chosen.leftOut.length;
    const told = { files, bytes, ms, failed, failedMore, leftOut, reportSha256 };
    const where = { tree: root, wantedFrom, root: job.path === '' ? root : join(root, job.path) };
    return { kind: 'restored-mixed', ...told, sources: sources.slice(0, RESTORE_SOURCES_MAX), ...where };
  } finally {
    await ahead?.close();
    await store.close();
  }
}

type MixedSnapshots = Extract<MixedJob['choice'], { how: 'newest-clean' }>['snapshots'];

async function newestClean(repository: Repository, snapshots: MixedSnapshots, path: string): Promise<Chosen> {
  const fold = createCleanFold();
  const trees = new Map<string, string | undefined>();
  for (const seen of snapshots) {
    const tree = await sourceTree(repository, seen.snapshot);
    const { take, end } = fold.begin(seen);
    for await (const change of changesBeneath(repository, trees.get(seen.policy), tree, path)) take(change);
    end();
    trees.set(seen.policy, tree);
  }
  const { picks, leftOut } = fold.picks();
  const why = 'it first appeared under an alarm';
  return { picks, leftOut: leftOut.map((one) => ({ path: one, why })) };
}

async function* changesBeneath(
  repository: Repository,
  before: string | undefined,
  after: string | undefined,
  path: string,
): AsyncIterable<Change> {
  for await (const { kind, path: rooted, node } of diffTrees(repository, '', before, after)) {
    const short = rooted.slice(1);
    if (path === '' || short === path || short.startsWith(`${path}/`))
      yield { path: short, key: kind === 'removed' ? undefined : keyOf(node) };
  }
}

function keyOf(node: TreeNode): string {
  if (node.type === 'dir') return 'dir';
  if (node.type === 'file') return hash('sha256', `${node.size} ${node.content?.join() ?? ''}`, 'base64');
  return `${node.type} ${Buffer.from(node.linkTarget ?? []).toString('base64')}`;
}

/** Each named path, with all beneath it, as its snapshot has it. */
async function asNamed(repository: Repository, wished: readonly Pick[], before: readonly LeftOut[]): Promise<Chosen> {
  const picks: Pick[] = [];
  const leftOut = [...before];
  for (const [snapshot, group] of Map.groupBy(wished, (one) => one.snapshot)) {
    const wanted = group.map(({ path }) => path);
    const found = new Set<string>();
    const tree = await sourceTree(repository, snapshot);
    for await (const { path } of diffTrees(repository, '', undefined, tree)) {
      const short = path.slice(1);
      const match = wanted.find((one) => short === one || short.startsWith(`${one}/`));
      if (match === undefined) continue;
      found.add(match);
      picks.push({ path: short, snapshot });
    }
    const why = `it was not in the snapshot ${snapshot.slice(0, 12)} from before that`;
    leftOut.push(...wanted.filter((path) => !found.has(path)).map((path) => ({ path, why })));
  }
  return { picks, leftOut };
}

/** What comes out of one snapshot, first to a folder of its own. */
interface Group {
  readonly wish: RestoreWish;
  /** The folder that stands for the workspace. */
  readonly from: string;
}

async function groupsOf(repository: Repository, target: string, picks: readonly Pick[]): Promise<readonly Group[]> {
  const groups: Group[] = [];
  for (const [snapshot, some] of Map.groupBy(picks, (one) => one.snapshot)) {
    const apart = join(target, snapshot.slice(0, 16));
    const path = await sourceOf(repository, snapshot);
    const from = join(apart, basename(path));
    groups.push({ from, wish: { snapshot, path, target: apart, takes: taking(from, some) } });
  }
  return groups;
}

async function restoreGroup(
  repository: Repository,
  place: MixedJob['place'],
  { wish, from }: Group,
  failedNamedMax: number,
  onProgress: (progress: JobProgress) => void,
) {
  const attributes = findFileAttributes();
  const done = await restore(repository, {
    place,
    failedNamedMax,
    ...wish,
    ...(attributes === undefined ? {} : { attributes }),
    onProgress: ({ files, doneBytes, ms }) => onProgress({ files, doneBytes, ms }),
  });
  return { ...done, failed: beneath(from, done.failed) };
}

function taking(root: string, picks: readonly Pick[]): (path: string) => boolean {
  const taken = new Set([root]);
  for (const { path } of picks) {
    for (let full = join(root, path); !taken.has(full); full = dirname(full)) taken.add(full);
  }
  return (path) => taken.has(path);
}

/** Lines of JSON in the order of paths: `{"path","snapshot"}`, or `{"path","leftOut"}` with the reason. */
function writeReport(file: string, { picks, leftOut }: Chosen): string {
  const lines = [
    ...picks.map(({ path, snapshot }) => ({ path, line: JSON.stringify({ path, snapshot }) })),
    ...leftOut.map(({ path, why }) => ({ path, line: JSON.stringify({ path, leftOut: why }) })),
  ];
  lines.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const text = lines.map(({ line }) => `${line}\n`).join('');
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, text, { mode: 0o600, flush: true });
  return hash('sha256', text, 'hex');
}
