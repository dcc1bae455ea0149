/**
 * What each request does, for all that may take time: names, folders, opening and closing. Every act goes through the
 * file service, which decides and records it; here paths become places and answers become packets.
 */
import type { Buffer } from 'node:buffer';
import { isRefused, refused, type Refused } from '#std/refused.ts';
import { never } from '#std/assert.ts';
import { closeHandle } from '#gates/sftp/closing.ts';
import type { Handles } from '#gates/sftp/handles.ts';
import { openFile, openFolder } from '#gates/sftp/opening.ts';
import { renderPath, resolvePath } from '#gates/sftp/paths.ts';
import { encodeFault, encodeRefusal } from '#gates/sftp/refusals.ts';
import { encodeAttrs, encodeLimits, encodeNames, encodePath, encodeStatus } from '#gates/sftp/replies.ts';
import type { Answerable } from '#gates/sftp/requests.ts';
import { factsOf, projectFacts, spotOf, type Speaker, type Spot } from '#gates/sftp/speaker.ts';
import { NAMES_PER_REPLY_MAX } from '#gates/sftp/wire.ts';

/** Reads and writes are answered at once by the conversation and never come here. */
export type Slow = Exclude<Answerable, { kind: 'read' | 'write' }>;

const AT_TOP: Refused = refused(
  'workspace-root',
  'The list of projects is made by the facility.',
  'Ask a producer for a project.',
);

/** May reject with a Fault, when storage or the engine failed: the act did not happen. */
export async function perform(request: Slow, speaker: Speaker, handles: Handles): Promise<Buffer> {
  switch (request.kind) {
    case 'open':
      return openFile(request, speaker, handles);
    case 'opendir':
      return openFolder(request, speaker, handles);
    case 'close':
      return closeHandle(request, handles);
    case 'readdir':
      return readFolder(request.id, request.handle, handles);
    case 'fstat':
      return statHandle(request.id, request.handle, speaker, handles);
    case 'fsetstat':
      return setHandleAttributes(request.id, request.handle, request.attributes.sizeBytes, handles);
    case 'fsync':
      return syncHandle(request.id, request.handle, handles);
    case 'limits':
      return encodeLimits(request.id);
    case 'symlink':
      return noLinks(request.id);
    case 'unsupported':
      return encodeStatus(request.id, 'unsupported', `${request.what} is not offered`);
    case 'impossible':
      return encodeStatus(request.id, 'failure', request.why);
    default:
      return performOnPath(request, speaker);
  }
}

type OnPath = Extract<
  Slow,
  {
    kind:
      | 'stat'
      | 'lstat'
      | 'realpath'
      | 'mkdir'
      | 'rmdir'
      | 'remove'
      | 'rename'
      | 'posix-rename'
      | 'setstat'
      | 'readlink';
  }
>;

function performOnPath(request: OnPath, speaker: Speaker): Promise<Buffer> | Buffer {
  const { files, actor } = speaker;
  switch (request.kind) {
    case 'stat':
    case 'lstat':
      return statPath(request.id, request.path, speaker);
    case 'realpath':
      return realPath(request.id, request.path);
    case 'mkdir':
      return act(request, speaker, (spot) => files.makeFolder(actor, spot.project.id, spot.path));
    case 'rmdir':
      return act(request, speaker, (spot) => files.removeFolder(actor, spot.project.id, spot.path));
    case 'remove':
      return act(request, speaker, (spot) => files.bin(actor, spot.project.id, spot.path));
    case 'rename':
    case 'posix-rename':
      return rename(request, speaker);
    case 'setstat':
      return act(request, speaker, (spot) => setAttributes(spot, request.attributes.sizeBytes, speaker));
    case 'readlink':
      return noLinks(request.id);
    default:
      return never(request);
  }
}

function noLinks(id: number): Buffer {
  return encodeStatus(id, 'unsupported', 'there are no links here');
}

async function act(
  request: { readonly id: number; readonly path: string },
  speaker: Speaker,
  run: (spot: Spot) => Promise<{ readonly kind: 'ok' } | Refused>,
): Promise<Buffer> {
  const spot = spotOf(request.path, speaker);
  if (spot === 'root') return encodeRefusal(request.id, AT_TOP);
  if (isRefused(spot)) return encodeRefusal(request.id, spot);
  const outcome = await run(spot);
  return isRefused(outcome) ? encodeRefusal(request.id, outcome) : encodeStatus(request.id, 'ok');
}

