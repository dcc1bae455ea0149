/**
 * Putting right what a crash left, and throwing away what has had its time. Both are safe to run at any moment and any number of times: an upload
 * that another process works on is left alone.
 */
import { DAY_MS } from '#model/limits.ts';
import type { Draft, DraftOf } from '#model/events.ts';
import type { Workspace } from '#ports/workspace.ts';
import { parsePlace } from '#gates/files/portable-name.ts';
import type { FilePorts } from '#gates/files/file-act.ts';
import { binnedIn } from '#gates/files/bin.ts';
import { asJson, listAside, listUploads, readUpload, UPLOAD_KEPT_MS } from '#gates/files/upload-record.ts';
import type { UploadRecord } from '#gates/files/upload-record.ts';
import { isRefused } from '#std/refused.ts';

const INDEX_TRIES_MAX = 100;
const INDEX_WAIT_MS = 50;
const ACCEPTED_LOOKED_AT = 100;

export interface Recovered {
  /** Files that had got their name but not their entry. */
  readonly completed: number;
  /** Uploads that can be resumed. */
  readonly resumable: number;
}

/** At the start of a gate. */
export async function recover(ports: FilePorts): Promise<Recovered> {
  let completed = 0;
  let resumable = 0;
  for (const workspace of everyWorkspace(ports)) {
    for (const record of listUploads(workspace)) {
      const after = await settleUpload(ports, workspace, record);
      if (after === undefined) completed += 1;
      else resumable += 1;
    }
  }
  return { completed, resumable };
}

/** Undefined when the upload has become a file; else its record as it is to be resumed. */
export async function settleUpload(
  ports: FilePorts,
  workspace: Workspace,
  found: UploadRecord,
): Promise<UploadRecord | undefined> {
  if (found.stage !== 'accepting') return found;
  const release = workspace.claim(found.upload);
  if (release === undefined) return found;
  try {
    const record = readUpload(workspace, found.upload);
    if (record?.stage !== 'accepting') return record;
    return await settleClaimed(ports, workspace, record);
  } finally {
    release();
  }
}

async function settleClaimed(
  ports: FilePorts,
  workspace: Workspace,
  record: UploadRecord,
): Promise<UploadRecord | undefined> {
  const { accepted } = record;
  const place = parsePlace(record.path);
  if (accepted === undefined || isRefused(place)) return back(workspace, record);
  const published = await workspace.wasPublished(record.upload, place.value, accepted.tag);
  // No part and no file: it got its name, and was moved or deleted since.
  if (!published && workspace.held('parts', record.upload) !== undefined) return back(workspace, record);
  if (!(await isRecorded(ports, workspace, record)))
    await ports.engine.record([lateAccepted(workspace, record, accepted)]);
  workspace.remember(accepted.tag, { sha256: accepted.sha256, xxh64: accepted.xxh64 });
  workspace.discard('parts', record.upload);
  return undefined;
}

function back(workspace: Workspace, { accepted: _gone, ...record }: UploadRecord): UploadRecord {
  const held: UploadRecord = { ...record, stage: 'held' };
  workspace.note('parts', record.upload, asJson(held));
  return held;
}

/** Whether the ledger already says that this upload was accepted; waits until the index has caught up with what it may have to find. */
async function isRecorded(ports: FilePorts, workspace: Workspace, { upload, path }: UploadRecord): Promise<boolean> {
  const upTo = ports.engine.state().size;
  for (let tries = 0; tries < INDEX_TRIES_MAX; tries += 1) {
    const page = await ports.engine.search({
      kind: 'file.accepted',
      project: workspace.project,
      path,
      limit: ACCEPTED_LOOKED_AT,
    });
    if (page.entries.some(({ entry }) => entry.kind === 'file.accepted' && entry.data.upload === upload)) return true;
    if (page.searchedTo >= upTo) return false;
    await new Promise((resolve) => setTimeout(resolve, INDEX_WAIT_MS));
  }
  return false;
}

function lateAccepted(
  workspace: Workspace,
  record: UploadRecord,
  accepted: NonNullable<UploadRecord['accepted']>,
): Draft {
  const { person, session, engagement, from, gate, upload, path } = record;
  const { sizeBytes, sha256, xxh64, type } = accepted;
  return {
    kind: 'file.accepted',
    stream: workspace.project,
    by: {
      person,
      session,
      service: `gate-${gate}`,
      ...(engagement && { engagement }),
      ...(from !== undefined && { from }),
    },
    about: { person, project: workspace.project, session, gate, path, ...(engagement && { engagement }) },
    data: { gate, upload, sizeBytes, sha256, xxh64, type },
  };
}

export interface Swept {
  readonly purged: number;
  readonly dropped: number;
}

/** What was binned or set aside and has had its time, and uploads that nobody came back to. Entry first. */
export async function sweep(ports: FilePorts): Promise<Swept> {
  const now = ports.clock.now();
  let purged = 0;
  let dropped = 0;
  for (const workspace of everyWorkspace(ports)) {
    for (const item of binnedIn(workspace).filter(({ keptUntil }) => keptUntil <= now)) {
      await ports.engine.record([purge(workspace, item.path, { kind: 'file.purged', data: { binned: item.id } })]);
      workspace.discard('bin', item.id);
      purged += 1;
    }
    for (const { upload, path, sizeBytes } of listAside(workspace).filter(({ keptUntil }) => keptUntil <= now)) {
      const data = { upload, sizeBytes };
      await ports.engine.record([purge(workspace, path, { kind: 'file.aside-purged', data })]);
      workspace.discard('aside', upload);
      purged += 1;
    }
    for (const record of listUploads(workspace).filter(({ touchedAt }) => touchedAt + UPLOAD_KEPT_MS <= now)) {
      if (await dropStale(ports, workspace, record)) dropped += 1;
    }
  }
  return { purged, dropped };
}

type Purge = Pick<DraftOf<'file.purged'>, 'kind' | 'data'> | Pick<DraftOf<'file.aside-purged'>, 'kind' | 'data'>;

function purge({ project }: Workspace, path: string, what: Purge): Draft {
  return { ...what, stream: project, by: { service: 'clock' }, about: { project, path } };
}

async function dropStale(ports: FilePorts, workspace: Workspace, record: UploadRecord): Promise<boolean> {
  const { project } = workspace;
  const { upload, path, person, gate } = record;
  const release = workspace.claim(upload);
  if (release === undefined) return false;
  try {
    const bytes = workspace.held('parts', upload)?.sizeBytes ?? 0;
    await ports.engine.record([
      {
        kind: 'upload.dropped',
        stream: project,
        by: { service: 'clock' },
        about: { project, person, path },
        data: { gate, upload, bytes },
      },
    ]);
    workspace.discard('parts', upload);
    return true;
  } finally {
    release();
  }
}

function* everyWorkspace(ports: FilePorts): Generator<Workspace> {
  for (const project of ports.engine.state().projects.values())
    yield ports.workspaces.open(project.id, project.folders);
}

/** How often a gate sweeps. */
export const SWEEP_EVERY_MS = DAY_MS / 24;
