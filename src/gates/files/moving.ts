/** Moving, renaming, folders. The entry comes first; when the storage then says no, the opposite is recorded too. */
import type { FileActor } from '#ports/files.ts';
import type { WorkspaceNode } from '#ports/workspace.ts';
import type { ProjectId } from '#std/ids.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';
import { accept } from '#gates/files/accept.ts';
import type { FileAct, FilePorts } from '#gates/files/file-act.ts';
import { draft, permitted } from '#gates/files/file-act.ts';
import { endingOf, HEAD_BYTES, recognise } from '#gates/files/file-types.ts';
import { whyNotFree } from '#gates/files/taken-name.ts';
import { findUpload } from '#gates/files/upload-record.ts';
import type { UploadRecord } from '#gates/files/upload-record.ts';

const NOT_A_FOLDER = refused('not-a-folder', 'That is a file, not a folder.');

export async function makeFolder(
  ports: FilePorts,
  actor: FileActor,
  project: ProjectId,
  path: string,
): Promise<Outcome<void>> {
  const act = await permitted(ports, actor, 'folder.make', project, path);
  if (isRefused(act)) return act;
  const { workspace, place } = act.value;
  const taken = whyNotFree(workspace, place);
  if (taken !== undefined) return taken;
  await ports.engine.record([draft(act.value, 'folder.made', { gate: actor.gate })]);
  const made = await workspace.makeFolder(place);
  if (isRefused(made)) await ports.engine.record([draft(act.value, 'folder.removed', { gate: actor.gate })]);
  return made;
}

export async function removeFolder(
  ports: FilePorts,
  actor: FileActor,
  project: ProjectId,
  path: string,
): Promise<Outcome<void>> {
  const act = await permitted(ports, actor, 'file.delete', project, path);
  if (isRefused(act)) return act;
  const { workspace, place } = act.value;
  const there = workspace.stat(place);
  if (isRefused(there)) return there;
  if (there.value.type !== 'folder') return NOT_A_FOLDER;
  const inside = await workspace.list(place, 1);
  if (isRefused(inside)) return inside;
  if (inside.value.nodes.length > 0)
    return refused('folder-not-empty', 'The folder is not empty.', 'Empty it first, or put it in the bin whole.');
  await ports.engine.record([draft(act.value, 'folder.removed', { gate: actor.gate })]);
  const removed = await workspace.removeFolder(place);
  if (isRefused(removed)) await ports.engine.record([draft(act.value, 'folder.made', { gate: actor.gate })]);
  return removed;
}

export async function move(
  ports: FilePorts,
  actor: FileActor,
  project: ProjectId,
  from: string,
  to: string,
): Promise<Outcome<void>> {
  const upload = await ownUnfinished(ports, actor, project, from, to);
  if (upload !== undefined) return isRefused(upload) ? upload : finishUnder(ports, upload.act, upload.record);
  const source = await permitted(ports, actor, 'file.move', project, from);
  if (isRefused(source)) return source;
  const target = await permitted(ports, actor, 'file.move', project, to);
  if (isRefused(target)) return target;
  const wrong = whyNotMovable(ports, source.value, target.value);
  if (wrong !== undefined) return wrong;
  const { workspace, place, path } = source.value;
  await ports.engine.record([draft(source.value, 'file.moved', { gate: actor.gate, to: target.value.path })]);
  const moved = await workspace.move(place, target.value.place);
  if (isRefused(moved)) await ports.engine.record([draft(target.value, 'file.moved', { gate: actor.gate, to: path })]);
  return moved;
}

function whyNotMovable(ports: FilePorts, source: FileAct, target: FileAct): Refused | undefined {
  const there = source.workspace.stat(source.place);
  if (isRefused(there)) return there;
  if (isSameOrInside(source.path, target.path))
    return refused('into-itself', 'That is the same place, or inside the folder itself.');
  const isRename = source.place.slice(0, -1).join('/') === target.place.slice(0, -1).join('/');
  const taken = whyNotFree(target.workspace, target.place, isRename ? source.place.at(-1) : undefined);
  return taken ?? whyNotThatEnding(ports, source, target, there.value);
}

function isSameOrInside(from: string, to: string): boolean {
  return to === from || to.startsWith(`${from}/`);
}

/** A new ending must be true as well, or an allowed name would be the way in for a program. */
function whyNotThatEnding(
  ports: FilePorts,
  source: FileAct,
  target: FileAct,
  node: WorkspaceNode,
): Refused | undefined {
  const name = target.place.at(-1) ?? '';
  if (node.type !== 'file' || endingOf(name) === endingOf(node.name)) return undefined;
  const opened = source.workspace.open(source.place);
  if (isRefused(opened)) return opened;
  try {
    const head = new Uint8Array(HEAD_BYTES);
    const known = recognise(
      name,
      head.subarray(0, opened.value.readSync(head, 0)),
      ports.engine.state().facility?.extraFileTypes ?? [],
    );
    return isRefused(known) ? known : undefined;
  } finally {
    opened.value.close();
  }
}

/** `a.mov.filepart` -> `a.mov` by the client that sent it: the upload's end, for which the right to write is enough. */
async function ownUnfinished(
  ports: FilePorts,
  actor: FileActor,
  project: ProjectId,
  from: string,
  to: string,
): Promise<{ readonly act: FileAct; readonly record: UploadRecord } | Refused | undefined> {
  const known = ports.engine.state().projects.get(project);
  if (known === undefined) return undefined;
  const record = findUpload(ports.workspaces.open(project, known.folders), actor.person, from);
  if (record?.stage !== 'whole') return undefined;
  const act = await permitted(ports, actor, 'file.write', project, to);
  return isRefused(act) ? act : { act: act.value, record };
}

async function finishUnder(ports: FilePorts, act: FileAct, record: UploadRecord): Promise<Outcome<void>> {
  const release = act.workspace.claim(record.upload);
  if (release === undefined)
    return refused('upload-busy', 'This upload is being written by another connection.', 'Try again in a moment.');
  const part = act.workspace.openPart(record.upload);
  try {
    if (part === undefined) return refused('upload-unknown', 'There is no such upload.', 'Start it again.');
    const sizeBytes = part.sizeBytes();
    const digest = await part.digest(sizeBytes);
    const accepted = await accept(ports, act, record, part, { ...digest, sizeBytes }, []);
    return isRefused(accepted) ? accepted : ok(undefined);
  } finally {
    await part?.close();
    release();
  }
}
