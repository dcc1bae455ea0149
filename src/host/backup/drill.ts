/**
 * The restoring half of a drill, in a process that can reach nothing but the repository and its own scratch folder: Node's permission model refuses it
 * everything else, and it tries, so that the record can say so.
 */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DrilledAnswer, DrillJob, JobProgress, RestoredRow } from './job.ts';
import { readPassword } from './repository-keys.ts';
import { secondShare } from './second-tool.ts';
import type { PastLooks } from '#vault/detect/past-looks.ts';
import { drawWithin } from '#vault/drill/bounded-draw.ts';
import { compareFile, pathBeneath } from '#vault/drill/compare.ts';
import type { Mismatch } from '#vault/drill/compare.ts';
import type { TimedPart } from '#vault/drill/extrapolate.ts';
import { sequenceGaps } from '#vault/drill/frame-sequences.ts';
import { drawSample } from '#vault/drill/sample.ts';
import { readSealedLooks, readSealedManifest } from '#vault/drill/sealed-manifest.ts';
import type { SealedManifest } from '#vault/drill/sealed-manifest.ts';
import type { ManifestRow } from '#vault/engine/manifest.ts';
import { pathText } from '#vault/engine/path-text.ts';
import { openRepository } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { restore } from '#vault/engine/restore.ts';
import { openStore } from '#vault/store/open-store.ts';
import { Fault } from '#std/refused.ts';

/** The sample is restored in so many parts, so that the rate has a spread. */
const PARTS = 6;

export async function runDrill(job: DrillJob, onProgress: (progress: JobProgress) => void): Promise<DrilledAnswer> {
  const begun = performance.now();
  const isolated = isOutOfReach(job.production);
  const store = openStore(job.place);
  try {
    const repository = await openRepository({ store, password: readPassword(job.passwordFile) });
    const manifest = await readSealedManifest(repository, job.snapshot, job.manifestSha256, job.scratch);
    const source = (await repository.snapshot(job.snapshot)).paths[0] ?? '/';
    const { rows, bounded } = drawn(manifest, job);
    const looks = await sealedLooks(repository, job);
    const startMs = performance.now() - begun;
    const isWhole = rows.length === manifest.files && job.sample === undefined;
    const tried = await restoreParts(repository, job, { source, rows, isWhole }, onProgress);
    return {
      kind: 'drilled',
      files: rows.length,
      filesOf: manifest.files,
      bytes: sizeOf(rows),
      bytesOf: manifest.bytes,
      ...(bounded === undefined ? {} : { bounded }),
      mismatches: oncePerPath(tried.mismatches),
      firstByteMs: Math.round(tried.firstByteMs),
      startMs,
      parts: tried.parts,
      isolated,
      source,
      restored: tried.restored.map((one) => withLook(one, looks)),
      gaps: sequenceGaps(manifest.paths()),
    };
  } finally {
    await store.close();
  }
}

/** Without them everything counts as having been whole when it was backed up. */
async function sealedLooks(repository: Repository, { snapshot, looksSha256, scratch }: DrillJob): Promise<PastLooks> {
  if (looksSha256 === undefined) return new Map();
  try {
    return await readSealedLooks(repository, snapshot, looksSha256, { scratch });
  } catch (cause) {
    if (cause instanceof Fault) return new Map();
    throw cause;
  }
}

function withLook({ row, root }: RestoredRow, looks: PastLooks): RestoredRow {
  const path = Buffer.from(pathBeneath(root, row.path)).subarray(Buffer.byteLength(root) + 1);
  const look = looks.get(pathText(path));
  return look === undefined ? { row, root } : { row, root, sealedAs: { kind: look.kind, verdict: look.verdict } };
}

interface Drawn {
  readonly rows: readonly ManifestRow[];
  readonly bounded?: NonNullable<DrilledAnswer['bounded']>;
}

/** Fewer than wanted where there is not room for all of it; a Fault `no-room` when nothing fits. */
function drawn(manifest: SealedManifest, job: DrillJob): Drawn {
  const { seed, roomBytes } = job;
  const wanted = wantedOf(manifest, job);
  const { rows, isAll, wantedBytes } = drawWithin(wanted, secondShare(wanted, seed), seed, roomBytes);
  if (isAll) return { rows };
  if (rows.length === 0 || job.allOrNothing === true)
    throw new Fault(
      'no-room',
      `no room to restore it: ${mib(wantedBytes)} are wanted, ${mib(roomBytes)} may be used. Free space, or start with --drill-scratch on a larger disk`,
    );
  return { rows, bounded: { files: wanted.length, bytes: wantedBytes, roomBytes } };
}

