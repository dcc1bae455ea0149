/** Opening files: decided, then recorded, then decided once more (for recording takes a moment), and only then bytes. */
import type { FileActor, ReadHandle, UploadStatus, WriteHandle } from '#ports/files.ts';
import type { PartFile, ReadableFile } from '#ports/workspace.ts';
import type { ProjectId, UploadId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';
import type { FileAct, FilePorts } from '#gates/files/file-act.ts';
import { draft, permitted, stillPermitted } from '#gates/files/file-act.ts';
import { checkEnding, finishedName, isUnfinishedName } from '#gates/files/file-types.ts';
import { settleUpload } from '#gates/files/recovery.ts';
import type { ByteRange } from '#gates/files/recorded-read.ts';
import { RecordedRead } from '#gates/files/recorded-read.ts';
import { FILE_BYTES_MAX, RecordedWrite } from '#gates/files/recorded-write.ts';
import { whyNotFree } from '#gates/files/taken-name.ts';
import {
  asJson,
  findUpload,
  freshRecord,
  heldBytes,
  listUploads,
  NOTE_CHARS_MAX,
  readUpload,
  UPLOAD_KEPT_MS,
} from '#gates/files/upload-record.ts';
import type { UploadRecord } from '#gates/files/upload-record.ts';

/** Uploads on their way in one workspace. */
export const UPLOADS_MAX = 20_000;
/** Of these, one person's: nobody fills a project's room for everybody else. */
export const UPLOADS_PER_PERSON_MAX = 2_000;
/** Newest accepted files of a person on a project among which a finished upload is looked for. */
const FINISHED_LOOKED_AT = 200;

export const NO_UPLOAD = refused('upload-unknown', 'There is no such upload.', 'Start it again.');
const BUSY = refused('upload-busy', 'This upload is being written by another connection.', 'Try again in a moment.');
const TOO_LARGE = refused('too-large', 'This file is larger than a file may be.', 'Split it.');
const TOO_MANY_OWN = refused(
  'too-many-uploads',
  'Too many uploads of yours are on their way in this project.',
  'Finish or drop some of them.',
);
const TOO_MANY = refused(
  'too-many-uploads',
  'Too many uploads are on their way in this project.',
  'Finish or drop some of them.',
);

export interface WriteOptions {
  readonly upload?: UploadId;
  readonly sizeBytes?: number;
  readonly resume?: boolean;
  readonly replace?: boolean;
}

export async function openRead(
  ports: FilePorts,
  actor: FileActor,
  project: ProjectId,
  path: string,
  range: ByteRange | undefined,
): Promise<Outcome<ReadHandle>> {
  const act = await permitted(ports, actor, 'file.read', project, path);
  if (isRefused(act)) return act;
  const opened = act.value.workspace.open(act.value.place);
  if (isRefused(opened)) return opened;
  const file = opened.value;
  try {
    const handle = new RecordedRead(ports, act.value, file, range && within(range, file));
    await ports.engine.record([
      draft(act.value, 'file.read-opened', {
        gate: actor.gate,
        sizeBytes: file.sizeBytes,
        ...(range && within(range, file)),
      }),
    ]);
    const again = stillPermitted(ports, act.value);
    if (!isRefused(again)) return ok(handle);
    await handle.close();
    return again;
  } catch (error) {
    file.close();
    throw error;
  }
}

function within({ start, end }: ByteRange, file: ReadableFile): ByteRange {
  const last = Math.min(end, file.sizeBytes);
  return { start: Math.min(start, last), end: last };
}

export async function createUpload(
  ports: FilePorts,
  actor: FileActor,
  project: ProjectId,
  path: string,
  options: { readonly sizeBytes: number; readonly note: string; readonly replace?: boolean },
): Promise<Outcome<UploadStatus>> {
  const act = await mayWrite(ports, actor, project, path, options.replace === true);
  if (isRefused(act)) return act;
  if (options.sizeBytes > FILE_BYTES_MAX || options.note.length > NOTE_CHARS_MAX) return TOO_LARGE;
  const record = begin(ports, act.value, options);
  if (isRefused(record)) return record;
  await act.value.workspace.createPart(record.upload).close();
  return ok(statusOf(ports, act.value, record));
}

/** Of this person only; nobody else learns that it exists. */
export async function uploadStatus(
  ports: FilePorts,
  actor: FileActor,
  project: ProjectId,
  upload: UploadId,
): Promise<Outcome<UploadStatus>> {
  const found = await ownUpload(ports, actor, project, upload);
  if (!isRefused(found)) return ok(statusOf(ports, found.value.act, found.value.record));
  return found === NO_UPLOAD ? finishedStatus(ports, actor, project, upload) : found;
}

/** Whether it became a file lately: the ledger knows. */
async function finishedStatus(
  ports: FilePorts,
  actor: FileActor,
  project: ProjectId,
  upload: UploadId,
): Promise<Outcome<UploadStatus>> {
  if (!ports.engine.state().projects.has(project)) return NO_UPLOAD;
  const page = await ports.engine.search({
    kind: 'file.accepted',
    project,
    person: actor.person,
    limit: FINISHED_LOOKED_AT,
  });
  for (const { entry } of page.entries) {
    if (entry.kind !== 'file.accepted' || entry.data.upload !== upload || entry.by.person !== actor.person) continue;
    const { sizeBytes } = entry.data;
    return ok({
      upload,
      path: entry.about.path ?? '',
      offset: sizeBytes,
      sizeBytes,
      note: '',
      expiresAt: ports.clock.now(),
      finished: true,
    });
  }
  return NO_UPLOAD;
}

export async function dropUpload(
  ports: FilePorts,
  actor: FileActor,
  project: ProjectId,
  upload: UploadId,
): Promise<Outcome<void>> {
  const found = await ownUpload(ports, actor, project, upload);
  if (isRefused(found)) return found;
  const { act, record } = found.value;
  const release = act.workspace.claim(upload);
  if (release === undefined) return BUSY;
  try {
    await ports.engine.record([
      draft(act, 'upload.dropped', { gate: actor.gate, upload, bytes: statusOf(ports, act, record).offset }),
    ]);
    act.workspace.discard('parts', upload);
    return ok(undefined);
  } finally {
    release();
  }
}

async function ownUpload(
  ports: FilePorts,
  actor: FileActor,
  project: ProjectId,
  upload: UploadId,
): Promise<Outcome<{ readonly act: FileAct; readonly record: UploadRecord }>> {
  const known = ports.engine.state().projects.get(project);
  if (known === undefined) return NO_UPLOAD;
  const found = readUpload(ports.workspaces.open(project, known.folders), upload);
  if (found === undefined || found.person !== actor.person) return NO_UPLOAD;
  const act = await permitted(ports, actor, 'file.write', project, found.path);
  if (isRefused(act)) return act;
  const record = await settleUpload(ports, act.value.workspace, found);
  return record === undefined ? NO_UPLOAD : ok({ act: act.value, record });
}

export async function openWrite(
  ports: FilePorts,
  actor: FileActor,
  project: ProjectId,
  path: string,
  options: WriteOptions,
): Promise<Outcome<WriteHandle>> {
  const act = await mayWrite(ports, actor, project, path, options.replace === true);
  if (isRefused(act)) return act;
  const { workspace } = act.value;
  const record = recordFor(ports, act.value, options);
  if (isRefused(record)) return record;
  const release = workspace.claim(record.upload);
  if (release === undefined) return BUSY;
  let part: PartFile | undefined;
  try {
    part = workspace.openPart(record.upload) ?? workspace.createPart(record.upload);
    const handle = await begun(ports, act.value, record, part, release);
    if (!isRefused(handle)) return handle;
    await part.close();
    release();
    return handle;
  } catch (error) {
    await part?.close();
    release();
    throw error;
  }
}

async function begun(
  ports: FilePorts,
  act: FileAct,
  record: UploadRecord,
  part: PartFile,
  release: () => void,
): Promise<Outcome<WriteHandle>> {
  const { gate } = act.actor;
  const offset = heldBytes(record, part.sizeBytes(), ports.workspaces.bootId);
  await ports.engine.record([
    draft(act, 'file.write-opened', {
      gate,
      upload: record.upload,
      offset,
      ...(record.sizeBytes !== undefined && { sizeBytes: record.sizeBytes }),
    }),
  ]);
  const again = stillPermitted(ports, act);
  if (isRefused(again)) {
    await ports.engine.record([
      draft(act, 'file.write-closed', { gate, upload: record.upload, offset, bytes: 0, ms: 0 }),
    ]);
    return again;
  }
  if (part.sizeBytes() > offset) part.truncate(offset);
  const held: UploadRecord = {
    ...record,
    offset: Math.min(record.offset, offset),
    ordered: true,
    bootId: ports.workspaces.bootId,
    stage: 'held',
    touchedAt: ports.clock.now(),
  };
  act.workspace.note('parts', record.upload, asJson(held));
  return ok(new RecordedWrite(ports, again.value, held, part, offset, release));
}

/** The record to go on with, or a new one. */
function recordFor(ports: FilePorts, act: FileAct, options: WriteOptions): UploadRecord | Refused {
  const { workspace, actor, path } = act;
  if (options.upload !== undefined) {
    const record = readUpload(workspace, options.upload);
    return record !== undefined && record.person === actor.person && record.path === path ? record : NO_UPLOAD;
  }
  const earlier = options.resume === true ? findUpload(workspace, actor.person, path) : undefined;
  return earlier ?? begin(ports, act, { note: '', ...options });
}

function begin(
  ports: FilePorts,
  act: FileAct,
  options: { readonly sizeBytes?: number; readonly note: string; readonly replace?: boolean },
): UploadRecord | Refused {
  const underWay = act.workspace.count('parts');
  if (underWay >= UPLOADS_MAX) return TOO_MANY;
  if (underWay >= UPLOADS_PER_PERSON_MAX && countOf(act) >= UPLOADS_PER_PERSON_MAX) return TOO_MANY_OWN;
  const upload: UploadId = makeId('upload', ports.random.bytes(ID_RANDOM_BYTES));
  const { sizeBytes, note, replace = false } = options;
  const record = freshRecord(upload, act.actor, {
    path: act.path,
    sizeBytes,
    note,
    replace,
    at: ports.clock.now(),
    bootId: ports.workspaces.bootId,
  });
  act.workspace.note('parts', upload, asJson(record));
  return record;
}

function countOf({ workspace, actor }: FileAct): number {
  return listUploads(workspace).filter(({ person }) => person === actor.person).length;
}

/** Everything that can be said before a byte is sent: the right, the type by its ending, the folder, the name. */
async function mayWrite(
  ports: FilePorts,
  actor: FileActor,
  project: ProjectId,
  path: string,
  replace: boolean,
): Promise<Outcome<FileAct>> {
  const act = await permitted(ports, actor, 'file.write', project, path);
  if (isRefused(act)) return act;
  const { workspace, place } = act.value;
  const name = place.at(-1) ?? '';
  const wrongType = checkEnding(
    isUnfinishedName(name) ? finishedName(name) : name,
    ports.engine.state().facility?.extraFileTypes ?? [],
  );
  if (wrongType !== undefined) return wrongType;
  const taken = whyNotFree(workspace, place);
  if (taken === undefined) return act;
  const there = workspace.stat(place);
  if (!replace || isRefused(there) || there.value.type !== 'file') return taken;
  const deletion = await permitted(ports, actor, 'file.delete', project, path);
  return isRefused(deletion) ? deletion : act;
}

function statusOf(ports: FilePorts, act: FileAct, record: UploadRecord): UploadStatus {
  const { upload, path, note, touchedAt } = record;
  const bytes = act.workspace.held('parts', upload)?.sizeBytes ?? 0;
  const offset = heldBytes(record, bytes, ports.workspaces.bootId);
  return {
    upload,
    path,
    offset,
    sizeBytes: record.sizeBytes,
    note,
    expiresAt: touchedAt + UPLOAD_KEPT_MS,
    finished: false,
  };
}
