/** What a folder shows to one actor. */
import type { Action } from '#model/actions.ts';
import type { FileActor, FileEntry, Listing } from '#ports/files.ts';
import type { Workspace, WorkspaceNode } from '#ports/workspace.ts';
import type { ProjectId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok } from '#std/refused.ts';
import type { FileAct, FilePorts } from '#gates/files/file-act.ts';
import { decideAct, draft, permitted } from '#gates/files/file-act.ts';
import { foldSequences } from '#gates/files/sequence.ts';
import { listUploads } from '#gates/files/upload-record.ts';
import type { UploadRecord } from '#gates/files/upload-record.ts';

/** Names of one folder that are looked at; the listing says when there were more. */
export const LISTED_MAX = 20_000;
/** Entries whose known hash is looked up. */
const HASHED_MAX = 2000;

const OFFERED: readonly Action[] = [
  'file.list',
  'file.read',
  'file.write',
  'file.move',
  'file.delete',
  'file.restore',
  'folder.make',
];

export async function listFolder(
  ports: FilePorts,
  actor: FileActor,
  project: ProjectId,
  path: string,
  fold: boolean,
): Promise<Outcome<Listing>> {
  const act = await permitted(ports, actor, 'file.list', project, path);
  if (isRefused(act)) return act;
  const { workspace, place } = act.value;
  const listed = await workspace.list(place, LISTED_MAX);
  if (isRefused(listed)) return listed;
  const nodes = listed.value.nodes.filter((node) => place.length > 0 || isVisible(ports, act.value, node));
  const entries = [...nodes.map((node) => entryOf(act.value.path, node)), ...unfinished(act.value)];
  const shown = fold ? foldSequences(entries) : entries;
  await ports.engine.record([draft(act.value, 'folder.listed', { gate: actor.gate, entries: shown.length })]);
  const known = shown.length <= HASHED_MAX ? shown.map((entry) => withHash(workspace, entry)) : shown;
  return ok({
    path: act.value.path,
    entries: known,
    may: offered(ports, act.value),
    truncated: listed.value.truncated,
  });
}

export function entryOf(folder: string, node: WorkspaceNode): FileEntry {
  const { name, type, sizeBytes, modifiedAt, tag } = node;
  return {
    name,
    path: folder === '' ? name : `${folder}/${name}`,
    type,
    sizeBytes,
    modifiedAt,
    ...(type === 'file' && { tag }),
  };
}

export function withHash(workspace: Workspace, entry: FileEntry): FileEntry {
  return entry.tag === undefined ? entry : { ...entry, ...workspace.recall(entry.tag) };
}

/** An upload of this person's that has no final name yet, as the file that it will be. */
export function entryOfUpload(workspace: Workspace, record: UploadRecord): FileEntry | undefined {
  const held = workspace.held('parts', record.upload);
  if (held === undefined) return undefined;
  const name = record.path.slice(record.path.lastIndexOf('/') + 1);
  return { name, path: record.path, type: 'file', sizeBytes: held.sizeBytes, modifiedAt: held.modifiedAt };
}

/** The top folders that this actor may look into. */
function isVisible(ports: FilePorts, act: FileAct, node: WorkspaceNode): boolean {
  return !isRefused(decideAct(ports, act.actor, 'file.list', act.project.id, [node.name]));
}

/** Complete files under a client's name for unfinished ones: only whoever sent them sees them, until the client renames them. */
function unfinished(act: FileAct): readonly FileEntry[] {
  return listUploads(act.workspace)
    .filter(
      (record) => record.person === act.actor.person && record.stage === 'whole' && parentOf(record.path) === act.path,
    )
    .flatMap((record) => entryOfUpload(act.workspace, record) ?? []);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** What may be done with things in this folder. */
function offered(ports: FilePorts, act: FileAct): readonly string[] {
  const inside = act.place.length === 0 ? [] : [...act.place, 'x'];
  return OFFERED.filter((action) => !isRefused(decideAct(ports, act.actor, action, act.project.id, inside)));
}