function wantedOf(manifest: SealedManifest, { seed, sample }: DrillJob): readonly ManifestRow[] {
  if (sample === undefined) return [...manifest.rows()];
  return [...manifest.rows(new Set(drawSample(manifest.paths(), seed, sample)))];
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

/** True when the file system itself refuses to show what is in production. */
function isOutOfReach(production: string): boolean {
  try {
    readdirSync(production);
    return false;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ERR_ACCESS_DENIED'; // what the permission model answers
  }
}

interface Tried {
  readonly parts: readonly TimedPart[];
  readonly mismatches: readonly Mismatch[];
  readonly restored: readonly RestoredRow[];
  /** After the beginning of the first part. */
  readonly firstByteMs: number;
}

async function restoreParts(
  repository: Repository,
  job: DrillJob,
  {
    source,
    rows,
    isWhole,
  }: { readonly source: string; readonly rows: readonly ManifestRow[]; readonly isWhole: boolean },
  onProgress: (progress: JobProgress) => void,
): Promise<Tried> {
  const [parts, mismatches, restored]: [TimedPart[], Mismatch[], RestoredRow[]] = [[], [], []];
  const begun = performance.now();
  let firstByteMs: number | undefined;
  const ofBytes = sizeOf(rows);
  let doneBytes = 0;
  for (const part of divided(rows, isWhole ? 1 : PARTS)) {
    const target = join(job.scratch, `part-${parts.length}`);
    const root = join(target, basename(source));
    const { place, snapshot } = job;
    const done = await restore(repository, {
      place,
      snapshot,
      path: source,
      target,
      takes: taking(root, part),
      onProgress(now) {
        const ms = performance.now() - begun;
        if (now.doneBytes > 0) firstByteMs ??= ms;
        onProgress({ files: restored.length, doneBytes: doneBytes + now.doneBytes, ofBytes, ms });
      },
    });
    firstByteMs ??= performance.now() - begun;
    parts.push({ bytes: done.bytes, ms: done.ms });
    mismatches.push(...done.failed.map(({ path, why }) => ({ path: path.slice(root.length + 1), why })));
    for (const row of part) {
      const mismatch = await compareFile(root, row);
      if (mismatch !== undefined) mismatches.push({ ...mismatch, path: shown(root, row.path) });
      restored.push({ row, root });
    }
    doneBytes += sizeOf(part);
    onProgress({ files: restored.length, doneBytes, ofBytes, ms: performance.now() - begun });
  }
  return { parts, mismatches, restored, firstByteMs: firstByteMs ?? 0 };
}

/** Beneath the root; a manifest writes `%` as `%25`. */
function shown(root: string, path: string): string {
  return textBeneath(root, path).slice(root.length + 1);
}

/** As `pathText` has it. */
function textBeneath(root: string, path: string): string {
  const full = pathBeneath(root, path);
  return typeof full === 'string' ? full : pathText(full);
}

/** Parts of about the same number of files, none empty. */
function divided(rows: readonly ManifestRow[], count: number): readonly (readonly ManifestRow[])[] {
  const each = Math.max(1, Math.ceil(rows.length / count));
  const parts = [];
  for (let at = 0; at < rows.length; at += each) parts.push(rows.slice(at, at + each));
  return parts;
}

function taking(
  root: string,
  rows: readonly ManifestRow[],
): (path: string, node: { readonly type: string }) => boolean {
  const files = new Set<string>();
  const folders = new Set([root]);
  for (const { path } of rows) {
    const full = textBeneath(root, path);
    files.add(full);
    for (let folder = dirname(full); folder.length > root.length; folder = dirname(folder)) folders.add(folder);
  }
  return (path, { type }) => (type === 'dir' ? folders.has(path) : files.has(path));
}

function sizeOf(rows: readonly ManifestRow[]): number {
  return rows.reduce((sum, { size }) => sum + size, 0);
}

/** A file that could not be restored also compares badly; the first thing said of it is the cause. */
function oncePerPath(mismatches: readonly Mismatch[]): readonly Mismatch[] {
  const first = new Map<string, Mismatch>();
  for (const one of mismatches) if (!first.has(one.path)) first.set(one.path, one);
  return [...first.values()].map(({ path, why }) => ({ path: path.toWellFormed(), why }));
}