async function statPath(id: number, path: string, speaker: Speaker): Promise<Buffer> {
  const spot = spotOf(path, speaker);
  if (spot === 'root') return encodeAttrs(id, { isFolder: true, sizeBytes: 0, modifiedAt: speaker.engine.state().at });
  if (isRefused(spot)) return encodeRefusal(id, spot);
  if (spot.path === '') return encodeAttrs(id, projectFacts(spot.project));
  const outcome = await speaker.files.stat(speaker.actor, spot.project.id, spot.path);
  return isRefused(outcome) ? encodeRefusal(id, outcome) : encodeAttrs(id, factsOf(outcome.value));
}

function statHandle(id: number, name: string, speaker: Speaker, handles: Handles): Buffer {
  const open = handles.get(name);
  switch (open?.kind) {
    case 'read':
      return encodeAttrs(id, { isFolder: false, sizeBytes: open.file.sizeBytes, modifiedAt: open.file.modifiedAt });
    case 'write':
      return encodeAttrs(id, { isFolder: false, sizeBytes: open.order.frontier, modifiedAt: speaker.clock.now() });
    case 'folder':
      return encodeAttrs(id, { isFolder: true, sizeBytes: 0, modifiedAt: speaker.engine.state().at });
    default:
      return badHandle(id);
  }
}

function realPath(id: number, path: string): Buffer {
  const place = resolvePath(path);
  return place.kind === 'too-deep' ? encodeStatus(id, 'noSuchFile') : encodePath(id, renderPath(place));
}

/** The end of a listing that was cut short is an error, so that no client takes a part for the whole. */
function readFolder(id: number, name: string, handles: Handles): Buffer {
  const open = handles.get(name);
  if (open?.kind !== 'folder') return badHandle(id);
  const rest = open.names.slice(open.at, open.at + NAMES_PER_REPLY_MAX);
  if (rest.length === 0) {
    return open.truncated
      ? encodeStatus(id, 'failure', `only the first ${open.names.length} names could be listed`)
      : encodeStatus(id, 'eof');
  }
  const { packet, count } = encodeNames(id, rest);
  open.at += count;
  return packet;
}

async function rename(request: { id: number; from: string; to: string }, speaker: Speaker): Promise<Buffer> {
  const from = spotOf(request.from, speaker);
  const to = spotOf(request.to, speaker);
  if (from === 'root' || to === 'root') return encodeRefusal(request.id, AT_TOP);
  if (isRefused(from)) return encodeRefusal(request.id, from);
  if (isRefused(to)) return encodeRefusal(request.id, to);
  if (from.project.id !== to.project.id) {
    return encodeRefusal(
      request.id,
      refused('other-project', 'Files do not move from one project to another.', 'Copy it, if you may.'),
    );
  }
  const outcome = await speaker.files.move(speaker.actor, from.project.id, from.path, to.path);
  return isRefused(outcome) ? encodeRefusal(request.id, outcome) : encodeStatus(request.id, 'ok');
}

/** Times, modes and owners are accepted and have no effect; a size would be, and is refused. */
async function setAttributes(
  spot: Spot,
  sizeBytes: number | undefined,
  speaker: Speaker,
): Promise<{ kind: 'ok' } | Refused> {
  if (sizeBytes !== undefined)
    return refused('no-truncate', 'A finished file is not cut short or stretched.', 'Upload it anew.');
  return speaker.files.stat(speaker.actor, spot.project.id, spot.path);
}

function setHandleAttributes(id: number, name: string, sizeBytes: number | undefined, handles: Handles): Buffer {
  const open = handles.get(name);
  if (open === undefined) return badHandle(id);
  const isSame = sizeBytes === undefined || (open.kind === 'write' && open.order.frontier === sizeBytes);
  return isSame ? encodeStatus(id, 'ok') : encodeStatus(id, 'failure', 'a file is as long as what was written');
}

async function syncHandle(id: number, name: string, handles: Handles): Promise<Buffer> {
  const open = handles.get(name);
  if (open?.kind !== 'write') return badHandle(id);
  if (open.failed !== undefined) return encodeStatus(id, 'failure', open.failed);
  if (open.file.sync === undefined)
    return encodeStatus(id, 'unsupported', 'bytes are made durable when the file is closed');
  try {
    await open.file.sync();
  } catch (error) {
    return encodeFault(id, error);
  }
  return encodeStatus(id, 'ok');
}

function badHandle(id: number): Buffer {
  return encodeStatus(id, 'failure', 'no such handle');
}
