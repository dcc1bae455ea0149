/** Restores files out of several snapshots into one tree, and says of each file where it came from. Runs in a job's process. */
import { hash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findFileAttributes } from './file-attributes.ts';
import type { JobProgress, MixedAnswer, MixedJob } from './job.ts';
import { withoutHoles } from './restore-files.ts';
import { readPassword } from './repository-keys.ts';
import { sourceOf, sourceTree } from './source-tree.ts';
import { RESTORE_SOURCES_MAX } from '#model/backup-shapes.ts';
import { createCleanFold } from '#plan/backup/newest-clean.ts';
import type { Change, Pick } from '#plan/backup/newest-clean.ts';
import { openRepository } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { restore } from '#vault/engine/restore.ts';
import type { FailedFile } from '#vault/engine/restore.ts';
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
  try {
    const repository = await openRepository({ store, password: readPassword(job.passwordFile) });
    const { choice } = job;
    const chosen =
      choice.how === 'newest-clean'
        ? await newestClean(repository, choice.snapshots, job.path)
        : await asNamed(repository, choice.picks, choice.leftOut);
    if (chosen.picks.length === 0)
      throw new Fault('nothing-to-restore', 'no snapshot has a version of this that could be restored');
    const groups = Map.groupBy(chosen.picks, ({ snapshot }) => snapshot);
    const root = join(job.target, 'tree');
    mkdirSync(root, { recursive: true });
    const [failed, sources]: [FailedFile[], { snapshot: string; files: number }[]] = [[], []];
    const wantedFrom: [path: string, snapshot: string][] = [];
    let [files, bytes] = [0, 0];
    for (const [snapshot, picks] of groups) {
      const tell = (now: JobProgress): void =>
        onProgress({ files: files + now.files, doneBytes: bytes + now.doneBytes, ms: performance.now() - begun });
      const done = await restoreGroup(repository, job, snapshot, picks, root, tell);
      failed.push(...done.failed);
      wantedFrom.push(...done.failed.map(({ path }): [string, string] => [path, snapshot]));
      sources.push({ snapshot, files: done.files });
      files += done.files;
      bytes += done.bytes;
    }
    const reportSha256 = writeReport(job.report, chosen);
    sources.sort((a, b) => b.files - a.files);
    const ms = Math.round(performance.now() - begun);
    const leftOut = chosen.leftOut.length;
    const answer = { files, bytes, ms, failed, leftOut, reportSha256, sources: sources.slice(0, RESTORE_SOURCES_MAX) };
    const where = { tree: root, wantedFrom };
    return { kind: 'restored-mixed', ...answer, ...where, root: job.path === '' ? root : join(root, job.path) };
  } finally {
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

async function restoreGroup(
  repository: Repository,
  { place, target }: MixedJob,
  snapshot: string,
  picks: readonly Pick[],
  root: string,
  onProgress: (progress: JobProgress) => void,
) {
  const apart = join(target, snapshot.slice(0, 16));
  const source = await sourceOf(repository, snapshot);
  const attributes = findFileAttributes();
  const takes = taking(join(apart, basename(source)), picks);
  const done = await restore(repository, {
    place,
    snapshot,
    path: source,
    target: apart,
    takes,
    ...(attributes === undefined ? {} : { attributes }),
    onProgress: ({ files, doneBytes, ms }) => onProgress({ files, doneBytes, ms }),
  });
  const failed = withoutHoles(join(apart, basename(source)), done.failed);
  merge(join(apart, basename(source)), root);
  rmSync(apart, { recursive: true, force: true });
  return { ...done, failed };
}

function taking(root: string, picks: readonly Pick[]): (path: string) => boolean {
  const taken = new Set([root]);
  for (const { path } of picks) {
    for (let full = join(root, path); !taken.has(full); full = dirname(full)) taken.add(full);
  }
  return (path) => taken.has(path);
}

/** What is new moves whole; a folder that both have is gone into, and keeps the times it has. */
function merge(from: string, to: string): void {
  const { atime, mtime } = lstatSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (!existsSync(target)) renameSync(source, target);
    else if (entry.isDirectory() && lstatSync(target).isDirectory()) merge(source, target);
    else throw new Fault('mixed-kinds', `${entry.name} is a folder in one snapshot and a file in another`);
  }
  utimesSync(to, atime, mtime);
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
