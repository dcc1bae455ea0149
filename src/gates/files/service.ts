/** The files of all workspaces, as gates and the API see them (ports/files.ts). */
import type { Binned, FileActor, FileEntry, FileService, SetAside, UploadService } from '#ports/files.ts';
import type { BinnedId, ProjectId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';
import { binnedIn, putInBin, takeFromBin } from '#gates/files/bin.ts';
import type { FilePorts } from '#gates/files/file-act.ts';
import { decideAct, permitted } from '#gates/files/file-act.ts';
import { entryOf, entryOfUpload, listFolder, withHash } from '#gates/files/listing.ts';
import { makeFolder, move, removeFolder } from '#gates/files/moving.ts';
import { createUpload, dropUpload, openRead, openWrite, uploadStatus } from '#gates/files/opening.ts';
import { parsePlace } from '#gates/files/portable-name.ts';
import type { Recovered, Swept } from '#gates/files/recovery.ts';
import { recover, sweep } from '#gates/files/recovery.ts';
import { whyNotFree } from '#gates/files/taken-name.ts';
import { findUpload, listAside } from '#gates/files/upload-record.ts';

export interface Files extends FileService, UploadService {
  /** Run once before a gate opens: finishes what a crash left half done. */
  recover(): Promise<Recovered>;
  /** Run now and then by one gate: empties the bin and the set-aside room of what has had its time, drops uploads nobody came back to. */
  sweep(): Promise<Swept>;
}

const NOT_BINNED = refused('not-found', 'That is no longer in the bin.');

export function createFileService(ports: FilePorts): Files {
  return {
    list: (actor, project, path, fold) => listFolder(ports, actor, project, path, fold),
    stat: (actor, project, path) => stat(ports, actor, project, path),
    openRead: (actor, project, path, range) => openRead(ports, actor, project, path, range),
    openWrite: (actor, project, path, options) => openWrite(ports, actor, project, path, options),
    makeFolder: (actor, project, path) => makeFolder(ports, actor, project, path),
    removeFolder: (actor, project, path) => removeFolder(ports, actor, project, path),
    move: (actor, project, from, to) => move(ports, actor, project, from, to),
    bin: (actor, project, path) => bin(ports, actor, project, path),
    listBin: (actor, project) => listBin(ports, actor, project),
    unbin: (actor, project, binned) => unbin(ports, actor, project, binned),
    listSetAside: (actor, project) => listSetAside(ports, actor, project),
    createUpload: (actor, project, path, options) => createUpload(ports, actor, project, path, options),
    uploadStatus: (actor, project, upload) => uploadStatus(ports, actor, project, upload),
    dropUpload: (actor, project, upload) => dropUpload(ports, actor, project, upload),
    recover: () => recover(ports),
    sweep: () => sweep(ports),
  };
}

/** The file, or else what this person has already sent of it: clients that resume look at its size. */
async function stat(ports: FilePorts, actor: FileActor, project: ProjectId, path: string): Promise<Outcome<FileEntry>> {
  const act = await permitted(ports, actor, 'file.list', project, path);
  if (isRefused(act)) return act;
  const { workspace, place } = act.value;
  const node = workspace.stat(place);
  const folder = place.slice(0, -1).join('/');
  if (!isRefused(node)) return ok(withHash(workspace, entryOf(folder, node.value)));
  const upload = node.code === 'not-found' ? findUpload(workspace, actor.person, act.value.path) : undefined;
  const entry = upload && entryOfUpload(workspace, upload);
  return entry === undefined ? node : ok(entry);
}

/** An upload that is not a file yet is dropped; a file or folder goes to the bin. */
async function bin(ports: FilePorts, actor: FileActor, project: ProjectId, path: string): Promise<Outcome<Binned>> {
  const dropped = await dropOwnUpload(ports, actor, project, path);
  if (dropped !== undefined) return dropped;
  const act = await permitted(ports, actor, 'file.delete', project, path);
  if (isRefused(act)) return act;
  const node = act.value.workspace.stat(act.value.place);
  return isRefused(node) ? node : putInBin(ports, act.value, node.value);
}

async function dropOwnUpload(
  ports: FilePorts,
  actor: FileActor,
  project: ProjectId,
  path: string,
): Promise<Outcome<Binned> | undefined> {
  const place = parsePlace(path);
  const known = ports.engine.state().projects.get(project);
  if (isRefused(place) || known === undefined) return undefined;
  const workspace = ports.workspaces.open(project, known.folders);
  const upload = findUpload(workspace, actor.person, place.value.join('/'));
  if (upload === undefined || !isRefused(workspace.stat(place.value))) return undefined;
  const dropped = await dropUpload(ports, actor, project, upload.upload);
  if (isRefused(dropped)) return dropped;
  const now = ports.clock.now();
  // Nothing is kept of an unfinished file: its id is unknown to the bin, and its time is over.
  return ok({
    id: upload.upload as string as BinnedId,
    path: upload.path,
    sizeBytes: 0,
    binnedAt: now,
    by: actor.person,
    keptUntil: now,
  });
}

async function listBin(ports: FilePorts, actor: FileActor, project: ProjectId): Promise<Outcome<readonly Binned[]>> {
  const act = await permitted(ports, actor, 'file.list', project, '');
  if (isRefused(act)) return act;
  const items = binnedIn(act.value.workspace).filter((item) => mayList(ports, actor, project, item.path));
  return ok(items.map(({ v: _version, ...item }) => item));
}

async function unbin(ports: FilePorts, actor: FileActor, project: ProjectId, binned: BinnedId): Promise<Outcome<void>> {
  const root = await permitted(ports, actor, 'file.list', project, '');
  if (isRefused(root)) return root;
  const item = binnedIn(root.value.workspace).find(({ id }) => id === binned);
  if (item === undefined) return NOT_BINNED;
  const act = await permitted(ports, actor, 'file.restore', project, item.path);
  if (isRefused(act)) return act;
  const taken = whyNotFree(act.value.workspace, act.value.place);
  return taken ?? takeFromBin(ports, act.value, item);
}

async function listSetAside(
  ports: FilePorts,
  actor: FileActor,
  project: ProjectId,
): Promise<Outcome<readonly SetAside[]>> {
  const act = await permitted(ports, actor, 'file.list', project, '');
  if (isRefused(act)) return act;
  const items = listAside(act.value.workspace).filter(
    (item) => item.by === actor.person || mayList(ports, actor, project, item.path),
  );
  return ok(items.map(({ v: _version, ...item }) => item));
}

function mayList(ports: FilePorts, actor: FileActor, project: ProjectId, path: string): boolean {
  const place = parsePlace(path);
  return !isRefused(place) && !isRefused(decideAct(ports, actor, 'file.list', project, place.value));
}
